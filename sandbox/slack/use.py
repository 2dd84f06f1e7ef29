"""What a person does with an element: which one they mean, and what Slack then tells about it."""

from collections.abc import Iterator
from typing import Any

SELECTED = {
    "overflow": "selected_option",
    "static_select": "selected_option",
    "external_select": "selected_option",
    "radio_buttons": "selected_option",
    "checkboxes": "selected_options",
    "multi_static_select": "selected_options",
    "users_select": "selected_user",
    "conversations_select": "selected_conversation",
    "channels_select": "selected_channel",
    "multi_users_select": "selected_users",
    "multi_conversations_select": "selected_conversations",
    "multi_channels_select": "selected_channels",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "plain_text_input": "value",
    "number_input": "value",
    "email_text_input": "value",
    "url_text_input": "value",
    "rich_text_input": "rich_text_value",
    "file_input": "files",
}
STATELESS = {"button", "overflow", "image", "workflow_button", "icon_button", "feedback_buttons"}


class Impossible(Exception):
    """A person could not do this; the message says why."""


def elements(blocks: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Every element that can be used, with its block."""
    for block in blocks:
        inside = block.get("elements") if block["type"] in ("actions", "context_actions") else None
        for element in [*(inside or []), block.get("accessory"), block.get("element")]:
            if isinstance(element, dict) and "action_id" in element:
                yield block, element


def pick(
    blocks: list[dict[str, Any]], action_id: str, block_id: str | None, value: Any
) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """The element that is meant; of several buttons with one action_id, the one with the value."""
    found = [
        (block, element)
        for block, element in elements(blocks)
        if element["action_id"] == action_id and block_id in (None, block["block_id"])
    ]
    exact = [pair for pair in found if value is not None and _offers(pair[1], value)]
    if value is not None and found and found[0][1]["type"] in ("button", "overflow"):
        return exact[0] if exact else None
    return (exact or found or [None])[0]  # type: ignore[list-item]


def action_of(block: dict[str, Any], element: dict[str, Any], value: Any, action_ts: str) -> dict[str, Any]:
    """One entry of a payload's "actions". Raises Impossible for an option that is not there."""
    action = {"type": element["type"], "action_id": element["action_id"], "block_id": block["block_id"]}
    if element["type"] in SELECTED:
        action[SELECTED[element["type"]]] = chosen(element, value)
    else:
        action |= {name: element[name] for name in ("text", "value", "style", "url") if name in element}
        if value is not None:
            action["value"] = value
    return {**action, "action_ts": action_ts}


def chosen(element: dict[str, Any], value: Any) -> Any:
    """What a choice looks like: whole options for menus, the bare value for the rest."""
    match SELECTED[element["type"]]:
        case "selected_option":
            offered = _options(element)
            if value is None and element["type"] == "overflow" and len(offered) > 1:
                raise Impossible(f'Say with "value" which option of {element["action_id"]!r} is meant.')
            if value is None:
                return offered[0] if element["type"] == "overflow" else None
            return _option(element, value)
        case "selected_options":
            return [_option(element, one) for one in (value if isinstance(value, list) else [value]) if one is not None]
        case "value":
            return None if value in (None, "") else str(value)
        case _:
            return value


def values_of(blocks: list[dict[str, Any]], filled: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """state.values: what every field holds, `filled` in by the person or from its initial value."""
    values: dict[str, dict[str, Any]] = {}
    for block, element in elements(blocks):
        if element["type"] in STATELESS:
            continue
        given = filled.get(block["block_id"], {})
        name = SELECTED.get(element["type"], "value")
        content = chosen(element, given[element["action_id"]]) if element["action_id"] in given else _initial(element)
        values.setdefault(block["block_id"], {})[element["action_id"]] = {"type": element["type"], name: content}
    return values


def unanswered(blocks: list[dict[str, Any]], values: dict[str, dict[str, Any]]) -> list[str]:
    """What Slack's own client says before it sends a form at all."""
    said = []
    for block, element in elements(blocks):
        if block["type"] != "input":
            continue
        content = values[block["block_id"]][element["action_id"]][SELECTED.get(element["type"], "value")]
        if content in (None, "", []):
            if not block.get("optional", False):
                said.append(f"{block['label']['text']}: Please complete this required field.")
        elif isinstance(content, str) and len(content) > element.get("max_length", 3000):
            said.append(f"{block['label']['text']}: Must be at most {element.get('max_length', 3000)} characters.")
        elif isinstance(content, str) and len(content) < element.get("min_length", 0):
            said.append(f"{block['label']['text']}: Must be at least {element['min_length']} characters.")
    return said


def _options(element: dict[str, Any]) -> list[dict[str, Any]]:
    groups = element.get("option_groups") or [{"options": element.get("options") or []}]
    return [option for group in groups for option in group["options"]]


def _option(element: dict[str, Any], value: Any) -> dict[str, Any]:
    for option in _options(element):
        if option["value"] == value:
            return option
    raise Impossible(f"{element['action_id']!r} has no option {value!r}.")


def _offers(element: dict[str, Any], value: Any) -> bool:
    return element.get("value") == value or any(option["value"] == value for option in _options(element))


def _initial(element: dict[str, Any]) -> Any:
    empty: list[Any] = []
    for name, content in element.items():
        if name.startswith("initial_"):
            return content
    return empty if SELECTED.get(element["type"], "").endswith("s") else None
