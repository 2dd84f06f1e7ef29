"""Photos of a Page: published at once, or unpublished to be attached to a post; alternative texts; their bytes."""

from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.facebook.refusals import refused
from sandbox.facebook.store import PHOTOS, POSTS, new_id, new_post, publish
from sandbox.facebook.view import moment
from sandbox.media import read_media
from sandbox.meta import Call, Door, Edge, pull
from sandbox.meta.refusals import refused as refused_at_the_door
from sandbox.meta.uploads import path_of
from sandbox.world import World

MOST = 10 * 1024**2  # bytes; the words of error 1366046 say 4 MB
FORMATS = ("image/jpeg", "image/png", "image/gif", "image/bmp", "image/tiff")
TEMPORARY_LIFE = 86400  # seconds
Photo = dict[str, Any]


def alive(world: World, photo_id: str) -> Photo | None:
    """The photo when it exists, is not deleted, and is no temporary one of yesterday."""
    photo = world.state.get(PHOTOS, photo_id)
    if photo is None or photo["deleted"]:
        return None
    gone = photo["temporary"] and photo["post"] is None and photo["at"] + TEMPORARY_LIFE < world.now()
    return None if gone else photo


async def _create(call: Call) -> Response:
    if "scheduled_publish_time" in call.params:
        raise refused("no_schedule")
    published = call.flag("published", default=True)
    temporary = call.flag("temporary", default=False)
    content, content_type = await _bytes(call)
    photo: Photo = {
        "id": new_id(call.world),
        "page": call.page_id,
        "caption": call.text("caption") or call.text("message"),
        "alt": call.text("alt_text_custom"),
        "content_type": content_type,
        "temporary": temporary,
        "at": call.world.now(),
        "post": None,
        "deleted": False,
    }
    path_of(call.world, f"photo-{photo['id']}").write_bytes(content)
    call.world.state.put(PHOTOS, photo["id"], photo)
    if not published:
        call.world.ledger.accept("facebook", "media", call.page_id, photo["id"], {"type": content_type})
        return JSONResponse({"id": photo["id"]})
    post = new_post(call, photo["caption"], "added_photos") | {"photos": [photo["id"]]}
    publish(call.world, post, dict(call.params))
    return JSONResponse({"id": photo["id"], "post_id": post["id"]})


async def _bytes(call: Call) -> tuple[bytes, str]:
    """The picture and its type. Raises Refused: no_photo, bad_photo, wrong_photo."""
    content = call.files.get("source") or next(iter(call.files.values()), b"")
    if not content:
        content = await _fetched(call)
    media = read_media(content)
    if media is None:
        raise refused("bad_photo")
    if media.content_type not in FORMATS or len(content) > MOST:
        raise refused("wrong_photo")
    return content, media.content_type


async def _fetched(call: Call) -> bytes:
    if not call.text("url"):
        raise refused("no_photo")
    path = path_of(call.world, f"pulled-{new_id(call.world)}")
    try:
        await pull.fetch(call.text("url"), path, MOST)
        return path.read_bytes()
    except pull.PullFailed:
        raise refused("bad_photo") from None
    finally:
        path.unlink(missing_ok=True)


async def _show(call: Call) -> Response:
    photo = call.world.state.get(PHOTOS, call.node) or {}
    address = f"{call.world.config.base_url}/facebook/files/photo-{photo['id']}"
    facts = {
        "id": photo["id"],
        "name": photo["caption"],
        "alt_text_custom": photo["alt"],
        "created_time": moment(photo["at"]),
        "link": address,
        "images": [{"source": address}],
        "page_story_id": photo["post"],
    }
    names = call.fields("id,created_time")
    for name in names:
        if name not in facts:
            raise refused_at_the_door("unknown_edge", name=name, kind="Photo")
    return JSONResponse({name: facts[name] for name in dict.fromkeys((*names, "id")) if facts[name] not in ("", None)})


async def _delete(call: Call) -> Response:
    world, photo = call.world, call.world.state.get(PHOTOS, call.node) or {}
    world.ledger.accept("facebook", "delete", photo["page"], photo["id"], {})
    world.state.put(PHOTOS, photo["id"], {**photo, "deleted": True})
    post = world.state.get(POSTS, photo["post"]) if photo["post"] else None
    if post is not None and post["photos"] == [photo["id"]]:  # a post of one photo goes with it
        world.state.put(POSTS, post["id"], {**post, "deleted": True})
    return JSONResponse({"success": True})


def routes(world: World) -> list[BaseRoute]:
    """The bytes of photos and videos, for the page."""

    async def bytes_of(request: Request) -> Response:
        name = request.path_params["name"]
        path = path_of(world, name)
        kind, _, one = name.partition("-")
        stored = world.state.get({"photo": PHOTOS}.get(kind, "facebook.videos"), one)
        if stored is None or not path.exists():
            return Response(status_code=404)
        return FileResponse(path, media_type=stored["content_type"])

    return [Route("/facebook/files/{name}", bytes_of)]


WRITE = ("pages_manage_posts", "pages_read_engagement")
EDGES = (
    Edge("POST", "page", "photos", Door("facebook.photos", WRITE, "CREATE_CONTENT", page_token=True), _create),
    Edge("GET", "photo", "", Door("facebook.photo", ("pages_read_engagement",)), _show),
    Edge("DELETE", "photo", "", Door("facebook.delete", WRITE, "CREATE_CONTENT", page_token=True), _delete),
)
