"""Everything that the Telegram twin refuses: one row each, with the Bot API's own words and the condition."""

from typing import Any

from starlette.responses import JSONResponse

from sandbox.refusals import Refusal, table


def _row(code: str, description: str, when: str, status: int = 400) -> Refusal:
    """`description` may hold {names} that the moment fills in."""
    return Refusal(code, status, {"ok": False, "error_code": status, "description": description}, when)


REFUSALS = table(
    # who asks, and how often
    _row("unauthorized", "Unauthorized", "the token is not the sandbox bot's", 401),
    _row("unknown_method", "Not Found", "the method's name is not one of the twin's", 404),
    _row(
        "too_many",
        "Too Many Requests: retry after {retry_after}",
        "more than 1 message a second and chat after a small burst, 20 a minute (edits count) in a group, 30 a second",
        429,
    ),
    # where to
    _row("chat_id_empty", "Bad Request: chat_id is empty", "no chat_id came"),
    _row("chat_not_found", "Bad Request: chat not found", "no such chat"),
    _row("migrated", "Bad Request: group chat was upgraded to a supergroup chat", "the group has become a supergroup"),
    _row("blocked", "Forbidden: bot was blocked by the user", "the person blocked the bot", 403),
    _row("cold_call", "Forbidden: bot can't initiate conversation with a user", "the person never wrote", 403),
    _row("kicked_group", "Forbidden: bot was kicked from the group chat", "somebody removed the bot", 403),
    _row("kicked_supergroup", "Forbidden: bot was kicked from the supergroup chat", "somebody removed the bot", 403),
    _row("not_member", "Forbidden: bot is not a member of the {type} chat", "the bot left, or never came", 403),
    _row("thread_not_found", "Bad Request: message thread not found", "message_thread_id in a chat without topics"),
    _row("user_not_found", "Bad Request: user not found", "getChatMember of somebody who is nobody here"),
    _row("no_leaving", "Bad Request: can't leave private and secret chats", "leaveChat of a private chat"),
    _row(
        "no_administrators",
        "Bad Request: there are no administrators in the private chat",
        "getChatAdministrators of a private chat",
    ),
    # what
    _row("text_empty", "Bad Request: message text is empty", "no text is left after parsing and trimming"),
    _row("text_too_long", "Bad Request: message is too long", "more than 4,096 UTF-16 units after parsing"),
    _row("caption_too_long", "Bad Request: message caption is too long", "more than 1,024 UTF-16 units after parsing"),
    _row("entities", "Bad Request: can't parse entities: {why}", "HTML with an unknown, unclosed or crossed tag"),
    _row(
        "parse_mode", "Bad Request: unsupported parse_mode", "a parse_mode that the twin does not know: it reads HTML"
    ),
    _row("reply_not_found", "Bad Request: message to be replied not found", "reply to a message that is not there"),
    _row("markup_json", "Bad Request: can't parse reply keyboard markup JSON object", "reply_markup is no JSON object"),
    _row(
        "button",
        "Bad Request: can't parse inline keyboard button: {why}",
        "a button without text or with no one action",
    ),
    _row("button_data", "Bad Request: BUTTON_DATA_INVALID", "callback_data shorter than 1 or longer than 64 bytes"),
    _row(
        "button_url",
        "Bad Request: inline keyboard button URL '{url}' is invalid: Wrong HTTP URL",
        "a button's url that is not http(s) or tg, or whose host has no dot",
    ),
    _row("markup_too_long", "Bad Request: reply markup is too long", "more than 100 buttons"),
    # changing
    _row("edit_not_found", "Bad Request: message to edit not found", "no such message, or deleted"),
    _row("edit_refused", "Bad Request: message can't be edited", "not the bot's own, or it has a reply keyboard"),
    _row(
        "not_modified",
        "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a"
        " current content and reply markup of the message",
        "the edit changes nothing",
    ),
    _row("no_text", "Bad Request: there is no text in the message to edit", "editMessageText of a picture"),
    _row("no_caption", "Bad Request: there is no caption in the message to edit", "editMessageCaption of a text"),
    _row("delete_not_found", "Bad Request: message to delete not found", "no such message, or deleted already"),
    _row("delete_refused", "Bad Request: message can't be deleted", "somebody else's, or older than 48 hours"),
    # answering
    _row(
        "query_too_old",
        "Bad Request: query is too old and response timeout expired or query ID is invalid",
        "the query is unknown, answered already, or older than 15 seconds",
    ),
    _row("answer_too_long", "Bad Request: MESSAGE_TOO_LONG", "an answer of more than 200 characters"),
    # files
    _row("no_photo", "Bad Request: there is no photo in the request", "sendPhoto without photo"),
    _row("file_id", "Bad Request: wrong file identifier/HTTP URL specified", "a file_id that was never given out"),
    _row("file_id_missing", "Bad Request: file_id not specified", "getFile without file_id"),
    _row("file_id_unknown", "Bad Request: invalid file_id", "getFile of a file_id that was never given out"),
    _row("file_too_big", "Bad Request: file is too big", "getFile of more than 20 MB"),
    _row("not_image", "Bad Request: IMAGE_PROCESS_FAILED", "the bytes are neither PNG nor JPEG"),
    _row("dimensions", "Bad Request: PHOTO_INVALID_DIMENSIONS", "width + height over 10,000, or a ratio over 20"),
    _row("too_large", "Request Entity Too Large", "a picture of more than 10 MB", 413),
    _row("media", "Bad Request: can't parse InputMedia: {why}", "media is no JSON object of type photo"),
    # updates
    _row(
        "webhook_active",
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
        "getUpdates while a webhook is set",
        409,
    ),
    _row(
        "other_poll",
        "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
        "a second getUpdates began while this one waited",
        409,
    ),
    _row("webhook_began", "Conflict: terminated by setWebhook request", "setWebhook while this getUpdates waited", 409),
    _row("webhook", "Bad Request: bad webhook: {why}", "an address that is not HTTPS (http only on loopback)"),
    _row("secret", "Bad Request: secret token contains unallowed characters", "not 1-256 of A-Z a-z 0-9 _ -"),
    _row(
        "command", "Bad Request: BOT_COMMAND_INVALID", "a command that is not 1-32 of a-z 0-9 _, or without description"
    ),
)


class Refused(Exception):
    """A row fires. `parameters` are the Bot API's; `words` fill the description."""

    def __init__(self, code: str, parameters: dict[str, Any] | None = None, **words: Any) -> None:
        super().__init__(code)
        self.row = REFUSALS[code]
        self.parameters = parameters
        self.words = words

    def response(self) -> JSONResponse:
        """The answer as the Bot API words it."""
        body = dict(self.row.body or {})
        body["description"] = str(body["description"]).format(**self.words)
        headers = None
        if self.parameters:
            body["parameters"] = self.parameters
            if "retry_after" in self.parameters:
                headers = {"Retry-After": str(self.parameters["retry_after"])}
        return JSONResponse(body, self.row.http_status, headers=headers)


def slow_down(seconds: int) -> Refused:
    """429 with the seconds to wait."""
    return Refused("too_many", {"retry_after": seconds}, retry_after=seconds)
