"""Questions that are answered by replying, because Telegram has no dialogs; the choice of a slot; the way to a post's settings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.cards import DESCRIBE, REGENERATE_CHIPS, REJECT_CHIPS, heading
from bot.following import length_words, thread_hint
from bot.telegram.html import BREAK, Html, escape, holds, strong, tag, words
from bot.telegram.messages import BACK, Button, TelegramMessage, plain_address
from bot.words import clip, clock, is_public, line, units
from domain.card import PostView
from domain.decision import Decision
from domain.handed import takes
from domain.platforms import PLATFORMS
from domain.text import visible

PLACEHOLDER_ROOM = 64


@dataclass(frozen=True, slots=True)
class TelegramPrompt:
    """A message (HTML) to be sent with ForceReply(selective=True); it names the person, so that only they are asked."""

    text: str
    placeholder: str


@dataclass(frozen=True, slots=True)
class Asked:
    """Who is asked."""

    user_id: int
    name: str


def _prompt(asked: Asked, question: Html, placeholder: str) -> TelegramPrompt:
    name = line(asked.name, 60)
    who = Html(f'<a href="tg://user?id={int(asked.user_id)}">{escape(name)}</a>: ', units(name) + 2, 1)
    return TelegramPrompt((who + question).markup, clip(placeholder, PLACEHOLDER_ROOM))


def edit_prompt(view: PostView, asked: Asked) -> TelegramPrompt:
    """Asks for the new text and shows the present one to copy, hidden characters spelled out."""
    counted = f"Now {length_words(view)} as {PLATFORMS[view.platform].name} counts."
    question = (
        words("reply with the new text of ") + strong(heading(view)) + words(f". {counted}{thread_hint(view.platform)}")
    )
    shown = visible(view.text)
    if shown != view.text:
        question += BREAK + words("It holds hidden characters, spelled out below as ⟦U+…⟧: leave them out.")
    with_text = question + BREAK + tag("pre", shown)
    roomy = holds(with_text + Html("", 100, 2))
    return _prompt(asked, with_text if roomy else question, "The whole new text")


def _chips(chips: Sequence[str]) -> str:
    return " · ".join(f"{number} {chip}" for number, chip in enumerate(chips, start=1))


def regenerate_prompt(view: PostView, asked: Asked) -> TelegramPrompt:
    """Asks for a word of direction; `chip_or_words(REGENERATE_CHIPS, reply)` reads the answer."""
    question = words("how should the next text of ") + strong(heading(view)) + words(" differ? Reply with a number")
    question += words(" or in your own words.") + BREAK + words(_chips(REGENERATE_CHIPS))
    return _prompt(asked, question, "1, 2, … or your own words")


def reject_prompt(view: PostView, asked: Asked) -> TelegramPrompt:
    """Asks for the reason; `chip_or_words(REJECT_CHIPS, reply)` reads the answer."""
    question = words("why not ") + strong(heading(view)) + words("? Reply with a number or in your own words; ")
    question += words("the writer learns from it.") + BREAK + words(_chips(REJECT_CHIPS))
    return _prompt(asked, question, "1, 2, … or your own words")


def live_prompt(view: PostView, asked: Asked) -> TelegramPrompt:
    """Asks for the link that proves it."""
    name = PLATFORMS[view.platform].name
    question = words("reply with the link to ") + strong(heading(view)) + words(f" on {name}: open it and copy it.")
    return _prompt(asked, question, "https://…")


def media_prompt(view: PostView, asked: Asked) -> TelegramPrompt:
    """Asks for files; whatever is sent in reply is handed over."""
    question = (
        words("reply with what ") + strong(heading(view)) + words(" shall show, and describe it in the caption. ")
    )
    facts = PLATFORMS[view.platform]
    question += words(f"{facts.name} takes {takes(view.platform)}; Telegram hands out at most 20 MB a file.")
    if facts.limits.pictures:
        question += words(" Send pictures as files: Telegram makes photos smaller.")
    return _prompt(asked, question, "Attach files; the caption describes them")


def describe_prompt(web_app: str, asked: Asked) -> TelegramPrompt:
    """Asks what a web app is whose page cannot be read."""
    question = words("what is ") + strong(line(web_app, 80)) + words("? Reply with what it does, for whom, and what it")
    return _prompt(asked, question + words(" costs. Only that will be said in posts."), f"{DESCRIBE.title()} it")


def render_slots(view: PostView, token: str, slots: Sequence[datetime]) -> TelegramMessage:
    """A choice of up to twelve free slots; a button's data is `move:{token}:{unix seconds}`."""
    if not slots:
        none = words("No slot is free in the coming days. Leave ") + strong(heading(view)) + words(" where it is.")
        return TelegramMessage(none.markup)
    buttons = [
        Button(clock(slot, view.zone), f"{Decision.MOVE.value}:{token}:{int(slot.timestamp())}") for slot in slots[:12]
    ]
    rows = [tuple(buttons[place : place + 2]) for place in range(0, len(buttons), 2)]
    when = f"When should it go out? Now {clock(view.slot, view.zone)}; times in {view.zone}."
    text = strong(heading(view)) + BREAK + words(when)
    return TelegramMessage(text.markup, (*rows, (Button("Leave it", f"{BACK}:{token}"),)))


def render_choose(view: PostView, page: str) -> TelegramMessage:
    """The way to the page on which a person chooses a post's settings. For that person alone: the page decides as them."""
    name = PLATFORMS[view.platform].name
    text = (
        words("Choose the settings of ") + strong(heading(view)) + words(f" for {name} on this page. It works once, ")
    )
    text += words("within ten minutes, and decides in your name: do not pass it on.")
    if is_public(page):
        return TelegramMessage(text.markup, ((Button("⚙️ Open the settings", url=page),),))
    return TelegramMessage((text + BREAK + plain_address("Settings", page)).markup)
