"""No network call happens while a transaction is open: this makes every such call fail, loudly."""

from typing import Any

import aiohttp
import httpx
import pytest

from storage.session import open_transaction


def refuse_network_in_transactions(monkeypatch: pytest.MonkeyPatch) -> None:
    """For the rest of a test: httpx and aiohttp refuse to send inside `Database.transaction`."""
    for client, name in ((httpx.AsyncClient, "send"), (aiohttp.ClientSession, "_request")):
        _guard(monkeypatch, client, name)


def _guard(monkeypatch: pytest.MonkeyPatch, client: type, name: str) -> None:
    original = getattr(client, name)

    async def guarded(*args: Any, **named: Any) -> Any:
        assert not open_transaction.get(), "a network call inside a transaction"
        return await original(*args, **named)

    monkeypatch.setattr(client, name, guarded)
