"""Telegram's twin: Bot API, webhook and long polling, chats that migrate and block, and people to act as."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.telegram import bot_api, control, places
from sandbox.telegram.twin import Telegram
from sandbox.telegram.updates import Updates
from sandbox.world import World


def routes(world: World) -> list[BaseRoute]:
    """Every address of the twin, with its levers under /_sandbox/telegram."""
    places.seed(world.state)
    twin = Telegram(world, Updates(world))

    async def reply(body: dict[str, Any]) -> None:
        await bot_api.reply(twin, body)

    twin.updates.call = reply

    async def call(request: Request) -> Response:
        return await bot_api.call(twin, request)

    async def download(request: Request) -> Response:
        return await bot_api.download(twin, request)

    return [
        Route("/telegram/bot{token}/{method}", call, methods=["GET", "POST"]),
        Route("/telegram/file/bot{token}/{path:path}", download, methods=["GET"]),
        *control.routes(twin),
    ]
