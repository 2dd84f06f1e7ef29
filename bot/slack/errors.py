"""What Slack's refusals mean for us: one table by error code, translated once.

Codes: docs.slack.dev, the method pages of chat.postMessage, chat.update and files.*.
"""

from collections.abc import Mapping
from typing import Any

from slack_sdk.errors import SlackApiError

from pipeline.ports import ChatBusy, ChatGone, ChatRefused, MessageGone

_REMOVED = "Amarktai was removed from this Slack workspace. Install it again."
_NOT_IN = "Amarktai is not in this Slack channel. Invite it there: /invite @Amarktai."

GONE: dict[str, str] = {
    "channel_not_found": "Slack does not show us this channel any more. Invite Amarktai to it again.",
    "not_in_channel": _NOT_IN,
    "is_archived": "This Slack channel is archived. Bring it back, or invite Amarktai to another one.",
    "restricted_action": "Slack's owner does not let apps write in this channel.",
    "account_inactive": _REMOVED,
    "token_revoked": _REMOVED,
    "token_expired": _REMOVED,
    "invalid_auth": _REMOVED,
    "not_authed": _REMOVED,
    "org_login_required": "This Slack workspace is being moved to another organisation. Install Amarktai there.",
    "team_access_not_granted": _REMOVED,
}
"""The chat takes nothing more from us; the sentence is for the owner."""

TOKEN_DEAD = frozenset({"account_inactive", "token_revoked", "token_expired", "invalid_auth", "not_authed"})
"""The token that was used is no good; another one may be."""

MESSAGE_GONE = frozenset({"message_not_found", "cant_update_message"})
THREAD_GONE = frozenset({"thread_not_found"})
PICTURE_REFUSED = frozenset({"invalid_blocks", "slack_file_not_found", "file_not_found"})

DEFAULT_WAIT = 30.0
"""Seconds to leave a chat alone when Slack limits us without saying for how long."""


def code_of(error: SlackApiError) -> str:
    """Slack's own word, or "" when its answer was none of Slack's."""
    answer = error.response
    return str(answer.get("error") or "") if hasattr(answer, "get") else ""


def translate(error: SlackApiError) -> Exception:
    """The error of `pipeline.ports` that a refused drawing is."""
    code = code_of(error)
    if code in ("ratelimited", "rate_limited"):
        return ChatBusy(wait_of(getattr(error.response, "headers", None) or {}))
    if code in GONE:
        return ChatGone(GONE[code])
    if code in MESSAGE_GONE:
        return MessageGone(code)
    return ChatRefused(f"Slack refused the card: {code or 'its answer made no sense'}{_details(error)}.")


def wait_of(headers: Mapping[str, Any]) -> float:
    """Seconds to leave Slack alone, by the headers of a 429."""
    for name, value in headers.items():
        if name.lower() == "retry-after" and str(value).isdecimal():
            return float(value)
    return DEFAULT_WAIT


def _details(error: SlackApiError) -> str:
    told = error.response.get("response_metadata") if hasattr(error.response, "get") else None
    messages = told.get("messages") if isinstance(told, dict) else None
    return f" ({str(messages[0])[:200]})" if isinstance(messages, list) and messages else ""
