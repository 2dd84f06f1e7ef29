"""Starting a post on TikTok: a video directly, a draft for the inbox, photos; every rule that TikTok checks at once."""

from typing import Any
from urllib.parse import urlsplit

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.knobs import knob
from sandbox.tiktok import schema
from sandbox.tiktok.access import Call, Door, endpoint, good
from sandbox.tiktok.creator import options
from sandbox.tiktok.publishes import begin, has_room_for_draft, posting_refusal
from sandbox.tiktok.pulls import Pulls
from sandbox.tiktok.refusals import refused
from sandbox.world import World

UPLOAD_URL = "{base}/tiktok/video/?upload_id={id}&upload_token={ticket}"


def routes(world: World, pulls: Pulls) -> list[BaseRoute]:
    """The three ways to start."""

    async def video(call: Call) -> Response:
        return await _video(call, pulls)

    async def inbox(call: Call) -> Response:
        return await _inbox(call, pulls)

    async def content(call: Call) -> Response:
        return await _content(call, pulls)

    doors = {
        "video": (Door("tiktok.video_init", "init", "video.publish"), video),
        "inbox/video": (Door("tiktok.inbox_init", "init", "video.upload"), inbox),
        "content": (Door("tiktok.photo_init", "init"), content),
    }
    return [
        Route(f"/tiktok/v2/post/publish/{name}/init/", endpoint(world, door, act), methods=["POST"])
        for name, (door, act) in doors.items()
    ]


async def _video(call: Call, pulls: Pulls) -> Response:
    body = schema.fields(call.json(), schema.VIDEO_BODY, ("post_info", "source_info"), "body", call.wrong)
    post = _post_info(call, body["post_info"], schema.VIDEO_POST, {"title": 2200})
    source = _video_source(call, body["source_info"])
    _check_rights(call, post)
    return _begin_video(call, pulls, "video", post, source)


async def _inbox(call: Call, pulls: Pulls) -> Response:
    body = schema.fields(call.json(), schema.INBOX_BODY, ("source_info",), "body", call.wrong)
    source = _video_source(call, body["source_info"])
    _check_draft(call)
    return _begin_video(call, pulls, "inbox_video", {}, source)


async def _content(call: Call, pulls: Pulls) -> Response:
    """Photos; nothing but the addresses is needed, so this call alone brings the post out."""
    body = schema.fields(call.json(), schema.CONTENT_BODY, tuple(schema.CONTENT_BODY), "body", call.wrong)
    if body["media_type"] != "PHOTO" or body["post_mode"] not in ("DIRECT_POST", "MEDIA_UPLOAD"):
        raise call.wrong("media_type must be PHOTO, post_mode DIRECT_POST or MEDIA_UPLOAD")
    direct, limits = body["post_mode"] == "DIRECT_POST", {"title": 90, "description": 4000}
    call.demand("video.publish" if direct else "video.upload")
    if direct:
        post = _post_info(call, body["post_info"], schema.PHOTO_POST, limits)
    else:
        post = schema.fields(body["post_info"], schema.PHOTO_POST, (), "post_info", call.wrong)
        schema.check_text(post, limits, call.wrong)
    source = schema.fields(body["source_info"], schema.PHOTOS, tuple(schema.PHOTOS), "source_info", call.wrong)
    if source["source"] != "PULL_FROM_URL":
        raise call.wrong("source_info.source must be PULL_FROM_URL: photos cannot be uploaded")
    photos = schema.read_photos(source, call.wrong)
    _check_owned(call, photos)
    if direct:
        _check_rights(call, post)
    else:
        _check_draft(call)
    cover = source["photo_cover_index"]
    more = {"urls": photos, "cover": cover, "asked": {**post, "photo_cover_index": cover}}
    privacy = post["privacy_level"] if direct else None
    publish = begin(call.world, call.open_id, "photo" if direct else "inbox_photo", "pull", privacy=privacy, **more)
    pulls.start(publish["id"])
    return good({"publish_id": publish["id"]})


def _post_info(call: Call, part: Any, sorts: schema.Sorts, limits: dict[str, int]) -> dict[str, Any]:
    """What a direct post says about itself. Raises Refused.

    brand_content_toggle is marked as needed for videos; the twin needs it for photos too, which is the strict reading.
    """
    post = schema.fields(part, sorts, (), "post_info", call.wrong)
    if "privacy_level" not in post:
        raise refused("privacy_level_option_mismatch")
    if post["privacy_level"] not in schema.LEVELS:
        raise call.wrong(f"post_info.privacy_level must be one of {', '.join(schema.LEVELS)}")
    if "brand_content_toggle" not in post:
        raise call.wrong("post_info.brand_content_toggle is missing")
    if post["brand_content_toggle"] and post["privacy_level"] == "SELF_ONLY":
        raise call.wrong("branded content cannot be private")  # which code the real one uses is unverified
    if post.get("video_cover_timestamp_ms", 0) < 0:
        raise call.wrong("post_info.video_cover_timestamp_ms must not be negative")
    schema.check_text(post, limits, call.wrong)
    return post


def _video_source(call: Call, part: Any) -> dict[str, Any]:
    """Where the film comes from, ready for `begin`. Raises Refused."""
    match part.get("source"):
        case "FILE_UPLOAD":
            source = schema.fields(part, schema.UPLOAD, tuple(schema.UPLOAD), "source_info", call.wrong)
            chunks = schema.read_chunks(source, call.wrong)
            return {"source": "upload", "size": chunks.size, "chunk": chunks.chunk, "count": chunks.count}
        case "PULL_FROM_URL":
            source = schema.fields(part, schema.PULL, tuple(schema.PULL), "source_info", call.wrong)
            _check_owned(call, [source["video_url"]])
            return {"source": "pull", "urls": [source["video_url"]]}
        case _:
            raise call.wrong("source_info.source must be FILE_UPLOAD or PULL_FROM_URL")


def _check_owned(call: Call, addresses: list[str]) -> None:
    """Verified are this machine and the product's own host; the twin fetches from nowhere else.

    The real one demands https. Here http will do, since nothing leaves the machine.
    """
    verified = {"127.0.0.1", "localhost", "::1", urlsplit(call.world.config.product_url).hostname}
    for address in addresses:
        try:
            parts = urlsplit(address)
            host = parts.hostname
        except ValueError:
            raise call.wrong("an address in source_info is none") from None
        if parts.scheme not in ("http", "https") or not host:
            raise call.wrong("an address in source_info is none")
        if host not in verified:
            raise refused("url_ownership_unverified")


def _check_rights(call: Call, post: dict[str, Any]) -> None:
    """Whether this creator may post this, now and through this client. Raises Refused."""
    world = call.world
    code = posting_refusal(world, call.open_id)
    if code is not None:
        raise refused(code)
    quiet = post["privacy_level"] == "SELF_ONLY" and knob(world, "tiktok.private_account")
    if knob(world, "tiktok.unaudited") and not quiet:
        raise refused("unaudited_client_can_only_post_to_private_accounts")
    if post["privacy_level"] not in options(world):
        raise refused("privacy_level_option_mismatch")


def _check_draft(call: Call) -> None:
    if knob(call.world, "tiktok.old_app"):
        raise refused("app_version_check_failed")
    if not has_room_for_draft(call.world, call.open_id):
        raise refused("spam_risk_too_many_pending_share")


def _begin_video(call: Call, pulls: Pulls, sort: str, post: dict[str, Any], source: dict[str, Any]) -> Response:
    privacy = post.get("privacy_level")
    publish = begin(call.world, call.open_id, sort, asked=post, privacy=privacy, **source)
    if publish["source"] == "pull":
        pulls.start(publish["id"])
        return good({"publish_id": publish["id"]})
    number = publish["id"].rsplit(".", 1)[-1]
    call.world.state.put("tiktok.uploads", number, {"publish_id": publish["id"]})
    url = UPLOAD_URL.format(base=call.world.config.base_url, id=number, ticket=publish["ticket"])
    return good({"publish_id": publish["id"], "upload_url": url})
