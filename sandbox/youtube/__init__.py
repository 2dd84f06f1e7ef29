"""The twin of YouTube and of Google's OAuth: resumable uploads, visibility by time, quotas; as strict as the real one."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.world import World
from sandbox.youtube import comments, editing, grants, oauth, reading, reports, thumbnails, uploads, watch
from sandbox.youtube.accounts import BY_HANDLE


def routes(world: World) -> list[BaseRoute]:
    """Everything under /google, and the person's own lever: take the application's access away."""

    async def disconnect(request: Request) -> Response:
        channel = BY_HANDLE.get(request.query_params.get("account", "sunrise.studio"))
        gone = 0 if channel is None else grants.end(world, channel.account)
        return JSONResponse({"ok": channel is not None, "tokens": gone}, 200 if channel else 404)

    return [
        *oauth.routes(world),
        *uploads.routes(world),
        *editing.routes(world),
        *thumbnails.routes(world),
        *reading.routes(world),
        *comments.routes(world),
        *reports.routes(world),
        *watch.routes(world),
        Route("/_sandbox/youtube/disconnect", disconnect, methods=["POST"]),
    ]
