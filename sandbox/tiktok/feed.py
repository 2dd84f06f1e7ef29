"""TikTok as its audience sees it, for the page: posts, their films and photos, and who may see them."""

from html import escape
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.tiktok.accounts import BY_OPEN_ID, BY_USERNAME
from sandbox.tiktok.display import link
from sandbox.tiktok.figures import figures_of
from sandbox.tiktok.publishes import PUBLISHES, folder
from sandbox.world import World

AVATAR = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100"><rect width="100" height="100" fill="#26323d"/>'
    '<text x="50" y="66" font-family="system-ui" font-size="48" fill="#fff" text-anchor="middle">{sign}</text></svg>'
)


def routes(world: World) -> list[BaseRoute]:
    """Films, photos and the creators' pictures."""
    types = {"video/mp4", "video/quicktime", "video/webm", "image/jpeg", "image/webp"}

    async def bytes_of(request: Request) -> Response:
        for publish in world.state.all(PUBLISHES):
            for file in publish["files"]:
                if file["name"] == request.path_params["name"] and file["type"] in types:
                    return FileResponse(folder(world) / file["name"], media_type=file["type"])
        return Response(status_code=404)

    async def avatar(request: Request) -> Response:
        creator = BY_USERNAME.get(request.path_params["username"])
        if creator is None:
            return Response(status_code=404)
        return Response(AVATAR.format(sign=escape(creator.nickname[0])), media_type="image/svg+xml")

    return [
        Route("/tiktok/files/{name}", bytes_of, methods=["GET"]),
        Route("/tiktok/avatars/{username}.svg", avatar, methods=["GET"]),
    ]


def feed(world: World) -> list[dict[str, Any]]:
    """Every published post in the common shape of feeds (see README.md), deleted ones marked; private ones too."""
    return [
        _shown(world, publish)
        for publish in world.state.all(PUBLISHES)
        if publish["post_id"] is not None and publish["ready_at"] <= world.now()
    ]


def _shown(world: World, publish: dict[str, Any]) -> dict[str, Any]:
    creator, asked, figures = BY_OPEN_ID[publish["open_id"]], publish["asked"], figures_of(world, publish)
    base = f"{world.config.base_url}/tiktok/files/"
    words = [asked.get("title", ""), asked.get("description", "")]
    return {
        "platform": "tiktok",
        "id": str(publish["post_id"]),
        "account": creator.username,
        "account_name": creator.nickname,
        "text": "\n".join(part for part in words if part),
        "media": [{"url": base + file["name"], "alt": "", "type": file["type"]} for file in publish["files"]],
        "created_at": publish["ready_at"],
        "url": link(world, publish),
        "deleted": publish["deleted"],
        "privacy": publish["privacy"],
        "metrics": {
            "impressions": figures["view_count"],
            "likes": figures["like_count"],
            "replies": figures["comment_count"],
            "reposts": figures["share_count"],
            "clicks": None,
        },
    }
