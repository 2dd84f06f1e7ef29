"""How people and chats come and go: /start, groups that join, a bot that is thrown out or let in again."""

from bot.telegram.edge import Edge
from bot.telegram.updates import PRIVATE, Standing, Wrote
from domain.card import Surface
from domain.errors import Refused
from pipeline.chats import chat_back, chat_gone, chat_of
from pipeline.links import link_telegram_group, link_telegram_person
from pipeline.workspaces import begin_telegram_workspace

FIRST_STEPS = (
    "Tell me what to promote: /add and the address of your web app. Then /connect an account, and say /batch now."
)
HOW_A_GROUP_JOINS = (
    "This group belongs to no workspace yet. A member writes /link group to me in a private chat "
    "and sends here what I answer; then the cards come here."
)


async def start(wrote: Wrote, code: str, edge: Edge) -> None:
    """`/start` and `/start CODE`, in private and in groups."""
    try:
        sentence = await (_start_private if wrote.chat.kind == PRIVATE else _start_group)(wrote, code, edge)
    except Refused as refused:
        sentence = refused.sentence
    await edge.say(wrote.chat.id, sentence, reply_to=wrote.message)


async def _start_private(wrote: Wrote, code: str, edge: Edge) -> str:
    if code:
        return await _link_person(wrote, code, edge)
    person = wrote.person
    begun = await begin_telegram_workspace(
        edge.database, user_ref=person.id, user_name=person.name, chat_ref=wrote.chat.id, title=person.name
    )
    if begun.is_new:
        return f"Welcome, {person.name}. You own a new workspace, and its cards come to this chat. {FIRST_STEPS}"
    member = await edge.member_of(begun.workspace_id, person.id)
    if member is None or member.role is None:
        return "You may not look or decide here. Ask an owner of the workspace to grant you a role."
    return f"You are {member.name} here. /queue shows what waits, /help what you can ask."


async def _link_person(wrote: Wrote, code: str, edge: Edge) -> str:
    person = wrote.person
    _, member = await link_telegram_person(
        edge.database, edge.hint, code, user_ref=person.id, display_name=person.name, chat_ref=wrote.chat.id
    )
    return (
        f"You answer as {member.name} here from now on, and the cards come to this chat. /help shows what you can ask."
    )


async def _start_group(wrote: Wrote, code: str, edge: Edge) -> str:
    if not code:
        known = await edge.workspace_of(wrote.chat.id)
        return "The cards come to this group. /help shows what you can ask." if known else HOW_A_GROUP_JOINS
    chat = await link_telegram_group(edge.database, edge.hint, code, chat_ref=wrote.chat.id, title=wrote.chat.title)
    return f"The cards come to “{chat.title}” from now on. Being here lets nobody decide; members with the role do."


async def standing(change: Standing, edge: Edge) -> None:
    """The bot was blocked, thrown out, or let in again. An owner reads of a loss in another chat."""
    place = change.chat
    workspace_id = await edge.workspace_of(place.id)
    chat = await chat_of(edge.database, workspace_id, Surface.TELEGRAM, place.id) if workspace_id else None
    if workspace_id is None or chat is None:
        if change.present and place.kind != PRIVATE:
            await edge.say(place.id, HOW_A_GROUP_JOINS)
        return
    if change.present:
        await chat_back(edge.database, edge.hint, workspace_id, chat.id)
        return
    if place.kind == PRIVATE:
        reason = f"{change.person.name} blocked the bot in Telegram."
    else:
        reason = f"{change.person.name} removed the bot from the Telegram group “{place.title}”."
    await chat_gone(edge.database, edge.hint, workspace_id, chat.id, reason)
