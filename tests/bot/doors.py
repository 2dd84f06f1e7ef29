"""The doors of both chats as the web process has them, over the real database; and two chats that write down what they are told."""

import asyncio
import hashlib
import hmac
import itertools
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

import httpx
import orjson
import uvicorn

from bot import answers
from bot.slack.app import build_app
from bot.slack.client import SlackHttp, SlackSettings, Teams
from bot.slack.desk import Desk, Errands
from bot.slack.ingress import Ingress as SlackIngress
from bot.slack.render import FILES, LINK, SLOT, TEXT, WORDS
from bot.telegram.client import TelegramSettings, make_bot
from bot.telegram.edge import build_edge
from bot.telegram.ingress import Ingress as TelegramIngress
from bot.telegram.taking import Taker
from domain.secret import Secret
from pipeline.agents.chart import Chart
from pipeline.decide import Deciding
from pipeline.workspaces import SlackInstall, install_slack
from storage.session import Database
from storage.vault import Vault
from tests.pipeline.conftest import INSTALL, Hints
from tests.pipeline.desk import CHECKS

SIGNING, HOOK = Secret("s" * 32), Secret("h" * 32)
NEVER_TOLD = "Something went wrong"
_numbers = itertools.count(10_000)


@dataclass(frozen=True)
class Told:
    """One call that a chat got: by which token, which method, and what was said."""

    token: str
    method: str
    said: dict[str, Any]

    @property
    def words(self) -> str:
        return f"{self.said.get('text', '')} {self.said.get('blocks', '')}"


@dataclass
class Chats:
    """Slack and Telegram as far as they are spoken to."""

    told: list[Told] = field(default_factory=list)
    seconds: float = 0.0
    """How long they take to answer."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        headers = dict(scope["headers"])
        whose, _, method = scope["path"].strip("/").rpartition("/")
        is_json = headers.get(b"content-type", b"").startswith(b"application/json")
        said = orjson.loads(body) if is_json else dict(parse_qsl(body.decode()))
        token = headers.get(b"authorization", b"").decode().removeprefix("Bearer ") or whose.removeprefix("bot")
        self.told.append(Told(token, method, said))
        await asyncio.sleep(self.seconds)
        answer = orjson.dumps({"ok": True, "ts": "1.1", "channel": "C", "result": self._result(method, said)})
        head = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(answer))]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": answer})

    def _result(self, method: str, said: dict[str, Any]) -> object:
        if method == "sendMessage":
            return {"message_id": next(_numbers), "date": 0, "chat": {"id": int(said["chat_id"]), "type": "group"}}
        return (
            {"id": 1, "is_bot": True, "first_name": "Amarktai", "username": "amarktai_bot"}
            if method == "getMe"
            else True
        )


@dataclass(frozen=True)
class Delivery:
    """What a chat sent, to the byte; delivered again it is the same."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Doors:
    """Both ingresses."""

    chats: Chats
    desk: Desk
    apps: dict[str, Any]
    http: dict[str, httpx.AsyncClient]

    async def deliver(self, delivery: Delivery) -> str:
        """Everything that anybody is told because of it, Slack's own answer included. No door ever breaks."""
        before = len(self.chats.told)
        answer = await self.send(delivery)
        await self.desk.errands.settle(30)
        return answer + " ".join(one.words for one in self.chats.told[before:])

    async def send(self, delivery: Delivery) -> str:
        """The same without waiting for what is said later."""
        found = await self.http[delivery.path].post(delivery.path, content=delivery.body, headers=delivery.headers)
        assert found.status_code == 200, (found.status_code, found.text)
        return found.text

    def last_message(self) -> int:
        """The number of the newest message that was written to Telegram."""
        return next(_numbers) - 1


def slack(payload: dict[str, Any]) -> Delivery:
    body = str(httpx.QueryParams({"payload": orjson.dumps(payload).decode()})).encode()
    stamp = str(int(time.time()))
    proof = hmac.new(SIGNING.reveal().encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    signs = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={proof}"}
    return Delivery("/slack/events", form | signs, body)


def slack_press(team: str, channel: str, user: str, message: str, decision: str, token: str) -> Delivery:
    """A button of a card in a channel."""
    who = {"team": {"id": team}, "user": {"id": user, "team_id": team}}
    where = {"type": "message", "channel_id": channel, "message_ts": message}
    action = {
        "action_id": decision,
        "block_id": "b",
        "type": "button",
        "value": token,
        "action_ts": f"{next(_numbers)}.1",
    }
    return slack({"type": "block_actions", **who, "container": where, "actions": [action], "trigger_id": "1.2.3"})


def slack_dialog(team: str, user: str, decision: str, token: str, brought: dict[str, Any]) -> Delivery:
    """A dialog that was sent."""
    who = {"team": {"id": team}, "user": {"id": user, "team_id": team}}
    state = {"values": {name: {name: given} for name, given in brought.items()}}
    view = {"id": f"V{next(_numbers)}", "hash": "1", "callback_id": decision, "private_metadata": token, "state": state}
    return slack({"type": "view_submission", **who, "view": {"type": "modal", **view}})


def slack_event(team: str, event: dict[str, Any]) -> Delivery:
    told = {"type": "event_callback", "team_id": team, "event_id": f"Ev{next(_numbers)}", "event": event}
    body = orjson.dumps(told)
    return Delivery("/slack/events", {**_signed(body), "Content-Type": "application/json"}, body)


def _signed(body: bytes) -> dict[str, str]:
    stamp = str(int(time.time()))
    proof = hmac.new(SIGNING.reveal().encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={proof}"}


def telegram(update: dict[str, Any]) -> Delivery:
    headers = {"Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": HOOK.reveal()}
    return Delivery("/telegram/webhook", headers, orjson.dumps({"update_id": next(_numbers), **update}))


def telegram_press(group: str, user: str, message: str, data: str) -> Delivery:
    chat = {"id": int(group), "type": "group", "title": "Team"}
    person = {"id": int(user), "first_name": "Somebody"}
    return telegram({"callback_query": {
        "id": f"q{next(_numbers)}", "from": person, "data": data, "message": {"message_id": int(message), "chat": chat},
    }})  # fmt: skip


def telegram_reply(group: str, user: str, to: int, text: str) -> Delivery:
    chat = {"id": int(group), "type": "group", "title": "Team"}
    bot = {"id": 1, "is_bot": True, "first_name": "Amarktai"}
    return telegram({"message": {
        "message_id": next(_numbers), "date": 0, "chat": chat, "from": {"id": int(user), "first_name": "Somebody"},
        "text": text, "reply_to_message": {"message_id": to, "date": 0, "chat": chat, "from": bot},
    }})  # fmt: skip


def in_dialog(decision: str) -> dict[str, Any]:
    """What somebody types or chooses in Slack's dialog, new each time."""
    n = next(_numbers)
    file = {"id": f"F{n}", "name": "a.jpg", "mimetype": "image/jpeg", "size": 1000}
    brought: dict[str, dict[str, Any]] = {
        "edit": {TEXT: {"value": f"Words number {n}"}},
        "reject": {WORDS: {"value": f"because of {n}"}},
        "regenerate": {WORDS: {"value": f"more of {n}"}},
        "live": {LINK: {"value": f"https://x.com/somebody/status/{n}"}},
        "move": {SLOT: {"value": time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(time.time() + 86_400))}},
        "media": {FILES: {"files": [file]}, WORDS: {"value": ""}},
    }
    return brought[decision]


def in_reply(decision: str) -> str:
    n = next(_numbers)
    return f"https://x.com/somebody/status/{n}" if decision == "live" else f"Words number {n}"


async def install(database: Database, vault: Vault, workspace_id: UUID, team: str, member: UUID, token: str) -> None:
    """Our app in a Slack team that a workspace has."""
    wish: SlackInstall = replace(INSTALL, team_ref=team, user_ref=f"U{team}", bot_token=Secret(token))
    await install_slack(database, vault, Hints(), wish, into=(workspace_id, member))


@asynccontextmanager
async def open_doors(web: Database, vault: Vault, hint: Hints) -> AsyncIterator[Doors]:
    """What the web process opens for its chats."""
    chats = Chats()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(chats, log_level="warning", access_log=False, lifespan="off"))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        base = f"http://127.0.0.1:{listener.getsockname()[1]}"
        http, bot = (
            SlackHttp(f"{base}/"),
            make_bot(TelegramSettings(base, Secret("1:token"), HOOK, "https://app.example")),
        )
        deciding = Deciding(web, lambda platform, payload: CHECKS[platform](payload), hint)
        desk = _desk(http, web, vault, deciding, hint)
        edge = build_edge(bot, deciding, _no_chart, "https://app.example", answers.Offers())
        apps = {
            "/slack/events": SlackIngress(build_app(desk), SIGNING),
            "/telegram/webhook": TelegramIngress(Taker(edge), HOOK),
        }
        clients = {
            path: httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://web")
            for path, app in apps.items()
        }
        yield Doors(chats, desk, apps, clients)
        await desk.errands.settle()
        for client in clients.values():
            await client.aclose()
        await http.close()
        for request in bot._request:  # its own shutdown() leaves open what was never initialised
            await request.shutdown()
        server.should_exit = True
        await serving


def _desk(http: SlackHttp, web: Database, vault: Vault, deciding: Deciding, hint: Hints) -> Desk:
    settings = SlackSettings(http.api_url, "", "", Secret(""), SIGNING, "https://app.example")
    talk = answers.Desk(web, hint, _no_chart, settings.base_url, _no_name, answers.Offers())
    return Desk(settings, vault, http, Teams(web, vault), deciding, talk, Errands())


async def _no_chart(chart: Chart) -> bytes:
    return b""


async def _no_name() -> str | None:
    return None
