"""Asking how far a post is, and stopping one that TikTok is still fetching."""

from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.tiktok import schema
from sandbox.tiktok.access import Call, Door, endpoint, good
from sandbox.tiktok.publishes import PUBLISHES, fail, is_public, own, status_of
from sandbox.tiktok.pulls import Pulls
from sandbox.tiktok.refusals import refused
from sandbox.world import World


def routes(world: World, pulls: Pulls) -> list[BaseRoute]:
    """status/fetch and cancel."""

    async def status(call: Call) -> Response:
        publish = _asked(call)
        pulls.start(publish["id"])
        return good(report(world, world.state.get(PUBLISHES, publish["id"]) or publish))

    doors = {
        "status/fetch": (Door("tiktok.status", "status"), status),
        "cancel": (Door("tiktok.cancel", "cancel"), _cancel),
    }
    return [
        Route(f"/tiktok/v2/post/publish/{name}/", endpoint(world, door, act), methods=["POST"])
        for name, (door, act) in doors.items()
    ]


def report(world: World, publish: dict[str, Any]) -> dict[str, Any]:
    """What status/fetch tells: the bytes of the one way or the other, and an id only when everybody sees the post."""
    status = status_of(world, publish)
    told: dict[str, Any] = {"status": status}
    if status == "FAILED":
        told["fail_reason"] = publish["fail_reason"]
    told["uploaded_bytes" if publish["source"] == "upload" else "downloaded_bytes"] = publish["received"]
    if status == "PUBLISH_COMPLETE" and is_public(world, publish):
        told["publicaly_available_post_id"] = [publish["post_id"]]  # TikTok's own spelling
    return told


def _asked(call: Call) -> dict[str, Any]:
    """Either posting scope will do. Raises Refused."""
    if not call.scopes & {"video.publish", "video.upload"}:
        raise refused("scope_not_authorized")
    body = schema.fields(call.json(), {"publish_id": str}, ("publish_id",), "body", call.wrong)
    return own(call.world, call.open_id, body["publish_id"])


async def _cancel(call: Call) -> Response:
    publish = _asked(call)
    over = publish["taken_at"] is not None or publish["fail_reason"] is not None
    if over or status_of(call.world, publish) != "PROCESSING_DOWNLOAD":
        raise refused("publish_not_cancellable")
    fail(call.world, publish, "publish_cancelled")
    return good({})
