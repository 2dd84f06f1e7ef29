"""The body of POST /2/tweets as X's schema has it: which keys there are, and what they may hold."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.x.refusals import refused

Check = Callable[[Any], str | None]  # what is wrong with the value, or None
EXCLUSIVE = ("media", "poll", "quote_tweet_id", "card_uri")
REPLY_SETTINGS = ("following", "mentionedUsers", "subscribers", "verified")


@dataclass(frozen=True)
class Draft:
    """A body whose shape is right. Whether the world allows it is another question."""

    text: str
    media_ids: tuple[str, ...] = ()
    reply_to: str | None = None
    poll: bool = False
    asked: dict[str, Any] = field(default_factory=dict)


def _is(kind: type | tuple[type, ...], name: str) -> Check:
    def check(value: Any) -> str | None:
        is_bool_as_number = isinstance(value, bool) and kind is int
        return None if isinstance(value, kind) and not is_bool_as_number else f"must be {name}"

    return check


def _text_of(least: int, most: int) -> Check:
    def check(value: Any) -> str | None:
        fine = isinstance(value, str) and least <= len(value) <= most
        return None if fine else f"must be a string of {least} to {most} characters"

    return check


def _number(least: int, most: int) -> Check:
    def check(value: Any) -> str | None:
        fine = isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
        return None if fine else f"must be an integer from {least} to {most}"

    return check


def _id(value: Any) -> str | None:
    fine = isinstance(value, str) and value.isdecimal() and len(value) <= 19
    return None if fine else "must be a string of 1 to 19 digits"


def _list_of(inner: Check, least: int, most: int) -> Check:
    def check(value: Any) -> str | None:
        if not isinstance(value, list) or not least <= len(value) <= most:
            return f"must be an array of {least} to {most} entries"
        return next((wrong for entry in value if (wrong := inner(entry)) is not None), None)

    return check


def _one_of(*values: str) -> Check:
    return lambda value: None if value in values else f"must be one of {', '.join(values)}"


BOOL, STRING = _is(bool, "a boolean"), _is(str, "a string")
TOP: dict[str, Check] = {
    "text": STRING,
    "reply_settings": _one_of(*REPLY_SETTINGS),
    "quote_tweet_id": _id,
    "community_id": _id,
    "card_uri": STRING,
    "direct_message_deep_link": STRING,
    "for_super_followers_only": BOOL,
    "made_with_ai": BOOL,
    "nullcast": BOOL,
    "paid_partnership": BOOL,
    "share_with_followers": BOOL,
}
NESTED: dict[str, dict[str, Check]] = {
    "media": {
        "media_ids": _list_of(_id, 1, 4),
        "tagged_user_ids": _list_of(_id, 0, 10),
        "title": STRING,
        "description": STRING,
        "preview_media_id": _id,
        "embeddable": BOOL,
        "call_to_actions": _is(dict, "an object"),
    },
    "poll": {
        "options": _list_of(_text_of(1, 25), 2, 4),
        "duration_minutes": _number(5, 10080),
        "reply_settings": _one_of(*REPLY_SETTINGS),
    },
    "reply": {
        "in_reply_to_tweet_id": _id,
        "exclude_reply_user_ids": _list_of(_id, 0, 10),
        "auto_populate_reply_metadata": BOOL,
    },
    "geo": {"place_id": STRING},
    "edit_options": {"previous_post_id": _id},
}
REQUIRED = {"media": ("media_ids",), "poll": ("options", "duration_minutes"), "reply": ("in_reply_to_tweet_id",)}


def read_draft(body: dict[str, Any]) -> Draft:
    """The draft in the body. Raises Refused: unknown_key, bad_value, exclusive, empty."""
    for name, value in body.items():
        if name in NESTED:
            _check_nested(name, value)
        elif name in TOP:
            _check(name, value, TOP[name])
        else:
            raise refused("unknown_key", name=name, value=str(value))
    given = [name for name in EXCLUSIVE if name in body]
    if len(given) > 1:
        raise refused("exclusive", name=given[1], value=str(body[given[1]]))
    text = body.get("text", "").strip()
    if not text and not {"media", "poll", "card_uri"} & body.keys():
        raise refused("empty", name="text", value="")
    media = body.get("media", {})
    reply_to = body.get("reply", {}).get("in_reply_to_tweet_id")
    return Draft(text, tuple(media.get("media_ids", ())), reply_to, "poll" in body, body)


def _check_nested(name: str, value: Any) -> None:
    if not isinstance(value, dict):
        raise refused("bad_value", name=name, value=str(value), reason="must be an object")
    for inner, content in value.items():
        if inner not in NESTED[name]:
            raise refused("unknown_key", name=f"{name}.{inner}", value=str(content))
        _check(f"{name}.{inner}", content, NESTED[name][inner])
    for needed in REQUIRED.get(name, ()):
        if needed not in value:
            raise refused("bad_value", name=f"{name}.{needed}", value="", reason="is missing but it is required")


def _check(name: str, value: Any, check: Check) -> None:
    wrong = check(value)
    if wrong is not None:
        raise refused("bad_value", name=name, value=str(value), reason=wrong)
