"""Socket Mode: the product's open WebSockets, envelopes out, acknowledgements in."""

import asyncio
import secrets
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import orjson
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

MOST_CONNECTIONS = 10
TICKET_LIFE = 30.0
ACK_WITHIN = 3.0


@dataclass(eq=False)
class Connection:
    """One open socket and the envelopes that wait for its answer."""

    socket: WebSocket
    waiting: dict[str, asyncio.Future[dict[str, Any]]] = field(default_factory=dict)


class Sockets:
    """The open sockets of the app. Each envelope goes to one of them, in turn."""

    def __init__(self) -> None:
        self._tickets: dict[str, float] = {}
        self._open: list[Connection] = []
        self._turn = 0

    def ticket(self) -> str:
        """The secret part of a WebSocket address: used once, within half a minute."""
        name = secrets.token_hex(16)
        self._tickets[name] = time.monotonic() + TICKET_LIFE
        return name

    def count(self) -> int:
        """How many sockets are open."""
        return len(self._open)

    async def serve(self, socket: WebSocket, app_id: str) -> None:
        """Greet a socket, then pass its acknowledgements on until it closes."""
        if self._tickets.pop(socket.query_params.get("ticket", ""), 0.0) < time.monotonic():
            await socket.close(1008, "link_disabled")
            return
        await socket.accept()
        if len(self._open) >= MOST_CONNECTIONS:
            await _goodbye(socket, "too_many_websockets")
            return
        connection = Connection(socket)
        self._open.append(connection)
        try:
            await _say(socket, _hello(len(self._open), app_id))
            while True:
                _acknowledge(connection, await socket.receive_text())
        except WebSocketDisconnect:
            pass
        finally:
            self._forget(connection)

    async def send(self, kind: str, payload: dict[str, Any], retry: tuple[int, str] | None = None) -> Any:
        """Send one envelope and wait for its acknowledgement. Gives the payload of the answer, or None.

        Raises TimeoutError after 3 seconds and ConnectionError when no socket takes it.
        """
        if not self._open:
            raise ConnectionError("no socket is open")
        self._turn += 1
        connection = self._open[self._turn % len(self._open)]
        envelope: dict[str, Any] = {
            "envelope_id": str(uuid.uuid4()),
            "type": kind,
            "payload": payload,
            "accepts_response_payload": kind != "events_api",
        }
        if kind == "events_api":
            envelope |= {"retry_attempt": retry[0] if retry else 0, "retry_reason": retry[1] if retry else ""}
        answer = asyncio.get_running_loop().create_future()
        connection.waiting[envelope["envelope_id"]] = answer
        try:
            async with asyncio.timeout(ACK_WITHIN):
                await _say(connection.socket, envelope)
                return (await answer).get("payload")
        except (WebSocketDisconnect, RuntimeError) as error:  # starlette says RuntimeError for a socket that closed
            raise ConnectionError("the socket closed before it answered") from error
        finally:
            connection.waiting.pop(envelope["envelope_id"], None)

    async def refresh(self, reason: str = "refresh_requested") -> int:
        """Ask every socket to come again, as Slack does every few hours; how many were asked."""
        asked = list(self._open)
        for connection in asked:
            await _goodbye(connection.socket, reason)
            self._forget(connection)
        return len(asked)

    def _forget(self, connection: Connection) -> None:
        if connection in self._open:
            self._open.remove(connection)
        for answer in connection.waiting.values():
            if not answer.done():
                answer.set_exception(ConnectionError("the socket closed before it answered"))


def _acknowledge(connection: Connection, message: str) -> None:
    try:
        told = orjson.loads(message)
    except orjson.JSONDecodeError:
        return  # Slack ignores what it cannot read; the envelope then times out
    waiting = connection.waiting.get(str(told.get("envelope_id"))) if isinstance(told, dict) else None
    if waiting is not None and not waiting.done():
        waiting.set_result(told)


def _hello(number: int, app_id: str) -> dict[str, Any]:
    return {
        "type": "hello",
        "num_connections": number,
        "connection_info": {"app_id": app_id},
        "debug_info": {"host": "sandbox", "build_number": 1, "approximate_connection_time": 18060},
    }


async def _say(socket: WebSocket, message: dict[str, Any]) -> None:
    await socket.send_text(orjson.dumps(message).decode())


async def _goodbye(socket: WebSocket, reason: str) -> None:
    if socket.application_state is WebSocketState.CONNECTED:
        await _say(socket, {"type": "disconnect", "reason": reason, "debug_info": {"host": "sandbox"}})
        await socket.close(1000)
