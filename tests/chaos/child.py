"""A worker process that is going to die: it runs one step of one post, armed at one point."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

from domain.post import PostRef
from domain.secret import Secret
from pipeline import parts, publish, reconcile
from pipeline.publish import Patience, Publishing
from publishers.http import open_client
from publishers.registry import PlatformSettings
from storage.keys import Keyring
from storage.session import Database
from storage.vault import Vault
from tests.chaos.points import BY_NAME
from tests.pipeline.conftest import Hints
from tests.pipeline.house import publishing_with
from tests.publishers.stage import MediaStore

DOOMED = "doomed"
"""The name of every worker that dies."""


@dataclass(frozen=True)
class Errand:
    """What the process is sent to do; everything in it can be sent from process to process."""

    point: str
    nth: int
    workspace_id: UUID
    post_id: UUID
    database_url: str
    keys: str
    platforms: Mapping[str, str]
    patience: Patience
    media: Path
    """The folder of the files that the post is made of, each named by its digest."""
    shelf: str
    """Where platforms fetch them."""

    def settings(self) -> PlatformSettings:
        secret = {name: Secret(text) for name, text in self.platforms.items() if name.endswith("_secret")}
        return PlatformSettings(**{**self.platforms, **secret})  # type: ignore[arg-type]


def unlimited(deps: Publishing) -> Publishing:
    """The same without windows: this is not about limits, and all lanes know the profiles by the same ids."""
    found = {name: replace(publisher, windows=()) for name, publisher in deps.publishers.items()}  # type: ignore[type-var]
    return replace(deps, publishers=found)


def run(errand: Errand) -> None:
    """Returns only when the point was never reached."""
    asyncio.run(_run(errand))


async def _run(errand: Errand) -> None:
    media = MediaStore({file.name: file.read_bytes() for file in errand.media.iterdir()})
    database = Database(errand.database_url, size=2)
    await database.open()
    ref, point = PostRef(errand.workspace_id, errand.post_id), replace(BY_NAME[errand.point], nth=errand.nth)
    async with open_client() as client:
        _, deps = publishing_with(
            errand.settings(),
            database,
            Vault(Keyring.parse(errand.keys)),
            client,
            media,
            Hints(),
            DOOMED,
            errand.patience,
            lambda digest, _content_type: f"{errand.shelf}/{digest}",
        )
        point.arm()
        await _work(point.step, ref, unlimited(deps))
    await database.close()


async def _work(step: str, ref: PostRef, deps: Publishing) -> None:
    if step == "publish":
        await publish.publish(ref, deps)
    elif step == "sweep":
        await reconcile.sweep(ref, deps)
    elif step.startswith("follow"):
        await _follow(ref, deps, many=step == "follow look")
    else:
        async with asyncio.timeout(20):
            while await _state(ref, deps.database) == "unknown":
                await reconcile.reconcile(ref, deps)
                await asyncio.sleep(0.03)  # until the next look is due


async def _follow(ref: PostRef, deps: Publishing, *, many: bool) -> None:
    async with asyncio.timeout(20):
        await parts.follow(ref, deps)
        while many and await _under_way(ref, deps.database):
            await asyncio.sleep(0.03)  # until the next look is due
            await parts.follow(ref, deps)


async def _under_way(ref: PostRef, database: Database) -> bool:
    async with database.transaction(ref.workspace_id) as tx:
        return bool(
            await tx.value(
                "SELECT count(*) FROM parts WHERE workspace_id = %(workspace_id)s AND post_id = %(id)s AND state = 'unknown'",
                {"id": ref.post_id},
            )
        )


async def _state(ref: PostRef, database: Database) -> object:
    async with database.transaction(ref.workspace_id) as tx:
        return await tx.value(
            "SELECT state FROM posts WHERE workspace_id = %(workspace_id)s AND id = %(id)s", {"id": ref.post_id}
        )
