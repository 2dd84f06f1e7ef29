"""What Telegram's refusals mean for us: one table by the words of its answer, translated once.

Words: tdlib/telegram-bot-api and tdlib/td; the library cuts "Bad Request: " and "Forbidden: " off.
"""

from collections.abc import Callable
from datetime import timedelta

from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError

from pipeline.ports import ChatBusy, ChatGone, ChatMoved, ChatRefused, MessageGone

NOT_MODIFIED = "message is not modified"

_KICKED = "The bot was removed from this Telegram chat."
_SILENCED = "The bot may not write in this Telegram chat any more. Its administrators can allow it."

GONE: dict[str, str] = {
    "bot was blocked by the user": "The bot was blocked in this private Telegram chat.",
    "user is deactivated": "This Telegram account does not exist any more.",
    "bot was kicked": _KICKED,
    "bot is not a member": _KICKED,
    "bot can't initiate conversation": "The bot may write here only after somebody sent it /start.",
    "chat not found": "Telegram does not know this chat any more.",
    "group chat was deactivated": "This Telegram group was deleted.",
    "chat_write_forbidden": _SILENCED,
    "have no rights to send a message": _SILENCED,
    "not enough rights to send": _SILENCED,
    "need administrator rights": _SILENCED,
}
"""The chat takes nothing more from us; the sentence is for the owner."""

MESSAGE_GONE = ("message to edit not found", "message can't be edited", "message_id_invalid", "there is no text in the")
"""The message that should change is not there, or cannot be changed: a new one takes its place."""


def translate(error: TelegramError) -> Exception:
    """The error of `pipeline.ports` that a refused drawing is."""
    return next(meant(error) for kind, meant in _MEANINGS if isinstance(error, kind))


def seconds_of(error: RetryAfter) -> float:
    """How long Telegram wants to be left alone."""
    wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)


def is_unmodified(error: TelegramError) -> bool:
    """Whether an edit was refused because everything is there already."""
    return NOT_MODIFIED in error.message.lower()


def _refused(error: TelegramError) -> Exception:
    words = error.message.lower()
    for fragment, sentence in GONE.items():
        if fragment in words:
            return ChatGone(sentence)
    if any(fragment in words for fragment in MESSAGE_GONE):
        return MessageGone(error.message)
    return ChatRefused(f"Telegram refused the card: {error.message[:200]}.")


def _forbidden(error: TelegramError) -> Exception:
    meant = _refused(error)
    return (
        meant if isinstance(meant, ChatGone) else ChatGone(f"Telegram does not let the bot in: {error.message[:200]}.")
    )


def _busy(error: TelegramError) -> Exception:
    return ChatBusy(seconds_of(error) if isinstance(error, RetryAfter) else 30.0)


def _moved(error: TelegramError) -> Exception:
    return ChatMoved(str(error.new_chat_id) if isinstance(error, ChatMigrated) else "")


_MEANINGS: tuple[tuple[type[TelegramError], Callable[[TelegramError], Exception]], ...] = (
    (RetryAfter, _busy),
    (ChatMigrated, _moved),
    (Forbidden, _forbidden),
    (InvalidToken, lambda error: ChatRefused("Telegram does not accept the bot's token: check TELEGRAM_BOT_TOKEN.")),
    (BadRequest, _refused),
    (NetworkError, lambda error: ChatRefused(f"Telegram did not answer ({type(error).__name__}).")),
    (TelegramError, _refused),
)
"""The first that fits; the library's kinds overlap (a bad request counts as network trouble)."""
