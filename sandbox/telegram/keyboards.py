"""reply_markup: which keyboards Telegram takes, and which buttons it refuses."""

from typing import Any
from urllib.parse import urlsplit

from sandbox.telegram.refusals import Refused

ACTIONS = (
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
)
LOOKS = ("text", "style", "icon_custom_emoji_id")
MOST_BUTTONS = 100
OTHER_KEYBOARDS = ("keyboard", "remove_keyboard", "force_reply")


def check(markup: Any) -> dict[str, Any] | None:
    """The markup as it will be shown, None for an empty one. Raises markup_json, button*, markup_too_long."""
    if markup is None:
        return None
    if not isinstance(markup, dict):
        raise Refused("markup_json")
    if any(name in markup for name in OTHER_KEYBOARDS):
        return markup
    rows = markup.get("inline_keyboard")
    if rows is None:
        return None
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise Refused("markup_json")
    checked = [[_button(button) for button in row] for row in rows if row]
    if sum(len(row) for row in checked) > MOST_BUTTONS:
        raise Refused("markup_too_long")
    return {"inline_keyboard": checked} if checked else None


def buttons(markup: dict[str, Any] | None) -> list[dict[str, Any]]:
    """The inline buttons, row by row."""
    return [button for row in (markup or {}).get("inline_keyboard", []) for button in row]


def _button(button: Any) -> dict[str, Any]:
    if not isinstance(button, dict):
        raise Refused("button", why="expected an Object")
    if not isinstance(button.get("text"), str) or not button["text"].strip():
        raise Refused("button", why='Field "text" must be of type String')
    given = [name for name in ACTIONS if button.get(name) is not None]
    if not given:
        raise Refused("button", why="Text buttons are unallowed in the inline keyboard")
    if len(given) > 1:
        raise Refused("button", why="exactly one of the action fields must be used")
    if given == ["callback_data"]:
        _data(button["callback_data"])
    if given == ["url"]:
        _url(str(button["url"]))
    return {name: button[name] for name in (*LOOKS, *given) if name in button}


def _data(data: Any) -> None:
    if not isinstance(data, str) or not 1 <= len(data.encode()) <= 64:
        raise Refused("button_data")


def _url(url: str) -> None:
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise Refused("button_url", url=url) from error
    web = parts.scheme in ("http", "https") and "." in (parts.hostname or "")
    if not web and parts.scheme != "tg":
        raise Refused("button_url", url=url)
