"""The account's profile as its followers see it, for the page; and the bytes of its pictures and videos."""

import re
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.instagram.comments import under
from sandbox.instagram.insights import LAG
from sandbox.instagram.store import ACCOUNT, MEDIA, USERNAME, Document, file_of, file_url, permalink
from sandbox.metrics import reach
from sandbox.world import World

NAME = re.compile(r"\d+(-cover)?")


def feed(world: World) -> list[dict[str, Any]]:
    """Every post, reel and story in the common shape of feeds (see README.md), deleted ones marked."""
    return [_shown(world, media) for media in world.state.all(MEDIA) if media["parent"] is None]


def routes(world: World) -> list[BaseRoute]:
    """The files under /instagram/files."""

    async def bytes_of(request: Request) -> Response:
        name = request.path_params["name"]
        path = file_of(world, name)
        if NAME.fullmatch(name) is None or not path.exists():
            return Response(status_code=404)
        with path.open("rb") as file:
            is_film = file.read(8)[4:] in (b"ftyp", b"moov", b"wide")
        return FileResponse(path, media_type="video/mp4" if is_film else "image/jpeg")

    return [Route("/instagram/files/{name}", bytes_of)]


def _shown(world: World, media: Document) -> dict[str, Any]:
    now = reach(world, media["id"], media["at"], LAG)
    children = [world.state.get(MEDIA, one) or {} for one in media["children"]] or [media]
    return {
        "platform": "instagram",
        "id": media["id"],
        "account": ACCOUNT,
        "account_name": USERNAME,
        "text": media["caption"],
        "media": [_medium(world, one) for one in children],
        "created_at": media["at"],
        "url": permalink(world, media),
        "deleted": media["deleted"],
        "comments": [one["message"] for one in reversed(under(world, media["id"]))],
        "metrics": {
            "impressions": now.impressions,
            "likes": now.likes,
            "replies": now.replies,
            "reposts": now.reposts,
            "clicks": now.clicks if media["product"] == "STORY" else None,
        },
    }


def _medium(world: World, media: Document) -> dict[str, str]:
    content_type = "video/mp4" if media["kind"] == "VIDEO" else "image/jpeg"
    return {"url": file_url(world, media), "alt": media["alt"], "type": content_type}
