"""What stands on a Page, and since when: posts with their photos or their video; the ledger of what was published."""

from typing import Any

from sandbox.knobs import knob
from sandbox.meta import Call
from sandbox.world import World

POSTS, PHOTOS, VIDEOS, COMMENTS = "facebook.posts", "facebook.photos", "facebook.videos", "facebook.comments"
FIRST_ID = 122_100_000_000_000
Document = dict[str, Any]


def new_id(world: World) -> str:
    """A new id of a post, a photo, a video or a comment; later ids are larger."""
    return str(FIRST_ID + world.state.next("facebook.ids"))


def new_post(call: Call, message: str, kind: str) -> Document:
    """An unpublished post that is not stored yet. `visible_at`: unix seconds from which readers see it, or None."""
    return {
        "id": f"{call.page_id}_{new_id(call.world)}",
        "page": call.page_id,
        "message": message,
        "link": "",
        "photos": [],
        "video": None,
        "kind": kind,
        "at": call.world.now(),
        "visible_at": None,
        "hidden": False,
        "deleted": False,
    }


def publish(world: World, post: Document, asked: dict[str, str], at: float | None = None) -> None:
    """Make the post visible (`at`: later, when a video is processed), write the ledger, bind its photos to it."""
    post["visible_at"] = world.now() if at is None else at
    shown = {name: value for name, value in asked.items() if name not in ("access_token", "appsecret_proof")}
    world.ledger.accept("facebook", "post", post["page"], post["id"], {**shown, "text": post["message"]})
    world.state.put(POSTS, post["id"], post)
    for photo_id in post["photos"]:
        photo = world.state.get(PHOTOS, photo_id)
        if photo is not None:
            world.state.put(PHOTOS, photo_id, {**photo, "post": post["id"]})
    world.bus.publish({"type": "facebook.post", "id": post["id"]})


def standing(world: World, page: str) -> list[Document]:
    """The Page's posts that are published, visible by now and not deleted, newest first."""
    now = world.now()
    return [
        post
        for post in reversed(world.state.all(POSTS))
        if post["page"] == page and not post["deleted"] and post["visible_at"] is not None and post["visible_at"] <= now
    ]


def listed(world: World, page: str) -> list[Document]:
    """The standing posts as a listing shows them, which may lag behind (knob facebook.listing_lag)."""
    until = world.now() - knob(world, "facebook.listing_lag")
    return [post for post in standing(world, page) if post["visible_at"] <= until]
