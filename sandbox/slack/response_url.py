"""response_url: five answers within half an hour to one click or command, without a token."""

import secrets
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from sandbox.slack import messages
from sandbox.slack.arguments import Arguments
from sandbox.slack.chat import read_blocks
from sandbox.slack.refusals import Refused
from sandbox.slack.twin import Slack
from sandbox.slack.workspace import TEAMS

KIND = "slack.response_url"
USES = 5
LIFE = 1800.0


def issue(slack: Slack, team: str, channel: str, user: str, message_ts: str | None = None) -> str:
    """A new address to answer that person's click (on a message) or command."""
    key = secrets.token_hex(16)
    document = {"team": team, "channel": channel, "user": user, "message": message_ts, "uses": 0}
    slack.world.state.put(KIND, key, {**document, "at": slack.world.now()})
    return f"{slack.world.config.base_url}/slack/response/{key}"


async def receive(slack: Slack, request: Request) -> Response:
    """The product posts an answer."""
    try:
        body = orjson.loads(await request.body())
    except orjson.JSONDecodeError:
        return Refused("invalid_json").response()
    if not isinstance(body, dict):
        return Refused("json_not_object").response()
    try:
        _use(slack, request.path_params["key"], body)
    except Refused as refused:
        return refused.response()
    return PlainTextResponse("ok")


def _use(slack: Slack, key: str, body: dict[str, Any]) -> None:
    document = slack.world.state.get(KIND, key)
    if document is None:
        raise Refused("invalid_url")
    if slack.world.now() - document["at"] > LIFE:
        raise Refused("expired_url")
    if document["uses"] >= USES:
        raise Refused("used_url")
    respond(slack, document, body)
    slack.world.state.put(KIND, key, {**document, "uses": document["uses"] + 1})


def respond(slack: Slack, document: dict[str, Any], body: dict[str, Any]) -> None:
    """Do what an answer wishes: replace or delete the original, or say something (to the person alone by default)."""
    original = _original(slack, document) if document["message"] else None
    if original is not None and body.get("delete_original"):
        messages.remove(slack, original)
        return
    content = _content(slack, body)
    if original is not None and body.get("replace_original"):
        messages.rewrite(slack, original, content)
        return
    channel = slack.world.state.get("slack.channel", document["channel"])
    if channel is None:
        raise Refused("channel_not_found")
    if body.get("response_type") != "in_channel":
        content["ephemeral_to"] = document["user"]
    if body.get("thread_ts"):
        content["thread_ts"] = str(body["thread_ts"])
    messages.write(slack, channel, messages.bot_author(TEAMS[document["team"]].bot_user), content)


def _original(slack: Slack, document: dict[str, Any]) -> dict[str, Any] | None:
    try:
        return messages.find(slack, document["channel"], document["message"], ephemeral=True)
    except Refused:
        return None


def _content(slack: Slack, body: dict[str, Any]) -> dict[str, Any]:
    blocks = read_blocks(slack, Arguments(body, None, None))
    text = str(body.get("text") or "")
    if not text and not blocks:
        raise Refused("no_text")
    return {"text": text, **({"blocks": blocks} if blocks else {})}
