"""What a reviewer sees and can press, in words, before Slack or Telegram has an opinion."""

from dataclasses import dataclass

from bot.following import parts_words
from bot.statuses import (
    MARKS,
    account,
    digest_line,
    facts,
    film_words,
    heading,
    history,
    picture_words,
    post_text,
    settings_words,
    shown_links,
    status,
    warnings,
)
from bot.verdicts import say
from bot.words import units
from domain.card import NoticeView, PostView, Surface
from domain.decision import Decision, answers_in
from domain.platforms import PLATFORMS, Platform
from domain.post import State
from domain.settings import choices_of, missing
from domain.views import (
    AccountLine,
    AnalyticsRow,
    AnalyticsView,
    AppLine,
    HelpView,
    HomeView,
    PersonLine,
    QueueView,
    TopPost,
    UsageLine,
)

__all__ = [
    "DESCRIBE",
    "LABELS",
    "MARKS",
    "RECONNECT",
    "REGENERATE_CHIPS",
    "REJECT_CHIPS",
    "RESUME",
    "AccountLine",
    "AnalyticsRow",
    "AnalyticsView",
    "AppLine",
    "Confirm",
    "HelpView",
    "HomeView",
    "Label",
    "Offer",
    "PersonLine",
    "QueueView",
    "TopPost",
    "UsageLine",
    "account",
    "chip_or_words",
    "digest_line",
    "facts",
    "film_words",
    "heading",
    "history",
    "notice_mark",
    "offer",
    "parts_words",
    "picture_words",
    "post_text",
    "reconnect_label",
    "say",
    "settings_words",
    "shown_links",
    "status",
    "warnings",
    "why_not_approvable",
]

DESCRIBE = "describe"
"""A button that is no decision: someone tells in words what a page that cannot be read is about."""
RESUME = "resume"
"""Another one: it ends the pause that a notice tells of."""
RECONNECT = "reconnect"
"""The third: it gives an owner the link to connect an account again, for them alone."""


def reconnect_label(platform: str) -> str:
    """What that button says: accounts on several platforms may have one name."""
    return f"🔗 Connect {PLATFORMS[Platform(platform)].name} again"


REGENERATE_CHIPS = ("Shorter", "More playful", "Mention the price", "Different angle")
REJECT_CHIPS = ("Not true", "Off brand", "Bad timing", "Too much like the last one")


@dataclass(frozen=True, slots=True)
class Confirm:
    """What is asked before something that cannot be taken back."""

    title: str
    text: str
    yes: str
    no: str = "Keep it"


@dataclass(frozen=True, slots=True)
class Label:
    """A decision as a button. `front` ones stand on the card, the others in its overflow."""

    text: str
    mark: str
    front: bool = True
    confirm: Confirm | None = None


_DROP = Confirm("Drop this post?", "It will not be published and cannot be brought back.", "Drop it")
_AGAIN = Confirm(
    "Send it again?",
    "If the first try did arrive after all, the post will stand there twice. Look at the account first.",
    "Send again",
    "Not yet",
)
_WITHDRAW = Confirm("Withdraw this post?", "The platform deletes it, with its likes and replies.", "Withdraw")

LABELS: dict[Decision, Label] = {
    Decision.APPROVE: Label("Approve", "✅"),
    Decision.EDIT: Label("Edit", "✏️"),
    Decision.CHOOSE: Label("Settings", "⚙️", front=False),
    Decision.MEDIA: Label("Own media", "📎", front=False),
    Decision.REGENERATE: Label("Regenerate", "🔄"),
    Decision.REJECT: Label("Reject", "✖️"),
    Decision.UNDO: Label("Undo", "↩️", front=False),
    Decision.MOVE: Label("Move slot", "🕑", front=False),
    Decision.LIVE: Label("It is live", "👍"),
    Decision.AGAIN: Label("Send again", "📤", confirm=_AGAIN),
    Decision.DROP: Label("Drop", "🗑️", confirm=_DROP),
    Decision.NOW: Label("Publish now", "📤"),
    Decision.NEXT: Label("Next slot", "⏭️"),
    Decision.WITHDRAW: Label("Withdraw", "🗑️", front=False, confirm=_WITHDRAW),
}


@dataclass(frozen=True, slots=True)
class Offer:
    """The buttons of a card: at most four in front, the rest in an overflow."""

    front: tuple[Decision, ...]
    overflow: tuple[Decision, ...]


SLACK_TEXT = 5_000
"""UTF-16 units of a post's text that a card in Slack surely shows whole, whatever else stands on it."""


def offer(view: PostView, *, whole: bool) -> Offer:
    """The answers that this card may offer. `whole` says whether the chat can show the text in full."""
    withheld = {
        Decision.APPROVE: why_not_approvable(view, whole=whole) is not None,
        Decision.WITHDRAW: not view.can_withdraw,
        Decision.CHOOSE: not choices_of(view.platform),
    }
    answers = [decision for decision in answers_in(view.state) if not withheld.get(decision, False)]
    front = {decision for decision, label in LABELS.items() if label.front}
    if missing(view.platform, view.settings):
        front.add(Decision.CHOOSE)  # nobody can approve before: it takes that button's place
    return Offer(
        tuple(decision for decision in answers if decision in front),
        tuple(decision for decision in answers if decision not in front),
    )


def why_not_approvable(view: PostView, *, whole: bool) -> str | None:
    """Why the card has no approve button although the post waits for an answer, or None when it has one."""
    if view.state is not State.IN_REVIEW:
        return None
    if missing(view.platform, view.settings):  # the card's line of settings says which
        return (
            f"{PLATFORMS[view.platform].name} wants a person to choose first. Press Settings before it can be approved."
        )
    if view.objections:
        what = "it or its settings" if choices_of(view.platform) else "it"
        return f"{PLATFORMS[view.platform].name} would refuse this. Edit {what} before it can be approved."
    if not whole:
        return f"This text is too long to be shown whole in this chat, so it cannot be approved here. {_instead(view)}"
    return None


def _instead(view: PostView) -> str:
    """What to do with a text that a chat cannot show. Slack's card is the roomiest."""
    if Surface.SLACK in view.chats and units(post_text(view)) <= SLACK_TEXT:
        return "Approve it in Slack, which shows all of it, or edit it shorter."
    return "Edit it shorter."


def chip_or_words(chips: tuple[str, ...], reply: str) -> str:
    """A reply to a prompt that numbers its chips from 1: the chip when the reply is its number, else the reply."""
    words = reply.strip()
    numbered = {str(number): chip for number, chip in enumerate(chips, start=1)}
    return numbered.get(words, words)


def notice_mark(view: NoticeView) -> str:
    """The sign before a notice: a warning, or that what was wrong is right again."""
    return "✅" if view.good else "⚠️"
