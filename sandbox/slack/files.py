"""Files in Slack: how an app uploads them, when they may be shown, and how they look in answers."""

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from sandbox.slack import messages
from sandbox.slack.arguments import Arguments
from sandbox.slack.installs import Caller
from sandbox.slack.refusals import Refused, missing
from sandbox.slack.twin import Slack
from sandbox.slack.workspace import channel_of

KIND = "slack.file"
READY_AFTER = 0.3  # seconds; until then a picture block with the file is refused, as on Slack
LARGEST = 20 * 1024 * 1024
MIME = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "mp4": "video/mp4",
    "mov": "video/quicktime",
    "pdf": "application/pdf",
    "csv": "text/csv",
    "txt": "text/plain",
}


def get_upload_url(slack: Slack, who: Caller, asked: Arguments) -> dict[str, Any]:
    """files.getUploadURLExternal"""
    filename, length = asked.need("filename"), asked.need("length")
    if not length.isdecimal() or not 0 < int(length) <= LARGEST:
        raise missing("length")
    file_id = f"F0{slack.world.state.next('slack.file'):08d}"
    key = secrets.token_hex(24)
    document = {"id": file_id, "team": who.team.id, "name": filename, "size": int(length), "key": key, "stage": "asked"}
    slack.world.state.put(KIND, file_id, {**document, "alt_txt": asked.text("alt_txt"), "user": who.bot_user})
    return {"upload_url": f"{slack.world.config.base_url}/slack/files/upload/{file_id}/{key}", "file_id": file_id}


def complete_upload(slack: Slack, who: Caller, asked: Arguments) -> dict[str, Any]:
    """files.completeUploadExternal: the files are Slack's now, and shared when a channel is named."""
    wanted = asked.structure("files", "invalid_arguments")
    if not isinstance(wanted, list) or not wanted:
        raise missing("files")
    found = [_uploaded(slack, who, entry) for entry in wanted]
    places = [name for name in (asked.text("channel_id") or asked.text("channels")).split(",") if name]
    channels = [_place(slack, who, name) for name in places]
    for document in found:
        document |= {
            "stage": "complete",
            "completed_at": slack.world.now(),
            "channels": [one["id"] for one in channels],
        }
        slack.world.state.put(KIND, document["id"], document)
        slack.world.ledger.accept("slack", "file", who.team.id, document["id"], {"name": document["name"]})
    shown = [body(slack, document) for document in found]
    for channel in channels:
        content: dict[str, Any] = {"text": asked.text("initial_comment"), "files": shown}
        if asked.has("thread_ts"):
            content["thread_ts"] = asked.text("thread_ts")
        messages.write(slack, channel, messages.bot_author(who.bot_user), content)
    return {"files": shown}


def info(slack: Slack, who: Caller, asked: Arguments) -> dict[str, Any]:
    """files.info: mimetype stays empty until Slack is done with the file."""
    document = slack.world.state.get(KIND, asked.need("file"))
    if document is None or document["team"] != who.team.id or document["stage"] not in ("complete", "deleted"):
        raise Refused("file_not_found")
    if document["stage"] == "deleted":
        raise Refused("file_deleted")
    return {"file": body(slack, document), "comments": [], "response_metadata": {"next_cursor": ""}}


async def receive(slack: Slack, request: Request) -> Response:
    """The bytes come to the upload address, raw or as a form."""
    document = slack.world.state.get(KIND, request.path_params["file_id"])
    if document is None or not secrets.compare_digest(document["key"], request.path_params["key"]):
        return PlainTextResponse("file not found", 404)
    if request.headers.get("content-type", "").startswith("multipart/"):
        async with request.form() as form:
            parts = [part for part in form.values() if not isinstance(part, str)]
            content = await parts[0].read() if parts else b""
    else:
        content = await request.body()
    if len(content) != document["size"]:
        return PlainTextResponse(f"{len(content)} bytes came, {document['size']} were announced", 400)
    path = path_of(slack, document["id"])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    slack.world.state.put(KIND, document["id"], {**document, "stage": "uploaded"})
    return PlainTextResponse(f"OK - {len(content)}")


def path_of(slack: Slack, file_id: str) -> Path:
    """Where the bytes lie."""
    return slack.world.config.home / "slack-files" / file_id


def ready_in(slack: Slack) -> Callable[[str], bool]:
    """Whether an uploaded picture (by id or by its address) may stand in a block by now."""

    def ready(name: str) -> bool:
        document = slack.world.state.get(KIND, _id_in(name))
        return document is not None and _ready(slack, document)

    return ready


def kind_of(name: str) -> str:
    """What Slack calls a filetype: the ending of the name; "binary" where there is none."""
    return name.rsplit(".", 1)[-1].lower() if "." in name else "binary"


def mime_of(name: str) -> str:
    """The type by the file's ending."""
    return MIME.get(kind_of(name), "application/octet-stream")


def body(slack: Slack, document: dict[str, Any]) -> dict[str, Any]:
    """A file as Slack's answers and payloads show it. Fields: docs.slack.dev, File object."""
    base = slack.world.config.base_url
    private = f"{base}/slack/files-pri/{document['team']}-{document['id']}"
    name, kind = document["name"], kind_of(document["name"])
    created, places = int(document.get("completed_at", slack.world.now())), document.get("channels", [])
    return {
        "id": document["id"],
        "created": created,
        "timestamp": created,
        "name": name,
        "title": document.get("title") or name,
        "mimetype": mime_of(name) if _ready(slack, document) else "",
        "filetype": kind,
        "pretty_type": kind.upper(),
        "user": document["user"],
        "user_team": document["team"],
        "editable": False,
        "size": document["size"],
        "mode": "hosted",
        "is_external": False,
        "external_type": "",
        "is_public": bool(places),
        "public_url_shared": False,
        "display_as_bot": False,
        "username": "",
        "alt_txt": document["alt_txt"],
        "url_private": f"{private}/{quote(name)}",
        "url_private_download": f"{private}/download/{quote(name)}",
        "permalink": f"{base}/slack/files/{document['user']}/{document['id']}/{quote(name)}",
        "channels": places,
        "groups": [],
        "ims": [],
        "has_rich_preview": False,
        "file_access": "visible",
    }


def _ready(slack: Slack, document: dict[str, Any]) -> bool:
    return bool(document["stage"] == "complete" and slack.world.now() - document["completed_at"] >= READY_AFTER)


def _id_in(name: str) -> str:
    """The id itself, or the one that a private address names: …/files-pri/T0SANDBOX-F000001/name.png."""
    parts = name.split("/files-pri/", 1)
    return parts[1].split("/")[0].rpartition("-")[2] if len(parts) > 1 else name


def _uploaded(slack: Slack, who: Caller, entry: Any) -> dict[str, Any]:
    document = slack.world.state.get(KIND, str(entry.get("id"))) if isinstance(entry, dict) else None
    if document is None or document["team"] != who.team.id or document["stage"] == "asked":
        raise Refused("file_not_found")
    return {**document, "title": entry.get("title") or document["name"]}


def _place(slack: Slack, who: Caller, name: str) -> dict[str, Any]:
    try:
        channel = channel_of(slack.world.state, who.team.id, name)
    except Refused as refused:
        raise Refused("invalid_channel") from refused
    if who.bot_user not in channel["members"]:
        raise Refused("not_in_channel")
    return channel
