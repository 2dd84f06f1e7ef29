"""The twin of Facebook Pages: posts, photos, videos and reels, comments, listings and insights."""

from sandbox.facebook import comments, insights, pages, photos, posts, uploading, videos
from sandbox.facebook.store import COMMENTS, POSTS, VIDEOS, Document
from sandbox.meta import Place, Twin
from sandbox.meta.accounts import BY_PAGE
from sandbox.world import World

routes = photos.routes
KINDS = {"post": POSTS, "video": VIDEOS, "comment": COMMENTS}


def locate(world: World, node: str) -> Place | None:
    """What an id of Facebook is: a Page, or whatever stands on one and was not deleted."""
    if node in BY_PAGE:
        return Place(node, "page", BY_PAGE[node])
    for kind, stored_as in KINDS.items():
        stored = world.state.get(stored_as, node)
        if stored is not None and not _is_gone(world, kind, stored):
            return Place(node, kind, BY_PAGE[stored["page"]])
    photo = photos.alive(world, node)
    return None if photo is None else Place(node, "photo", BY_PAGE[photo["page"]])


def _is_gone(world: World, kind: str, stored: Document) -> bool:
    """Deleted, or a comment whose post was."""
    under = world.state.get(POSTS, stored["post"]) if kind == "comment" else None
    return bool(stored["deleted"] or (under is not None and under["deleted"]))


TWIN = Twin(
    locate,
    (
        *pages.EDGES, *posts.EDGES, *photos.EDGES, *uploading.EDGES, *videos.EDGES, *comments.EDGES, *insights.EDGES,
    ),
)  # fmt: skip
