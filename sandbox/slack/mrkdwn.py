"""What a Slack message would really do to people: whom it pings, and which links it shows."""

import re
from collections.abc import Iterator
from typing import Any

PING = re.compile(r"<(!(?:channel|here|everyone)|!subteam\^[A-Z0-9]+|@[UW][A-Z0-9]+)(?:\|[^>]*)?>")
LINK = re.compile(r"<((?:https?|mailto|tel)[^|>]*)(?:\|([^>]*))?>")
BROADCAST = re.compile(r"(?<!\w)@(channel|here|everyone)\b")
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


def pings_of(message: dict[str, Any], parse_full: bool = False) -> list[str]:
    """Who would be notified, e.g. ["!channel", "@U0BEN"]: mrkdwn texts, rich text and the top-level text.

    plain_text never pings. `parse_full` is Slack's parse=full or link_names, which also reads a bare @channel.
    """
    found = [name for text in mrkdwn_texts(message) for name in PING.findall(CODE.sub(" ", text))]
    found += list(_rich_pings(message.get("blocks") or []))
    if parse_full:
        found += [f"!{name}" for name in BROADCAST.findall(str(message.get("text") or ""))]
    return list(dict.fromkeys(found))


def links_of(message: dict[str, Any]) -> list[dict[str, str]]:
    """Every link with the words that cover it: [{"url", "label"}], so a test can look for disguised ones."""
    return [{"url": url, "label": label or url} for text in mrkdwn_texts(message) for url, label in LINK.findall(text)]


def mrkdwn_texts(message: dict[str, Any]) -> Iterator[str]:
    """The top-level text and every mrkdwn object in the blocks."""
    if message.get("text") and message.get("mrkdwn", True):
        yield str(message["text"])
    for node in _nodes(message.get("blocks") or []):
        if node.get("type") == "mrkdwn" and isinstance(node.get("text"), str):
            yield node["text"]


def _rich_pings(blocks: list[Any]) -> Iterator[str]:
    for node in _nodes(blocks):
        match node.get("type"):
            case "broadcast":
                yield f"!{node.get('range')}"
            case "user" if "user_id" in node:
                yield f"@{node['user_id']}"
            case "usergroup":
                yield f"!subteam^{node.get('usergroup_id')}"


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _nodes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _nodes(inner)
