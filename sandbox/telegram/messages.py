"""The messages of the Telegram twin: kept with every earlier version, and told to whoever looks."""

from typing import Any

from sandbox.telegram import entities as markup
from sandbox.telegram.places import BOT, chat_body
from sandbox.telegram.refusals import Refused
from sandbox.telegram.twin import Telegram

KIND = "telegram.message"
CONTENT = ("text", "entities", "photo", "caption", "caption_entities", "reply_markup")


def find(twin: Telegram, chat_id: int, message_id: int, refusal: str) -> dict[str, Any]:
    """The kept message. Raises `refusal` when there is none, or none any more."""
    found = twin.world.state.get(KIND, f"{chat_id}:{message_id}")
    if found is None or found["deleted"]:
        raise Refused(refusal)
    return found


def of_chat(twin: Telegram, chat_id: int) -> list[dict[str, Any]]:
    """Every message of a chat, deleted ones too, oldest first."""
    return [found for found in twin.world.state.all(KIND) if found["chat"] == chat_id]


def write(
    twin: Telegram, chat: dict[str, Any], sender: dict[str, Any], content: dict[str, Any], reply_to: int | None = None
) -> dict[str, Any]:
    """Keep a new message of the bot or of a person; gives the kept document, the Bot API's object under "message"."""
    message_id = twin.world.state.next(f"telegram.message {chat['id']}")
    message = {
        "message_id": message_id,
        "from": sender,
        "chat": chat_body(chat),
        "date": int(twin.world.now()),
        **content,
    }
    if reply_to is not None:
        original = find(twin, chat["id"], reply_to, "reply_not_found")
        message["reply_to_message"] = {
            name: value for name, value in original["message"].items() if name != "reply_to_message"
        }
    document = {"chat": chat["id"], "message_id": message_id, "message": message, "history": [], "deleted": False}
    return _keep(twin, {**document, "own": sender["id"] == BOT["id"]}, "message")


def rewrite(twin: Telegram, document: dict[str, Any], content: dict[str, Any]) -> dict[str, Any]:
    """Give a message of the bot new content. Raises not_modified."""
    message = document["message"]
    before = {name: message[name] for name in CONTENT if name in message}
    if before == content:
        raise Refused("not_modified")
    document["history"] = [*document["history"], {**before, "until": twin.world.now()}]
    kept = {name: value for name, value in message.items() if name not in CONTENT}
    document["message"] = {**kept, **content, "edit_date": int(twin.world.now())}
    return _keep(twin, document, "edit")


def remove(twin: Telegram, document: dict[str, Any]) -> None:
    """Delete a message: it stays in the books, and nobody sees it any more."""
    document["deleted"] = True
    twin.world.state.put(KIND, f"{document['chat']}:{document['message_id']}", document)
    twin.world.ledger.accept("telegram", "delete", str(document["chat"]), str(document["message_id"]), {})
    _show(twin, document, "deleted")


def words(message: dict[str, Any]) -> str:
    """The text or caption."""
    return str(message.get("text") or message.get("caption") or "")


def _keep(twin: Telegram, document: dict[str, Any], effect: str) -> dict[str, Any]:
    message = document["message"]
    found = message.get("entities") or message.get("caption_entities") or []
    document["pings"] = markup.pings_of(words(message), found)
    document["links"] = markup.links_of(words(message), found)
    twin.world.state.put(KIND, f"{document['chat']}:{document['message_id']}", document)
    if document["own"]:
        payload = {name: message[name] for name in CONTENT if name in message} | {"pings": document["pings"]}
        account, rid = str(document["chat"]), str(document["message_id"])
        twin.world.ledger.accept("telegram", effect, account, rid, payload)
    _show(twin, document, effect)
    return document


def _show(twin: Telegram, document: dict[str, Any], effect: str) -> None:
    message = document["message"]
    sight = {"chat": document["chat"], "message_id": document["message_id"], "own": document["own"]}
    twin.eyes.show(kind=effect, text=words(message), **sight)
    twin.tell("message", effect=effect, **sight)
