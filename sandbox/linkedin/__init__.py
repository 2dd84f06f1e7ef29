"""The twin of LinkedIn: OAuth, members and organisations, pictures, documents, videos, posts, comments, statistics."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.linkedin import comments, media, oauth, posts, reading, videos
from sandbox.linkedin.accounts import MEMBERS
from sandbox.world import World


def routes(world: World) -> list[BaseRoute]:
    """Everything under /linkedin, and the member's own lever: take the application's access away."""

    async def disconnect(request: Request) -> Response:
        gone = oauth.disconnect(world, request.query_params.get("account", MEMBERS[0].sub))
        return JSONResponse({"ok": True, "tokens": gone})

    return [
        *oauth.routes(world),
        *media.routes(world),
        media.uploads(world),
        *videos.routes(world),
        *posts.routes(world),
        *comments.routes(world),
        *reading.routes(world),
        Route("/_sandbox/linkedin/disconnect", disconnect, methods=["POST"]),
    ]
