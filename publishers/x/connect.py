"""Connecting an X account: OAuth 2.0 with PKCE. Refresh tokens work once; every answer must be stored before use."""

import base64
from dataclasses import dataclass, field
from urllib.parse import quote

from domain.platforms import Platform
from domain.secret import Secret
from publishers.contract import AccountKind, Grant, GrantRefused, Identity, TryLater
from publishers.oauth import ask_for_grant, challenge, require, with_query
from publishers.x.api import Api, is_id

SCOPES = ("tweet.read", "tweet.write", "users.read", "media.write", "offline.access")


@dataclass(frozen=True)
class XConnector:
    """Fulfils `Connector`. The secret is empty for a public client."""

    api: Api
    authorize: str
    client_id: str
    client_secret: Secret = field(repr=False)
    platform: Platform = Platform.X
    scopes: tuple[str, ...] = SCOPES

    def authorize_url(self, *, state: str, verifier: str, redirect_uri: str) -> str:
        """Where to send the person. X wants a state of at most 500 characters."""
        fields = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(self.scopes),
            "state": state,
            "code_challenge": challenge(verifier),
            "code_challenge_method": "S256",
        }
        return with_query(self.authorize, fields)

    async def exchange(self, *, code: str, verifier: str, redirect_uri: str) -> Grant:
        """The code lives 30 seconds and works once. Raises `GrantRefused`, `TryLater`."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        return require(await self._grant(form, kept=None), self.scopes, "X")

    async def refresh(self, refresh_token: Secret) -> Grant:
        """A new grant; the old refresh token is dead from here on. Raises `GrantRefused`, `TryLater`."""
        if not refresh_token:
            raise GrantRefused("X gave no lasting access. Connect the account again and leave every box ticked.")
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token.reveal()}
        return await self._grant(form, kept=refresh_token)

    async def identities(self, grant: Grant) -> tuple[Identity, ...]:
        """The one account whose token it is. Raises `GrantRefused`, `TryLater`."""
        answer = await self.api.wire.read(self.api.request("GET", "/2/users/me", grant.access_token))
        if answer.status in (401, 403):
            raise GrantRefused("X does not let us see whose account this is. Connect it again.")
        told = answer.fields().get("data")
        if answer.status != 200 or not isinstance(told, dict) or not is_id(told.get("id")):
            raise TryLater("X did not say whose account this is.")
        name = told.get("username") or told.get("name") or told["id"]
        link = f"{self.api.site}/{quote(str(name), safe='')}"
        return (Identity(AccountKind.MEMBER, told["id"], f"@{name}", link),)

    async def revoke(self, token: Secret) -> None:
        """Ends the grant. A token that X does not know is as good as revoked. Raises `TryLater`."""
        form = self._with_client({"token": token.reveal()})
        url = f"{self.api.base}/2/oauth2/revoke"
        answer = await self.api.wire.step(self.api.wire.request("POST", url, headers=self._basic(), data=form))
        if not answer.ok and answer.status != 400:
            raise TryLater(f"X answered {answer.status} when asked to end the connection.")

    async def _grant(self, form: dict[str, str], kept: Secret | None) -> Grant:
        url = f"{self.api.base}/2/oauth2/token"
        filled = self._with_client(form)
        return await ask_for_grant(self.api.wire, url, filled, headers=self._basic(), kept=kept, now=self.api.now)

    def _with_client(self, form: dict[str, str]) -> dict[str, str]:
        return form if self.client_secret else {**form, "client_id": self.client_id}

    def _basic(self) -> dict[str, str]:
        """RFC 6749 2.3.1: both halves are form-encoded before they are joined."""
        if not self.client_secret:
            return {}
        pair = f"{quote(self.client_id, safe='')}:{quote(self.client_secret.reveal(), safe='')}"
        return {"authorization": f"Basic {base64.b64encode(pair.encode()).decode('ascii')}"}
