"""How we speak to Slack: one HTTP session, one token a team, read from the vault and kept for a short while."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from domain.card import Surface
from domain.secret import Secret
from pipeline import workspaces
from storage.session import Database
from storage.vault import Vault

NOTHING = Secret("")
PATIENCE = 10
"""Seconds that one call to Slack may take."""
KEPT_SECONDS = 60.0
KEPT_UNKNOWN_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class SlackSettings:
    """Which app we are and where Slack is. `bot_token` serves one team without OAuth; `app_token` is Socket Mode's."""

    api_url: str
    authorize_url: str
    client_id: str
    client_secret: Secret = field(repr=False)
    signing_secret: Secret = field(repr=False)
    base_url: str
    bot_token: Secret = field(default=NOTHING, repr=False)
    app_token: Secret = field(default=NOTHING, repr=False)


class SlackHttp:
    """Makes clients that share one session and try nothing twice. Open it in the loop that uses it; close it."""

    def __init__(self, api_url: str) -> None:
        self.api_url = api_url
        self._session: aiohttp.ClientSession | None = None

    @property
    def session(self) -> aiohttp.ClientSession:
        """The one session. A new one for each call would cost a connection and a TLS handshake."""
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE))
        return self._session

    def client(self, token: Secret = NOTHING) -> AsyncWebClient:
        """A client that speaks with `token`."""
        text = token.reveal() or None
        return AsyncWebClient(
            token=text, base_url=self.api_url, session=self.session, timeout=PATIENCE, retry_handlers=[]
        )

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


@dataclass(frozen=True, slots=True)
class Installed:
    """Our bot in a Slack team, and whose team it is."""

    workspace_id: UUID
    team: str
    token: Secret = field(repr=False)


class Teams:
    """Which workspace a Slack team is, and our token there; each kept for a minute, so that a click asks nobody."""

    def __init__(self, database: Database, vault: Vault, clock: Callable[[], float] = time.monotonic) -> None:
        self._database, self._vault, self._clock = database, vault, clock
        self._kept: dict[str, tuple[float, Installed | None]] = {}
        self._reading = asyncio.Lock()

    async def of(self, team: str) -> Installed | None:
        """The installation in `team`; None when we are not installed there (any more). Raises `KeysUnusable`."""
        kept = self._kept.get(team)
        if kept is None or kept[0] <= self._clock():
            async with self._reading:
                kept = self._kept.get(team)
                if kept is None or kept[0] <= self._clock():
                    kept = await self._read(team)
        return kept[1]

    def forget(self, team: str) -> None:
        """Read it anew next time: it was installed, removed, or Slack would not take its token."""
        self._kept.pop(team, None)

    async def _read(self, team: str) -> tuple[float, Installed | None]:
        workspace_id = await workspaces.workspace_of(self._database, Surface.SLACK, team)
        token = await workspaces.bot_token(self._database, self._vault, workspace_id, team) if workspace_id else None
        found = Installed(workspace_id, team, token) if workspace_id and token else None
        if len(self._kept) > 10_000:
            self._kept.clear()
        kept = (self._clock() + (KEPT_SECONDS if found else KEPT_UNKNOWN_SECONDS), found)
        self._kept[team] = kept
        return kept
