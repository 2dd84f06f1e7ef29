"""What people can ask for in words: one table for every chat, with the right that each command needs."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot import belonging, looks, orders
from bot.answers import Answer, Asker, Desk, Meant, Words
from bot.naming import nearest
from domain.errors import Refused
from domain.roles import Right, may
from pipeline.people import require

Run = Callable[[str, Asker, Desk], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Command:
    """`secret`: the answer is for the asker's eyes only. `what` is one line for lists."""

    run: Run | None
    right: Right
    what: str
    usage: str = ""
    secret: bool = False


COMMANDS: dict[str, Command] = {
    "batch": Command(orders.batch, Right.DECIDE, "make or finish today's posts", "[now] [app]"),
    "queue": Command(looks.queue, Right.LOOK, "what waits and what goes out when"),
    "analytics": Command(looks.analytics, Right.LOOK, "figures with a chart", "[24h|7d|30d] [app] [platform]"),
    "apps": Command(looks.apps, Right.LOOK, "the web apps we promote and their accounts"),
    "add": Command(orders.add, Right.CONNECT, "promote another web app", "<address> [name]"),
    "remove": Command(orders.remove, Right.CONNECT, "promote a web app no more", "<app>"),
    "describe": Command(orders.describe, Right.DECIDE, "say in words what a web app is", "<app> <text>"),
    "slots": Command(orders.slots, Right.CONNECT, "when posts go out", "[app] [09:00 14:30 …]"),
    "zone": Command(orders.zone, Right.CONNECT, "a web app's time zone", "[app] [Europe/Berlin]"),
    "budget": Command(orders.budget, Right.LOOK, "what posts may cost a month; owners set it", "[x 20|x none]"),
    "connect": Command(
        belonging.connect, Right.CONNECT, "connect an account", "[x|linkedin|facebook|…|slack]", secret=True
    ),
    "disconnect": Command(belonging.disconnect, Right.CONNECT, "take an account away", "<account>"),
    "people": Command(None, Right.LOOK, "who may decide; owners grant and revoke roles", "[grant|revoke <who> <role>]"),
    "pause": Command(orders.pause, Right.PAUSE, "hold everything of a web app or an account", "[app|account]"),
    "resume": Command(orders.resume, Right.PAUSE, "let it go on", "[app|account]"),
    "stop_everything": Command(orders.stop_everything, Right.PAUSE, "hold everything there is"),
    "link": Command(belonging.link, Right.LOOK, "a one-time code for Telegram", "[group]", secret=True),
    "help": Command(looks.help_, Right.LOOK, "this list"),
}
"""`people` alone is asked with whom the chat itself named; every other command takes words only."""

STOP, EVERYTHING = "stop", frozenset({"everything", "all"})
HOW_TO_STOP = "“stop everything” holds everything there is. To hold one web app, write “pause” and its name."

IN_PRIVATE = "That answer is for your eyes only. Write it to me in a private chat."


async def ask(name: str, words: str, asker: Asker, desk: Desk, meant: Meant | None = None) -> Answer:
    """Answer the command `name` (a key of `COMMANDS`) with the words behind it. A refusal comes back as words, too."""
    if name == STOP:
        first = words.casefold().split()[:1]
        if first and first[0].strip("!.,") not in EVERYTHING:
            return Words(HOW_TO_STOP)
        name, words = "stop_everything", ""
    command = COMMANDS.get(name)
    if command is None:
        return Words(unknown(name))
    try:
        if not may(asker.member.role, command.right):
            async with desk.database.transaction(asker.workspace_id) as tx:
                await require(tx, asker.member.id, command.right)
        if command.secret and not asker.private:
            return Words(IN_PRIVATE)
        if command.run is None:
            return await belonging.people(words, asker, desk, meant)
        return await command.run(words, asker, desk)
    except Refused as refused:
        return Words(refused.sentence)


def unknown(name: str) -> str:
    """What is said to a command that there is not, with the one that may have been meant."""
    meant = nearest(name, list(COMMANDS))
    guess = f" Did you mean “{meant}”?" if meant else ""
    return f"There is no command “{name[:40]}”.{guess} “help” lists what there is."
