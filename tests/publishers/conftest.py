"""One client as a process has it, and the sandbox whose twins the contract suite talks to."""

from collections.abc import AsyncIterator

import httpx
import pytest

from publishers.http import open_client
from tests.sandbox.conftest import product_url, sandbox, stage  # noqa: F401 - fixtures


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with open_client() as opened:
        yield opened
