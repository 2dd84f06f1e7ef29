"""Meta fetches a file from an address that it was given: from this machine only, no redirects, a limit on the size."""

from pathlib import Path
from urllib.parse import urlsplit

import httpx

from sandbox import consent

PATIENCE = 20.0  # seconds


class PullFailed(Exception):
    """The address gave no file; the message says why."""


async def fetch(url: str, into: Path, most: int) -> int:
    """Fetch the file into `into` and return its length in bytes. Raises PullFailed; then nothing is left at `into`."""
    if not is_address(url) or not consent.is_local(url):
        raise PullFailed("the sandbox fetches from http or https addresses on this machine only")
    unfinished = into.with_name(into.name + ".pull")
    try:
        size = await _stream(url, unfinished, most)
        unfinished.replace(into)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise PullFailed(f"the address could not be fetched ({type(error).__name__})") from None
    finally:
        unfinished.unlink(missing_ok=True)
    return size


def is_address(url: str) -> bool:
    """Whether the text is an http or https address with a host."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


async def _stream(url: str, path: Path, most: int) -> int:
    size = 0
    headers = {"user-agent": "facebookexternalhit/1.1 (sandbox)"}
    async with (
        httpx.AsyncClient(timeout=PATIENCE, follow_redirects=False, trust_env=False) as client,
        client.stream("GET", url, headers=headers) as response,
    ):
        if response.status_code != 200:
            raise PullFailed(f"the address answered {response.status_code}")
        with path.open("wb") as file:
            async for piece in response.aiter_bytes():
                size += len(piece)
                if size > most:
                    raise PullFailed("the file is too large")
                file.write(piece)
    if not size:
        raise PullFailed("the file is empty")
    return size
