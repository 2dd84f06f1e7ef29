"""Somebody replies to a question of ours: a new text, a reason, a direction, a link, a description."""

from collections.abc import Callable
from uuid import UUID

from bot.cards import DESCRIBE, REGENERATE_CHIPS, REJECT_CHIPS, chip_or_words, say
from bot.orders import described
from bot.telegram.actions import who_and_zone
from bot.telegram.edge import SOURCE, Edge
from bot.telegram.updates import Wrote
from domain.decision import Decision, Outcome
from domain.errors import Refused
from pipeline.decide import Brought, Click, Unusable, decide
from pipeline.web_apps import describe_web_app
from storage import prompts
from storage.prompts import Prompt

NO_WORDS = "-"
"""A reply that says: without a reason, without a direction."""

NOT_YOURS = "This question was put to somebody else, so nothing happened. Press the button on the card to be asked."
OVER = "This question was answered already, or is older than half an hour. Press the button on the card again."
ONLY_TEXT = "I can only read text. Reply to my question with text."
ONLY_FILES = "Reply to my question with files: attach them to your reply, and describe them in the caption."


def _words(chips: tuple[str, ...]) -> Callable[[str], Brought]:
    return lambda text: Brought(reason=None if text.strip() == NO_WORDS else chip_or_words(chips, text))


BRINGS: dict[Decision, Callable[[str], Brought]] = {
    Decision.EDIT: lambda text: Brought(text=text),
    Decision.REGENERATE: _words(REGENERATE_CHIPS),
    Decision.REJECT: _words(REJECT_CHIPS),
    Decision.LIVE: lambda text: Brought(link=text.strip()),
}
"""What a reply means, by what was asked."""


async def reply(wrote: Wrote, edge: Edge) -> bool:
    """Take the reply to a question. False when the message answers none: then it is something else."""
    if wrote.reply_to is None:
        return False
    workspace_id = await edge.workspace_of(wrote.chat.id)
    if workspace_id is None:
        return False
    async with edge.database.transaction(workspace_id) as tx:
        prompt = await prompts.get(tx, wrote.chat.id, wrote.reply_to)
    if prompt is None:
        return False
    try:
        sentence = await _answer(wrote, wrote.reply_to, prompt, workspace_id, edge)
    except (Refused, Unusable) as no:
        sentence = no.sentence
    await edge.say(wrote.chat.id, sentence, reply_to=wrote.message)
    return True


async def _answer(wrote: Wrote, question: str, prompt: Prompt, workspace_id: UUID, edge: Edge) -> str:
    """What came of the reply, in words. Raises `Refused` or `Unusable`; then the question stays open."""
    if prompt.user_ref != wrote.person.id:
        raise Refused(NOT_YOURS)
    if not prompt.is_open:
        raise Refused(OVER)
    if prompt.decision == Decision.MEDIA:
        raise Refused(ONLY_FILES)
    if not wrote.text.strip():
        raise Refused(ONLY_TEXT)
    if prompt.decision == DESCRIBE:
        sentence = await _described(wrote, prompt, workspace_id, edge)
    else:
        sentence = await _decided(wrote, question, prompt, edge)
    async with edge.database.transaction(workspace_id) as tx:
        await prompts.close(tx, wrote.chat.id, question)
    return sentence


async def _decided(wrote: Wrote, question: str, prompt: Prompt, edge: Edge) -> str:
    """Decide, as from a dialog: a checked press has asked. The question names the delivery, so two replies count once."""
    decision = Decision(prompt.decision)
    click = Click(
        event_key=f"reply:{wrote.chat.id}:{question}",
        surface=SOURCE,
        team="",
        user=wrote.person.id,
        token=prompt.token,
    )
    verdict = await decide(click, decision, edge.deciding, BRINGS[decision](wrote.text))
    if verdict.outcome is Outcome.REPLAY:
        return OVER
    who, zone = await who_and_zone(verdict, prompt.token, wrote.person.id, edge)
    return say(verdict, who, zone)


async def _described(wrote: Wrote, prompt: Prompt, workspace_id: UUID, edge: Edge) -> str:
    member = await edge.member_of(workspace_id, wrote.person.id)
    if member is None:
        raise Refused("You are not a member of this workspace any more, so nothing happened.")
    app_id = UUID(prompt.token)
    app = await describe_web_app(edge.database, edge.hint, workspace_id, member.id, app_id, wrote.text)
    return described(app.name)
