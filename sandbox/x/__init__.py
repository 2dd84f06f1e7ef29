"""The twin of X: OAuth 2.0 with PKCE, posts, timelines, metrics and uploads, as strict as the real one."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.world import World
from sandbox.x import media, oauth, posts, reading
from sandbox.x.accounts import BY_USERNAME


def routes(world: World) -> list[BaseRoute]:
    """Everything under /x, and the person's own lever: take the application's access away."""

    async def disconnect(request: Request) -> Response:
        account = BY_USERNAME.get(request.query_params.get("account", "sunrise_app"))
        gone = 0 if account is None else oauth.revoke_where(world, "user", account.id)
        return JSONResponse({"ok": account is not None, "tokens": gone}, 200 if account else 404)

    return [
        *oauth.routes(world),
        *media.routes(world),
        *reading.routes(world),
        *posts.routes(world),
        Route("/_sandbox/x/disconnect", disconnect, methods=["POST"]),
    ]
