"""What an upload must be before and while its bytes come: metadata, caps, types, sizes and ranges."""

from typing import Any

from sandbox.knobs import knob
from sandbox.youtube import sessions, videos
from sandbox.youtube.access import Call
from sandbox.youtube.metadata import WRITABLE_PARTS, read, written_parts
from sandbox.youtube.refusals import refused
from sandbox.youtube.sessions import Arrival, Range
from sandbox.youtube.view import PARTS

LARGEST = 256 * 1024**3
ANNOUNCED = "video/*, application/octet-stream"
DAY = 86400


def prepared(call: Call, body: dict[str, Any]) -> tuple[dict[str, Any], set[str]]:
    """The parts that the application writes, checked; and those that it wants to see. Raises Refused."""
    parts = call.parts(PARTS)
    whole = read(body, written_parts(parts) & WRITABLE_PARTS)
    name = call.request.headers.get("slug", "")
    if len(name) > 255 or any(sign in name for sign in '/\\<>:"|?*\0'):
        raise refused("invalidFilename")
    since = call.world.now() - DAY
    recent = [one for one in call.world.state.all(videos.VIDEOS) if one["at"] > since]
    if len([one for one in recent if one["channel"] == call.channel.id]) >= knob(call.world, "youtube.channel_uploads"):
        raise refused("uploadLimitExceeded")
    return whole, parts


def check_type(kind: str) -> None:
    """Raises Refused for what is announced as no video."""
    kind = kind.partition(";")[0].strip().lower()
    if not kind.startswith("video/") and kind != "application/octet-stream":
        raise refused("badContent", value=kind, name=ANNOUNCED)


def announced(length: str | None) -> int | None:
    """The size in X-Upload-Content-Length, or None without it. Raises Refused."""
    if length is None:
        return None
    if not length.isdecimal() or len(length) > 15:
        raise refused("invalidParameter", name="X-Upload-Content-Length", value=length)
    if int(length) == 0:
        raise refused("mediaBodyRequired")
    if int(length) > LARGEST:
        raise refused("uploadTooLarge", value=str(LARGEST))
    return int(length)


def total(session: dict[str, Any], asked: Range | None) -> int | None:
    """The size of the whole as far as it is known."""
    if session["total"] is not None:
        return int(session["total"])
    return None if asked is None else asked.total


def fits(session: dict[str, Any], arrival: Arrival) -> bool:
    """Whether what came lies within the announced size."""
    return session["total"] is None or arrival.first + arrival.count <= session["total"]


def checked(session: dict[str, Any], asked: Range | None, arrival: Arrival) -> int | None:
    """The size of the whole, if it is known by now. Raises Refused when the bytes are not what the header says."""
    total: int | None = session["total"]
    if asked is None:  # without a range the body is the whole
        if arrival.count == 0:
            raise refused("mediaBodyRequired")
        if total not in (None, arrival.count):
            raise refused("size_mismatch", found=str(arrival.count), wanted=str(total))
        return arrival.count
    if asked.total is not None and asked.total != total:
        raise refused("size_mismatch", found=str(asked.total), wanted=str(total))
    if arrival.count != asked.length or not fits(session, arrival):
        words = {"found": arrival.count, "wanted": asked.length, "first": asked.first, "last": asked.last}
        raise refused("range_mismatch", **{name: str(value) for name, value in words.items()})
    if asked.first > session["received"]:
        raise refused("gap")
    if asked.first + asked.length != total and asked.length % sessions.CHUNK:
        raise refused("bad_chunk")
    return total
