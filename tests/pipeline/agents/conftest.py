"""Sites to read from, and the pages of the corpus."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.page import Page
from pipeline.agents.extract import extract
from tests.pipeline.agents.sites import Site, StartSite

PAGES = Path(__file__).parent / "pages"
READ_AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


@pytest.fixture
async def start_site() -> AsyncIterator[StartSite]:
    async with AsyncExitStack() as stack:

        async def start(host: str = "127.0.0.1") -> Site:
            site = Site(host)
            server = await asyncio.start_server(site.serve, host, 0)
            site.port = server.sockets[0].getsockname()[1]

            async def stop() -> None:
                server.close()
                await server.wait_closed()

            stack.push_async_callback(stop)
            return site

        yield start


@pytest.fixture
def corpus() -> Callable[[str], Page]:
    def read(name: str) -> Page:
        return extract((PAGES / f"{name}.html").read_bytes(), f"https://{name}.example/", None, READ_AT)

    return read


@pytest.fixture
def html() -> Callable[[str], bytes]:
    return lambda name: (PAGES / f"{name}.html").read_bytes()
