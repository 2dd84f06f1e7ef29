"""The accounts that people connected: what they may do, until when, how much room their limits leave, when they last worked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from app.doctor.findings import Finding, good, note
from app.doctor.stores import Opened
from app.operate import every_workspace
from domain.platforms import PLATFORMS, Platform
from domain.publishing import AccountKind, Window
from pipeline.turns import windows_of
from publishers.facebook.connect import SCOPES as FACEBOOK
from publishers.instagram.connect import SCOPES as INSTAGRAM
from publishers.linkedin.connect import MEMBER_SCOPES, PAGE_SCOPES
from publishers.registry import WINDOWS
from publishers.tiktok.connect import SCOPES as TIKTOK
from publishers.x.connect import SCOPES as X
from publishers.youtube.connect import SCOPES as YOUTUBE
from storage.session import Transaction

MOST = 50
"""Accounts to name one by one; of the rest only those that need somebody, and how many there are."""

NEEDED: dict[tuple[Platform, AccountKind], tuple[str, ...]] = {
    (Platform.X, AccountKind.MEMBER): X,
    (Platform.LINKEDIN, AccountKind.MEMBER): MEMBER_SCOPES,
    (Platform.LINKEDIN, AccountKind.ORGANISATION): PAGE_SCOPES,
    (Platform.FACEBOOK, AccountKind.ORGANISATION): FACEBOOK,
    (Platform.INSTAGRAM, AccountKind.ORGANISATION): INSTAGRAM,
    (Platform.TIKTOK, AccountKind.MEMBER): TIKTOK,
    (Platform.YOUTUBE, AccountKind.MEMBER): YOUTUBE,
}
_SPANS = {60: "a minute", 900: "15 minutes", 3_600: "an hour", 86_400: "24 hours"}
_GOOGLE = "https://www.googleapis.com/auth/"

_ACCOUNTS = """
SELECT a.platform, a.kind, a.remote_id, a.name, a.state, a.trouble, a.scopes, a.expires_at, a.posts_a_day, w.name AS workspace,
       (SELECT max(t.ended_at) FROM attempts t
         WHERE t.workspace_id = a.workspace_id AND t.account_id = a.id AND t.outcome = 'ok') AS last_success
FROM accounts a JOIN workspaces w ON w.workspace_id = a.workspace_id
WHERE a.workspace_id = %(workspace_id)s AND a.state <> 'removed' ORDER BY a.connected_at, a.id
"""
_SENDS = "SELECT sends FROM door_sends(%(platform)s, %(account)s::text, %(seconds)s, %(whole)s)"


@dataclass(frozen=True, slots=True)
class _Row:
    """An account as it is looked at here. Instants are UTC; no token is among it."""

    platform: Platform
    kind: AccountKind
    remote_id: str
    name: str
    state: str
    trouble: str | None
    scopes: list[str]
    expires_at: datetime | None
    posts_a_day: int | None
    workspace: str
    last_success: datetime | None


@dataclass(frozen=True, slots=True)
class Quota:
    """A window of the ledger and how many sends are in it; what was lost without an answer counts."""

    window: Window
    sends: int

    @property
    def left(self) -> int:
        return max(self.window.limit - self.sends, 0)

    @property
    def fullness(self) -> float:
        return self.sends / self.window.limit


async def accounts(opened: Opened | None) -> list[Finding]:
    """Every connected account: what it may do, until when, how it is, what it may still send, and when it last published."""
    if opened is None:
        return []
    found: list[Finding] = []
    total = 0
    now = datetime.now(UTC)
    async for workspace_id in every_workspace(opened.database):
        async with opened.database.transaction(workspace_id) as tx:
            for row in await tx.rows(_Row, _ACCOUNTS):
                total += 1
                finding = _finding(row, await _fullest(tx, row), now)
                if total <= MOST or finding.remedy:
                    found.append(finding)
    if total > len(found):
        found.append(note("Accounts", f"{total - len(found)} more accounts are well"))
    return found or [note("Accounts", "No account is connected yet", "An owner types /amarktai connect or /connect.")]


async def _fullest(tx: Transaction, row: _Row) -> Quota:
    """The fullest window, the workspace's own cap a day among them; where all are as empty, the account's longest."""
    counted = [await _count(tx, row, window) for window in windows_of(WINDOWS[row.platform], row.posts_a_day)]
    return max(counted, key=lambda quota: (quota.fullness, quota.window.per == "account", quota.window.seconds))


async def _count(tx: Transaction, row: _Row, window: Window) -> Quota:
    account = None if window.per == "app" else row.remote_id
    asked = {"platform": row.platform, "account": account, "seconds": window.seconds, "whole": window.whole}
    return Quota(window, await tx.value(_SENDS, asked) or 0)


def _finding(row: _Row, quota: Quota, now: datetime) -> Finding:
    """A person's account that needs its person is a note: the installation itself is not broken."""
    again = f"An owner of {row.workspace} connects it again: /amarktai connect, or /connect in Telegram."
    name = f"{row.workspace}: {PLATFORMS[row.platform].name} {row.name} ({row.kind})"
    if row.state != "connected":
        return note("Accounts", f"{name} is disconnected. {row.trouble or ''}".rstrip(), again)
    missing = lacking(row.platform, row.kind, row.scopes)
    if missing:
        return note("Accounts", f"{name} lacks {', '.join(missing)}", again)
    expires = row.expires_at
    if expires is not None and expires <= now:
        what = f"{name}: the token expired {expires:%Y-%m-%d %H:%M} UTC and was not renewed"
        return note("Accounts", what, "See that `amarktai worker` and `amarktai clock` run.")
    told = (
        f"token until {expires:%Y-%m-%d %H:%M} UTC" if expires else "token without an end",
        room(quota),
        f"last published {row.last_success:%Y-%m-%d %H:%M} UTC" if row.last_success else "published nothing yet",
        f"scopes {' '.join(_short(row.scopes)) or 'not told'}",
    )
    return good("Accounts", f"{name}: connected, {', '.join(told)}")


def lacking(platform: Platform, kind: AccountKind, granted: Sequence[str]) -> list[str]:
    """The scopes that are asked for and were not granted, as the platform's consent page names them.

    Nothing is missing where the platform does not say what was granted.
    """
    wanted = NEEDED.get((platform, kind), ())
    return _short([scope for scope in wanted if granted and scope not in granted])


def room(quota: Quota) -> str:
    """What may still be sent: "12 of 15 posts in 24 hours left"."""
    span = _SPANS.get(quota.window.seconds, f"{quota.window.seconds} seconds")
    whose = " for all accounts of this application" if quota.window.per == "app" else ""
    return f"{quota.left:,} of {quota.window.limit:,} posts in {span} left{whose}"


def _short(scopes: Sequence[str]) -> list[str]:
    """Google's scopes are addresses, of which the end is enough."""
    return [scope.removeprefix(_GOOGLE) for scope in scopes]
