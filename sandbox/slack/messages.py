"""The messages of the Slack twin: kept with every earlier version, and told to whoever looks."""

import secrets
from typing import Any

from sandbox.slack.mrkdwn import links_of, pings_of
from sandbox.slack.refusals import Refused
from sandbox.slack.twin import Slack
from sandbox.slack.workspace import APP_ID, BOT_ID

KIND = "slack.message"
CONTENT = ("text", "blocks", "attachments")
OWN_FIELDS = ("history", "pings", "links", "deleted", "ephemeral_to", "channel", "unfurl_links", "unfurl_media", "at")


def find(slack: Slack, channel: str, ts: str, *, ephemeral: bool = False) -> dict[str, Any]:
    """The message, also an ephemeral one when asked. Raises message_not_found."""
    found = slack.world.state.get(KIND, f"{channel}:{ts}")
    if found is None or found["deleted"] or (found["ephemeral_to"] and not ephemeral):
        raise Refused("message_not_found")
    return found


def of_channel(slack: Slack, channel: str) -> list[dict[str, Any]]:
    """Every message of a channel, deleted and ephemeral ones too, oldest first."""
    return [found for found in slack.world.state.all(KIND) if found["channel"] == channel]


def write(slack: Slack, channel: dict[str, Any], author: dict[str, Any], content: dict[str, Any]) -> dict[str, Any]:
    """Keep a new message. `author` is from `bot_author` or {"user": …}; `content` has text, blocks, thread_ts, …"""
    message: dict[str, Any] = {
        "type": "message",
        "channel": channel["id"],
        "ts": slack.ts(),
        "team": channel["team"],
        "text": "",
        "deleted": False,
        "ephemeral_to": None,
        "history": [],
        "at": slack.world.now(),
        **author,
        **content,
    }
    return _keep(slack, message, "message" if not message["ephemeral_to"] else "ephemeral")


def rewrite(slack: Slack, message: dict[str, Any], content: dict[str, Any]) -> dict[str, Any]:
    """Give a message new content; what it was goes into its history."""
    before = {name: message[name] for name in CONTENT if name in message}
    message["history"] = [*message["history"], {**before, "until": slack.world.now()}]
    for name in CONTENT:
        message.pop(name, None)
    message |= {"text": "", **content}
    return _keep(slack, message, "update")


def remove(slack: Slack, message: dict[str, Any]) -> None:
    """Delete a message: it stays in the books, and nobody sees it any more."""
    message["deleted"] = True
    slack.world.state.put(KIND, f"{message['channel']}:{message['ts']}", message)
    slack.world.ledger.accept("slack", "delete", message["team"], message["ts"], {"channel": message["channel"]})
    _show(slack, message, "deleted")


def _keep(slack: Slack, message: dict[str, Any], effect: str) -> dict[str, Any]:
    if message.get("blocks"):
        message["blocks"] = named(message["blocks"])
    message["pings"] = pings_of(message, bool(message.pop("parse_full", False)))
    message["links"] = links_of(message)
    slack.world.state.put(KIND, f"{message['channel']}:{message['ts']}", message)
    kept = ("channel", "thread_ts", "text", "blocks", "metadata", "pings", "ephemeral_to", "files")
    payload = {name: message[name] for name in kept if message.get(name)}
    if message.get("bot_id"):
        slack.world.ledger.accept("slack", effect, message["team"], message["ts"], payload)
    _show(slack, message, effect)
    return message


def _show(slack: Slack, message: dict[str, Any], effect: str) -> None:
    slack.eyes.show(
        kind=effect,
        user=message["ephemeral_to"],
        channel=message["channel"],
        ts=message["ts"],
        thread_ts=message.get("thread_ts"),
        text=message["text"] or plain(message.get("blocks") or []),
    )
    slack.tell("message", channel=message["channel"], ts=message["ts"], effect=effect)


def named(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The blocks with the block_ids and action_ids that Slack gives to whatever came without."""
    result = []
    for given in blocks:
        block = {"block_id": secrets.token_urlsafe(4)[:5], **given}
        if block["type"] == "actions":
            block["elements"] = [_named(element) for element in block["elements"]]
        for name in ("accessory", "element"):
            if name in block:
                block[name] = _named(block[name])
        result.append(block)
    return result


def _named(element: dict[str, Any]) -> dict[str, Any]:
    return element if element["type"] == "image" else {"action_id": secrets.token_urlsafe(4)[:5], **element}


def bot_author(bot_user: str) -> dict[str, Any]:
    """The app as the writer of a message."""
    return {"user": bot_user, "bot_id": BOT_ID, "app_id": APP_ID}


def public(message: dict[str, Any]) -> dict[str, Any]:
    """The message as Slack's own answers and payloads show it."""
    return {name: value for name, value in message.items() if name not in OWN_FIELDS}


def plain(blocks: list[Any]) -> str:
    """The words of blocks, for people who get no picture of them."""
    words: list[str] = []

    def read(value: Any) -> None:
        if isinstance(value, dict):
            if value.get("type") in ("mrkdwn", "plain_text", "text", "markdown") and isinstance(value.get("text"), str):
                words.append(value["text"])
                return
            for inner in value.values():
                read(inner)
        elif isinstance(value, list):
            for inner in value:
                read(inner)

    read(blocks)
    return "\n".join(words)
