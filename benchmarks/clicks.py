"""Clicks as Slack delivers them: signed, form-encoded, with the whole message inside, about 3 KB of JSON each."""

import hashlib
import hmac
import json
import time
from urllib.parse import urlencode

from benchmarks.planting import Planted
from benchmarks.stage import SIGNING_SECRET

_BUTTONS = ("approve", "edit", "regenerate", "reject")


def click(post: Planted, action: str = "approve", secret: str = SIGNING_SECRET) -> bytes:
    """One HTTP request, ready to be written to a socket. Good for five minutes."""
    body = urlencode({"payload": json.dumps(_payload(post, action))}).encode()
    stamp = str(int(time.time()))
    signed = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    head = (
        "POST /slack/events HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Slackbot 1.0 (+https://api.slack.com/robots)\r\n"
        "Accept: application/json,*/*\r\nAccept-Encoding: gzip,deflate\r\n"
        f"X-Slack-Request-Timestamp: {stamp}\r\nX-Slack-Signature: v0={signed}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _payload(post: Planted, action: str) -> dict[str, object]:
    place = post.place
    at = f"{time.time():.6f}"
    return {
        "type": "block_actions",
        "user": {"id": place.user, "username": "ann", "name": "ann", "team_id": place.team},
        "api_app_id": "A1",
        "token": "verification-token-nobody-uses",
        "container": {
            "type": "message",
            "message_ts": post.message,
            "channel_id": place.chat_ref,
            "is_ephemeral": False,
            "thread_ts": "1600000000.000001",
        },
        "trigger_id": f"{at}.{place.team}.0123456789abcdef",
        "team": {"id": place.team, "domain": "tidewater"},
        "enterprise": None,
        "is_enterprise_install": False,
        "channel": {"id": place.chat_ref, "name": "posts"},
        "message": {
            "type": "message",
            "user": "UB1",
            "ts": post.message,
            "bot_id": "B1",
            "app_id": "A1",
            "team": place.team,
            "thread_ts": "1600000000.000001",
            "text": "#1042 for X: Low tide at 6:40, high tide at 12:55",
            "blocks": _blocks(post),
        },
        "state": {"values": {}},
        "response_url": f"https://hooks.slack.com/actions/{place.team}/1/abcdefghijklmnopqrstuvwx",
        "actions": [_button(post, action) | {"action_ts": at}],
    }


def _blocks(post: Planted) -> list[object]:
    words = "Low tide at 6:40, high tide at 12:55: Tidewater reads the tables for your harbour. " * 6
    return [
        {"type": "section", "block_id": "h", "text": {"type": "mrkdwn", "text": "*#1042* · X · @tide · 14:00", "verbatim": True}},
        {"type": "section", "block_id": "t", "text": {"type": "plain_text", "text": words, "emoji": False}},
        {"type": "context", "block_id": "c", "elements": [{"type": "mrkdwn", "text": "200 of 280 · drafted from templates"}]},
        {"type": "actions", "block_id": "b", "elements": [_button(post, name) for name in _BUTTONS]},
    ]  # fmt: skip


def _button(post: Planted, action: str) -> dict[str, object]:
    label = {"type": "plain_text", "text": action.title(), "emoji": False}
    return {"type": "button", "action_id": action, "block_id": "b", "text": label, "value": post.token}
