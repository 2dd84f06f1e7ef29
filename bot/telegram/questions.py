"""Questions after a press: who may be asked, what is asked, and remembering it until the reply comes."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from bot.cards import DESCRIBE, say
from bot.telegram.edge import Edge
from bot.telegram.render import (
    Asked,
    TelegramPrompt,
    describe_prompt,
    edit_prompt,
    live_prompt,
    media_prompt,
    regenerate_prompt,
    reject_prompt,
)
from bot.telegram.updates import Pressed
from domain.card import PostView, Surface
from domain.decision import Decision, Outcome, Verdict, answers_in
from domain.errors import Refused
from domain.roles import Right, may
from pipeline.decide import Dialog, open_dialog
from storage import prompts, subjects
from storage.people import Member
from storage.prompts import Spot

ASK_BELOW = "Reply to my question below."

PROMPTS: dict[Decision, Callable[[PostView, Asked], TelegramPrompt]] = {
    Decision.EDIT: edit_prompt,
    Decision.REGENERATE: regenerate_prompt,
    Decision.REJECT: reject_prompt,
    Decision.LIVE: live_prompt,
    Decision.MEDIA: media_prompt,
}


@dataclass(frozen=True, slots=True)
class Known:
    """A press by somebody who may decide, on a card that lies in this chat."""

    dialog: Dialog
    member: Member
    spot: Spot

    def is_card(self, pressed: Pressed) -> bool:
        """Whether the pressed message is the card itself, not a choice beside it."""
        return self.spot.message_ref in (None, pressed.message)


async def know(pressed: Pressed, token: str, edge: Edge, decision: Decision | None) -> Known:
    """Check what deciding will check again, before anything about the post is shown. Raises `Refused` in words."""
    dialog = await open_dialog(token, edge.deciding)
    if dialog is None:
        raise Refused(_say(Outcome.UNKNOWN_CARD))
    async with edge.database.transaction(dialog.workspace_id) as tx:
        spot = await prompts.spot(tx, token)
    if spot is None or (spot.surface, spot.chat_ref) != (Surface.TELEGRAM, pressed.chat.id):
        raise Refused(_say(Outcome.WRONG_PLACE))
    member = await edge.member_of(dialog.workspace_id, pressed.person.id)
    if member is None:
        raise Refused(_say(Outcome.STRANGER))
    if not may(member.role, Right.DECIDE):
        raise Refused(_say(Outcome.NOT_ALLOWED))
    known = Known(dialog, member, spot)
    if decision is not None:
        _must_be_possible(pressed, decision, known)
    return known


def _must_be_possible(pressed: Pressed, decision: Decision, known: Known) -> None:
    view = known.dialog.view
    if not known.is_card(pressed):
        raise Refused(_say(Outcome.WRONG_PLACE, view))
    if known.spot.revision_n != view.revision:
        raise Refused(_say(Outcome.STALE_REVISION, view))
    if decision not in answers_in(view.state):
        raise Refused(_say(Outcome.NOT_POSSIBLE, view))


def _say(outcome: Outcome, view: PostView | None = None) -> str:
    if view is None:
        return say(Verdict(outcome), "")
    return say(Verdict(outcome, view.number, view.state, view.revision), "")


async def question(pressed: Pressed, token: str, decision: Decision, known: Known, edge: Edge) -> None:
    """Ask, in reply to the card, and keep the question."""
    asked = Asked(int(pressed.person.id), known.member.name)
    prompt = PROMPTS[decision](known.dialog.view, asked)
    await _put(pressed, prompt, token, decision.value, known.dialog.workspace_id, edge)


async def describe_question(pressed: Pressed, edge: Edge) -> None:
    """Ask what a web app is whose page cannot be read. The message says which one. Raises `Refused`."""
    workspace_id = await edge.workspace_of(pressed.chat.id)
    member = await edge.member_of(workspace_id, pressed.person.id) if workspace_id else None
    if workspace_id is None or member is None:
        raise Refused(_say(Outcome.STRANGER))
    if not may(member.role, Right.DECIDE):
        raise Refused(_say(Outcome.NOT_ALLOWED))
    async with edge.database.transaction(workspace_id) as tx:
        app = await subjects.web_app_of_message(tx, Surface.TELEGRAM, pressed.chat.id, pressed.message)
    if app is None:
        raise Refused("This card's web app is not promoted any more, so nothing happened.")
    prompt = describe_prompt(app.name, Asked(int(pressed.person.id), member.name))
    await _put(pressed, prompt, str(app.id), DESCRIBE, workspace_id, edge)


async def _put(pressed: Pressed, prompt: TelegramPrompt, token: str, word: str, workspace_id: UUID, edge: Edge) -> None:
    message = await edge.voice.ask(pressed.chat.id, prompt, reply_to=pressed.message)
    if message is None:
        raise Refused("Telegram did not take my question. Please press the button again in a minute.")
    async with edge.database.transaction(workspace_id) as tx:
        await prompts.put(tx, pressed.chat.id, message, token, word, pressed.person.id)
    await edge.voice.answer(pressed.query, ASK_BELOW)
