"""What people do in Telegram besides writing: press a button, block, kick. Each gesture ends with what the person saw."""

import asyncio
import secrets
import time
from typing import Any

from sandbox.chats import Sight
from sandbox.people import BY_TELEGRAM, Person
from sandbox.telegram import keyboards, messages, places
from sandbox.telegram.methods import QUERIES
from sandbox.telegram.refusals import Refused
from sandbox.telegram.twin import Telegram
from sandbox.telegram.updates import Delivered

PATIENCE = 3.0
Wish = dict[str, Any]
Outcome = dict[str, Any]


class Impossible(Exception):
    """A person could not do this; the message says why."""


async def click(twin: Telegram, wish: Wish) -> Outcome:
    """A person presses an inline button, named by its data or its text; old data too, as a slow client would."""
    person = who(wish)
    chat = place(twin, person, wish)
    message_id = int(wish.get("message_id") or 0)
    document = twin.world.state.get(messages.KIND, f"{chat['id']}:{message_id}")
    if document is None:
        raise Impossible(f"There is no message {message_id} in {chat['id']}.")
    data = _data(document, wish)
    times = max(1, min(20, int(wish.get("times") or 1)))
    queries = [_query(twin, person, document, data) for _ in range(times)]
    numbers = {query["id"] for query in queries}

    def wanted(sight: Sight) -> bool:
        return sight.get("query") in numbers

    with twin.eyes.watching(wanted) as watch:
        started = time.monotonic()
        firsts = [twin.updates.put(f"user:{person.telegram_id}", "callback_query", query) for query in queries]
        told = [await first_outcome(first, patience_of(wish)) for first in firsts]
        seen = await watch.settle(max(0.0, patience_of(wish) - (time.monotonic() - started)))
    shown = [sight["text"] for sight in seen if sight["text"]]
    alert = any(sight["alert"] for sight in seen)
    return {"ok": True, **told[0], "answered": bool(seen), "alert": alert, "shown": shown}


async def migrate(twin: Telegram, wish: Wish) -> Outcome:
    """A group becomes a supergroup: a new id, new message numbers, a service message on both sides."""
    old = _group(twin, wish)
    if old["type"] != "group" or old["migrated_to"]:
        raise Impossible("Only a plain group that has not moved yet can become a supergroup.")
    number = int(wish.get("to") or -(1_000_000_000_000 + 500_000 + twin.world.state.next("telegram.supergroup")))
    new = {**old, "id": number, "type": "supergroup"}
    places.keep(twin.world.state, new)
    owner = places.user_body(BY_TELEGRAM[places.OWNER])
    leaving = messages.write(twin, old, owner, {"migrate_to_chat_id": number})
    places.keep(twin.world.state, {**old, "migrated_to": number})
    coming = messages.write(twin, new, owner, {"migrate_from_chat_id": old["id"]})
    first = twin.updates.put(f"chat:{old['id']}", "message", leaving["message"])
    twin.updates.put(f"chat:{number}", "message", coming["message"])
    twin.tell("chat", chat=number)
    return {"ok": True, "chat": number, **await first_outcome(first, patience_of(wish)), "shown": []}


async def block(twin: Telegram, wish: Wish) -> Outcome:
    """A person blocks the bot, or lets it in again with "unblock"."""
    person = who(wish)
    chat = places.chat_of(twin.world.state, str(person.telegram_id))
    blocked = not wish.get("unblock")
    places.keep(twin.world.state, {**chat, "blocked": blocked})
    before, after = ("member", "kicked") if blocked else ("kicked", "member")
    return await _standing(twin, wish, chat, person, before, after)


async def kick(twin: Telegram, wish: Wish) -> Outcome:
    """Somebody (the owner, unless told) removes the bot from a group."""
    chat = _group(twin, wish)
    places.keep(twin.world.state, {**chat, "bot": "kicked"})
    return await _standing(twin, wish, chat, _actor(wish), chat["bot"], "kicked")


async def add(twin: Telegram, wish: Wish) -> Outcome:
    """Somebody adds the bot to a group."""
    chat = _group(twin, wish)
    places.keep(twin.world.state, {**chat, "bot": "member"})
    return await _standing(twin, wish, chat, _actor(wish), chat["bot"], "member")


def who(wish: Wish) -> Person:
    """The person who acts."""
    asked = str(wish.get("user"))
    person = BY_TELEGRAM.get(int(asked)) if asked.isdecimal() else None
    if person is None:
        raise Impossible(f"There is nobody called {asked!r}; choose one of {', '.join(map(str, BY_TELEGRAM))}.")
    return person


def _actor(wish: Wish) -> Person:
    return who(wish) if wish.get("user") else BY_TELEGRAM[places.OWNER]


async def _standing(
    twin: Telegram, wish: Wish, chat: dict[str, Any], person: Person, before: str, after: str
) -> Outcome:
    change = {
        "chat": places.chat_body(chat),
        "from": places.user_body(person),
        "date": int(twin.world.now()),
        "old_chat_member": places.bot_member(before),
        "new_chat_member": places.bot_member(after),
    }
    first = twin.updates.put(f"chat:{chat['id']}", "my_chat_member", change)
    twin.tell("chat", chat=chat["id"])
    return {"ok": True, **await first_outcome(first, patience_of(wish)), "shown": []}


def _query(twin: Telegram, person: Person, document: dict[str, Any], data: str) -> dict[str, Any]:
    number = str(secrets.randbelow(9 * 10**18) + 10**18)
    kept = {"id": number, "at": twin.world.now(), "answered": False, "user": person.telegram_id}
    twin.world.state.put(QUERIES, number, {**kept, "chat": document["chat"], "message_id": document["message_id"]})
    message = document["message"]
    if document["deleted"]:
        message = {"chat": message["chat"], "message_id": document["message_id"], "date": 0}
    return {
        "id": number,
        "from": places.user_body(person),
        "message": message,
        "chat_instance": str(abs(document["chat"]) * 7919),
        "data": data,
    }


def _data(document: dict[str, Any], wish: Wish) -> str:
    """The data of the pressed button: as given, or found by its text in the message or its history."""
    if wish.get("data"):
        return str(wish["data"])
    versions = [document["message"], *reversed(document["history"])]
    for version in versions:
        for button in keyboards.buttons(version.get("reply_markup")):
            if button["text"] == wish.get("text") and "callback_data" in button:
                return str(button["callback_data"])
    raise Impossible(f"The message has no button {wish.get('text')!r}.")


def place(twin: Telegram, person: Person, wish: Wish) -> dict[str, Any]:
    """The chat, if the person is in it and can act there."""
    try:
        chat = places.chat_of(twin.world.state, str(wish.get("chat") or person.telegram_id))
    except Refused as refused:
        raise Impossible(f"There is no chat {wish.get('chat')!r} any more: {refused.row.when}.") from refused
    if person.telegram_id not in chat["members"]:
        raise Impossible(f"{person.name} is not in the chat {chat['id']}.")
    if chat.get("blocked"):
        raise Impossible(f"{person.name} has blocked the bot; unblock it first.")
    return chat


def _group(twin: Telegram, wish: Wish) -> dict[str, Any]:
    chat = twin.world.state.get(places.KIND, str(wish.get("chat")))
    if chat is None or chat["type"] == "private":
        raise Impossible(f"There is no group {wish.get('chat')!r}.")
    return chat


async def first_outcome(first: "asyncio.Future[Delivered] | None", patience: float) -> Outcome:
    """How the first delivery went, as far as it is known within the patience."""
    if first is None:
        return {"delivered": False, "via": "not subscribed", "http_status": None, "ack": None}
    try:
        told = await asyncio.wait_for(asyncio.shield(first), patience)
    except TimeoutError:
        return {"delivered": False, "via": "waiting", "http_status": None, "ack": None}
    return {"delivered": told.via != "none", "via": told.via, "http_status": told.http_status, "ack": told.ack}


def patience_of(wish: Wish) -> float:
    wait = wish.get("wait", PATIENCE)
    return float(wait) if isinstance(wait, int | float) and 0 <= wait <= 60 else PATIENCE
