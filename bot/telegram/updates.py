"""What people do in Telegram, read from its updates into values. What we do not listen to is `Other`."""

from dataclasses import dataclass
from typing import Any

from bot.telegram.attached import Attached, read_attached

Json = dict[str, Any]
PRIVATE, GROUP = "private", "group"


class Malformed(Exception):
    """This is no update of Telegram's."""


@dataclass(frozen=True, slots=True)
class Person:
    """A Telegram user. `name` is what they call themselves: outside text."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Place:
    """A chat: `kind` "private" or "group"."""

    id: str
    kind: str
    title: str


@dataclass(frozen=True, slots=True)
class Pressed:
    """An inline button. The message may be too old to be shown to us; its id always comes."""

    query: str
    person: Person
    data: str
    chat: Place
    message: str


@dataclass(frozen=True, slots=True)
class Wrote:
    """A message. `text` is empty for pictures and the like; `reply_to` is the id of the message that it answers.

    `meant` is whom the message names: the writer of the message it answers, or a person mentioned without a user name.
    `replied_pictures` are Telegram's ids of the picture that it answers: a card's picture is a message of its own.
    """

    person: Person
    chat: Place
    message: str
    text: str
    reply_to: str | None
    meant: Person | None
    attached: Attached | None = None
    replied_pictures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """The bot was let in or thrown out; in a private chat: unblocked or blocked."""

    person: Person
    chat: Place
    present: bool


@dataclass(frozen=True, slots=True)
class Upgraded:
    """A group became a supergroup. Both sides are told, in any order."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Other:
    """Something that asks nothing of us."""


Gesture = Pressed | Wrote | Standing | Upgraded | Other


def update_id(update: object) -> int:
    """The number of an update. Raises `Malformed` for anything that is none."""
    number = update.get("update_id") if isinstance(update, dict) else None
    if not isinstance(number, int) or isinstance(number, bool):
        raise Malformed("no update_id")
    return number


def read_gesture(update: Json) -> Gesture:
    """The gesture behind an update. What Telegram may invent later is `Other`: refusing it would block the chat."""
    try:
        if "callback_query" in update:
            return _pressed(update["callback_query"])
        if "my_chat_member" in update:
            return _standing(update["my_chat_member"])
        if "message" in update:
            return _message(update["message"])
    except (KeyError, TypeError, ValueError, AttributeError):
        return Other()
    return Other()


def _pressed(query: Json) -> Pressed:
    message = query["message"]
    return Pressed(
        query=str(query["id"]),
        person=_person(query["from"]),
        data=str(query["data"]),
        chat=_place(message["chat"]),
        message=str(int(message["message_id"])),
    )


def _standing(change: Json) -> Standing:
    status = change["new_chat_member"]["status"]
    present = status in ("member", "administrator", "creator") or (
        status == "restricted" and bool(change["new_chat_member"].get("is_member"))
    )
    return Standing(_person(change["from"]), _place(change["chat"]), present)


def _message(message: Json) -> Gesture:
    chat = _place(message["chat"])
    if "migrate_to_chat_id" in message:
        return Upgraded(chat.id, str(int(message["migrate_to_chat_id"])))
    if "migrate_from_chat_id" in message:
        return Upgraded(str(int(message["migrate_from_chat_id"])), chat.id)
    if "from" not in message:
        return Other()  # a channel's post: nobody in particular said it
    original = message.get("reply_to_message") or {}
    reply_to = str(int(original["message_id"])) if original else None
    return Wrote(
        person=_person(message["from"]),
        chat=chat,
        message=str(int(message["message_id"])),
        text=str(message.get("text") or ""),
        reply_to=reply_to,
        meant=_mentioned(message) or _writer(original),
        attached=read_attached(message),
        replied_pictures=tuple(str(size["file_id"]) for size in original.get("photo") or ()),
    )


def _mentioned(message: Json) -> Person | None:
    users = [one["user"] for one in message.get("entities") or [] if one.get("type") == "text_mention"]
    return _person(users[0]) if users and not users[0].get("is_bot") else None


def _writer(original: Json) -> Person | None:
    writer = original.get("from")
    return _person(writer) if writer and not writer.get("is_bot") else None


def _person(user: Json) -> Person:
    names = " ".join(str(user[part]) for part in ("first_name", "last_name") if user.get(part))
    return Person(str(int(user["id"])), " ".join(names.split())[:80] or f"Telegram user {int(user['id'])}")


def _place(chat: Json) -> Place:
    number = str(int(chat["id"]))
    if chat["type"] == PRIVATE:
        return Place(number, PRIVATE, _person(chat).name)
    return Place(number, GROUP, " ".join(str(chat.get("title") or "a group").split())[:120])
