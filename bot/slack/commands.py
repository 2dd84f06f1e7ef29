"""Slash commands: what was typed becomes one of the commands of every chat, and its answer becomes a message."""

import asyncio
import re
from typing import Any

import structlog

from bot.answers import Answer, Apps, Asker, Doors, Figures, Help, Meant, People, Queue, Words
from bot.commands import COMMANDS, ask
from bot.slack import channels
from bot.slack.blocks import stamp
from bot.slack.desk import TROUBLE, Desk, Known, as_body, know, tell
from bot.slack.guests import meant_by
from bot.slack.payloads import Typed
from bot.slack.render import (
    SlackMessage,
    escape,
    render_analytics,
    render_apps,
    render_doors,
    render_help,
    render_people,
    render_queue,
    render_words,
)
from bot.slack.single import adopt
from bot.slack.surface import uploaded
from domain.errors import Refused
from domain.roles import Right, may
from storage import inbox

log = structlog.get_logger(__name__)

FIRST_WORD_WITHIN = 2.0
"""Slack waits three seconds; who needs longer is told to wait, and answers later."""

HERE = "here"
HERE_HELP = ("/amarktai here", "let the cards come to this channel")

_MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")
_LINK = re.compile(r"<((?:https?://|mailto:)[^|>]+)(?:\|[^>]*)?>")


async def command(typed: Typed, desk: Desk) -> dict[str, Any]:
    """What Slack is answered within three seconds; a longer answer follows where the person is."""
    if not await inbox.first_time(desk.database, "slack", typed.key):
        return as_body(render_words("This command arrived twice. It was carried out once."))
    running = asyncio.create_task(_answered(typed, desk))
    done, _ = await asyncio.wait({running}, timeout=FIRST_WORD_WITHIN)
    if done:
        return as_body(running.result())
    desk.errands.spawn("answer a command", _later(typed, running, desk))
    return as_body(render_words("One moment …"))


async def _later(typed: Typed, running: "asyncio.Task[SlackMessage]", desk: Desk) -> None:
    await tell(typed, await running, desk)


async def _answered(typed: Typed, desk: Desk) -> SlackMessage:
    """The answer, whatever happens: a refusal is an answer too."""
    try:
        return await _run(typed, desk)
    except Refused as refused:
        return render_words(refused.sentence)
    except Exception:  # the person typed something and must read something
        log.exception("a command failed", command=typed.command)
        return render_words(TROUBLE)


async def _run(typed: Typed, desk: Desk) -> SlackMessage:
    await adopt(typed.actor, desk)
    known = await know(typed.actor, desk)
    name, words = words_of(typed.command, typed.text)
    if name == HERE:
        return await channels.here(typed, await know(typed.actor, desk, Right.CONNECT), desk)
    asker = Asker(known.installed.workspace_id, known.member, private=True)
    meant = await _meant(name, words, known, desk)
    return _render(await ask(name, _MENTION.sub("", words), asker, desk.talk, meant), typed, known, desk)


def words_of(command: str, text: str) -> tuple[str, str]:
    """The command (a key of `COMMANDS`, or one that there is not) and the words behind it."""
    if command == "/analytics":
        return "analytics", text.strip()
    plain = _LINK.sub(r"\1", text).replace("&amp;", "&").strip() or "help"
    first, _, rest = plain.partition(" ")
    return first.casefold(), rest.strip()


async def _meant(name: str, words: str, known: Known, desk: Desk) -> Meant | None:
    """Whom a mention names, if the command is about people. Raises `Refused` for a guest who is to get a role."""
    mention = _MENTION.search(words) if name == "people" else None
    if mention is None:
        return None
    return await meant_by(mention[1], known.installed, desk, strictly=words.split(maxsplit=1)[0].casefold() == "grant")


def _render(answer: Answer, typed: Typed, known: Known, desk: Desk) -> SlackMessage:
    match answer:
        case Words(text):
            return render_words(text)
        case Doors(text, links):
            return render_doors(text, links)
        case Queue(views, budgets):
            return render_queue(views, budgets)
        case Apps(apps):
            return render_apps(apps)
        case People(people):
            return render_people(people)
        case Help(view):
            return render_help(view, help_lines(known))
        case Figures(view, _):
            if view.rows:
                desk.errands.spawn("draw a chart", _chart(answer, typed, known, desk))
            return render_analytics(view)


def help_lines(known: Known) -> tuple[tuple[str, str], ...]:
    """What this person may ask, each with what it does."""
    lines = [
        ("/analytics" if name == "analytics" else f"/amarktai {name.replace('_', ' ')}", one)
        for name, one in COMMANDS.items()
        if may(known.member.role, one.right)
    ]
    here = (HERE_HELP,) if may(known.member.role, Right.CONNECT) else ()
    return (*((f"{typed} {one.usage}".strip(), one.what) for typed, one in lines), *here)


async def _chart(figures: Figures, typed: Typed, known: Known, desk: Desk) -> None:
    """Draw, upload, show. The figures stand there already, so a chart that fails is only missing."""
    picture = await figures.chart()
    alt = figures.view.chart_alt or "A chart of these figures"
    file_id = await uploaded(desk.http.client(known.installed.token), picture, "figures.png", alt)
    if file_id is not None:
        image = {"type": "image", "slack_file": {"id": file_id}, "alt_text": alt}
        await tell(typed, SlackMessage(escape(alt), stamp([image], "chart")), desk)
