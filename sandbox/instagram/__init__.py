"""The twin of Instagram publishing (Facebook-Login flavour): containers, posts, reels, stories, comments, insights."""

from sandbox.instagram import comments, containers, feed, insights, media, progress, publishing
from sandbox.instagram.store import ACCOUNT, COMMENTS, CONTAINERS, alive
from sandbox.meta import Place, Twin
from sandbox.meta.accounts import BY_INSTAGRAM
from sandbox.world import World

routes = feed.routes


def locate(world: World, node: str) -> Place | None:
    """What an id of Instagram is: the account, a container, or whatever stands on the account and was not deleted."""
    if node in BY_INSTAGRAM:
        return Place(node, "instagram", BY_INSTAGRAM[node])
    page = BY_INSTAGRAM[ACCOUNT]
    if world.state.get(CONTAINERS, node) is not None:
        return Place(node, "instagram_container", page)
    if alive(world, node) is not None:
        return Place(node, "instagram_media", page)
    comment = world.state.get(COMMENTS, node)
    is_there = comment is not None and not comment["deleted"] and alive(world, comment["media"]) is not None
    return Place(node, "instagram_comment", page) if is_there else None


TWIN = Twin(
    locate,
    (
        *containers.EDGES, *progress.EDGES, *publishing.EDGES, *media.EDGES, *comments.EDGES, *insights.EDGES,
    ),
)  # fmt: skip
