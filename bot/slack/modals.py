"""Slack's dialogs: editing, settings, files, a word of direction, a reason, a link, a slot. They carry only the card's token."""

from collections.abc import Sequence
from datetime import datetime

from bot.cards import DESCRIBE, LABELS, REGENERATE_CHIPS, REJECT_CHIPS, heading
from bot.following import length_words, thread_hint
from bot.slack.blocks import Block, plain, rich, section, text_element
from bot.words import clip, clock, line, units
from domain.card import PostView, Surface
from domain.decision import Decision
from domain.platforms import PLATFORMS, Platform
from domain.settings import Choice, choices_of
from domain.text import visible

TEXT, CHIPS, WORDS, LINK, SLOT, FILES = "text", "chips", "words", "link", "slot", "files"
"""block_id and action_id of each input: `view.state.values[TEXT][TEXT]`."""

INPUT_ROOM = 3_000
ALT_ROOM = 1_000

MOST_FILES = 10
SLACKS_ROOM = "Slack takes up to 10 MB a file."
"""Both: docs.slack.dev, File input element."""
PICTURE_ENDINGS = ("jpg", "jpeg", "png", "webp", "avif", "bmp", "tif", "tiff")
FILM_ENDINGS = ("mp4", "m4v", "mov", "webm", "mkv", "avi", "mpg", "mpeg", "gif")
"""What can be made fit; a GIF that moves becomes a film where a platform takes none. (HEIC cannot be opened.)"""


def _modal(title: str, blocks: list[Block], *, callback: str = "", token: str = "", submit: str = "") -> Block:
    made: Block = {
        "type": "modal",
        "title": plain(title, 24),
        "close": plain("Cancel" if submit else "Close", 24),
        "blocks": blocks,
    }
    if callback:
        made |= {"callback_id": callback, "private_metadata": token}
    return made | {"submit": plain(submit, 24)} if submit else made


def _input(name: str, label: str, element: Block, *, hint: str = "", optional: bool = False) -> Block:
    made: Block = {
        "type": "input",
        "block_id": name,
        "label": plain(label),
        "element": {"action_id": name, **element},
        "optional": optional,
    }
    return made | {"hint": plain(hint)} if hint else made


def _box(*, multiline: bool = False, room: int = INPUT_ROOM, placeholder: str = "", initial: str = "") -> Block:
    made: Block = {"type": "plain_text_input", "multiline": multiline, "max_length": room}
    if placeholder:
        made["placeholder"] = plain(placeholder, 150)
    return made | {"initial_value": initial} if initial else made


def _about(view: PostView) -> Block:
    return {"type": "context", "elements": [plain(heading(view))]}


def loading_modal(title: str) -> Block:
    """Opened at once, because a trigger lives three seconds; replaced by the real dialog."""
    return message_modal(title, "One moment …")


def message_modal(title: str, text: str) -> Block:
    """Words in a dialog: a verdict, or what went wrong and what to do."""
    return _modal(title, [rich(section(text_element(clip(visible(text), INPUT_ROOM) or "–")))])


def edit_modal(view: PostView, token: str) -> Block:
    """The post's exact text to change. A text that Slack's field cannot hold gets an explanation instead."""
    if units(view.text) > INPUT_ROOM:
        why = "Slack's field holds 3,000 characters and this text has more. Edit this post in Telegram."
        return message_modal("Too long to edit here", why)
    counted = f"Now {length_words(view)} as {PLATFORMS[view.platform].name} counts."
    hidden = " It holds hidden characters; the card shows where." if visible(view.text) != view.text else ""
    box = _box(multiline=True, initial=view.text) | {"focus_on_load": True}
    asked = _input(TEXT, "Text of the post", box, hint=counted + thread_hint(view.platform) + hidden)
    return _modal("Edit the post", [_about(view), asked], callback=Decision.EDIT, token=token, submit="Save")


def choose_modal(view: PostView, token: str, offered: Sequence[Choice] | None = None) -> Block:
    """What a person chooses for the platform, of what the account offers. Nothing is chosen for them where the platform
    wants a person to."""
    name = PLATFORMS[view.platform].name
    choices = choices_of(view.platform) if offered is None else offered
    if not choices:
        return message_modal("Settings", f"There is nothing to choose for a post on {name}.")
    asked = [_question(one, view.settings.get(one.setting) or one.default) for one in choices]
    return _modal(f"Settings for {name}", [_about(view), *asked], callback=Decision.CHOOSE, token=token, submit="Save")


def _question(one: Choice, value: str) -> Block:
    """An input for each kind of choice: words, a box to tick, a menu. Its block_id is the setting's name.

    Words alone where the account leaves nothing to choose.
    """
    if one.closed:
        return {"type": "context", "elements": [plain(one.closed)]}
    if not one.options:
        return _input(
            one.setting.value,
            one.label,
            _box(multiline=one.roomy, room=one.longest, initial=value),
            hint=one.hint,
            optional=not one.required,
        )
    options = [{"text": plain(option.words, 75), "value": option.value} for option in one.options]
    kind = "static_select" if len(options) > 1 else "checkboxes"
    element: Block = {"type": kind, "options": options}
    now = [option for option in options if option["value"] == value]
    if kind == "static_select":
        element |= {"placeholder": plain("Choose", 150)} | ({"initial_option": now[0]} if now else {})
    elif now:
        element["initial_options"] = now
    return _input(one.setting.value, one.label, element, hint=one.hint)


def media_modal(view: PostView, token: str) -> Block:
    """A reviewer's own pictures, film or document for the post, and what they show. Which files fit is for deciding to say;
    the endings only keep Slack's chooser from offering songs."""
    facts = PLATFORMS[view.platform]
    most = max(1, min(MOST_FILES, facts.limits.pictures))
    endings = (PICTURE_ENDINGS if facts.limits.pictures else ()) + (FILM_ENDINGS if facts.video else ())
    endings += ("pdf",) if facts.document else ()
    element: Block = {"type": "file_input", "filetypes": list(endings), "max_files": most}
    larger = " A film of up to 20 MB goes through Telegram." if Surface.TELEGRAM in view.chats else ""
    kept = plain("The files take the place of what the post shows now. Its text stays, and it needs an approval.")
    blocks = [
        _about(view),
        _input(
            FILES,
            "Your files",
            element,
            hint=f"{facts.name} takes {_taken(view.platform, most)}. {SLACKS_ROOM}{larger}",
        ),
        {"type": "context", "elements": [kept]},
    ]
    if facts.limits.alt_text:
        box = _box(multiline=True, room=min(ALT_ROOM, facts.limits.alt_text))
        hint = "Read aloud to people who cannot see them." + (" For a PDF it is the title." if facts.document else "")
        blocks.insert(2, _input(WORDS, "Describe what they show", box, hint=hint, optional=True))
    return _modal(LABELS[Decision.MEDIA].text, blocks, callback=Decision.MEDIA, token=token, submit="Hand over")


def _taken(platform: Platform, most: int) -> str:
    """What goes into one post there: “up to 10 pictures, a film or a PDF”."""
    facts = PLATFORMS[platform]
    kinds = [f"up to {most} pictures"] if facts.limits.pictures else []
    kinds += ["one film"] if facts.video else []
    kinds += ["one PDF"] if facts.document else []
    return " or ".join([", ".join(kinds[:-1]), kinds[-1]] if len(kinds) > 1 else kinds)


def _chips(kind: str, chips: Sequence[str], label: str) -> Block:
    options = [{"text": plain(chip), "value": chip} for chip in chips]
    return _input(CHIPS, label, {"type": kind, "options": options}, optional=True)


def regenerate_modal(view: PostView, token: str) -> Block:
    """A word of direction for the writer: chips, free words, both or neither."""
    words = _box(multiline=True, room=500, placeholder="for example: speak to designers")
    blocks = [
        _about(view),
        _chips("checkboxes", REGENERATE_CHIPS, "What should change?"),
        _input(WORDS, "In your own words", words, optional=True),
    ]
    return _modal("Another text", blocks, callback=Decision.REGENERATE, token=token, submit="Regenerate")


def reject_modal(view: PostView, token: str) -> Block:
    """Why not; the writer learns from it."""
    words = _box(multiline=True, room=500, placeholder="The writer learns from this")
    blocks = [
        _about(view),
        _chips("radio_buttons", REJECT_CHIPS, "Why not?"),
        _input(WORDS, "In your own words", words, optional=True),
    ]
    return _modal("Reject the post", blocks, callback=Decision.REJECT, token=token, submit="Reject")


def live_modal(view: PostView, token: str) -> Block:
    """Someone saw the post on the platform; the link proves it."""
    name = PLATFORMS[view.platform].name
    box = _box(room=2_000, placeholder="https://…")
    asked = _input(LINK, f"Link to the post on {name}", box, hint="Open the post there and copy its address.")
    return _modal("It is live", [_about(view), asked], callback=Decision.LIVE, token=token, submit="Confirm")


def move_modal(view: PostView, token: str, slots: Sequence[datetime]) -> Block:
    """A choice of free slots (UTC instants, shown in the web app's zone); an option's value is ISO 8601 in UTC."""
    if not slots:
        return message_modal("No free slot", "No slot is free in the coming days. Leave it, or reject another first.")
    options = [{"text": plain(clock(slot, view.zone), 75), "value": slot.isoformat()} for slot in slots[:100]]
    select = {"type": "static_select", "options": options, "placeholder": plain("Choose a slot", 150)}
    now = f"Now {clock(view.slot, view.zone)}. Times in {view.zone}."
    asked = _input(SLOT, "When should it go out?", select, hint=now)
    return _modal("Move the slot", [_about(view), asked], callback=Decision.MOVE, token=token, submit="Move")


def describe_modal(web_app: str, token: str) -> Block:
    """For a page that cannot be read: what the web app is, in a person's words."""
    hint = "Only what you write here will be said in posts."
    box = _box(multiline=True, placeholder="What it does, for whom, what it costs")
    asked = _input(WORDS, f"What is {line(web_app, 80)}?", box, hint=hint)
    return _modal("Describe it", [asked], callback=DESCRIBE, token=token, submit="Save")
