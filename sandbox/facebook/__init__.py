"""The twin of Facebook Pages: posts, photos, videos and reels, comments, listings and insights."""

from sandbox.facebook import pages
from sandbox.meta import Place, Twin
from sandbox.meta.accounts import BY_PAGE
from sandbox.world import World


def locate(world: World, node: str) -> Place | None:
    """What an id of Facebook is: a Page, and whatever stands on one."""
    if node in BY_PAGE:
        return Place(node, "page", BY_PAGE[node])
    return None


TWIN = Twin(locate, pages.EDGES)
