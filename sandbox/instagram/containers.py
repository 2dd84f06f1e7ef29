"""Containers: what shall be published is described, fetched and checked here, and nobody sees it yet."""

from typing import Any

from starlette.responses import JSONResponse, Response

from sandbox.instagram import rules
from sandbox.instagram.progress import check_finished, container
from sandbox.instagram.refusals import TROUBLE, refused
from sandbox.instagram.store import ACCOUNT, CONTAINERS, DAY, Document, file_of, new_id
from sandbox.knobs import knob
from sandbox.meta import Call, Door, Edge, pull
from sandbox.meta.refusals import refused as refused_at_the_door
from sandbox.meta.uploads import INSTAGRAM, address, open_upload
from sandbox.world import World

MEDIA_TYPES = ("IMAGE", "REELS", "STORIES", "CAROUSEL", "VIDEO")
A_DAY = 400  # containers
ALT, COLLABORATORS = 1000, 3


def strike(world: World, call: str, **words: str) -> None:
    """Raises Refused when the knob instagram.trouble orders it for this call (create, publish, delete)."""
    code, calls = TROUBLE.get(int(knob(world, "instagram.trouble")), ("", ()))
    if call in calls:
        raise refused(code, **words)


async def _create(call: Call) -> Response:
    world = call.world
    strike(world, "create")
    if len([one for one in world.state.all(CONTAINERS) if one["at"] > world.now() - DAY]) >= A_DAY:
        raise refused("publish_cap")
    stored = _described(call)
    try:
        await _fill(call, stored)
    except BaseException:
        file_of(world, stored["id"]).unlink(missing_ok=True)  # the id was never given to anybody
        raise
    shown = {name: stored[name] for name in ("sort", "caption", "alt", "children")}
    world.ledger.accept("instagram", "media", ACCOUNT, stored["id"], shown)
    world.state.put(CONTAINERS, stored["id"], stored)
    if not stored["resumable"]:
        return JSONResponse({"id": stored["id"]})
    upload = open_upload(world, INSTAGRAM, stored["id"], call.page_id)
    return JSONResponse({"id": stored["id"], "uri": address(world, upload)})


def _described(call: Call) -> Document:
    """The container as its parameters describe it, without its bytes. Raises Refused."""
    sort = call.text("media_type", "IMAGE")
    is_child = call.flag("is_carousel_item", default=False)
    if sort not in MEDIA_TYPES or (sort == "VIDEO" and not is_child):
        raise refused("bad_media_type", value=sort)
    if is_child and sort not in ("IMAGE", "VIDEO"):
        raise refused("bad_media_type", value=f"{sort} in a carousel")
    rules.check_caption(call.text("caption"))
    _check_words(call, sort, is_child)
    if call.text("trial_params"):
        raise refused("no_trial")
    resumable = call.text("upload_type") == "resumable"
    return {
        "id": new_id(call.world, CONTAINERS),
        "sort": sort,
        "is_child": is_child,
        "caption": call.text("caption"),
        "alt": call.text("alt_text"),
        "thumb_offset": call.number("thumb_offset", 0, 0, 10**9),
        "share_to_feed": call.flag("share_to_feed", default=True),
        "is_ai_generated": call.flag("is_ai_generated", default=False),
        "children": _children(call) if sort == "CAROUSEL" else [],
        "resumable": resumable,
        "video": sort in ("REELS", "VIDEO") or (sort == "STORIES" and (resumable or bool(call.text("video_url")))),
        "at": call.world.now(),
        "judged": False,
        "ending": None,
        "media": None,
    }


def _check_words(call: Call, sort: str, is_child: bool) -> None:
    """Raises Refused: what goes with pictures only, and with posts only (not documented further; taken strictly)."""
    if is_child and call.text("caption"):
        raise refused_at_the_door("bad_parameter", name="caption", reason="is not supported for carousel items")
    if call.text("alt_text") and sort != "IMAGE":
        raise refused_at_the_door("bad_parameter", name="alt_text", reason="is supported for images only")
    if len(call.text("alt_text")) > ALT:
        raise refused_at_the_door("bad_parameter", name="alt_text", reason=f"must be at most {ALT} characters long")
    collaborators = call.json("collaborators") or []
    if not isinstance(collaborators, list) or len(collaborators) > COLLABORATORS:
        raise refused_at_the_door("bad_parameter", name="collaborators", reason="must be an array of at most 3")


def _children(call: Call) -> list[str]:
    """The children's ids: a JSON list, or separated by commas. Raises Refused."""
    text = call.required("children")
    listed: Any = call.json("children") if text.startswith("[") else text.split(",")
    ids = [str(one).strip() for one in listed if str(one).strip()]
    if not 2 <= len(ids) <= 10:
        raise refused("carousel_count")
    if len(set(ids)) != len(ids):
        raise refused_at_the_door("bad_parameter", name="children", reason="must not name a container twice")
    for one in ids:
        check_child(call.world, one)
    return ids


def check_child(world: World, child_id: str) -> None:
    """Raises Refused: no_builder, expired, published_already, not_ready, bad_parameter."""
    child = container(world, child_id)
    if child is None:
        raise refused("no_builder", id=child_id)
    if not child["is_child"]:
        raise refused_at_the_door("bad_parameter", name="children", reason="must be containers with is_carousel_item")
    check_finished(world, child)


async def _fill(call: Call, stored: Document) -> None:
    """Fetch the bytes. A picture is refused at once; a video's trouble shows in its status, as on the real one."""
    if stored["sort"] == "CAROUSEL" or stored["resumable"]:
        if stored["resumable"] and not stored["video"]:
            raise refused("bad_media_type", value=f"{stored['sort']} by resumable upload")
        return
    if call.text("cover_url"):
        await _fetch_image(call, "cover_url", stored["id"] + "-cover", ratio=False)
    if not stored["video"]:
        await _fetch_image(call, "image_url", stored["id"], ratio=stored["sort"] == "IMAGE")
        return
    url = call.required("video_url")
    if not pull.is_address(url):
        raise refused("not_fetchable", reason="the address is no http or https URL")
    try:
        await pull.fetch(url, file_of(call.world, stored["id"]), rules.VIDEOS[stored["sort"]].most)
    except pull.PullFailed as failure:
        stored["ending"] = 2207026 if "too large" in str(failure) else 2207077


async def _fetch_image(call: Call, name: str, file: str, *, ratio: bool) -> None:
    path = file_of(call.world, file)
    try:
        await pull.fetch(call.required(name), path, rules.IMAGE_MOST)
    except pull.PullFailed as failure:
        if "too large" in str(failure):
            raise refused("too_large") from None
        if "Timeout" in str(failure):
            raise refused("fetch_timeout") from None
        raise refused("not_fetchable", reason=str(failure)) from None
    rules.check_image(path.read_bytes(), ratio=ratio)


WRITE = ("instagram_basic", "instagram_content_publish", "pages_read_engagement")
EDGES = (Edge("POST", "instagram", "media", Door("instagram.media", WRITE, "CREATE_CONTENT"), _create),)
