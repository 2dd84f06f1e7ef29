"""The words that publishing steps and platforms share: claims, handles, receipts, findings, and what can go wrong.

The protocol they serve is at most once always, exactly once wherever the platform lets one look.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from domain.parts import Part
from domain.payload import Payload
from domain.platforms import Platform
from domain.post import PostRef
from domain.secret import Secret

Handles = Mapping[str, str]
"""What `prepare` made at the platform (media ids, containers), by name. Stored before the next call."""

Save = Callable[[Handles], Awaitable[None]]
"""Stores handles under the claim's fence and renews the lease. Raises `LeaseLost` when the claim is no longer ours."""

Permit = Callable[[], Awaitable[None]]
"""Self-fences and commits the sent mark. Awaited right before the one call that must not be repeated. Raises `LeaseLost`."""


class AccountKind(StrEnum):
    """Who speaks: a person or an organisation."""

    MEMBER = "member"
    ORGANISATION = "organisation"


@dataclass(frozen=True, slots=True)
class Account:
    """A connected profile. `remote_id` is the platform's own id or URN; `token` opens it (never logged)."""

    workspace_id: UUID
    id: UUID
    platform: Platform
    kind: AccountKind
    remote_id: str
    name: str
    token: Secret = field(repr=False)


@dataclass(frozen=True, slots=True)
class Claim:
    """One attempt to put one revision on its platform. `intent_at` is the database's clock, UTC."""

    post: PostRef
    account: Account
    payload: Payload
    fence: int
    intent_at: datetime
    handles: Handles = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Block:
    """Until when (UTC) a platform takes nothing more, by its own word; `per` account or app, as in `Window`."""

    until: datetime
    per: str = "account"


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof that the platform has it. `permalink` is None when the platform names none."""

    remote_id: str
    permalink: str | None = None
    blocks: tuple[Block, ...] = ()
    """What the platform said, in the same answer, is used up by now."""


@dataclass(frozen=True, slots=True)
class Search:
    """What to look for after an attempt without an answer. Times are UTC and bound the platform's creation time."""

    account: Account
    payload: Payload
    handles: Handles
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class PartClaim:
    """One attempt to send one part. `after` names what it answers at the platform, `post` the post that all began with."""

    account: Account
    part: Part
    post: str
    after: str
    intent_at: datetime
    """The database's clock, UTC."""


@dataclass(frozen=True, slots=True)
class PartSearch:
    """What to look for after a part's send without an answer. Times are UTC and bound the platform's creation time."""

    account: Account
    part: Part
    post: str
    after: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """Posts at the platform that match, oldest first; more than one needs a person."""

    receipts: tuple[Receipt, ...]


@dataclass(frozen=True, slots=True)
class Absent:
    """A complete look (every page, the right account) found no match."""

    proven: bool = False
    """The platform itself said, by the handle, that nothing came of it and nothing can: one look is enough. A match that
    is only missing from a listing never proves anything at once."""


@dataclass(frozen=True, slots=True)
class CannotTell:
    """The look was not conclusive. `reason` is a sentence for a person; `link` a place where they may look."""

    reason: str
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Pending:
    """The platform has it and is still working on it: look again, and ask nobody yet. `reason` is a sentence for the card."""

    reason: str


@dataclass(frozen=True, slots=True)
class TurnedDown:
    """The platform had it and will never publish it: sending the same again would end the same. `reason` is a sentence
    for the reviewer."""

    reason: str


Finding = Found | Absent | CannotTell | Pending | TurnedDown


class Reconciliation(StrEnum):
    """How a lost answer can be cleared up (the reliability standard's class A, B, C)."""

    BY_HANDLE = "A"
    BY_LISTING = "B"
    BY_PERSON = "C"


@dataclass(frozen=True, slots=True)
class Window:
    """At most `limit` sends in any `seconds` seconds, counted over the attempt ledger; `per` account or app."""

    limit: int
    seconds: int
    per: str = "account"
    whole: bool = False
    """Counts posts only, not the parts that follow them."""


@dataclass(frozen=True, slots=True)
class Reads:
    """How often an account may be read: `burst` at once, and so much more a minute that any `seconds` see `limit` at most."""

    limit: int
    seconds: float
    burst: int

    @property
    def gap(self) -> float:
        """Seconds between two reads once the burst is used: burst and refill together stay within the limit."""
        return self.seconds / (self.limit - self.burst)

    @property
    def round_in(self) -> float:
        """Seconds until an account that has no room at all has room for a round: a quarter of the burst, if that takes long."""
        full = self.gap * self.burst
        return min(full, max(full / 4, 60.0))


class MediaStore(Protocol):
    """Where publishers read what was approved. Digests are SHA-256 (hex)."""

    async def get(self, digest: str) -> bytes:
        """The whole bytes, checked against the digest. Raises `KeyError` or `FileNotFoundError`."""
        ...

    async def part(self, digest: str, start: int, end: int) -> bytes:
        """The bytes from `start` up to `end` (exclusive), for what is too large to be held. Raises like `get`."""
        ...

    async def verify(self, digest: str) -> None:
        """Read everything once, piece by piece, and compare with the digest. Raises like `get`."""
        ...


class Publisher(Protocol):
    """What a platform fulfils. Only `send` has a visible effect; everything else may be repeated."""

    @property
    def platform(self) -> Platform: ...

    @property
    def windows(self) -> tuple[Window, ...]: ...

    def reconciliation(self, account: Account) -> Reconciliation: ...

    def check(self, payload: Payload) -> list[str]:
        """What the platform would refuse, in sentences for the reviewer. Empty means nothing known."""
        ...

    async def prepare(self, claim: Claim, handles: Handles, save: Save) -> Handles:
        """Make what the send needs (upload media). Repeatable; each handle is saved before the next call."""
        ...

    async def send(self, claim: Claim, handles: Handles, permit: Permit) -> Receipt:
        """Await `permit()`, then make the one call that must not be repeated. Raises `PublishError`."""
        ...

    async def find(self, search: Search) -> Finding:
        """Look for the post at the platform. Never writes."""
        ...

    async def measure(self, account: Account, remote_ids: tuple[str, ...]) -> "tuple[Reading, ...]":
        """Read metrics of own posts. A remote id the platform no longer has yields `gone=True`."""
        ...

    async def send_part(self, claim: PartClaim, permit: Permit) -> Receipt:
        """What follows a post that is out: await `permit()`, then make the one call that must not be repeated. Raises
        `PublishError`."""
        ...

    async def find_part(self, search: PartSearch) -> Finding:
        """Look for the part at the platform. Never writes."""
        ...

    async def withdraw(self, account: Account, remote_id: str) -> None:
        """Delete the post. Gone already counts as done. Raises `PublishError`."""
        ...


@dataclass(frozen=True, slots=True)
class Reading:
    """Metrics of one post at one time. None means the platform does not say; it is not zero."""

    remote_id: str
    values: Mapping[str, int | None]
    gone: bool = False
    receipt: Receipt | None = None
    """A better name and link for the post than it was published with, where the platform tells them only later."""


class PublishError(Exception):
    """Base of what a platform can answer. `sentence` is for people and carries no secret."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class TryLater(PublishError):
    """Provably not accepted; try again at `at` (UTC), or by the usual back-off when None. The queue acts.

    `blocks`: what the platform says is used up, so that the account's other posts are not burnt on the same wall.
    """

    def __init__(self, sentence: str, at: datetime | None = None, blocks: tuple[Block, ...] = ()) -> None:
        super().__init__(sentence)
        self.at, self.blocks = at, blocks


class TokenRejected(PublishError):
    """The token does not open the account (any more), or does not permit this. The owner reconnects."""

    def __init__(self, sentence: str, *, not_permitted: bool = False) -> None:
        """`not_permitted`: the token is good, but not for this call; another call may still work with it."""
        super().__init__(sentence)
        self.not_permitted = not_permitted


class ContentRefused(PublishError):
    """A definite no, in the platform's words. The reviewer edits."""


class OutcomeUnknown(PublishError):
    """The request may have had its effect. `link` is a hint from the platform, never proof. Look, then ask.

    `handles`: what the send itself brought to know, stored beside what `prepare` made, for the look.
    """

    def __init__(self, sentence: str, link: str | None = None, handles: Handles | None = None) -> None:
        super().__init__(sentence)
        self.link, self.handles = link, handles or {}


class AskedTooOften(Exception):
    """We did not ask: the account was read as often as it may be. In `wait` seconds there is room for a whole round.

    No `PublishError`: the platform said nothing, and whoever makes do without an answer must not take this for one.
    """

    def __init__(self, wait: float) -> None:
        super().__init__(f"in {wait:.0f} s")
        self.wait = wait


class LeaseLost(Exception):
    """The claim is no longer ours: stop, send nothing."""
