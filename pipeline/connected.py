"""What a consent opened: shown to the person who waits, who keeps some of it and gives the rest back.

One consent may open several profiles (Pages, Instagram accounts, a member and organisations). All of them are connected at
once, so that nobody who never answers loses one; what the person does not keep is disconnected like any other account.
"""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from domain.card import NoticeView
from domain.errors import Refused
from domain.platforms import PLATFORMS, Platform
from domain.publishing import AccountKind
from domain.rights import Ability, abilities
from domain.roles import Right
from pipeline.chats import draw_soon
from pipeline.disconnect import take_away
from pipeline.people import require
from pipeline.ports import Hint
from storage import links, notices, workspaces
from storage.links import OAuthState, Waiting
from storage.session import Database, Transaction

CONNECTED = "connected"
UNKNOWN = "Nobody began this here. Start again with the connect link, in this browser."
EXPIRED = "This took longer than ten minutes. Start again with the connect link."
CHOSEN = "It was chosen already."


class Before(StrEnum):
    """How a profile stood here before the consent."""

    NEW = "new"
    CONNECTED = "connected"
    AGAIN = "again"
    """Its connection had been lost, or taken away."""

    @classmethod
    def of(cls, state: str | None) -> "Before":
        if state is None:
            return cls.NEW
        return cls.CONNECTED if state == "connected" else cls.AGAIN


@dataclass(frozen=True, slots=True)
class Opened:
    """One account that a consent connected. `kept` is False once its person gave it back."""

    account_id: UUID
    name: str
    kind: AccountKind
    before: Before
    scopes: tuple[str, ...]
    kept: bool = True

    def to_row(self) -> dict[str, Any]:
        return {**asdict(self), "account_id": str(self.account_id), "scopes": list(self.scopes)}

    @classmethod
    def of_row(cls, row: dict[str, Any]) -> "Opened":
        account_id, kind, before = UUID(row["account_id"]), AccountKind(row["kind"]), Before(row["before"])
        return cls(account_id, row["name"], kind, before, tuple(row["scopes"]), row["kept"])


@dataclass(frozen=True, slots=True)
class ConnectStatus:
    """How a trip went so far. `sentence` is for the person; `opened` are the accounts that were connected."""

    done: bool
    connected: bool
    sentence: str
    platform: Platform
    opened: tuple[Opened, ...] = ()
    chosen: bool = False
    """Whether the person said already which of them to keep."""
    expired: bool = False

    @property
    def open(self) -> bool:
        """Whether the person may still say which of them to keep."""
        return self.connected and not self.chosen and not self.expired

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(one.name for one in self.opened if one.kept)

    def allowed(self, one: Opened) -> tuple[tuple[Ability, ...], tuple[Ability, ...]]:
        """What an account allows us, and what not."""
        return abilities(self.platform, one.kind, one.scopes)


async def offer(tx: Transaction, hint: Hint, waiting: Waiting, opened: list[Opened]) -> None:
    """Keep what was opened for the page that waits; where it is more than one, the owner's chat says so as well."""
    await links.offer(tx, waiting.state_hash, [one.to_row() for one in opened])
    if len(opened) > 1:
        title = f"{len(opened)} accounts on {PLATFORMS[waiting.platform].name} are connected"
        names = ", ".join(one.name for one in opened)
        text = f"{names}. Whichever you do not want, take away. {how_to_disconnect(waiting.platform, opened[-1].name)}"
        await notices.tell_owner(tx, _notice_key(waiting.state_hash), NoticeView(title=title, text=text, good=True))
        await draw_soon(tx, hint)


def how_to_disconnect(platform: Platform, name: str) -> str:
    """What an owner types to take an account away."""
    words = f"disconnect {platform} {name}"
    return f"Type “/amarktai {words}” in Slack, or “/{words}” in Telegram."


async def connect_status(database: Database, state: str, browser: str) -> ConnectStatus:
    """For the page that waits. Only the browser that began may ask; others get `Refused`."""
    async with database.transaction() as tx:
        found = await links.state(tx, state, browser)
    if found is None or not found.same_browser or found.platform is None:
        raise Refused(UNKNOWN)
    platform = Platform(found.platform)
    title = PLATFORMS[platform].name
    if found.result == CONNECTED:
        opened = _opened(found)
        return ConnectStatus(
            True, True, _sentence(title, opened), platform, opened, chosen=found.chosen, expired=found.expired
        )
    if found.result is not None:
        return ConnectStatus(True, False, found.result, platform)
    if found.expired and not found.used:
        return ConnectStatus(True, False, EXPIRED, platform)
    return ConnectStatus(False, False, f"Asking {title} …", platform)


def _sentence(title: str, opened: tuple[Opened, ...]) -> str:
    kept, gone = ([one.name for one in opened if one.kept is wanted] for wanted in (True, False))
    said = [f"Connected on {title}: {', '.join(kept)}."] if kept else []
    return " ".join([*said, *([f"Disconnected again: {', '.join(gone)}."] if gone else [])])


async def keep(database: Database, hint: Hint, state: str, browser: str, wanted: Collection[str]) -> list[UUID]:
    """Disconnect what was opened and is not among `wanted` (ids of accounts), once. Returns the posts that are held now.

    Only the browser that began may say so, for the person it began as, who still has to be an owner. Raises `Refused`
    (also for an id that the consent did not open); then nothing was changed.
    """
    workspace_id = await _workspace_of(database, state, browser)
    async with database.transaction(workspace_id) as tx:
        found = await links.state(tx, state, browser)
        if found is None or found.member_id is None or found.result != CONNECTED:
            raise Refused(UNKNOWN)
        if found.chosen:
            raise Refused(CHOSEN)
        if found.expired:
            raise Refused("This page is older than ten minutes, so nothing was changed: all of them stay connected.")
        member = await require(tx, found.member_id, Right.CONNECT)
        opened = _kept(_opened(found), wanted)
        await workspaces.lock(tx)
        held = [await take_away(tx, hint, member, one.account_id) for one in opened if not one.kept]
        await links.choose(tx, state, [one.to_row() for one in opened])
        title = PLATFORMS[Platform(str(found.platform))].name
        over = NoticeView(title=f"{title} is connected", text=_sentence(title, opened), good=True)
        await notices.amend(tx, _notice_key(links.fingerprint(state)), over)
        await draw_soon(tx, hint)
    return [post for posts in held for post in posts]


async def who_began(database: Database, state: str, browser: str, platform: Platform) -> tuple[UUID, UUID]:
    """The workspace and the person of a finished trip, from whose page another account may be connected.

    Raises `Refused` for another browser or platform, and ten minutes after it was finished.
    """
    async with database.transaction() as tx:
        found = await links.state(tx, state, browser)
    if found is None or not found.same_browser or found.platform != platform or found.result is None:
        raise Refused(UNKNOWN)
    if found.expired or found.workspace_id is None or found.member_id is None:
        raise Refused(EXPIRED)
    return found.workspace_id, found.member_id


async def _workspace_of(database: Database, state: str, browser: str) -> UUID:
    async with database.transaction() as tx:
        found = await links.state(tx, state, browser)
    if found is None or not found.same_browser or found.purpose != "platform" or found.workspace_id is None:
        raise Refused(UNKNOWN)
    return found.workspace_id


def _opened(found: OAuthState) -> tuple[Opened, ...]:
    return tuple(Opened.of_row(row) for row in found.choices or ())


def _kept(opened: tuple[Opened, ...], wanted: Collection[str]) -> tuple[Opened, ...]:
    known = {str(one.account_id) for one in opened}
    if not known.issuperset(wanted):
        raise Refused("An account was named that this connection did not open, so nothing was changed.")
    return tuple(
        Opened(one.account_id, one.name, one.kind, one.before, one.scopes, str(one.account_id) in wanted)
        for one in opened
    )


def _notice_key(state_hash: bytes) -> str:
    return f"opened:{state_hash.hex()[:32]}"
