"""The buttons, menus and input fields of Block Kit, with Slack's limits for each."""

from typing import Any

from sandbox.slack.schema import (
    Check,
    Field,
    Report,
    Shape,
    anything,
    boolean,
    by_type,
    items,
    may,
    must,
    number,
    one_of,
    shape,
    string,
    text,
)

CONFIRM = shape(
    {
        "title": must(text(100, "plain_text")),
        "text": must(text(300)),
        "confirm": must(text(30, "plain_text")),
        "deny": must(text(30, "plain_text")),
        "style": may(one_of("primary", "danger")),
    }
)
OPTION = shape(
    {
        "text": must(text(75)),
        "value": must(string(150)),
        "description": may(text(75)),
        "url": may(string(3000)),
    }
)
OPTION_GROUP = shape({"label": must(text(75, "plain_text")), "options": must(items(100, OPTION))})
PLACEHOLDER = may(text(150, "plain_text"))
DISPATCH = may(
    shape({"trigger_actions_on": may(items(2, one_of("on_enter_pressed", "on_character_entered")))}),
)


def _file(value: Any, pointer: str, report: Report) -> None:
    """A picture uploaded before; it is usable only when Slack has finished with it."""
    if not isinstance(value, dict) or not (value.get("id") or value.get("url")):
        report.say("missing required field: id", pointer)
        return
    name = "id" if value.get("id") else "url"
    if not report.file_ready(str(value[name])):
        report.say("invalid slack file", f"{pointer}.{name}/slack_file")


def image_source(value: dict[str, Any], pointer: str, report: Report) -> None:
    """A picture comes from a URL or from an upload, never from both."""
    if ("image_url" in value) == ("slack_file" in value):
        report.say("must define either `image_url` or `slack_file`", f"{pointer}/type")


IMAGE_FIELDS: Shape = {
    "image_url": may(string(3000)),
    "slack_file": may(_file),
    "alt_text": must(string(2000)),
}


def _image(value: Any, pointer: str, report: Report) -> None:
    shape(IMAGE_FIELDS, also=("type",))(value, pointer, report)
    image_source(value, pointer, report)


def _acting(**fields: Field) -> Check:
    """An element a person can use: it has an action_id, unique within its block (added by Slack when absent)."""
    of_element = shape({"action_id": may(string(255)), **fields}, also=("type",))

    def check(value: Any, pointer: str, report: Report) -> None:
        of_element(value, pointer, report)
        action_id = value.get("action_id")
        if not isinstance(action_id, str):
            return
        if action_id in report.action_ids:
            report.say(f'`action_id` "{action_id}" already exists', f"{pointer}/action_id")
        report.action_ids.add(action_id)

    return check


def _options(value: dict[str, Any], pointer: str, report: Report) -> None:
    if ("options" in value) == ("option_groups" in value):
        report.say("must define either `options` or `option_groups`", f"{pointer}/type")


def _static(**fields: Field) -> Check:
    menu = _acting(
        placeholder=PLACEHOLDER,
        options=may(items(100, OPTION)),
        option_groups=may(items(100, OPTION_GROUP)),
        confirm=may(CONFIRM),
        focus_on_load=may(boolean),
        **fields,
    )

    def check(value: Any, pointer: str, report: Report) -> None:
        menu(value, pointer, report)
        _options(value, pointer, report)

    return check


_MENU = {"placeholder": PLACEHOLDER, "confirm": may(CONFIRM), "focus_on_load": may(boolean)}
_MANY = {**_MENU, "max_selected_items": may(number(1, 100))}
_TYPED = {"placeholder": PLACEHOLDER, "focus_on_load": may(boolean), "dispatch_action_config": DISPATCH}
_ANY = may(anything)

_FILES = _acting(filetypes=may(items(100, string(100))), max_files=may(number(1, 10)))


def _files(value: Any, pointer: str, report: Report) -> None:
    """Files can be asked for in a modal only: docs.slack.dev, File input element."""
    if report.surface != "modal":
        report.say("unsupported type: file_input", f"{pointer}/type")
        return
    _FILES(value, pointer, report)


BUTTON = _acting(
    text=must(text(75, "plain_text")),
    url=may(string(3000)),
    value=may(string(2000)),
    style=may(one_of("primary", "danger")),
    confirm=may(CONFIRM),
    accessibility_label=may(string(75)),
)
INTERACTIVE: dict[str, Check] = {
    "button": BUTTON,
    "workflow_button": _acting(text=must(text(75, "plain_text")), workflow=must(anything), style=_ANY),
    "overflow": _acting(options=must(items(5, OPTION)), confirm=may(CONFIRM)),
    "static_select": _static(initial_option=may(OPTION)),
    "multi_static_select": _static(initial_options=may(items(100, OPTION)), max_selected_items=may(number(1, 100))),
    "external_select": _acting(**_MENU, initial_option=may(OPTION), min_query_length=may(number(0, 1000))),
    "users_select": _acting(**_MENU, initial_user=may(string(255))),
    "conversations_select": _acting(
        **_MENU, initial_conversation=_ANY, default_to_current_conversation=_ANY, filter=_ANY
    ),
    "channels_select": _acting(**_MENU, initial_channel=_ANY, response_url_enabled=_ANY),
    "multi_external_select": _acting(**_MANY, initial_options=may(items(100, OPTION)), min_query_length=_ANY),
    "multi_users_select": _acting(**_MANY, initial_users=_ANY),
    "multi_conversations_select": _acting(**_MANY, initial_conversations=_ANY, filter=_ANY),
    "multi_channels_select": _acting(**_MANY, initial_channels=_ANY),
    "checkboxes": _acting(
        options=must(items(10, OPTION)),
        initial_options=may(items(10, OPTION)),
        confirm=may(CONFIRM),
        focus_on_load=_ANY,
    ),
    "radio_buttons": _acting(
        options=must(items(10, OPTION)), initial_option=may(OPTION), confirm=may(CONFIRM), focus_on_load=_ANY
    ),
    "datepicker": _acting(**_MENU, initial_date=may(string(10, 10))),
    "timepicker": _acting(**_MENU, initial_time=may(string(5, 5)), timezone=may(string(100))),
    "datetimepicker": _acting(initial_date_time=_ANY, confirm=may(CONFIRM), focus_on_load=_ANY),
}
TYPED: dict[str, Check] = {
    "plain_text_input": _acting(
        **_TYPED,
        initial_value=may(string(3000, 0)),
        multiline=may(boolean),
        min_length=may(number(0, 3000)),
        max_length=may(number(1, 3000)),
    ),
    "number_input": _acting(
        **_TYPED, is_decimal_allowed=must(boolean), initial_value=_ANY, min_value=_ANY, max_value=_ANY
    ),
    "email_text_input": _acting(**_TYPED, initial_value=may(string(3000, 0))),
    "url_text_input": _acting(**_TYPED, initial_value=may(string(3000, 0))),
    "rich_text_input": _acting(**_TYPED, initial_value=_ANY),
    "file_input": _files,
}
_NOT_INPUT = {"button", "overflow", "workflow_button"}
ACCESSORY = by_type({**INTERACTIVE, "image": _image})
ACTION = by_type({**INTERACTIVE, "plain_text_input": TYPED["plain_text_input"]})
INPUT = by_type({**{name: check for name, check in INTERACTIVE.items() if name not in _NOT_INPUT}, **TYPED})
CONTEXT = by_type({"image": _image, "plain_text": text(2000), "mrkdwn": text(2000)})
FEEDBACK = by_type(
    {
        "feedback_buttons": _acting(positive_button=must(anything), negative_button=must(anything)),
        "icon_button": _acting(
            icon=must(one_of("trash")), text=must(text(75, "plain_text")), value=may(string(2000)), confirm=may(CONFIRM)
        ),
    }
)
