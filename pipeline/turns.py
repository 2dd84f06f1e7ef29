"""Turns: an account's limits are kept at the claim, and whoever has to wait is told when its own turn comes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from domain.platforms import Platform
from domain.publishing import Window
from domain.room import Room
from pipeline.ports import Hint
from publishers.registry import WINDOWS
from storage import attempts, room
from storage.posts import DuePost
from storage.session import Transaction

A_MOMENT = timedelta(seconds=0.25)
"""How long each of those before it is given when there is room for the one that is looked at, but not its turn."""


@dataclass(frozen=True, slots=True)
class Turn:
    """When a post that has to wait is looked at again, and why it waits."""

    at: datetime
    sentence: str


def windows_of(windows: tuple[Window, ...], posts_a_day: int | None) -> tuple[Window, ...]:
    """The platform's windows, and the workspace's own cap a day."""
    return windows if posts_a_day is None else (*windows, Window(posts_a_day, 86_400, whole=True))


async def room_for(tx: Transaction, platform: Platform, remote_account: str, posts_a_day: int | None) -> Room:
    """What an account may still send, for those who only want to know."""
    return await room.room_of(tx, platform, remote_account, windows_of(WINDOWS[platform], posts_a_day))


async def has_to_wait(tx: Transaction, post: DuePost, windows: tuple[Window, ...], hint: Hint) -> Turn | None:
    """None when it is the turn of a locked post; then the profile is locked, too, until the commit, so that no two claims
    take the last place. Where there are more places, the next one that waits is told to look."""
    await attempts.lock(tx, post.platform, post.remote_account, windows)
    found = await room.room_of(tx, post.platform, post.remote_account, windows, post.now)
    slot = min(post.slot, found.now)  # it is due: its row was looked at because its time has come
    turn = found.turn(post.id, slot)
    if turn <= found.now:
        if found.kept_waiting() and found.leaves_more():
            await call_next(tx, post.account_id, post.account_name, hint)
        return None
    if found.is_open:
        turn = min(turn, found.now + A_MOMENT * max(found.before(post.id, slot), 1))
    return Turn(turn, _used_up(post.account_name))


async def call_next(tx: Transaction, account_id: UUID, account_name: str, hint: Hint) -> None:
    """A place is free that nobody knew of: the first post of the account that waits for one looks now."""
    if await room.wake_first(tx, account_id, _used_up(account_name)):
        tx.after_commit(lambda: hint("due", None, None))


def _used_up(account_name: str) -> str:
    return f"The limit of {account_name} is used up; this goes out when there is room again."
