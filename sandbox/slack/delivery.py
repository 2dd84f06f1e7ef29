"""Brings events, clicks and commands to the product: a signed POST, or an envelope when a socket is open."""

import asyncio
import hashlib
import hmac
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx
import orjson

from sandbox.slack.installs import installed
from sandbox.slack.twin import Slack
from sandbox.slack.workspace import APP_ID, TEAMS

ACK_WITHIN = 3.0
RETRY_AFTER = (0.0, 60.0, 300.0)  # Slack tries an event three more times: about at once, after 1 and after 5 minutes
LONGEST_ANSWER = 262_144
ALWAYS = {"app_uninstalled", "tokens_revoked"}


@dataclass(frozen=True)
class Reaction:
    """What the product answered. `error` is Slack's word for a bad answer, None for an acknowledgement in time."""

    via: str
    http_status: int | None
    ack: Any
    error: str | None
    stop: bool = False  # the product asked for no retry

    def shown(self, what: str) -> list[str]:
        """What the person reads when it went wrong."""
        return [] if self.error is None else [f'{what} failed with the error "{self.error}"']


async def deliver(slack: Slack, kind: str, payload: dict[str, Any], retry: tuple[int, str] | None = None) -> Reaction:
    """Bring one payload to the product; `kind` is events_api, interactive or slash_commands. Never raises."""
    started = time.monotonic()
    if slack.sockets.count():
        reaction = await _by_socket(slack, kind, payload, retry)
        sent, answer = orjson.dumps(payload), orjson.dumps(reaction.ack)
    else:
        sent, content_type = _encoded(kind, payload)
        reaction, answer = await _post(slack, sent, _headers(slack, sent, content_type, retry))
    exchange = slack.world.traffic.record(
        direction="out",
        twin="slack",
        method="POST" if reaction.via == "http" else "SOCKET",
        path="/slack/events",
        status=reaction.http_status,
        request=sent,
        response=answer,
        seconds=time.monotonic() - started,
        note=reaction.error or kind,
    )
    slack.world.bus.publish({"type": "traffic", "exchange": exchange})
    return reaction


def _headers(slack: Slack, body: bytes, content_type: str, retry: tuple[int, str] | None) -> dict[str, str]:
    stamp = str(int(time.time()))  # the product compares it with its own clock, not with the sandbox's
    headers = {"Content-Type": content_type, "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)"}
    headers |= {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature(slack, stamp, body)}
    if retry is not None:
        headers |= {"X-Slack-Retry-Num": str(retry[0]), "X-Slack-Retry-Reason": retry[1]}
    return headers


def signature(slack: Slack, stamp: str, body: bytes) -> str:
    """Slack's v0 signature over time stamp and raw body."""
    secret = slack.world.secrets.slack_signing_secret.encode()
    return "v0=" + hmac.new(secret, b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()


async def _post(slack: Slack, body: bytes, headers: dict[str, str]) -> tuple[Reaction, bytes]:
    address = f"{slack.world.config.product_url}/slack/events"
    try:
        async with asyncio.timeout(ACK_WITHIN):
            answer = await slack.client().post(address, content=body, headers=headers, follow_redirects=False)
    except TimeoutError:
        return Reaction("http", None, None, "operation_timeout"), b""
    except httpx.HTTPError:
        return Reaction("http", None, None, "dispatch_failed"), b""
    content = answer.content[:LONGEST_ANSWER]
    error = None if answer.is_success else "http_service_error"
    stop = "x-slack-no-retry" in answer.headers
    return Reaction("http", answer.status_code, _answer_of(answer, content), error, stop), content


def _answer_of(answer: httpx.Response, content: bytes) -> Any:
    """JSON where the product said JSON, text otherwise, None for nothing."""
    if not content.strip():
        return None
    if "json" in answer.headers.get("content-type", ""):
        try:
            return orjson.loads(content)
        except orjson.JSONDecodeError:
            return content.decode("utf-8", "replace")
    return content.decode("utf-8", "replace")


async def _by_socket(slack: Slack, kind: str, payload: dict[str, Any], retry: tuple[int, str] | None) -> Reaction:
    try:
        return Reaction("socket", 200, await slack.sockets.send(kind, payload, retry), None)
    except TimeoutError:
        return Reaction("socket", None, None, "operation_timeout")
    except ConnectionError:
        return Reaction("socket", None, None, "dispatch_failed")


def _encoded(kind: str, payload: dict[str, Any]) -> tuple[bytes, str]:
    match kind:
        case "events_api":
            return orjson.dumps(payload), "application/json"
        case "interactive":
            fields = {"payload": orjson.dumps(payload).decode()}
            return urlencode(fields).encode(), "application/x-www-form-urlencoded"
        case _:
            return urlencode(payload).encode(), "application/x-www-form-urlencoded"


async def send_event(slack: Slack, team: str, event: dict[str, Any]) -> Reaction | None:
    """Deliver an event; a bad answer is followed by retries behind the scenes. None: the app is not installed."""
    if installed(slack.world, team) is None and event["type"] not in ALWAYS:
        return None
    envelope = _event(slack, team, event)
    first = await deliver(slack, "events_api", envelope)
    if first.error is not None and not first.stop:
        slack.world.spawn(_again(slack, envelope, first))
    return first


async def _again(slack: Slack, envelope: dict[str, Any], last: Reaction) -> None:
    for number, pause in enumerate(RETRY_AFTER, start=1):
        await asyncio.sleep(pause)
        last = await deliver(slack, "events_api", envelope, (number, retry_reason(last)))
        if last.error is None or last.stop:
            return


def retry_reason(reaction: Reaction) -> str:
    """The word in X-Slack-Retry-Reason."""
    reasons = {"operation_timeout": "http_timeout", "http_service_error": "http_error"}
    return reasons.get(reaction.error or "", "connection_failed")


def _event(slack: Slack, team: str, event: dict[str, Any]) -> dict[str, Any]:
    number = slack.world.state.next("slack.event")
    return {
        "token": "sandbox-verification-token",
        "team_id": team,
        "context_team_id": team,
        "context_enterprise_id": None,
        "api_app_id": APP_ID,
        "event": {"event_ts": slack.ts(), **event},
        "type": "event_callback",
        "event_id": f"Ev{number:010d}",
        "event_time": int(slack.world.now()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": team,
                "user_id": TEAMS[team].bot_user,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": f"4-sandbox-{number}",
    }
