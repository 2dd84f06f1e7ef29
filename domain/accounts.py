"""Connecting a profile: what a platform's OAuth answers, in our words."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from domain.platforms import Platform
from domain.publishing import AccountKind
from domain.secret import Secret


@dataclass(frozen=True, slots=True)
class Grant:
    """Tokens as a platform gave them. Times are UTC instants; None means the platform did not say."""

    access_token: Secret = field(repr=False)
    refresh_token: Secret | None = field(repr=False)
    expires_at: datetime | None
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Identity:
    """A profile that a grant may speak for. `remote_id` is the platform's id or URN."""

    kind: AccountKind
    remote_id: str
    name: str
    link: str | None = None
    token: Secret | None = field(default=None, repr=False)
    """The profile's own token (a Page has one). It takes the place of the grant's and does not expire by itself."""


class Connector(Protocol):
    """How to connect a platform. Every call is repeatable except `exchange` (the code works once)."""

    @property
    def platform(self) -> Platform: ...

    @property
    def scopes(self) -> tuple[str, ...]: ...

    def authorize_url(self, *, state: str, verifier: str, redirect_uri: str) -> str: ...

    async def exchange(self, *, code: str, verifier: str, redirect_uri: str) -> Grant: ...

    async def refresh(self, refresh_token: Secret) -> Grant:
        """A new grant. Raises `GrantRefused` when the person must connect again, `TryLater` on anything transient."""
        ...

    async def identities(self, grant: Grant) -> tuple[Identity, ...]: ...

    async def revoke(self, token: Secret) -> None: ...


class GrantRefused(Exception):
    """The platform said no for good (`invalid_grant` and its kin). `sentence` tells the owner what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
