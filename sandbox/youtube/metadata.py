"""What an application says about a video, checked by the rules that YouTube states, and what YouTube makes of it."""

import math
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sandbox.youtube.refusals import refused

TITLE = 100  # characters
DESCRIPTION = 5000  # bytes of UTF-8
TAGS = 500  # characters of all tags together, commas and quotes counted
CATEGORIES = frozenset(("1", "2", "10", "15", "17", "19", "20", "22", "23", "24", "25", "26", "27", "28", "29"))
PRIVACY = ("private", "public", "unlisted")
LICENSES = ("youtube", "creativeCommon")
BRACKETS = frozenset("<>")


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _object(value: Any) -> bool:
    return isinstance(value, dict)


def _localizations(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(one, dict) and all(isinstance(text, str) for text in one.values()) for one in value.values()
    )


Check = Callable[[Any], bool]
WRITABLE: dict[str, dict[str, Check]] = {
    "snippet": {
        "title": _text, "description": _text, "tags": _texts, "categoryId": _text, "defaultLanguage": _text,
        "defaultAudioLanguage": _text,
    },
    "status": {
        "privacyStatus": lambda value: value in PRIVACY, "publishAt": _text, "selfDeclaredMadeForKids": _flag,
        "containsSyntheticMedia": _flag, "embeddable": _flag, "license": _text, "publicStatsViewable": _flag,
    },
    "recordingDetails": {"recordingDate": _text, "location": _object, "locationDescription": _text},
}  # fmt: skip
# Sent along by clients that write back what they have read: known, and overlooked
READ_ONLY: dict[str, frozenset[str]] = {
    "snippet": frozenset(("publishedAt", "channelId", "channelTitle", "thumbnails", "localized",
                          "liveBroadcastContent")),
    "status": frozenset(("uploadStatus", "failureReason", "rejectionReason", "madeForKids")),
    "recordingDetails": frozenset(),
}  # fmt: skip
OTHER_PARTS = frozenset(
    (
        "contentDetails", "fileDetails", "id", "liveStreamingDetails", "player", "processingDetails", "statistics",
        "suggestions", "topicDetails", "paidProductPlacementDetails",
    )
)  # fmt: skip
WRITABLE_PARTS = frozenset((*WRITABLE, "localizations"))
TOP = frozenset(("kind", "etag", "id")) | WRITABLE_PARTS | OTHER_PARTS
DEFAULTS: dict[str, dict[str, Any]] = {
    "snippet": {"title": "", "description": "", "tags": [], "categoryId": "22"},
    # A status that names no privacy means public: the trap of every update
    "status": {"privacyStatus": "public", "embeddable": True, "license": "youtube", "publicStatsViewable": True,
               "containsSyntheticMedia": False, "selfDeclaredMadeForKids": None, "publishAt": None},
    "recordingDetails": {},
    "localizations": {},
}  # fmt: skip


def written_parts(asked: set[str]) -> set[str]:
    """The parts that the call writes. Raises Refused for those that nobody can write."""
    unwritable = asked - WRITABLE_PARTS - {"id", "contentDetails", "player", "statistics", "processingDetails"}
    if unwritable:
        raise refused("unexpectedPart", value=min(unwritable))
    return asked & WRITABLE_PARTS


def read(body: Mapping[str, Any], parts: set[str], language: str = "") -> dict[str, dict[str, Any]]:
    """The parts named by `parts`, each whole: what the body does not say has its default. Raises Refused.

    A part that stands in the body and not in `parts` is overlooked without a word. `language` is the default language
    that the video has already, for localizations that come without a snippet.
    """
    _check_shape(body)
    whole = {part: {**DEFAULTS[part], **_own(body, part)} for part in parts}
    if "snippet" in whole:
        _check_snippet(whole["snippet"])
    if "status" in whole:
        _check_status(whole["status"])
    spoken = whole.get("snippet", {"defaultLanguage": language}).get("defaultLanguage")
    if whole.get("localizations") and not spoken:
        raise refused("defaultLanguageNotSet")
    if "recordingDetails" in whole:
        date = whole["recordingDetails"].get("recordingDate")
        if date is not None and moment(date) is None:
            raise refused("invalidRecordingDetails")
    return whole


def moment(written: str) -> float | None:
    """Unix seconds of an ISO 8601 time with a zone, or None."""
    try:
        read_as = datetime.fromisoformat(written.replace("Z", "+00:00"))
        return read_as.timestamp() if read_as.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def tags_length(tags: list[str]) -> int:
    """How long YouTube finds the tags: a comma between two, two quotes round one with a space."""
    return sum(len(tag) + (2 if " " in tag else 0) for tag in tags) + max(0, len(tags) - 1)


def _check_shape(body: Mapping[str, Any]) -> None:
    unknown = body.keys() - TOP
    if unknown:
        raise refused("unknown_field", name=min(unknown), value="resource")
    for part, fields in WRITABLE.items():
        content = body.get(part, {})
        if not isinstance(content, dict):
            raise refused("invalid_value", name=f"resource.{part}", value=_shown(content))
        for name, value in content.items():
            if name not in fields and name not in READ_ONLY[part]:
                raise refused("unknown_field", name=name, value=f"resource.{part}")
            if name in fields and value is not None and not fields[name](value):
                raise refused("invalid_value", name=f"resource.{part}.{name}", value=_shown(value))
    if not _localizations(body.get("localizations", {})):
        raise refused("invalid_value", name="resource.localizations", value=_shown(body["localizations"]))


def _own(body: Mapping[str, Any], part: str) -> dict[str, Any]:
    if part == "localizations":
        return dict(body.get(part, {}))
    return {name: value for name, value in body.get(part, {}).items() if name in WRITABLE[part] and value is not None}


def _check_snippet(snippet: Mapping[str, Any]) -> None:
    title, description = snippet["title"], snippet["description"]
    if not title.strip() or len(title) > TITLE or BRACKETS & set(title):
        raise refused("invalidTitle")
    if len(description.encode("utf-8", "replace")) > DESCRIPTION or BRACKETS & set(description):
        raise refused("invalidDescription")
    tags = snippet["tags"]
    if tags_length(tags) > TAGS or not all(tag.strip() for tag in tags) or any(BRACKETS & set(tag) for tag in tags):
        raise refused("invalidTags")
    if snippet["categoryId"] not in CATEGORIES:
        raise refused("invalidCategoryId")


def _check_status(status: Mapping[str, Any]) -> None:
    if status["license"] not in LICENSES:
        raise refused("forbiddenLicenseSetting")
    if status["publishAt"] is not None:
        at = moment(status["publishAt"])
        if at is None or not math.isfinite(at) or status["privacyStatus"] != "private":
            raise refused("invalidPublishAt")


def _shown(value: Any) -> str:
    return repr(value)[:80]
