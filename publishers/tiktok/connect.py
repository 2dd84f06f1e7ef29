"""Connecting TikTok: Login Kit. Two-hour tokens, refresh tokens that work once, refusals that come with HTTP 200."""

import hashlib
from dataclasses import dataclass, field
from urllib.parse import unquote

from domain.platforms import Platform
from domain.secret import Secret
from publishers.contract import AccountKind, Grant, GrantRefused, Identity, TryLater
from publishers.oauth import ask_for_grant, require, with_query
from publishers.tiktok.api import Api, meant, told_in

SCOPES = ("user.info.basic", "user.info.profile", "video.list", "video.publish")
_NEEDED = ("video.publish", "video.list")
_LONGEST_ID = 200


@dataclass(frozen=True)
class TikTokConnector:
    """Fulfils `Connector`. TikTok calls the application's id `client_key`."""

    api: Api
    authorize: str
    client_key: str
    client_secret: Secret = field(repr=False)
    platform: Platform = Platform.TIKTOK
    scopes: tuple[str, ...] = SCOPES

    def authorize_url(self, *, state: str, verifier: str, redirect_uri: str) -> str:
        """Where to send the person. `disable_auto_auth`: whoever connects again sees whose account it is."""
        fields = {
            "client_key": self.client_key,
            "response_type": "code",
            "scope": ",".join(self.scopes),
            "redirect_uri": redirect_uri,
            "state": state,
            "disable_auto_auth": "1",
            # TikTok wants the proof key's SHA-256 in hex, unlike RFC 7636.
            "code_challenge": hashlib.sha256(verifier.encode("ascii")).hexdigest(),
            "code_challenge_method": "S256",
        }
        return with_query(self.authorize, fields)

    async def exchange(self, *, code: str, verifier: str, redirect_uri: str) -> Grant:
        """The code works once; decoding it twice does no harm. Raises `GrantRefused`, `TryLater`."""
        form = {
            "grant_type": "authorization_code",
            "code": unquote(code),
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        return require(await self._grant(form, kept=None), _NEEDED, "TikTok")

    async def refresh(self, refresh_token: Secret) -> Grant:
        """A new grant; the old refresh token is dead from here on. Raises `GrantRefused`, `TryLater`."""
        if not refresh_token:
            raise GrantRefused("TikTok gave no lasting access. Connect the account again.")
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token.reveal()}
        return await self._grant(form, kept=refresh_token)

    async def identities(self, grant: Grant) -> tuple[Identity, ...]:
        """The one account whose token it is. Raises `GrantRefused`, `TryLater`."""
        asked = ["open_id", "display_name"]
        if not grant.scopes or "user.info.profile" in grant.scopes:
            asked.append("username")
        url = f"{self.api.base}/v2/user/info/"
        request = self.api.wire.request("GET", url, token=grant.access_token, params={"fields": ",".join(asked)})
        answer = meant(await self.api.wire.read(request))
        if answer.status in (401, 403):
            raise GrantRefused("TikTok does not let us see whose account this is. Connect it again.")
        user = told_in(answer).get("user")
        told = user if answer.ok and isinstance(user, dict) else {}
        open_id, username, shown = told.get("open_id"), told.get("username"), told.get("display_name")
        if not isinstance(open_id, str) or not 0 < len(open_id) <= _LONGEST_ID or not open_id.isprintable():
            raise TryLater("TikTok did not say whose account this is.")
        if isinstance(username, str) and username.strip():
            return (Identity(AccountKind.MEMBER, open_id, f"@{username}", self.api.profile(username)),)
        name = shown.strip() if isinstance(shown, str) and shown.strip() else "TikTok account"
        return (Identity(AccountKind.MEMBER, open_id, name),)

    async def revoke(self, token: Secret) -> None:
        """Ends the whole grant. A token that TikTok does not know is as good as revoked. Raises `TryLater`."""
        url, form = f"{self.api.base}/v2/oauth/revoke/", self._with_client({"token": token.reveal()})
        answer = await self.api.wire.step(self.api.wire.request("POST", url, data=form))
        if not answer.ok and answer.status != 400:
            raise TryLater(f"TikTok answered {answer.status} when asked to end the connection.")

    async def _grant(self, form: dict[str, str], kept: Secret | None) -> Grant:
        url = f"{self.api.base}/v2/oauth/token/"
        return await ask_for_grant(self.api.wire, url, self._with_client(form), kept=kept, now=self.api.now)

    def _with_client(self, form: dict[str, str]) -> dict[str, str]:
        return {**form, "client_key": self.client_key, "client_secret": self.client_secret.reveal()}
