"""Somebody presses a button. The decision is committed before Telegram has its answer, and every press gets one."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from uuid import UUID

from bot.answers import Asker, Doors, Words
from bot.cards import DESCRIBE, LABELS, RECONNECT, RESUME, say
from bot.commands import ask
from bot.telegram.commands import BEGIN, STRANGER, lay_out
from bot.telegram.edge import SOURCE, Edge
from bot.telegram.questions import Known, describe_question, know, question
from bot.telegram.render import BACK, SURE, confirm_keyboard, render_card, render_choose, render_slots
from bot.telegram.updates import Pressed
from domain.card import Face, Place, Surface
from domain.decision import Decision, Outcome, Verdict
from domain.errors import Refused
from domain.platforms import PLATFORMS
from domain.settings import choices_of
from pipeline.decide import NOTHING, Brought, Click, Unusable, decide, open_dialog
from pipeline.pauses import resume_from_notice
from pipeline.settings_page import make_page_code

Handler = Callable[[Pressed, str, Edge], Awaitable[None]]

ASKING = (Decision.EDIT, Decision.REGENERATE, Decision.REJECT, Decision.LIVE, Decision.MEDIA)
"""Answers that carry words or files: the press asks for them, and the reply decides."""

WRITE_FIRST = (
    "I may not write to you in private yet, and only you may have this link. Open our private chat, "
    "press Start, then press the button here again."
)
UNKNOWN = "This button is not known any more, so nothing happened. Use the newest card."


async def press(pressed: Pressed, edge: Edge) -> None:
    """Do what the button says; what cannot be done is said above the chat."""
    word, _, rest = pressed.data.partition(":")
    handler = HANDLERS.get(word)
    if handler is None or not rest:
        await edge.voice.answer(pressed.query, UNKNOWN, alert=True)
        return
    try:
        await handler(pressed, rest, edge)
    except (Refused, Unusable) as no:
        await edge.voice.answer(pressed.query, no.sentence, alert=True)


async def _decide(
    pressed: Pressed, token: str, decision: Decision, edge: Edge, brought: Brought = NOTHING, *, aside: bool = False
) -> Verdict:
    """Decide. `aside`: the button lies in a message beside the card, whose place was checked."""
    click = Click(
        event_key=f"callback:{pressed.query}",
        surface=SOURCE,
        team="",
        user=pressed.person.id,
        token=token,
        chat=None if aside else pressed.chat.id,
        message=None if aside else pressed.message,
    )
    return await decide(click, decision, edge.deciding, brought)


async def _tell(pressed: Pressed, token: str, verdict: Verdict, edge: Edge) -> None:
    """Answer the press: a short note when it simply worked, otherwise a sentence that must be closed by hand."""
    who, zone = await who_and_zone(verdict, token, pressed.person.id, edge)
    await edge.voice.answer(pressed.query, say(verdict, who, zone), alert=verdict.outcome is not Outcome.APPLIED)


async def who_and_zone(verdict: Verdict, token: str, user: str, edge: Edge) -> tuple[str, str]:
    """The person's name and the web app's zone, where a verdict that names somebody is to be put into words."""
    dialog = await open_dialog(token, edge.deciding) if verdict.first_at else None
    if dialog is None:
        return "", "UTC"
    member = await edge.member_of(dialog.workspace_id, user)
    return member.name if member else "", dialog.view.zone


def _at_once(decision: Decision) -> Handler:
    async def handle(pressed: Pressed, token: str, edge: Edge) -> None:
        await _tell(pressed, token, await _decide(pressed, token, decision, edge), edge)

    return handle


def _asking(decision: Decision) -> Handler:
    async def handle(pressed: Pressed, token: str, edge: Edge) -> None:
        known = await know(pressed, token, edge, decision)
        await question(pressed, token, decision, known, edge)

    return handle


def _confirming(decision: Decision) -> Handler:
    """What cannot be taken back is asked for twice: the card's buttons give way to "do it" and "keep it"."""

    async def handle(pressed: Pressed, token: str, edge: Edge) -> None:
        await know(pressed, token, edge, decision)
        confirm = LABELS[decision].confirm
        await edge.voice.buttons(pressed.chat.id, pressed.message, confirm_keyboard(decision, token))
        await edge.voice.answer(pressed.query, f"{confirm.title} {confirm.text}" if confirm else "", alert=True)

    return handle


async def _sure(pressed: Pressed, rest: str, edge: Edge) -> None:
    """The second press."""
    word, _, token = rest.partition(":")
    if word not in set(Decision):
        raise Refused(UNKNOWN)
    verdict = await _decide(pressed, token, Decision(word), edge)
    await _tell(pressed, token, verdict, edge)
    if verdict.outcome is Outcome.WRONG_PLACE:
        return
    known = await _known_or_none(pressed, token, edge)
    if known is not None:
        await _own_buttons(pressed, token, known, edge)


async def _back(pressed: Pressed, token: str, edge: Edge) -> None:
    """Leave it: the card gets its own buttons again; a choice beside the card goes away."""
    known = await know(pressed, token, edge, None)
    if known.is_card(pressed):
        await _own_buttons(pressed, token, known, edge)
    else:
        await edge.voice.remove(pressed.chat.id, pressed.message)
    await edge.voice.answer(pressed.query)


async def _own_buttons(pressed: Pressed, token: str, known: Known, edge: Edge) -> None:
    place = Place(Surface.TELEGRAM, "", pressed.chat.id, None, pressed.message)
    face = Face(known.dialog.workspace_id, known.dialog.workspace_id, place, token, known.dialog.view)
    await edge.voice.buttons(pressed.chat.id, pressed.message, render_card(face).keyboard)


async def _known_or_none(pressed: Pressed, token: str, edge: Edge) -> Known | None:
    try:
        return await know(pressed, token, edge, None)
    except Refused:
        return None  # the verdict has said why


async def _move(pressed: Pressed, rest: str, edge: Edge) -> None:
    """The first press shows free slots in a message of its own; a press there moves the post."""
    token, _, seconds = rest.partition(":")
    if seconds:
        if not seconds.isdecimal() or len(seconds) > 11:
            raise Refused(UNKNOWN)
        await know(pressed, token, edge, None)
        brought = Brought(slot=datetime.fromtimestamp(int(seconds), UTC))
        verdict = await _decide(pressed, token, Decision.MOVE, edge, brought, aside=True)
        if verdict.outcome is Outcome.APPLIED:
            await edge.voice.remove(pressed.chat.id, pressed.message)
        await _tell(pressed, token, verdict, edge)
        return
    known = await know(pressed, token, edge, Decision.MOVE)
    choice = render_slots(known.dialog.view, token, known.dialog.slots)
    await edge.say(pressed.chat.id, choice, reply_to=pressed.message)
    await edge.voice.answer(pressed.query, "Choose a slot below.")


async def _choose(pressed: Pressed, token: str, edge: Edge) -> None:
    """Telegram has no dialogs: the settings are chosen on a page. Its link decides as this person, so nobody else gets it."""
    known = await know(pressed, token, edge, Decision.CHOOSE)
    view, workspace_id = known.dialog.view, known.dialog.workspace_id
    if not choices_of(view.platform):
        raise Refused(f"There is nothing to choose for a post on {PLATFORMS[view.platform].name}.")
    user = pressed.person.id
    code = await make_page_code(
        edge.database, workspace_id, known.member.id, surface=Surface.TELEGRAM, user=user, token=token
    )
    page = f"{edge.desk.base_url.rstrip('/')}/settings?code={code}"
    here = pressed.message if pressed.chat.id == user else None
    if await edge.voice.say(user, render_choose(view, page), reply_to=here) is None:
        raise Refused(WRITE_FIRST)
    await edge.voice.answer(pressed.query, "I sent you the link to the settings in our private chat.")


async def _describe(pressed: Pressed, card: str, edge: Edge) -> None:
    await describe_question(pressed, edge)


async def _resume(pressed: Pressed, pause: str, edge: Edge) -> None:
    """End the pause that the notice tells of."""
    asker = await _asker(pressed, edge)
    try:
        pause_id = UUID(pause)
    except ValueError:
        raise Refused(UNKNOWN) from None
    sentence = await resume_from_notice(edge.database, edge.hint, asker.workspace_id, asker.member.id, pause_id)
    await edge.voice.answer(pressed.query, sentence)


async def _reconnect(pressed: Pressed, platform: str, edge: Edge) -> None:
    """The link that /connect gives, in private to the one who pressed."""
    answer = await ask("connect", platform, await _asker(pressed, edge), edge.desk)
    if not isinstance(answer, Doors):
        raise Refused(answer.text if isinstance(answer, Words) else UNKNOWN)
    here = pressed.message if pressed.chat.id == pressed.person.id else None
    if await edge.voice.say(pressed.person.id, lay_out(answer), reply_to=here) is None:
        raise Refused(WRITE_FIRST)
    await edge.voice.answer(pressed.query, "I sent you the link in our private chat.")


async def _asker(pressed: Pressed, edge: Edge) -> Asker:
    """Who pressed a notice's button. What is secret for them goes to their private chat."""
    workspace_id = await edge.workspace_of(pressed.chat.id)
    member = await edge.member_of(workspace_id, pressed.person.id) if workspace_id else None
    if workspace_id is None or member is None:
        raise Refused(BEGIN if workspace_id is None else STRANGER)
    return Asker(workspace_id, member, private=True)


HANDLERS: dict[str, Handler] = {
    **{decision.value: _at_once(decision) for decision in Decision},
    **{decision.value: _asking(decision) for decision in ASKING},
    **{decision.value: _confirming(decision) for decision, label in LABELS.items() if label.confirm},
    Decision.CHOOSE.value: _choose,
    Decision.MOVE.value: _move,
    SURE: _sure,
    BACK: _back,
    DESCRIBE: _describe,
    RESUME: _resume,
    RECONNECT: _reconnect,
}
