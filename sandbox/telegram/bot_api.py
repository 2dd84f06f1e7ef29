"""The one way into the Bot API: token, method, faults, and the envelope round every answer."""

import secrets
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.faults import answer
from sandbox.telegram import arguments, files
from sandbox.telegram.arguments import Arguments
from sandbox.telegram.methods import METHODS
from sandbox.telegram.refusals import Refused
from sandbox.telegram.twin import Telegram

BY_LOWER_CASE = {name.lower(): name for name in METHODS}  # the Bot API does not care about case
DESCRIBED = {"setWebhook": "Webhook was set", "deleteWebhook": "Webhook was deleted"}
NOT_AS_REPLY = {"setWebhook", "deleteWebhook"}


async def call(twin: Telegram, request: Request) -> Response:
    """One call, under whatever fault is armed for it."""
    if not _known(twin, request):
        return Refused("unauthorized").response()
    name = BY_LOWER_CASE.get(request.path_params["method"].lower())
    if name is None:
        return Refused("unknown_method").response()
    asked = await arguments.read(request)  # before the fault: accept_late works when the request is gone
    twin.updates.resume()

    async def accept() -> Response:
        return await run(twin, name, asked)

    return await answer(twin.world, f"telegram.{name}", accept)


async def run(twin: Telegram, name: str, asked: Arguments) -> Response:
    """Do one method and wrap what comes of it."""
    try:
        body = {"ok": True, "result": await METHODS[name](twin, asked)}
    except Refused as refused:
        return refused.response()
    return JSONResponse(body | ({"description": DESCRIBED[name]} if name in DESCRIBED else {}))


async def reply(twin: Telegram, body: dict[str, Any]) -> None:
    """A call that the product put into its answer to a webhook; nobody learns its result."""
    name = BY_LOWER_CASE.get(str(body.get("method")).lower())
    if name is not None and name not in NOT_AS_REPLY and not name.startswith("get"):
        await run(twin, name, Arguments({key: value for key, value in body.items() if key != "method"}))


async def download(twin: Telegram, request: Request) -> Response:
    """The bytes of a file, by the path that getFile gave; 404 for a wrong token, too. Its faults are "telegram.file"."""
    path = files.found(twin.world, request.path_params["path"]) if _known(twin, request) else None

    async def accept() -> Response:
        if path is None:
            return Refused("unknown_method").response()
        return Response(path.read_bytes(), media_type="application/octet-stream")

    return await answer(twin.world, "telegram.file", accept)


def _known(twin: Telegram, request: Request) -> bool:
    return secrets.compare_digest(request.path_params["token"].encode(), twin.world.secrets.telegram_bot_token.encode())
