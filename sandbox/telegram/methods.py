"""The Bot API's methods, each a function; `METHODS` is the list of all there are."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

from sandbox.telegram import files, keyboards, messages, photos, places
from sandbox.telegram.arguments import Arguments
from sandbox.telegram.entities import detected, parse_html, units
from sandbox.telegram.refusals import Refused
from sandbox.telegram.twin import Telegram

Method = Callable[[Telegram, Arguments], Awaitable[Any]]
LONGEST_TEXT, LONGEST_CAPTION, LONGEST_ANSWER = 4096, 1024, 200
QUERIES = "telegram.query"
ANSWER_WITHIN = 15.0
DELETE_WITHIN = 48 * 3600
COMMAND = re.compile(r"[a-z0-9_]{1,32}")


async def get_me(_twin: Telegram, _asked: Arguments) -> Any:
    """getMe; privacy mode is on."""
    flags = {"can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": False}
    more = {"can_connect_to_business": False, "has_main_web_app": False, "has_topics_enabled": False}
    return {**places.BOT, **flags, **more, "allows_users_to_create_topics": False, "can_manage_bots": False}


async def send_message(twin: Telegram, asked: Arguments) -> Any:
    """sendMessage"""
    chat = places.writable(twin.world.state, asked.text("chat_id"))
    text, entities = _words(asked, "text", "entities", LONGEST_TEXT, "text_too_long")
    if not text:
        raise Refused("text_empty")
    return _send(twin, asked, chat, {"text": text, **({"entities": entities} if entities else {})})


async def send_photo(twin: Telegram, asked: Arguments) -> Any:
    """sendPhoto: an upload or a file_id; the caption is optional."""
    chat = places.writable(twin.world.state, asked.text("chat_id"))
    content = _caption(asked)
    return _send(twin, asked, chat, {"photo": _photo(twin, asked, "photo", asked.given.get("photo")), **content})


async def edit_text(twin: Telegram, asked: Arguments) -> Any:
    """editMessageText: without reply_markup the buttons go."""
    document = _editable(twin, asked)
    if "text" not in document["message"]:
        raise Refused("no_text")
    text, entities = _words(asked, "text", "entities", LONGEST_TEXT, "text_too_long")
    if not text:
        raise Refused("text_empty")
    return _edit(twin, asked, document, {"text": text, **({"entities": entities} if entities else {})})


async def edit_caption(twin: Telegram, asked: Arguments) -> Any:
    """editMessageCaption"""
    document = _editable(twin, asked)
    if "photo" not in document["message"]:
        raise Refused("no_caption")
    return _edit(twin, asked, document, {"photo": document["message"]["photo"], **_caption(asked)})


async def edit_media(twin: Telegram, asked: Arguments) -> Any:
    """editMessageMedia with another picture."""
    document = _editable(twin, asked)
    media = asked.structure("media", "media", why="Can't parse JSON")
    if not isinstance(media, dict) or media.get("type") != "photo":
        raise Refused("media", why='type must be "photo"')
    photo = _photo(twin, asked, "media", media.get("media"))
    return _edit(twin, asked, document, {"photo": photo, **_caption(Arguments(media, asked.files))})


async def edit_markup(twin: Telegram, asked: Arguments) -> Any:
    """editMessageReplyMarkup"""
    document = _editable(twin, asked)
    kept = ("text", "entities", "photo", "caption", "caption_entities")
    return _edit(
        twin, asked, document, {name: document["message"][name] for name in kept if name in document["message"]}
    )


async def delete_message(twin: Telegram, asked: Arguments) -> Any:
    """deleteMessage: the bot's own, within 48 hours."""
    chat = places.writable(twin.world.state, asked.text("chat_id"))
    document = messages.find(twin, chat["id"], asked.number("message_id"), "delete_not_found")
    late = twin.world.now() - document["message"]["date"] > DELETE_WITHIN
    if late or not (document["own"] or chat["type"] == "private"):
        raise Refused("delete_refused")
    messages.remove(twin, document)
    return True


async def answer_callback(twin: Telegram, asked: Arguments) -> Any:
    """answerCallbackQuery: once, soon, briefly."""
    query = twin.world.state.get(QUERIES, asked.text("callback_query_id"))
    if query is None or query["answered"] or twin.world.now() - query["at"] > ANSWER_WITHIN:
        raise Refused("query_too_old")
    text = asked.text("text")
    if len(text) > LONGEST_ANSWER:
        raise Refused("answer_too_long")
    twin.world.state.put(QUERIES, query["id"], {**query, "answered": True, "text": text})
    alert = asked.flag("show_alert")
    payload = {"user": query["user"], "text": text, "alert": alert}
    twin.world.ledger.accept("telegram", "answer", str(query["chat"]), query["id"], payload)
    twin.eyes.show(kind="answer", query=query["id"], text=text, alert=alert)
    twin.tell("answer", user=query["user"], text=text, alert=alert)
    return True


async def get_chat(twin: Telegram, asked: Arguments) -> Any:
    """getChat"""
    return places.full_body(_seen_chat(twin, asked))


async def get_member(twin: Telegram, asked: Arguments) -> Any:
    """getChatMember"""
    return places.member_body(_seen_chat(twin, asked), asked.number("user_id"))


async def get_administrators(twin: Telegram, asked: Arguments) -> Any:
    """getChatAdministrators"""
    return places.administrators(_seen_chat(twin, asked))


async def leave_chat(twin: Telegram, asked: Arguments) -> Any:
    """leaveChat"""
    chat = places.writable(twin.world.state, asked.text("chat_id"))
    if chat["type"] == "private":
        raise Refused("no_leaving")
    places.keep(twin.world.state, {**chat, "bot": "left"})
    twin.world.ledger.accept("telegram", "leave", str(chat["id"]), str(chat["id"]), {})
    return True


async def set_commands(twin: Telegram, asked: Arguments) -> Any:
    """setMyCommands"""
    commands = asked.structure("commands", "command")
    if not isinstance(commands, list) or len(commands) > 100 or not all(_good_command(one) for one in commands):
        raise Refused("command")
    scope = asked.text("scope") or "default"
    twin.world.state.put("telegram.commands", f"{scope} {asked.text('language_code')}", {"commands": commands})
    return True


async def get_commands(twin: Telegram, asked: Arguments) -> Any:
    """getMyCommands"""
    scope = asked.text("scope") or "default"
    found = twin.world.state.get("telegram.commands", f"{scope} {asked.text('language_code')}")
    return found["commands"] if found else []


async def get_file(twin: Telegram, asked: Arguments) -> Any:
    """getFile"""
    return files.ready(twin.world, asked.text("file_id"))


async def chat_action(twin: Telegram, asked: Arguments) -> Any:
    """sendChatAction: nothing stays of it."""
    places.writable(twin.world.state, asked.text("chat_id"))
    return True


async def set_webhook(twin: Telegram, asked: Arguments) -> Any:
    """setWebhook; an empty url removes it."""
    allowed = asked.structure("allowed_updates", "webhook", why="allowed_updates is no JSON array")
    connections = min(100, max(1, asked.number("max_connections", 40)))
    drop = asked.flag("drop_pending_updates")
    twin.updates.set_hook(asked.text("url"), asked.text("secret_token"), connections, allowed, drop)
    return True


async def delete_webhook(twin: Telegram, asked: Arguments) -> Any:
    """deleteWebhook"""
    twin.updates.set_hook("", "", 40, None, asked.flag("drop_pending_updates"))
    return True


async def webhook_info(twin: Telegram, _asked: Arguments) -> Any:
    """getWebhookInfo"""
    return twin.updates.info()


async def get_updates(twin: Telegram, asked: Arguments) -> Any:
    """getUpdates"""
    limit = min(100, max(1, asked.number("limit", 100)))
    allowed = asked.structure("allowed_updates", "webhook", why="allowed_updates is no JSON array")
    return await twin.updates.poll(asked.number("offset"), limit, min(50, max(0, asked.number("timeout"))), allowed)


METHODS: dict[str, Method] = {
    "getMe": get_me,
    "sendMessage": send_message,
    "sendPhoto": send_photo,
    "sendChatAction": chat_action,
    "editMessageText": edit_text,
    "editMessageCaption": edit_caption,
    "editMessageMedia": edit_media,
    "editMessageReplyMarkup": edit_markup,
    "deleteMessage": delete_message,
    "answerCallbackQuery": answer_callback,
    "getChat": get_chat,
    "getChatMember": get_member,
    "getChatAdministrators": get_administrators,
    "leaveChat": leave_chat,
    "setMyCommands": set_commands,
    "getMyCommands": get_commands,
    "getFile": get_file,
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": webhook_info,
    "getUpdates": get_updates,
}


def _send(twin: Telegram, asked: Arguments, chat: dict[str, Any], content: dict[str, Any]) -> dict[str, Any]:
    if asked.has("message_thread_id"):
        raise Refused("thread_not_found")
    markup = keyboards.check(asked.structure("reply_markup", "markup_json"))
    reply = asked.structure("reply_parameters", "markup_json")
    reply = reply if isinstance(reply, dict) else {}
    reply_to = Arguments(reply).number("message_id") or asked.number("reply_to_message_id") or None
    if reply_to and (reply.get("allow_sending_without_reply") or asked.flag("allow_sending_without_reply")):
        known = twin.world.state.get(messages.KIND, f"{chat['id']}:{reply_to}")
        reply_to = None if known is None or known["deleted"] else reply_to
    if reply_to:
        messages.find(twin, chat["id"], reply_to, "reply_not_found")
    twin.pace(chat)
    if markup is not None:
        content["reply_markup"] = markup
    return _public(messages.write(twin, chat, places.BOT, content, reply_to))


def _edit(twin: Telegram, asked: Arguments, document: dict[str, Any], content: dict[str, Any]) -> dict[str, Any]:
    markup = keyboards.check(asked.structure("reply_markup", "markup_json"))
    if markup is not None:
        content["reply_markup"] = markup
    twin.pace(places.chat_of(twin.world.state, str(document["chat"])), edit=True)
    return _public(messages.rewrite(twin, document, content))


def _public(document: dict[str, Any]) -> dict[str, Any]:
    """The Bot API shows inline keyboards in messages, and no other kind."""
    message: dict[str, Any] = dict(document["message"])
    if "inline_keyboard" not in message.get("reply_markup", {}):
        message.pop("reply_markup", None)
    return message


def _editable(twin: Telegram, asked: Arguments) -> dict[str, Any]:
    chat = places.writable(twin.world.state, asked.text("chat_id"))
    document = messages.find(twin, chat["id"], asked.number("message_id"), "edit_not_found")
    other = document["message"].get("reply_markup", {}).keys() & set(keyboards.OTHER_KEYBOARDS)
    if not document["own"] or other:
        raise Refused("edit_refused")
    return document


def _words(
    asked: Arguments, name: str, entities_name: str, most: int, refusal: str
) -> tuple[str, list[dict[str, Any]]]:
    """Text and entities after parsing, within the limit."""
    mode = asked.text("parse_mode")
    if mode.lower() == "html":
        text, entities = parse_html(asked.text(name))
    elif mode:
        raise Refused("parse_mode")
    else:
        text = asked.text(name).strip()
        entities = _entities(asked.structure(entities_name, "entities", why="Can't parse entities JSON object"))
    if units(text) > most:
        raise Refused(refusal)
    return text, detected(text, entities)


def _entities(given: Any) -> list[dict[str, Any]]:
    """Entities that the product computed itself."""
    if given is None:
        return []
    good = isinstance(given, list) and all(isinstance(one, dict) and isinstance(one.get("type"), str) for one in given)
    if not good or not all(isinstance(one.get(name), int) for one in given for name in ("offset", "length")):
        raise Refused("entities", why="Can't parse entities JSON object")
    return list(given)


def _caption(asked: Arguments) -> dict[str, Any]:
    text, entities = _words(asked, "caption", "caption_entities", LONGEST_CAPTION, "caption_too_long")
    content: dict[str, Any] = {"caption": text} if text else {}
    return {**content, **({"caption_entities": entities} if entities else {})}


def _photo(twin: Telegram, asked: Arguments, field: str, value: Any) -> list[dict[str, Any]]:
    return photos.sizes(photos.chosen(twin.world, asked, field, value))


def _seen_chat(twin: Telegram, asked: Arguments) -> dict[str, Any]:
    return places.chat_of(twin.world.state, asked.text("chat_id"))


def _good_command(command: Any) -> bool:
    if not isinstance(command, dict) or not 1 <= len(str(command.get("description") or "")) <= 256:
        return False
    return COMMAND.fullmatch(str(command.get("command"))) is not None
