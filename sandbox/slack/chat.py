"""The chat.* methods: post, update, delete, show to one person, link to."""

from typing import Any

import orjson

from sandbox.slack import messages
from sandbox.slack.arguments import Arguments
from sandbox.slack.blocks import problems_of
from sandbox.slack.files import ready_in
from sandbox.slack.installs import Caller
from sandbox.slack.refusals import Refused, broken_rules
from sandbox.slack.twin import Slack
from sandbox.slack.workspace import channel_of

LONGEST_POST = 40_000  # chat.postMessage cuts here
LONGEST_UPDATE = 4_000  # chat.update refuses from here on
LARGEST_METADATA = 16_384


def post_message(slack: Slack, who: Caller, asked: Arguments) -> dict[str, Any]:
    """chat.postMessage"""
    channel = _writable(slack, who, asked.need("channel"))
    content = _content(slack, asked) | _thread(slack, channel, asked)
    content["text"] = content["text"][:LONGEST_POST]
    metadata = _metadata(asked)
    if metadata:
        content["metadata"] = metadata
    for name in ("unfurl_links", "unfurl_media"):
        content[name] = asked.flag(name, default=name == "unfurl_media")
    message = messages.write(slack, channel, messages.bot_author(who.bot_user), content)
    return {"channel": channel["id"], "ts": message["ts"], "message": messages.public(message)}


def update(slack: Slack, who: Caller, asked: Arguments) -> dict[str, Any]:
    """chat.update: text without blocks drops the blocks; metadata stays unless it is given, {} removes it."""
    channel = channel_of(slack.world.state, who.team.id, asked.need("channel"))
    message = messages.find(slack, channel["id"], asked.need("ts"))
    if message.get("user") != who.bot_user:
        raise Refused("cant_update_message")
    if len(asked.text("text")) > LONGEST_UPDATE:
        raise Refused("msg_too_long")
    content = _content(slack, asked)
    metadata = _metadata(asked)
    if metadata is not None:
        content["metadata"] = metadata
    if "blocks" not in content:  # an update made with blocks shows no "edited"
        message["edited"] = {"user": message["bot_id"], "ts": slack.ts()}
    message = messages.rewrite(slack, message, content)
    shown = messages.public(message)
    return {"channel": channel["id"], "ts": message["ts"], "text": message["text"], "message": shown}


def delete(slack: Slack, who: Caller, asked: Arguments) -> dict[str, Any]:
    """chat.delete"""
    channel = channel_of(slack.world.state, who.team.id, asked.need("channel"))
    message = messages.find(slack, channel["id"], asked.need("ts"))
    if message.get("user") != who.bot_user:
        raise Refused("cant_delete_message")
    messages.remove(slack, message)
    return {"channel": channel["id"], "ts": message["ts"]}


def post_ephemeral(slack: Slack, who: Caller, asked: Arguments) -> dict[str, Any]:
    """chat.postEphemeral"""
    channel = _writable(slack, who, asked.need("channel"))
    user = asked.need("user")
    if user not in channel["members"]:
        raise Refused("user_not_in_channel")
    content = _content(slack, asked) | _thread(slack, channel, asked) | {"ephemeral_to": user}
    message = messages.write(slack, channel, messages.bot_author(who.bot_user), content)
    return {"message_ts": message["ts"]}


def permalink(slack: Slack, who: Caller, asked: Arguments) -> dict[str, Any]:
    """chat.getPermalink"""
    channel = channel_of(slack.world.state, who.team.id, asked.need("channel"))
    message = messages.find(slack, channel["id"], asked.need("message_ts"))
    address = f"{slack.world.config.base_url}/slack/archives/{channel['id']}/p{message['ts'].replace('.', '')}"
    if message.get("thread_ts"):
        address += f"?thread_ts={message['thread_ts']}&cid={channel['id']}"
    return {"channel": channel["id"], "permalink": address}


def validate(slack: Slack, _who: Caller, asked: Arguments) -> dict[str, Any]:
    """blocks.validate"""
    asked.need("blocks")
    read_blocks(slack, asked)
    return {}


def read_blocks(slack: Slack, asked: Arguments) -> list[Any] | None:
    """The blocks argument, checked. Raises invalid_blocks_format, invalid_blocks."""
    blocks = asked.structure("blocks", "invalid_blocks_format")
    if blocks is None:
        return None
    if not isinstance(blocks, list):
        raise Refused("invalid_blocks_format")
    problems = problems_of(blocks, file_ready=ready_in(slack))
    if problems:
        raise broken_rules("invalid_blocks", problems)
    return blocks


def _content(slack: Slack, asked: Arguments) -> dict[str, Any]:
    """Text and blocks, checked. Raises no_text and what `read_blocks` raises."""
    blocks = read_blocks(slack, asked)
    attachments = asked.structure("attachments", "invalid_arguments")
    if not asked.text("text").strip() and not blocks and not attachments:
        raise Refused("no_text")
    content: dict[str, Any] = {"text": asked.text("text")}
    if blocks:
        content["blocks"] = blocks
    if attachments:
        content["attachments"] = attachments
    if asked.flag("link_names") or asked.text("parse") == "full":
        content["parse_full"] = True
    return content


def _writable(slack: Slack, who: Caller, name: str) -> dict[str, Any]:
    """The channel, if the app may write there. Raises channel_not_found, is_archived, not_in_channel."""
    channel = channel_of(slack.world.state, who.team.id, name)
    if channel["archived"]:
        raise Refused("is_archived")
    public = not channel["private"] and "chat:write.public" in who.scopes
    if who.bot_user not in channel["members"] and not public:
        raise Refused("not_in_channel")
    return channel


def _thread(slack: Slack, channel: dict[str, Any], asked: Arguments) -> dict[str, Any]:
    if not asked.has("thread_ts"):
        return {}
    try:
        parent = messages.find(slack, channel["id"], asked.text("thread_ts"))
    except Refused as refused:
        raise Refused("thread_not_found") from refused
    return {"thread_ts": parent.get("thread_ts") or parent["ts"], "parent_user_id": parent["user"]}


def _metadata(asked: Arguments) -> dict[str, Any] | None:
    metadata = asked.structure("metadata", "invalid_metadata_format")
    if metadata is None or metadata == {}:
        return metadata  # type: ignore[no-any-return]  # {} is a wish of its own: remove what is there
    good = isinstance(metadata, dict) and isinstance(metadata.get("event_type"), str)
    if not good or not isinstance(metadata.get("event_payload"), dict):
        raise Refused("invalid_metadata_format")
    if len(orjson.dumps(metadata)) > LARGEST_METADATA:
        raise Refused("metadata_too_large")
    checked: dict[str, Any] = metadata
    return checked
