"""A post on its way through TikTok: begun, taken, in processing, published, failed. What is taken goes to the ledger."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sandbox.knobs import knob
from sandbox.secrets import token as new_token
from sandbox.tiktok.accounts import new_number
from sandbox.tiktok.checks import Found, film_fault, photo_fault
from sandbox.tiktok.refusals import refused
from sandbox.world import World

PUBLISHES, TICKETS, ARMED = "tiktok.publishes", "tiktok.tickets", "tiktok.armed"
DAY = 86400.0
UPLOAD_LIFE = 3600.0
DAILY_POSTS = 15
MOST_PENDING = 5
UNAUDITED_USERS = 5
FAIL_REASONS = (
    "internal",
    "video_pull_failed",
    "photo_pull_failed",
    "file_format_check_failed",
    "duration_check_failed",
    "frame_rate_check_failed",
    "picture_size_check_failed",
    "auth_removed",
    "spam_risk",
    "spam_risk_text",
    "spam_risk_user_banned_from_posting",
    "spam_risk_too_many_posts",
    "publish_cancelled",
)
# first letters of a publish_id, by what is posted and whence it comes
NAMES = {
    ("video", "upload"): "v_pub_file~v2-1.",
    ("video", "pull"): "v_pub_url~v2-1.",
    ("inbox_video", "upload"): "v_inbox_file~v2.",
    ("inbox_video", "pull"): "v_inbox_url~v2.",
    ("photo", "pull"): "p_pub_url~v2.",
    ("inbox_photo", "pull"): "p_inbox_url~v2.",
}


def begin(world: World, open_id: str, sort: str, source: str, **more: Any) -> dict[str, Any]:
    """A new post on its way; nothing is visible yet. `sort`: video, photo, inbox_video, inbox_photo."""
    now = world.now()
    publish = {
        "id": f"{NAMES[sort, source]}{new_number(world)}",
        "open_id": open_id,
        "sort": sort,
        "source": source,
        "begun_at": now,
        "asked": {},
        "ticket": new_token("sandbox-tt-upload-"),
        "expires": now + UPLOAD_LIFE,
        "size": 0,
        "chunk": 0,
        "count": 0,
        "received": 0,
        "content_type": None,
        "seconds": None,
        "width": 0,
        "height": 0,
        "urls": [],
        "files": [],
        "taken_at": None,
        "ready_at": None,
        "fail_reason": None,
        "post_id": None,
        "privacy": None,
        "seen_at": None,
        "finished": False,
        "deleted": False,
        **more,
    }
    save(world, publish)
    return publish


def save(world: World, publish: dict[str, Any]) -> None:
    """Remember the post as it is now."""
    world.state.put(PUBLISHES, publish["id"], publish)


def own(world: World, open_id: str, publish_id: Any) -> dict[str, Any]:
    """The creator's own post. Raises Refused."""
    publish = world.state.get(PUBLISHES, publish_id) if isinstance(publish_id, str) else None
    if publish is None:
        raise refused("invalid_publish_id")
    if publish["open_id"] != open_id:
        raise refused("token_not_authorized_for_specified_publish_id")
    return publish


def status_of(world: World, publish: dict[str, Any]) -> str:
    """PROCESSING_UPLOAD, PROCESSING_DOWNLOAD, SEND_TO_USER_INBOX, PUBLISH_COMPLETE or FAILED.

    An upload whose address has expired stays PROCESSING_UPLOAD: what TikTok says then is unverified.
    """
    ready = publish["ready_at"] is not None and publish["ready_at"] <= world.now()
    if not ready:
        return "PROCESSING_UPLOAD" if publish["source"] == "upload" else "PROCESSING_DOWNLOAD"
    if publish["fail_reason"] is not None:
        return "FAILED"
    return "SEND_TO_USER_INBOX" if is_draft(publish) and not publish["finished"] else "PUBLISH_COMPLETE"


def is_draft(publish: dict[str, Any]) -> bool:
    """Whether the creator finishes it in the app."""
    return str(publish["sort"]).startswith("inbox")


def is_public(world: World, publish: dict[str, Any]) -> bool:
    """Whether everybody sees it now and its id is told: public, moderated, still there."""
    moderated = publish["seen_at"] is not None and publish["seen_at"] <= world.now()
    return bool(moderated and publish["privacy"] == "PUBLIC_TO_EVERYONE" and not publish["deleted"])


def take(world: World, publish: dict[str, Any], found: Sequence[Found]) -> None:
    """All bytes are there: from here on TikTok goes on by itself, to publication, to the inbox or to a failure."""
    publish["files"] = [{"name": one.name, "type": one.content_type, "sha256": one.sha256} for one in found]
    film = found[0].media
    if film is not None:
        publish |= {"seconds": film.seconds, "width": film.width, "height": film.height}
    reason = _armed(world) or _media_fault(world, publish, found)
    if reason is not None:
        fail(world, publish, reason, after=knob(world, "tiktok.processing"))
        return
    now = world.now()
    publish["taken_at"], publish["ready_at"] = now, now + knob(world, "tiktok.processing")
    if is_draft(publish):
        world.ledger.accept("tiktok", "draft", publish["open_id"], publish["id"], _told(publish))
        save(world, publish)
        world.bus.publish({"type": "tiktok.draft", "id": publish["id"]})
    else:
        bring_out(world, publish)


def bring_out(world: World, publish: dict[str, Any]) -> None:
    """The post becomes visible at `ready_at`, and gets its public id after moderation."""
    publish["post_id"] = new_number(world)
    publish["seen_at"] = max(publish["ready_at"], world.now()) + knob(world, "tiktok.moderation")
    world.ledger.accept("tiktok", "publish", publish["open_id"], publish["id"], _told(publish))
    save(world, publish)
    world.bus.publish({"type": "tiktok.post", "id": publish["id"]})


def fail(world: World, publish: dict[str, Any], reason: str, after: float = 0.0) -> None:
    """The post will never be seen; `after` seconds the status says so."""
    publish["fail_reason"], publish["ready_at"] = reason, world.now() + after
    save(world, publish)
    world.bus.publish({"type": "tiktok.failed", "id": publish["id"], "reason": reason})


def under_way(world: World, open_id: str) -> list[dict[str, Any]]:
    """The creator's posts of which TikTok has not yet all bytes, and which have not failed."""
    return [
        publish
        for publish in world.state.all(PUBLISHES)
        if publish["open_id"] == open_id and publish["taken_at"] is None and publish["fail_reason"] is None
    ]


def posting_refusal(world: World, open_id: str) -> str | None:
    """The code that forbids the creator to post directly now, or None."""
    if knob(world, "tiktok.banned"):
        return "spam_risk_user_banned_from_posting"
    recent = [one for one in world.state.all(PUBLISHES) if one["begun_at"] > world.now() - DAY and not is_draft(one)]
    users = {one["open_id"] for one in recent} - {open_id}
    cap = knob(world, "tiktok.user_cap")
    if len(users) >= (min(cap, UNAUDITED_USERS) if knob(world, "tiktok.unaudited") else cap):
        return "reached_active_user_cap"
    # What counts for the day is unverified: here all that were published and all that still may be.
    mine = [one for one in recent if one["open_id"] == open_id and one["fail_reason"] is None and _lives(world, one)]
    if len(mine) + knob(world, "tiktok.posts_elsewhere") >= DAILY_POSTS:
        return "spam_risk_too_many_posts"
    return None


def has_room_for_draft(world: World, open_id: str) -> bool:
    """Fewer than five drafts of 24 hours wait for the creator."""
    pending = [
        one
        for one in world.state.all(PUBLISHES)
        if one["open_id"] == open_id
        and is_draft(one)
        and one["begun_at"] > world.now() - DAY
        and not one["finished"]
        and one["fail_reason"] is None
    ]
    return len(pending) < MOST_PENDING


def arm(world: World, reason: str, count: int) -> None:
    """Let the next `count` posts fail for this reason once all their bytes are there."""
    world.state.put(ARMED, "next", {"reason": reason, "count": count})


def _armed(world: World) -> str | None:
    armed = world.state.get(ARMED, "next")
    if armed is None or armed["count"] < 1:
        return None
    world.state.put(ARMED, "next", {**armed, "count": armed["count"] - 1})
    return str(armed["reason"])


def _media_fault(world: World, publish: dict[str, Any], found: Sequence[Found]) -> str | None:
    if publish["sort"].endswith("video"):
        return film_fault(found[0], knob(world, "tiktok.max_duration"))
    return next((reason for one in found if (reason := photo_fault(one)) is not None), None)


def _lives(world: World, publish: dict[str, Any]) -> bool:
    return bool(publish["taken_at"] is not None or publish["expires"] > world.now())


def _told(publish: dict[str, Any]) -> dict[str, Any]:
    """What the ledger keeps of a post."""
    media = [one["sha256"] for one in publish["files"]]
    return {**publish["asked"], "sort": publish["sort"], "post_id": publish["post_id"], "media": media}


def folder(world: World) -> Path:
    """Where the bytes lie."""
    place = world.config.home / "tiktok-files"
    place.mkdir(exist_ok=True)
    return place


def file_name(publish: dict[str, Any], number: int = 0) -> str:
    """The name of one file of the post within the folder; hard to guess, since anybody may ask for it."""
    return f"{publish['ticket']}-{number}"
