"""What creators do in TikTok's own app, as levers: finish a draft, delete, change privacy, take the access away."""

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.tiktok import oauth
from sandbox.tiktok.accounts import BY_USERNAME, CREATORS
from sandbox.tiktok.publishes import FAIL_REASONS, PUBLISHES, arm, bring_out, fail, save, status_of, under_way
from sandbox.tiktok.schema import LEVELS
from sandbox.world import World


def routes(world: World) -> list[BaseRoute]:
    """POST /_sandbox/tiktok/{disconnect,finish,delete,privacy,fail}."""
    levers: dict[str, Callable[[World, Request], Response]] = {
        "disconnect": _disconnect,
        "finish": _finish,
        "delete": _delete,
        "privacy": _privacy,
        "fail": _fail,
    }

    def at(pull: Callable[[World, Request], Response]) -> Any:
        async def lever(request: Request) -> Response:
            return pull(world, request)

        return lever

    return [Route(f"/_sandbox/tiktok/{name}", at(pull), methods=["POST"]) for name, pull in levers.items()]


def _disconnect(world: World, request: Request) -> Response:
    """Tokens die, and posts whose bytes are not all there fail with auth_removed."""
    creator = BY_USERNAME.get(request.query_params.get("account", CREATORS[0].username))
    if creator is None:
        return _no("There is no such creator.", 404)
    for publish in under_way(world, creator.open_id):
        fail(world, publish, "auth_removed")
    return JSONResponse({"ok": True, "tokens": oauth.revoke_where(world, "open_id", creator.open_id)})


def _finish(world: World, request: Request) -> Response:
    """The creator posts a draft from the inbox; `privacy` (public when absent) is chosen there."""
    publish, level = _publish(world, request), request.query_params.get("privacy", LEVELS[0])
    if publish is None or status_of(world, publish) != "SEND_TO_USER_INBOX":
        return _no("publish_id names no draft that waits in the inbox.", 404)
    if level not in LEVELS:
        return _no(f"privacy must be one of {', '.join(LEVELS)}.", 400)
    bring_out(world, {**publish, "finished": True, "privacy": level})
    return JSONResponse({"ok": True})


def _delete(world: World, request: Request) -> Response:
    publish = _publish(world, request)
    if publish is None or publish["post_id"] is None or publish["deleted"]:
        return _no("publish_id names no post that stands.", 404)
    world.ledger.accept("tiktok", "delete", publish["open_id"], publish["id"], {"post_id": publish["post_id"]})
    save(world, {**publish, "deleted": True})
    world.bus.publish({"type": "tiktok.delete", "id": publish["id"]})
    return JSONResponse({"ok": True})


def _privacy(world: World, request: Request) -> Response:
    publish, level = _publish(world, request), request.query_params.get("level", "")
    if publish is None or publish["post_id"] is None or publish["deleted"]:
        return _no("publish_id names no post that stands.", 404)
    if level not in LEVELS:
        return _no(f"level must be one of {', '.join(LEVELS)}.", 400)
    world.ledger.accept("tiktok", "privacy", publish["open_id"], publish["id"], {"privacy_level": level})
    save(world, {**publish, "privacy": level})
    return JSONResponse({"ok": True})


def _fail(world: World, request: Request) -> Response:
    """The next `count` posts (1) fail for `reason` once all their bytes are there."""
    reason, count = request.query_params.get("reason", ""), request.query_params.get("count", "1")
    if reason not in FAIL_REASONS or not count.isdecimal():
        return _no(f"reason must be one of {', '.join(FAIL_REASONS)}; count a number.", 400)
    arm(world, reason, int(count))
    return JSONResponse({"ok": True})


def _publish(world: World, request: Request) -> dict[str, Any] | None:
    return world.state.get(PUBLISHES, request.query_params.get("publish_id", ""))


def _no(sentence: str, status: int) -> Response:
    return JSONResponse({"ok": False, "error": "bad_request", "message": sentence}, status)
