"""Questions that a person answers by replying, and where a button's card lies. Telegram has no dialogs."""

from dataclasses import dataclass

from storage.session import Transaction


@dataclass(frozen=True, slots=True)
class Spot:
    """Where the card of a button's token lies, and which revision the button was made for."""

    surface: str
    chat_ref: str
    message_ref: str | None
    revision_n: int


async def spot(tx: Transaction, token: str) -> Spot | None:
    """None: no card of this workspace has the token."""
    return await tx.row(Spot, _SPOT, {"token": token})


@dataclass(frozen=True, slots=True)
class Prompt:
    """A question that was put to `user_ref`. `token` names the card, or the web app of a description."""

    token: str
    decision: str
    user_ref: str
    is_open: bool


async def put(tx: Transaction, chat_ref: str, message_ref: str, token: str, decision: str, user_ref: str) -> None:
    """Keep a question for half an hour. Those that ended a day ago go."""
    await tx.run(_SWEEP)
    values = {"chat": chat_ref, "message": message_ref, "token": token, "decision": decision, "user": user_ref}
    await tx.run(_PUT, values)


async def get(tx: Transaction, chat_ref: str, message_ref: str) -> Prompt | None:
    """The question that this message asks; None for a message that asks nothing. One that is over is still known."""
    return await tx.row(Prompt, _GET, {"chat": chat_ref, "message": message_ref})


async def close(tx: Transaction, chat_ref: str, message_ref: str) -> None:
    """It was answered."""
    await tx.run(_CLOSE, {"chat": chat_ref, "message": message_ref})


_SPOT = """
SELECT h.surface, h.chat_ref, c.message_ref, f.revision_n
FROM card_faces f
JOIN cards c ON c.workspace_id = f.workspace_id AND c.id = f.card_id
JOIN chats h ON h.workspace_id = c.workspace_id AND h.id = c.chat_id
WHERE f.workspace_id = %(workspace_id)s AND f.token = %(token)s
"""
_SWEEP = "DELETE FROM prompts WHERE workspace_id = %(workspace_id)s AND expires_at < now() - interval '1 day'"
_PUT = """
INSERT INTO prompts (workspace_id, chat_ref, message_ref, token, decision, user_ref, expires_at)
VALUES (%(workspace_id)s, %(chat)s, %(message)s, %(token)s, %(decision)s, %(user)s, now() + interval '30 minutes')
ON CONFLICT (workspace_id, chat_ref, message_ref) DO NOTHING
"""
_GET = """
SELECT token, decision, user_ref, expires_at > now() AS is_open FROM prompts
WHERE workspace_id = %(workspace_id)s AND chat_ref = %(chat)s AND message_ref = %(message)s
"""
_CLOSE = """
UPDATE prompts SET expires_at = least(expires_at, now())
WHERE workspace_id = %(workspace_id)s AND chat_ref = %(chat)s AND message_ref = %(message)s
"""
