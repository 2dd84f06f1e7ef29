"""The Slack edge beside the sandbox's Slack: installed by the real flow, clicked through real signed deliveries."""

import asyncio
import hashlib
import hmac
import socket
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import orjson
import pytest
import uvicorn

from bot import answers
from bot.http.app import build_web
from bot.slack.app import build_app
from bot.slack.client import SlackHttp, SlackSettings, Teams
from bot.slack.desk import Desk, Errands
from bot.slack.ingress import PATH, Ingress
from bot.slack.oauth import oauth_routes
from bot.slack.surface import SlackSurface
from domain.card import Surface
from domain.plans import Plan
from domain.platforms import Platform
from domain.secret import Secret
from pipeline.agents.chart import Chart
from pipeline.chats import chat_of
from pipeline.decide import Deciding
from pipeline.draw import Delivery, draw_chat
from pipeline.web_apps import add_web_app
from pipeline.workspaces import set_plan, workspace_of
from storage.blobs import Media
from storage.session import Database
from storage.vault import Vault
from tests.pipeline.conftest import Hints, Team, hint, logins, vault, web, worker  # noqa: F401 - fixtures
from tests.pipeline.desk import CHECKS
from tests.sandbox.conftest import RunningSandbox, sandbox, stage  # noqa: F401 - fixtures

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)


class NoPace:
    """Nobody waits. (The sandbox has a pace of its own.)"""

    async def reserve(self, key: str, *, burst: int, per_minute: float, spare: bool = False) -> float:
        return 0.0


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """The product's port, taken before anybody needs to know it."""
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        opened.listen()
        yield opened


@pytest.fixture
def product_url(listener: socket.socket) -> str:
    """Where the sandbox delivers."""
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


@dataclass
class House:
    """The product's Slack edge and the levers of the sandbox."""

    desk: Desk
    product: str
    http: httpx.AsyncClient
    worker: Database
    media: Media
    surface: SlackSurface
    sandbox: RunningSandbox

    async def act(self, lever: str, **wish: Any) -> dict[str, Any]:
        """POST /_sandbox/slack/{lever}; the answer is a yes, and every errand is done."""
        answer = await self.http.post(f"/_sandbox/slack/{lever}", json=wish)
        assert answer.status_code == 200, answer.text
        await self.desk.errands.settle()
        return dict(answer.json())

    async def see(self, what: str, **query: str) -> Any:
        """GET /_sandbox/slack/{what}."""
        return (await self.http.get(f"/_sandbox/slack/{what}", params=query)).json()

    async def upload(self, name: str, content: bytes, user: str = "U0MARA") -> str:
        """Slack's id of a file that somebody chose in a dialog."""
        answer = await self.http.post("/_sandbox/slack/upload", params={"user": user, "name": name}, content=content)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["file"]["id"])

    async def command(self, text: str, user: str = "U0MARA", command: str = "/amarktai", **more: Any) -> str:
        """What somebody reads who types a command: the words of every block that only they see."""
        before = {one["ts"] for one in await self._private(user)}
        await self.act("command", user=user, channel="C0REVIEW", command=command, text=text, **more)
        return "\n".join(words(one["blocks"]) for one in await self._private(user) if one["ts"] not in before)

    async def _private(self, user: str) -> list[dict[str, Any]]:
        found = (await self.see("messages", channel="C0REVIEW"))["messages"]
        return [one for one in found if one["ephemeral_to"] == user]

    async def install(self, user: str = "U0MARA") -> httpx.Response:
        """Add to Slack, in the browser of `user`."""
        async with httpx.AsyncClient() as browser:
            away = await browser.get(f"{self.product}/slack/install")
            back = await browser.get(f"{away.headers['location']}&_auto={user}")
            answer = await browser.get(back.headers["location"])
        await self.desk.errands.settle()
        return answer

    async def post_raw(self, body: bytes, **headers: str) -> httpx.Response:
        """A delivery with whatever signature the test wants."""
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        async with httpx.AsyncClient() as client:
            return await client.post(f"{self.product}/slack/events", content=body, headers=form | headers)

    def signed(self, body: bytes, at: float | None = None) -> dict[str, str]:
        """Headers that prove that Slack sent this body."""
        stamp = str(int(time.time() if at is None else at))
        secret = self.desk.settings.signing_secret.reveal().encode()
        proof = hmac.new(secret, b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={proof}"}


@pytest.fixture
async def house(
    sandbox: RunningSandbox,  # noqa: F811 - fixtures
    listener: socket.socket,
    product_url: str,
    web: Database,  # noqa: F811
    worker: Database,  # noqa: F811
    vault: Vault,  # noqa: F811
    hint: Hints,  # noqa: F811
    tmp_path: Path,
) -> AsyncIterator[House]:
    """The web process' Slack edge on a real port; nothing is installed yet."""
    given = httpx.get(f"{sandbox.base_url}/_sandbox/settings").json()
    settings = SlackSettings(
        api_url=given["SLACK_API_URL"],
        authorize_url=given["SLACK_AUTHORIZE_URL"],
        client_id=given["SLACK_CLIENT_ID"],
        client_secret=Secret(given["SLACK_CLIENT_SECRET"]),
        signing_secret=Secret(given["SLACK_SIGNING_SECRET"]),
        base_url=product_url,
        app_token=Secret(given["SLACK_APP_TOKEN"]),
    )
    http = SlackHttp(settings.api_url)
    desk = a_desk(settings, http, web, vault, hint)
    deliveries = Ingress(build_app(desk), settings.signing_secret)
    front = build_web([oauth_routes(desk)], {PATH: deliveries}, tls=False, form_targets=[])
    server = uvicorn.Server(uvicorn.Config(front, log_level="warning", access_log=False, lifespan="off"))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    async with httpx.AsyncClient(base_url=sandbox.base_url, timeout=30) as levers:
        surface = SlackSurface(http, Teams(worker, vault))
        yield House(desk, product_url, levers, worker, Media.at("", tmp_path), surface, sandbox)
    await desk.errands.settle()
    server.should_exit = True
    await serving
    await http.close()


def a_desk(settings: SlackSettings, http: SlackHttp, web: Database, vault: Vault, hint: Hints) -> Desk:  # noqa: F811
    async def draw_chart(chart: Chart) -> bytes:
        return PNG

    async def telegram_name() -> str | None:
        return "amarktai_bot"

    return Desk(
        settings=settings,
        vault=vault,
        http=http,
        teams=Teams(web, vault),
        deciding=Deciding(web, lambda platform, payload: CHECKS[platform](payload), hint),
        talk=answers.Desk(
            web, hint, draw_chart, settings.base_url, telegram_name, answers.Offers((Platform.X, Platform.LINKEDIN))
        ),
        errands=Errands(),
    )


@dataclass
class Review:
    """An installed workspace on Business with owner Mara, reviewer Ben, a review channel and a web app."""

    house: House
    team: Team
    hint: Hints

    async def card(self, state: str = "in_review") -> tuple[UUID, str]:
        """A post and the message of its card in the channel."""
        account = await self.team.account(name="@sunrise")
        post_id = await self.team.post(account, state=state, by=self.team.owner)
        await self.team.value("UPDATE cards SET drawn = 0 WHERE workspace_id = %(workspace_id)s RETURNING 1")
        await self.draw()
        return post_id, await self.message_of(post_id)

    async def message_of(self, post_id: UUID) -> str:
        found = await self.team.value(
            "SELECT message_ref FROM cards WHERE workspace_id = %(workspace_id)s AND post_id = %(id)s", id=post_id
        )
        return str(found)

    async def draw(self) -> None:
        """Let the worker draw what the channel wants."""
        house = self.house
        delivery = Delivery(house.worker, {Surface.SLACK: house.surface}, house.media, NoPace(), self.hint, "worker-1")
        await draw_chat(self.team.workspace_id, self.team.channel, delivery)

    async def click(self, ts: str, action: str, user: str = "U0MARA", **more: Any) -> dict[str, Any]:
        return await self.house.act("click", user=user, channel="C0REVIEW", ts=ts, action_id=action, **more)

    async def shown(self, ts: str) -> dict[str, Any]:
        """The message as it lies in the channel."""
        found = (await self.house.see("messages", channel="C0REVIEW"))["messages"]
        return next(one for one in found if one["ts"] == ts)

    async def token(self, ts: str, action: str = "approve") -> str:
        """The value of a button of the card."""
        blocks = (await self.shown(ts))["blocks"]
        return next(str(one["value"]) for one in elements(blocks) if one.get("action_id") == action)


@pytest.fixture
async def review(house: House, web: Database, hint: Hints) -> Review:  # noqa: F811
    """Everything there is to decide."""
    assert (await house.install()).status_code == 200
    workspace_id = await workspace_of(web, Surface.SLACK, "T0SANDBOX")
    assert workspace_id is not None
    await set_plan(house.worker, workspace_id, Plan.BUSINESS)
    await house.act("event", type="invite", channel="C0REVIEW")
    await house.command("people grant <@U0BEN|ben> reviewer")
    channel = await chat_of(web, workspace_id, Surface.SLACK, "C0REVIEW")
    assert channel is not None
    ids = await members(house.worker, workspace_id)
    app = await add_web_app(web, hint, workspace_id, ids["Mara Lindqvist"], "https://sunrise.example")
    ben = ids["Ben Osei"]
    team = Team(
        workspace_id, ids["Mara Lindqvist"], ben, channel.id, channel.id, app.id, house.worker, house.desk.vault
    )
    return Review(house, team, hint)


async def members(database: Database, workspace_id: UUID) -> dict[str, UUID]:
    async with database.transaction(workspace_id) as tx:
        rows = await tx.dicts("SELECT name, id FROM members WHERE workspace_id = %(workspace_id)s")
    return {row["name"]: row["id"] for row in rows}


def words(blocks: Any) -> str:
    """Everything that people read in these blocks."""
    return " ".join(_texts(blocks))


def _texts(part: Any) -> Iterator[str]:
    if isinstance(part, list):
        for one in part:
            yield from _texts(one)
    elif isinstance(part, dict):
        for name, value in part.items():
            if name in ("text", "alt_text", "url") and isinstance(value, str):
                yield value
            else:
                yield from _texts(value)


def elements(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [element for block in blocks for element in block.get("elements", [])]


def press_body(token: str, ts: str, *, user: str = "U0MARA", action: str = "approve", at: str = "1.5") -> bytes:
    """A click on a card as Slack sends it."""
    payload = {
        "type": "block_actions",
        "user": {"id": user, "team_id": "T0SANDBOX"},
        "team": {"id": "T0SANDBOX"},
        "container": {"type": "message", "channel_id": "C0REVIEW", "message_ts": ts},
        "actions": [{"action_id": action, "block_id": "b", "type": "button", "value": token, "action_ts": at}],
        "trigger_id": "1.2.3",
    }
    return str(httpx.QueryParams({"payload": orjson.dumps(payload).decode()})).encode()
