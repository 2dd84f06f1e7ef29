"""Media that TikTok fetches itself, from an address of the application's: really fetched, over HTTP."""

from pathlib import Path
from typing import Any

import httpx

from sandbox.tiktok.checks import LARGEST_PHOTO, Found, look
from sandbox.tiktok.publishes import PUBLISHES, fail, file_name, folder, save, take
from sandbox.tiktok.schema import LARGEST_VIDEO
from sandbox.world import World

PATIENCE = httpx.Timeout(20.0, connect=5.0)


class PullFailed(Exception):
    """The address does not give what it should."""


class Pulls:
    """The fetches that run now. One that a restart cut off is begun again when somebody asks for its status."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._running: set[str] = set()

    def start(self, publish_id: str) -> None:
        """Fetch behind the answer, unless it is done, failed or running already."""
        publish = self._waiting(publish_id)
        if publish is not None and publish_id not in self._running:
            self._running.add(publish_id)
            self._world.spawn(self._run(publish))

    def _waiting(self, publish_id: str) -> dict[str, Any] | None:
        """The post when its bytes are still to be fetched."""
        publish = self._world.state.get(PUBLISHES, publish_id)
        if publish is None or publish["source"] != "pull":
            return None
        return publish if publish["taken_at"] is None and publish["fail_reason"] is None else None

    async def _run(self, publish: dict[str, Any]) -> None:
        try:
            found = await self._fetch_all(publish)
        except (httpx.HTTPError, PullFailed):
            found = None
        finally:
            self._running.discard(publish["id"])
        now = self._waiting(publish["id"])
        if now is None:  # cancelled meanwhile
            return
        if found is None:
            fail(self._world, now, f"{now['sort'].removeprefix('inbox_')}_pull_failed")
        else:
            take(self._world, now, found)

    async def _fetch_all(self, publish: dict[str, Any]) -> list[Found]:
        """One after the other, in the order of the post."""
        most = LARGEST_VIDEO if publish["sort"].endswith("video") else LARGEST_PHOTO + 1
        paths = []
        async with httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=PATIENCE) as client:
            for number, url in enumerate(publish["urls"]):
                path = folder(self._world) / file_name(publish, number)
                await self._fetch(client, url, path, most)
                self._report(publish["id"], path.stat().st_size)
                paths.append(path)
        return [look(path) for path in paths]

    async def _fetch(self, client: httpx.AsyncClient, url: str, path: Path, most: int) -> None:
        """Write the bytes of one address to the disk; a redirect is a failure. Raises PullFailed, httpx.HTTPError."""
        try:
            async with client.stream("GET", url) as response:
                if response.status_code != 200:
                    raise PullFailed(f"{url} answered {response.status_code}")
                with path.open("wb") as file:
                    async for content in response.aiter_bytes():
                        file.write(content)
                        if file.tell() > most:
                            return  # too large: the check of the bytes says so
        except httpx.InvalidURL as error:
            raise PullFailed(str(error)) from None

    def _report(self, publish_id: str, size: int) -> None:
        publish = self._waiting(publish_id)
        if publish is not None:
            save(self._world, {**publish, "received": publish["received"] + size})
