"""Somebody types a command. What it does stands in bot.commands; here it is read, and its answer laid out."""

import re

from bot.answers import Answer, Apps, Asker, Doors, Figures, Help, Meant, People, Queue, Words
from bot.commands import COMMANDS, ask
from bot.telegram import joining
from bot.telegram.edge import Edge
from bot.telegram.html import BREAK, Html, tag, words
from bot.telegram.render import (
    Button,
    TelegramMessage,
    render_analytics,
    render_apps,
    render_help,
    render_people,
    render_queue,
    render_words,
)
from bot.telegram.updates import PRIVATE, Wrote
from bot.words import is_public, safe_link
from domain.card import Surface

_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@([A-Za-z0-9_]{1,64}))?(?:\s+(.*))?", re.DOTALL)

STRANGER = (
    "You are not a member of this workspace, so nothing happened. Ask its owner to add you: "
    "they reply to a message of yours with /people grant reviewer. "
    "If you decide in Slack already, write /amarktai link there: then you are known here too."
)
BEGIN = "We have not met yet. /start begins a workspace of your own; with a code from your team you join theirs."
ONLY_COMMANDS = "I understand commands, and replies to my questions. /help lists what you can ask."
WHERE_TO = "I do not know which post this is for. Reply with it to the card of its post."


async def typed(wrote: Wrote, edge: Edge) -> None:
    """Answer a message. In a group only commands that are meant for us are answered."""
    found = _COMMAND.fullmatch(wrote.text.strip())
    if found is None:
        if wrote.chat.kind == PRIVATE:
            await edge.say(wrote.chat.id, await _small_talk(wrote, edge), reply_to=wrote.message)
        return
    name, to, rest = found[1].lower(), found[2], (found[3] or "").strip()
    if to is not None and to.casefold() != (await edge.voice.name() or "").casefold():
        return
    joins = name == "link" and rest and rest.casefold() not in ("group", "slack") and wrote.chat.kind != PRIVATE
    if name == "start" or joins:
        await joining.start(wrote, rest, edge)
        return
    asker = await _asker(wrote, edge)
    if isinstance(asker, str):
        await edge.say(wrote.chat.id, asker, reply_to=wrote.message)
        return
    await show(await ask(name, rest, asker, edge.desk, _meant(wrote)), wrote, edge)


async def _small_talk(wrote: Wrote, edge: Edge) -> str:
    asker = await _asker(wrote, edge)
    if isinstance(asker, str):
        return asker
    return ONLY_COMMANDS if wrote.attached is None else WHERE_TO


async def _asker(wrote: Wrote, edge: Edge) -> Asker | str:
    """Who asks, or what a stranger is told. Nobody is trusted for being in the chat."""
    workspace_id = await edge.workspace_of(wrote.chat.id)
    if workspace_id is None:
        return BEGIN if wrote.chat.kind == PRIVATE else joining.HOW_A_GROUP_JOINS
    member = await edge.member_of(workspace_id, wrote.person.id)
    return Asker(workspace_id, member, wrote.chat.kind == PRIVATE) if member else STRANGER


def _meant(wrote: Wrote) -> Meant | None:
    return Meant(Surface.TELEGRAM, "", wrote.meant.id, wrote.meant.name) if wrote.meant else None


async def show(answer: Answer, wrote: Wrote, edge: Edge) -> None:
    """Lay an answer out as Telegram shows it; figures come before their chart, which takes a moment."""
    message = lay_out(answer)
    await edge.say(wrote.chat.id, message, reply_to=wrote.message)
    if isinstance(answer, Figures) and answer.view.rows:
        await edge.voice.picture(wrote.chat.id, await answer.chart(), message.photo_caption)


def lay_out(answer: Answer) -> TelegramMessage:
    """An answer as a message."""
    match answer:
        case Words():
            return render_words(answer.text)
        case Doors():
            return _doors(answer)
        case Queue():
            return render_queue(answer.views, answer.budgets)
        case Apps():
            return render_apps(answer.apps)
        case People():
            return render_people(answer.people)
        case Help():
            return render_help(answer.view)
        case Figures():
            return render_analytics(answer.view)


def _doors(doors: Doors) -> TelegramMessage:
    """Buttons that open the links. Telegram refuses buttons that lead to this machine: then the address is shown."""
    text: Html = words(doors.text)
    rows: list[tuple[Button, ...]] = []
    for label, address in doors.links:
        if safe_link(address) and is_public(address):
            rows.append((Button(label, url=address),))
        else:
            text += BREAK + words(f"{label}: ") + tag("code", address)
    return TelegramMessage(text.markup, tuple(rows))


def menu() -> tuple[tuple[str, str], ...]:
    """The commands as Telegram lists them in its menu."""
    return tuple((name, f"{command.what} {command.usage}".strip()) for name, command in COMMANDS.items())
