"""The levers of the Telegram twin: look at chats and messages, act as a person, make chats change."""

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.telegram import files, gestures, messages, places, talking
from sandbox.telegram.gestures import Impossible
from sandbox.telegram.twin import Telegram

HARMLESS = {
    "Content-Security-Policy": "sandbox",
    "X-Content-Type-Options": "nosniff",
}  # a file may be a page with scripts
Deed = Callable[[Telegram, dict[str, Any]], Awaitable[dict[str, Any]]]
DEEDS: dict[str, Deed] = {
    "send": talking.send,
    "forward": talking.forward,
    "click": gestures.click,
    "migrate": gestures.migrate,
    "block": gestures.block,
    "kick": gestures.kick,
    "add": gestures.add,
}


def routes(twin: Telegram) -> list[BaseRoute]:
    """Everything under /_sandbox/telegram."""
    return [
        *(Route(f"/_sandbox/telegram/{name}", _doing(twin, deed), methods=["POST"]) for name, deed in DEEDS.items()),
        Route("/_sandbox/telegram/messages", _messages(twin), methods=["GET"]),
        Route("/_sandbox/telegram/chats", _chats(twin), methods=["GET"]),
        Route("/_sandbox/telegram/files/{file_id}", _file(twin), methods=["GET"]),
    ]


def refusal(sentence: str, status: int = 400) -> JSONResponse:
    """A wish that no person could carry out, with the reason."""
    return JSONResponse({"ok": False, "error": "bad_request", "message": sentence}, status)


def _doing(twin: Telegram, deed: Deed) -> Callable[[Request], Awaitable[Response]]:
    async def do(request: Request) -> Response:
        try:
            wish = orjson.loads(await request.body())
        except orjson.JSONDecodeError:
            wish = None
        if not isinstance(wish, dict):
            return refusal('The body must be a JSON object such as {"user": 7001, …}; see sandbox/CHATS.md.')
        try:
            return JSONResponse(await deed(twin, wish))
        except Impossible as reason:
            return refusal(str(reason))
        except (TypeError, ValueError):
            return refusal("message_id, reply_to_message_id, size and to are whole numbers.")

    return do


def _messages(twin: Telegram) -> Callable[[Request], Awaitable[Response]]:
    async def show(request: Request) -> Response:
        chat = request.query_params.get("chat", "-100500")
        if twin.world.state.get(places.KIND, chat) is None:
            return refusal(f"There is no chat {chat!r}.")
        found = messages.of_chat(twin, int(chat))
        if not request.query_params.get("deleted"):
            found = [one for one in found if not one["deleted"]]
        return JSONResponse({"ok": True, "messages": found})

    return show


def _chats(twin: Telegram) -> Callable[[Request], Awaitable[Response]]:
    async def show(_request: Request) -> Response:
        return JSONResponse({"ok": True, "chats": twin.world.state.all(places.KIND)})

    return show


def _file(twin: Telegram) -> Callable[[Request], Awaitable[Response]]:
    async def show(request: Request) -> Response:
        document = twin.world.state.get(files.KIND, request.path_params["file_id"])
        if document is None:
            return refusal("There is no such file.", 404)
        return FileResponse(files.path_of(twin.world, document), headers=HARMLESS)

    return show
