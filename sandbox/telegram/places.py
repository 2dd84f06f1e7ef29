"""The chats of the Telegram twin: private ones, a group, a supergroup; who is in them, and where the bot may write."""

from typing import Any

from sandbox.people import BY_TELEGRAM, PEOPLE, TELEGRAM_BOT, TELEGRAM_GROUP, Person
from sandbox.state import State
from sandbox.telegram.refusals import Refused

KIND = "telegram.chat"
OWNER = PEOPLE[0].telegram_id
EVERYBODY = [person.telegram_id for person in PEOPLE]
GROUPS: tuple[dict[str, Any], ...] = (
    {"id": TELEGRAM_GROUP["id"], "type": "group", "title": f"{TELEGRAM_GROUP['title']} (small group)"},
    {"id": TELEGRAM_GROUP["supergroup_id"], "type": "supergroup", "title": TELEGRAM_GROUP["title"]},
)
BOT = {
    "id": TELEGRAM_BOT["id"],
    "is_bot": True,
    "first_name": TELEGRAM_BOT["name"],
    "username": TELEGRAM_BOT["username"],
}


def seed(state: State) -> None:
    """Put the chats there that every sandbox starts with: the bot is in both groups, nobody wrote to it yet."""
    for group in GROUPS:
        if state.get(KIND, str(group["id"])) is None:
            keep(state, {**group, "members": EVERYBODY, "bot": "member", "migrated_to": None})
    for person in PEOPLE:
        if state.get(KIND, str(person.telegram_id)) is None:
            private = {"id": person.telegram_id, "type": "private", "members": [person.telegram_id], "bot": "member"}
            keep(state, {**private, "started": False, "blocked": False, "migrated_to": None})


def keep(state: State, chat: dict[str, Any]) -> None:
    """Remember a chat."""
    state.put(KIND, str(chat["id"]), chat)


def chat_of(state: State, chat_id: str) -> dict[str, Any]:
    """The chat. Raises chat_id_empty, chat_not_found, migrated."""
    if not chat_id:
        raise Refused("chat_id_empty")
    chat = state.get(KIND, chat_id)
    if chat is None:
        raise Refused("chat_not_found")
    if chat["migrated_to"]:
        raise Refused("migrated", {"migrate_to_chat_id": chat["migrated_to"]})
    return chat


def writable(state: State, chat_id: str) -> dict[str, Any]:
    """The chat, if the bot may write there. Raises also blocked, cold_call, kicked_*, not_member."""
    chat = chat_of(state, chat_id)
    if chat["type"] == "private":
        if chat["blocked"]:
            raise Refused("blocked")
        if not chat["started"]:
            raise Refused("cold_call")
    elif chat["bot"] == "kicked":
        raise Refused(f"kicked_{chat['type']}")
    elif chat["bot"] == "left":
        raise Refused("not_member", type=chat["type"])
    return chat


def chat_body(chat: dict[str, Any]) -> dict[str, Any]:
    """A chat inside a message."""
    if chat["type"] == "private":
        person = BY_TELEGRAM[chat["id"]]
        names = {"first_name": person.first_name, "last_name": person.last_name, "username": person.telegram_username}
        return {"id": chat["id"], **names, "type": "private"}
    body = {"id": chat["id"], "title": chat["title"], "type": chat["type"]}
    return {**body, "all_members_are_administrators": False} if chat["type"] == "group" else body


def full_body(chat: dict[str, Any]) -> dict[str, Any]:
    """A chat as getChat shows it."""
    extra: dict[str, Any] = {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": GIFTS}
    return {**chat_body(chat), **extra}


GIFTS = {
    "unlimited_gifts": False,
    "limited_gifts": False,
    "unique_gifts": False,
    "premium_subscription": False,
    "gifts_from_channels": False,
}


def user_body(person: Person) -> dict[str, Any]:
    """A person as the sender of something."""
    return {
        "id": person.telegram_id,
        "is_bot": False,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "username": person.telegram_username,
        "language_code": "en",
    }


def member_body(chat: dict[str, Any], user_id: int) -> dict[str, Any]:
    """Somebody's standing in a chat. Raises user_not_found."""
    if user_id == BOT["id"]:
        return bot_member(chat["bot"])
    person = BY_TELEGRAM.get(user_id)
    if person is None:
        raise Refused("user_not_found")
    user = user_body(person)
    if user_id not in chat["members"]:
        return {"user": user, "status": "left"}
    if user_id == OWNER and chat["type"] != "private":
        return {"user": user, "status": "creator", "is_anonymous": False}
    return {"user": user, "status": "member"}


def bot_member(status: str) -> dict[str, Any]:
    """The bot's own standing."""
    if status == "kicked":
        return {"user": BOT, "status": "kicked", "until_date": 0}
    return {"user": BOT, "status": status}


def administrators(chat: dict[str, Any]) -> list[dict[str, Any]]:
    """Who rules the group. Raises no_administrators."""
    if chat["type"] == "private":
        raise Refused("no_administrators")
    return [member_body(chat, user) for user in chat["members"] if user == OWNER]
