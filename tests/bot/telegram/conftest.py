"""The Telegram edge beside the sandbox's Telegram: a real webhook, real Bot API calls, people who press and write."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
import uvicorn
from telegram import Bot

from bot.answers import Offers
from bot.telegram.client import TelegramSettings, announce, make_bot
from bot.telegram.commands import menu
from bot.telegram.edge import Edge, build_edge
from bot.telegram.ingress import Ingress
from bot.telegram.surface import TelegramSurface
from bot.telegram.taking import Taker
from domain.card import Surface
from domain.plans import Plan
from domain.platforms import Platform
from domain.secret import Secret
from pipeline.agents.chart import Chart
from pipeline.chats import add_chat, chat_of
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

MARA, BEN, CHIYO, GUS, OLGA = 7001, 7002, 7003, 7004, 7005
SUPERGROUP, GROUP = -100500, -500
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
    """The product's Telegram edge and the levers of the sandbox."""

    edge: Edge
    bot: Bot
    settings: TelegramSettings
    http: httpx.AsyncClient
    web: Database
    worker: Database
    media: Media
    hint: Hints
    sandbox: RunningSandbox
    vault: Vault

    async def act(self, lever: str, **wish: Any) -> dict[str, Any]:
        """POST /_sandbox/telegram/{lever}, half a minute after what was before; the answer is a yes."""
        await self.http.post("/_sandbox/clock", json={"advance_seconds": 30})
        answer = await self.http.post(f"/_sandbox/telegram/{lever}", json=wish)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def say(
        self, user: int, text: str, chat: int | None = None, reply_to: int | None = None, wait: float = 3.0
    ) -> str:
        """What the bot writes after somebody wrote."""
        wish = {"user": user, "text": text, "chat": chat or user, "wait": wait}
        done = await self.act("send", **wish, **({"reply_to_message_id": reply_to} if reply_to else {}))
        return "\n".join(done["shown"])

    async def messages(self, chat: int) -> list[dict[str, Any]]:
        """What stands in a chat, oldest first."""
        found = await self.http.get("/_sandbox/telegram/messages", params={"chat": chat})
        return list(found.json()["messages"])

    async def newest(self, chat: int) -> dict[str, Any]:
        """The newest message of the bot."""
        return [one for one in await self.messages(chat) if one["own"]][-1]

    async def deliver(self, body: bytes, secret: str | None = None) -> httpx.Response:
        """A delivery to the webhook by whoever knows its address, with our secret unless told otherwise."""
        given = self.settings.webhook_secret.reveal() if secret is None else secret
        head = {b"Content-Type": b"application/json", b"X-Telegram-Bot-Api-Secret-Token": given.encode()}
        async with httpx.AsyncClient() as client:
            return await client.post(self.settings.webhook_url, content=body, headers=head)


def a_house(
    settings: TelegramSettings,
    http: httpx.AsyncClient,
    databases: tuple[Database, Database],
    media: Media,
    hint: Hints,  # noqa: F811
    sandbox: RunningSandbox,  # noqa: F811
    vault: Vault,  # noqa: F811
) -> House:
    async def draw_chart(chart: Chart) -> bytes:
        return PNG

    web, worker = databases  # noqa: F811
    bot = make_bot(settings)
    deciding = Deciding(web, lambda platform, payload: CHECKS[platform](payload), hint)
    edge = build_edge(
        bot, deciding, draw_chart, "https://app.example", Offers((Platform.X, Platform.LINKEDIN), slack=True)
    )
    return House(edge, bot, settings, http, web, worker, media, hint, sandbox, vault)


@pytest.fixture
async def quiet_house(
    sandbox: RunningSandbox,  # noqa: F811 - fixtures
    product_url: str,
    web: Database,  # noqa: F811
    worker: Database,  # noqa: F811
    vault: Vault,  # noqa: F811
    hint: Hints,  # noqa: F811
    tmp_path: Path,
) -> AsyncIterator[House]:
    """The edge without a webhook: nothing is fetched and nothing delivered yet."""
    given = httpx.get(f"{sandbox.base_url}/_sandbox/settings").json()
    token = Secret(given["TELEGRAM_BOT_TOKEN"])
    settings = TelegramSettings(given["TELEGRAM_API_URL"], token, Secret("s" * 40), product_url)
    async with httpx.AsyncClient(base_url=sandbox.base_url, timeout=30) as levers:
        media = Media.at("", tmp_path)
        built = a_house(settings, levers, (web, worker), media, hint, sandbox, vault)
        yield built
        await built.bot.shutdown()


@pytest.fixture
async def house(quiet_house: House, listener: socket.socket) -> AsyncIterator[House]:
    """The web process' Telegram edge on a real port, announced; nobody has written yet."""
    settings = quiet_house.settings
    front = Ingress(Taker(quiet_house.edge), settings.webhook_secret)
    server = uvicorn.Server(uvicorn.Config(front, log_level="warning", access_log=False, lifespan="off"))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    await announce(quiet_house.bot, settings.webhook_url, settings.webhook_secret, menu())
    yield quiet_house
    server.should_exit = True
    await serving


@dataclass
class Review:
    """A workspace on Business that Mara began, with reviewer Ben, the supergroup as its review chat, and a web app."""

    house: House
    team: Team
    surface: TelegramSurface

    async def card(self, state: str = "in_review") -> tuple[UUID, int]:
        """A post and the message of its card in the supergroup."""
        account = await self.team.account(name="@sunrise")
        post_id = await self.team.post(account, state=state, by=self.team.owner)
        await self.team.value("UPDATE cards SET drawn = 0 WHERE workspace_id = %(workspace_id)s RETURNING 1")
        await self.draw()
        return post_id, int(await self.message_of(post_id))

    async def message_of(self, post_id: UUID) -> str:
        found = await self.team.value(
            "SELECT message_ref FROM cards WHERE workspace_id = %(workspace_id)s AND post_id = %(id)s", id=post_id
        )
        return str(found)

    async def draw(self) -> None:
        """Let the worker draw what the group wants."""
        house = self.house
        surfaces = {Surface.TELEGRAM: self.surface}
        delivery = Delivery(house.worker, surfaces, house.media, NoPace(), house.hint, "worker-1")
        await draw_chat(self.team.workspace_id, self.team.channel, delivery)

    async def press(self, message: int, text: str, user: int = MARA, **more: Any) -> dict[str, Any]:
        """Press the button whose label ends so, or send its data as given."""
        wish = {"data": text} if ":" in text and " " not in text else {"text": await self._label(message, text)}
        return await self.house.act("click", user=user, chat=SUPERGROUP, message_id=message, **wish, **more)

    async def _label(self, message: int, text: str) -> str:
        return next(str(one["text"]) for one in await self.buttons(message) if one["text"].endswith(text))

    async def buttons(self, message: int) -> list[dict[str, Any]]:
        """The buttons that a message has or had last."""
        document = await self.shown(message)
        for version in (document["message"], *reversed(document["history"])):
            if rows := version.get("reply_markup", {}).get("inline_keyboard"):
                return [one for row in rows for one in row]
        return []

    async def token(self, message: int) -> str:
        data = next(one["callback_data"] for one in await self.buttons(message) if "callback_data" in one)
        return str(data).rpartition(":")[2]

    async def shown(self, message: int) -> dict[str, Any]:
        """The message as it lies in the group."""
        return next(one for one in await self.house.messages(SUPERGROUP) if one["message_id"] == message)

    async def question(self) -> int:
        """The number of the newest message of the bot in the group."""
        return int((await self.house.newest(SUPERGROUP))["message_id"])

    async def answers(self) -> list[tuple[str, str]]:
        """Every recorded decision with its outcome."""
        async with self.team.worker.transaction(self.team.workspace_id) as tx:
            ask = "SELECT decision, outcome FROM decisions WHERE workspace_id = %(workspace_id)s ORDER BY at"
            return [(row["decision"], row["outcome"]) for row in await tx.dicts(ask)]

    async def text(self, post_id: UUID) -> object:
        """The newest text of a post."""
        return await self.team.value(TEXT, id=post_id)


TEXT = """
SELECT r.text FROM posts p JOIN revisions r ON r.workspace_id = p.workspace_id AND r.post_id = p.id AND r.n = p.revision_n
WHERE p.workspace_id = %(workspace_id)s AND p.id = %(id)s
"""


@pytest.fixture
async def review(house: House) -> Review:
    """Everything there is to decide."""
    return await open_review(house, SUPERGROUP)


async def open_review(house: House, chat: int) -> Review:
    """A workspace that Mara begins in her private chat, and whose review chat is `chat`."""
    assert "You own a new workspace" in await house.say(MARA, "/start")
    workspace_id = await workspace_of(house.web, Surface.TELEGRAM, str(MARA))
    assert workspace_id is not None
    await set_plan(house.worker, workspace_id, Plan.BUSINESS)
    owner = await house.edge.member_of(workspace_id, str(MARA))
    assert owner is not None
    written = await house.act("send", user=BEN, chat=chat, text="hello all")
    await add_chat(
        house.web, workspace_id, surface=Surface.TELEGRAM, chat_ref=str(chat), kind="group", title="Sunrise review"
    )
    granted = await house.say(MARA, "/people grant reviewer", chat, written["message_id"])
    assert granted == "Ben Osei is a reviewer now."
    ben = await house.edge.member_of(workspace_id, str(BEN))
    group = await chat_of(house.web, workspace_id, Surface.TELEGRAM, str(chat))
    assert ben is not None and group is not None
    app = await add_web_app(house.web, house.hint, workspace_id, owner.id, "https://sunrise.example")
    team = Team(workspace_id, owner.id, ben.id, group.id, group.id, app.id, house.worker, house.vault)
    return Review(house, team, TelegramSurface(house.bot, NoPace()))
