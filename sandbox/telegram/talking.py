"""People write, send files and forward. Each gesture ends with what the bot then wrote."""

import secrets
import time
from typing import Any

from sandbox.chats import Sight
from sandbox.people import Person
from sandbox.telegram import attachments, gestures, messages, places
from sandbox.telegram.entities import detected, slice_units
from sandbox.telegram.gestures import Impossible, Outcome, Wish
from sandbox.telegram.refusals import Refused
from sandbox.telegram.twin import Telegram

LEFT = ("message_id", "from", "chat", "date", "edit_date", "reply_to_message", "reply_markup", "forward_origin")
"""What a forwarded copy does not take over."""


async def send(twin: Telegram, wish: Wish) -> Outcome:
    """A person writes, or sends files. In a group the bot sees commands, replies to it and mentions only (privacy mode)."""
    person = gestures.who(wish)
    chat = gestures.place(twin, person, wish)
    try:
        contents = attachments.contents(twin.world, wish) if wish.get("files") else [_text(wish)]
    except attachments.Unsendable as reason:
        raise Impossible(str(reason)) from reason
    return await _put(twin, person, chat, contents, wish)


async def forward(twin: Telegram, wish: Wish) -> Outcome:
    """Forward `message_ids` of `from_chat` to `chat`. An album stays one, under a new number."""
    person = gestures.who(wish)
    chat = gestures.place(twin, person, wish)
    source = gestures.place(twin, person, {"chat": wish.get("from_chat")})
    numbers = wish.get("message_ids")
    if not isinstance(numbers, list) or not numbers:
        raise Impossible("message_ids names the messages, such as [3, 4].")
    albums: dict[str, str] = {}
    contents = [_copy(twin, source["id"], int(number), albums) for number in numbers]
    return await _put(twin, person, chat, contents, {**wish, "reply_to_message_id": None})


def _copy(twin: Telegram, chat: int, number: int, albums: dict[str, str]) -> dict[str, Any]:
    found = twin.world.state.get(messages.KIND, f"{chat}:{number}")
    if found is None or found["deleted"]:
        raise Impossible(f"There is no message {number} in {chat}.")
    original = found["message"]
    content = {name: value for name, value in original.items() if name not in LEFT}
    if "media_group_id" in content:
        fresh = str(secrets.randbelow(10**17) + 10**17)
        content["media_group_id"] = albums.setdefault(content["media_group_id"], fresh)
    sender = original["from"]
    origin = {"type": "user", "sender_user": sender, "date": original["date"]}
    return {**content, "forward_origin": original.get("forward_origin", origin)}


def _text(wish: Wish) -> dict[str, Any]:
    text = str(wish.get("text") or "").strip()
    if not text:
        raise Impossible("An empty message cannot be sent.")
    entities = detected(text, [])
    return {"text": text, **({"entities": entities} if entities else {})}


async def _put(
    twin: Telegram, person: Person, chat: dict[str, Any], contents: list[dict[str, Any]], wish: Wish
) -> Outcome:
    """A person's messages come to lie in a chat, and the bot hears of those that it may see, in the order of `order`."""
    reply_to = wish.get("reply_to_message_id")
    try:
        sender, original = places.user_body(person), int(reply_to) if reply_to else None
        written = [messages.write(twin, chat, sender, content, original) for content in contents]
    except Refused as refused:
        raise Impossible(f"There is no message {reply_to} to reply to.") from refused
    if chat["type"] == "private" and not chat["started"]:
        chat = {**chat, "started": True}
        places.keep(twin.world.state, chat)
    numbers = [document["message_id"] for document in written]
    outcome: Outcome = {"ok": True, "message_id": numbers[0], "message_ids": numbers}
    told = [document["message"] for document in _ordered(written, wish) if _bot_sees(chat, document["message"])]
    if not told:
        return {**outcome, "delivered": False, "http_status": None, "ack": None, "shown": [], "messages": []}
    return {**outcome, **await _deliver(twin, chat, told, gestures.patience_of(wish))}


async def _deliver(twin: Telegram, chat: dict[str, Any], told: list[dict[str, Any]], patience: float) -> Outcome:
    """Tell the bot, and watch what it then writes there. How the last delivery went tells of all: they go in order."""

    def wanted(sight: Sight) -> bool:
        return bool(sight.get("own")) and sight.get("chat") == chat["id"]

    with twin.eyes.watching(wanted) as watch:
        firsts = [twin.updates.put(f"chat:{chat['id']}", "message", message) for message in told]
        started = time.monotonic()
        went = await gestures.first_outcome(firsts[-1], patience)
        seen = await watch.settle(max(0.0, patience - (time.monotonic() - started)))
    return {**went, "shown": [sight["text"] for sight in seen], "messages": _changed(seen)}


def _ordered(written: list[dict[str, Any]], wish: Wish) -> list[dict[str, Any]]:
    """As written, or as `order` says: an album's parts may reach a bot in any."""
    order = wish.get("order") or list(range(len(written)))
    if not isinstance(order, list) or sorted(map(str, order)) != sorted(map(str, range(len(written)))):
        raise Impossible("order names each part of the album once, from 0.")
    return [written[int(place)] for place in order]


def _bot_sees(chat: dict[str, Any], message: dict[str, Any]) -> bool:
    if chat["bot"] != "member":
        return False
    if chat["type"] == "private":
        return True
    if message.get("reply_to_message", {}).get("from", {}).get("id") == places.BOT["id"]:
        return True
    name = f"@{places.BOT['username']}".lower()
    for entity in message.get("entities") or message.get("caption_entities") or []:
        piece = slice_units(messages.words(message), entity["offset"], entity["length"]).lower()
        if entity["type"] == "bot_command" and ("@" not in piece or piece.endswith(name)):
            return True
        if entity["type"] == "mention" and piece == name:
            return True
    return False


def _changed(seen: list[Sight]) -> list[dict[str, Any]]:
    return [{"message_id": sight["message_id"], "effect": sight["kind"], "text": sight["text"]} for sight in seen]
