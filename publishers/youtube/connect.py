"""Connecting a YouTube channel: Google's OAuth 2.0. The refresh token stays the same until somebody ends it."""

from dataclasses import dataclass, field, replace
from typing import Any

from domain.platforms import Platform
from domain.secret import Secret
from publishers.contract import AccountKind, Grant, GrantRefused, Identity, TokenRejected, TryLater
from publishers.http import Wire
from publishers.oauth import ask_for_grant, challenge, require, with_query
from publishers.youtube.api import Api, is_channel

_ROOT = "https://www.googleapis.com/auth/"
SCOPES = tuple(_ROOT + name for name in ("youtube.upload", "youtube.readonly", "youtube.force-ssl"))
"""To upload, to look, and to change what was uploaded."""

_REAL_CONSENT, _REAL_TOKENS = "https://accounts.google.com", "https://oauth2.googleapis.com"
_NO_CHANNEL = "This Google account has no YouTube channel. Create one on YouTube, or connect another account."


@dataclass(frozen=True)
class YouTubeConnector:
    """Fulfils `Connector`. `google` speaks for Google's OAuth, whose base is `oauth`, without a slash at the end."""

    api: Api
    google: Wire
    oauth: str
    client_id: str
    client_secret: Secret = field(repr=False)
    platform: Platform = Platform.YOUTUBE
    scopes: tuple[str, ...] = SCOPES

    def authorize_url(self, *, state: str, verifier: str, redirect_uri: str) -> str:
        """Where to send the person. Only a consent that is really shown (`prompt`) brings a refresh token."""
        fields = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(self.scopes),
            "state": state,
            "access_type": "offline",
            "prompt": "consent",
            "code_challenge": challenge(verifier),
            "code_challenge_method": "S256",
        }
        return with_query(f"{self.oauth}/o/oauth2/v2/auth", fields)

    async def exchange(self, *, code: str, verifier: str, redirect_uri: str) -> Grant:
        """The code works once. Raises `GrantRefused`, `TryLater`."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        grant = await self._grant(form, kept=None)
        require(replace(grant, scopes=_short(grant.scopes)), _short(self.scopes), "YouTube")
        if grant.refresh_token is None:
            raise GrantRefused("Google gave no lasting access. Connect the account again.")
        return grant

    async def refresh(self, refresh_token: Secret) -> Grant:
        """A new access token; the refresh token stays the same. Raises `GrantRefused`, `TryLater`."""
        if not refresh_token:
            raise GrantRefused("Google gave no lasting access. Connect the account again.")
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token.reveal()}
        return await self._grant(form, kept=refresh_token)

    async def identities(self, grant: Grant) -> tuple[Identity, ...]:
        """The channel that the person chose while consenting. Raises `GrantRefused`, `TryLater`."""
        asked = {"part": "snippet", "mine": "true"}
        answer = await self.api.wire.read(
            self.api.request("GET", "/youtube/v3/channels", grant.access_token, params=asked)
        )
        if answer.status != 200:
            refusal = self.api.refusals.of_step(answer, "the channel")
            raise GrantRefused(refusal.sentence) if isinstance(refusal, TokenRejected) else TryLater(refusal.sentence)
        body = answer.fields()
        items = body.get("items", [])
        if body.get("kind") != "youtube#channelListResponse" or not isinstance(items, list):
            raise TryLater("YouTube did not say whose channel this is.")
        if not items:
            raise GrantRefused(_NO_CHANNEL)
        return tuple(self._identity(item) for item in items)

    async def revoke(self, token: Secret) -> None:
        """Ends the whole grant. A token that Google does not know is as good as revoked. Raises `TryLater`."""
        url = f"{self._tokens}/revoke"
        answer = await self.google.step(self.google.request("POST", url, data={"token": token.reveal()}))
        if not answer.ok and answer.status != 400:
            raise TryLater(f"Google answered {answer.status} when asked to end the connection.")

    def _identity(self, channel: Any) -> Identity:
        channel_id = channel.get("id") if isinstance(channel, dict) else None
        if not isinstance(channel_id, str) or not is_channel(channel_id):
            raise TryLater("YouTube did not say whose channel this is.")
        snippet = channel.get("snippet")
        title = snippet.get("title") if isinstance(snippet, dict) else None
        shown = title.strip() if isinstance(title, str) and title.strip() else "YouTube channel"
        return Identity(AccountKind.MEMBER, channel_id, shown, self.api.channel(channel_id))

    async def _grant(self, form: dict[str, str], kept: Secret | None) -> Grant:
        filled = {**form, "client_id": self.client_id, "client_secret": self.client_secret.reveal()}
        return await ask_for_grant(self.google, f"{self._tokens}/token", filled, kept=kept, now=self.api.now)

    @property
    def _tokens(self) -> str:
        """Google gives tokens on another host than consent; any other place does both."""
        return _REAL_TOKENS if self.oauth == _REAL_CONSENT else self.oauth


def _short(scopes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(scope.removeprefix(_ROOT) for scope in scopes)
