"""Somebody presses a button on a card. The decision is committed before Slack has its answer; words come after it."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from uuid import UUID

from bot.answers import Answer, Asker, Doors, Words
from bot.cards import DESCRIBE, RECONNECT, RESUME, say
from bot.commands import ask
from bot.slack.desk import Desk, know, stranger, tell
from bot.slack.dialogs import open_describe, open_for
from bot.slack.payloads import Press
from bot.slack.render import SlackMessage, render_doors, render_words
from domain.card import Surface
from domain.decision import Decision, Outcome, Verdict
from domain.errors import Refused
from domain.roles import Right
from pipeline.decide import Click, Unusable, decide, open_dialog
from pipeline.pauses import resume_from_notice

Handler = Callable[[Press, Desk], Awaitable[None]]

AT_ONCE = (
    Decision.APPROVE,
    Decision.UNDO,
    Decision.DROP,
    Decision.AGAIN,
    Decision.NOW,
    Decision.NEXT,
    Decision.WITHDRAW,
)
"""Answers that carry nothing: the press decides."""

ASKING = (
    Decision.EDIT,
    Decision.CHOOSE,
    Decision.MEDIA,
    Decision.REGENERATE,
    Decision.REJECT,
    Decision.MOVE,
    Decision.LIVE,
)
"""Answers that carry something: the press opens a dialog, and sending the dialog decides."""

TOLD_ANYWAY = frozenset({Decision.AGAIN, Decision.WITHDRAW})
"""Their card does not show at once that something happened, so a sentence does."""


async def press(gesture: Press, desk: Desk) -> None:
    """Do what the button says. An unknown button does nothing: Slack is answered, so that nobody sees an error."""
    handler = HANDLERS.get(gesture.action)
    if handler is not None:
        await handler(gesture, desk)


async def verdict_of(gesture: Press, decision: Decision, desk: Desk) -> Verdict:
    """Decide, unless the person comes from another Slack team: then nobody here knows them."""
    actor = gesture.actor
    if actor.is_foreign:
        return Verdict(Outcome.STRANGER, decision=decision)
    click = Click(
        event_key=gesture.key,
        surface=Surface.SLACK,
        team=actor.team,
        user=actor.user,
        token=gesture.value,
        chat=gesture.chat or "",
        message=gesture.message or "",
    )
    return await decide(click, decision, desk.deciding)


def _at_once(decision: Decision) -> Handler:
    async def handle(gesture: Press, desk: Desk) -> None:
        try:
            verdict = await verdict_of(gesture, decision, desk)
        except Unusable as unusable:
            desk.errands.spawn("say why not", tell(gesture, render_words(unusable.sentence), desk))
            return
        if verdict.outcome is not Outcome.APPLIED or decision in TOLD_ANYWAY:
            desk.errands.spawn("say what became of a click", _explain(gesture, verdict, desk))

    return handle


def _asking(decision: Decision) -> Handler:
    async def handle(gesture: Press, desk: Desk) -> None:
        desk.errands.spawn("open a dialog", open_for(gesture, decision, desk))

    return handle


async def _more(gesture: Press, desk: Desk) -> None:
    """The overflow: its option names the decision and the card's token."""
    word, _, token = gesture.value.partition(":")
    if word in HANDLERS and word != "more":
        await HANDLERS[word](replace(gesture, action=word, value=token), desk)


async def _describe(gesture: Press, desk: Desk) -> None:
    desk.errands.spawn("open a dialog", open_describe(gesture, desk))


async def _resume(gesture: Press, desk: Desk) -> None:
    desk.errands.spawn("end a pause", _resume_and_say(gesture, desk))


async def _resume_and_say(gesture: Press, desk: Desk) -> None:
    """End the pause that the notice tells of; the person reads what became of it."""
    try:
        known = await know(gesture.actor, desk, Right.PAUSE)
        where, pause = known.installed.workspace_id, _id(gesture.value)
        sentence = await resume_from_notice(desk.database, desk.hint, where, known.member.id, pause)
    except Refused as refused:
        sentence = refused.sentence
    await tell(gesture, render_words(sentence), desk)


async def _reconnect(gesture: Press, desk: Desk) -> None:
    desk.errands.spawn("give the link to connect again", _connect_again(gesture, desk))


async def _connect_again(gesture: Press, desk: Desk) -> None:
    """The link that /amarktai connect gives, to the one who pressed; from the App Home it comes as a direct message."""
    try:
        known = await know(gesture.actor, desk, Right.CONNECT)
        asker = Asker(known.installed.workspace_id, known.member, private=True)
        answer = await ask("connect", gesture.value, asker, desk.talk)
    except Refused as refused:
        answer = Words(refused.sentence)
    message = render_doors(answer.text, answer.links) if isinstance(answer, Doors) else _words(answer)
    if gesture.chat is not None:
        await tell(gesture, message, desk)
        return
    client = await desk.client(gesture.actor.team)
    await client.chat_postMessage(channel=gesture.actor.user, text=message.text, blocks=list(message.blocks))


def _words(answer: Answer) -> SlackMessage:
    return render_words(answer.text if isinstance(answer, Words) else "Type /amarktai connect.")


def _id(value: str) -> UUID:
    """The id that a button carries. Raises `Refused` for one that we did not make."""
    try:
        return UUID(value)
    except ValueError:
        raise Refused("This button is not known any more, so nothing happened.") from None


async def _explain(gesture: Press, verdict: Verdict, desk: Desk) -> None:
    """Tell the person what became of the click, who was first and when, on the wall of the web app's zone."""
    try:
        sentence = await _sentence(gesture, verdict, desk)
    except Refused as refused:
        sentence = refused.sentence
    await tell(gesture, render_words(sentence), desk)


async def _sentence(gesture: Press, verdict: Verdict, desk: Desk) -> str:
    installed = await desk.installed(gesture.actor.team)
    if verdict.outcome is Outcome.STRANGER:
        return await stranger(installed, desk)
    if verdict.first_at is None:  # it names nobody, and whoever may not even look is told why it came to nothing, too
        return say(verdict, "")
    known = await know(gesture.actor, desk)
    dialog = await open_dialog(gesture.value, desk.deciding)
    return say(verdict, known.member.name, dialog.view.zone if dialog else "UTC")


async def _nothing(gesture: Press, desk: Desk) -> None:
    """A button that only opens an address."""


HANDLERS: dict[str, Handler] = {
    **{decision.value: _at_once(decision) for decision in AT_ONCE},
    **{decision.value: _asking(decision) for decision in ASKING},
    DESCRIBE: _describe,
    RESUME: _resume,
    RECONNECT: _reconnect,
    "more": _more,
    "open": _nothing,
}
