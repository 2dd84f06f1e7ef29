"""The sandbox's one page: both chats side by side, the platforms' feeds, raw traffic and faults. Static ES modules."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.world import World

Answer = Callable[[Request], Awaitable[Response]]
HERE = Path(__file__).parent
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
MESSAGES = {"slack": "slack.message", "telegram": "telegram.message"}
PATIENCE = 1.5  # seconds for the product to say that it is there


def routes(world: World) -> list[BaseRoute]:
    """The page at /, its files beside it, and the few looks that only the page needs. To be mounted last."""
    return [
        Route("/_sandbox/web/status", _status(world), methods=["GET"]),
        Route("/_sandbox/web/{chat}/{place}/{message}", _message(world), methods=["GET"]),
        Route("/", _file(world), methods=["GET"]),
        Route("/{name}", _file(world), methods=["GET"]),
        Route("/feeds/{name}", _file(world, "feeds"), methods=["GET"]),
    ]


def _headers(world: World) -> dict[str, str]:
    """Scripts, styles, pictures and films of this server only; a picture may also come from the product itself."""
    product = urlsplit(world.config.product_url)
    policy = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": f"'self' {product.scheme}://{product.netloc}",
        "media-src": "'self'",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    return {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-cache",
    }


def _file(world: World, folder: str = "") -> Answer:
    headers = _headers(world)
    files = {path.name: path for path in sorted((HERE / folder).iterdir()) if path.suffix in TYPES}

    async def file(request: Request) -> Response:
        path = files.get(request.path_params.get("name", "index.html"))
        if path is None:
            return _absent("The sandbox has no such file; its page is at /.")
        return FileResponse(path, media_type=TYPES[path.suffix], headers=headers)

    return file


def _status(world: World) -> Answer:
    """Whether the product answers at all, and the commands that it told Telegram."""

    async def status(_request: Request) -> Response:
        product = world.config.product_url
        commands = [one for menu in world.state.all("telegram.commands") for one in menu["commands"]]
        product_is = {"url": product, "reachable": await _reachable(product)}
        return JSONResponse({"ok": True, "product": product_is, "telegram_commands": commands})

    return status


async def _reachable(product: str) -> bool:
    """Any answer counts: an ill product is there too. `/health/live` is the product's cheapest page."""
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as client:
            await client.get(f"{product}/health/live")
    except httpx.HTTPError:
        return False
    return True


def _message(world: World) -> Answer:
    """One message as the listings show it, deleted or not, so that a redrawn card does not cost a whole listing."""

    async def message(request: Request) -> Response:
        wanted = request.path_params
        kind = MESSAGES.get(wanted["chat"])
        found = world.state.get(kind, f"{wanted['place']}:{wanted['message']}") if kind else None
        return _absent("There is no such message.") if found is None else JSONResponse({"ok": True, "message": found})

    return message


def _absent(sentence: str) -> JSONResponse:
    return JSONResponse({"ok": False, "error": "not_found", "message": sentence}, 404)
