"""The next revision of a post, checked and hashed with everything that goes out, and a slot that is still to come."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.options import AccountOptions, withdrawn
from domain.parts import longest
from domain.payload import Payload
from domain.platforms import Platform
from domain.rights import not_allowed
from domain.room import Room, next_slot_with_room
from domain.slots import Soon
from pipeline.turns import room_for
from storage import decisions
from storage.decisions import Subject
from storage.session import Transaction

Check = Callable[[Platform, Payload], list[str]]
"""What a platform would refuse, in sentences: `Publisher.check` of the post's platform."""


def next_revision(
    post: Subject, text: str, settings: dict[str, str], warnings: list[str], check: Check
) -> dict[str, Any]:
    """The row of the next revision, checked and hashed with everything that goes out."""
    platform = Platform(post.platform)
    payload = Payload.of_row(text, post.pictures, settings, post.video, post.document)
    gone = withdrawn(platform, post.account_name, payload, AccountOptions.of_row(post.options))
    gone += not_allowed(platform, post.account_name, settings, post.scopes)
    return {
        "text": text,
        "pictures": post.pictures,
        "video": post.video,
        "document": post.document,
        "settings": settings,
        "sha256": payload.sha256(post.account_id).hex(),
        "length": longest(platform, text),
        "warnings": warnings,
        "objections": [*check(platform, payload), *gone],
    }


@dataclass(frozen=True, slots=True)
class FreeSlots:
    """Where a post may be moved: slots that no other post of the account has, and for which its limits have room."""

    post: Subject
    taken: tuple[datetime, ...]
    room: Room
    soon: Soon

    def next(self, *but: datetime) -> datetime:
        """The first one besides these."""
        post = self.post
        return next_slot_with_room(post.zone, post.slot_times, self.soon, (*self.taken, *but), post.post_id, self.room)


async def free_slots(tx: Transaction, post: Subject, soon: Soon) -> FreeSlots:
    room = await room_for(tx, Platform(post.platform), post.remote_account, post.posts_a_day)
    return FreeSlots(post, tuple(await decisions.taken_slots(tx, post.account_id)), room, soon)


def slot_to_come(post: Subject, free: FreeSlots) -> dict[str, str]:
    """A post whose slot has passed gets the next free one; otherwise its slot stays."""
    return {} if post.slot > post.now else {"slot": free.next().isoformat()}
