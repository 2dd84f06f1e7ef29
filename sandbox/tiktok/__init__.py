"""The twin of TikTok: Login Kit, creator_info, videos by chunks, photos by address, drafts, the Display API."""

from starlette.routing import BaseRoute

from sandbox.tiktok import creator, display, feed, inside_app, oauth, progress, starting, uploads
from sandbox.tiktok.pulls import Pulls
from sandbox.world import World


def routes(world: World) -> list[BaseRoute]:
    """Everything under /tiktok, and what creators do in the app."""
    pulls = Pulls(world)
    return [
        *oauth.routes(world),
        *creator.routes(world),
        *starting.routes(world, pulls),
        *uploads.routes(world),
        *progress.routes(world, pulls),
        *display.routes(world),
        *feed.routes(world),
        *inside_app.routes(world),
    ]
