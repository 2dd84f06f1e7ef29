"""The floor: the least that can be done for a click. Checks the HMAC, decodes with the same C unquoter, calls the same function.

Run as `python -m benchmarks.floor PORT` with DATABASE_APP_URL and SLACK_SIGNING_SECRET.
"""

import hashlib
import hmac
import os
import sys
import time
from typing import Any

import orjson
import uvicorn
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool
from yarl._quoting import _Unquoter

from storage.decisions import ALONE, DECIDE

_unquote = _Unquoter(plus=True)


class Floor:
    """A raw ASGI application with one route."""

    def __init__(self, secret: str, pool: AsyncConnectionPool) -> None:
        self._mac = hmac.new(secret.encode(), digestmod=hashlib.sha256)
        self._pool = pool

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = dict(scope["headers"])
        body = b""
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        status = 200 if self._is_genuine(headers, body) else 401
        if status == 200 and body:
            await self._decide(orjson.loads(_unquote(body[8:].decode("ascii"))))
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    def _is_genuine(self, headers: dict[bytes, bytes], body: bytes) -> bool:
        stamp = headers.get(b"x-slack-request-timestamp", b"0")
        if abs(time.time() - int(stamp)) > 300:
            return False
        mac = self._mac.copy()
        mac.update(b"v0:%b:%b" % (stamp, body))
        return hmac.compare_digest(b"v0=" + mac.hexdigest().encode(), headers.get(b"x-slack-signature", b""))

    async def _decide(self, payload: dict[str, Any]) -> None:
        action, container = payload["actions"][0], payload["container"]
        params = {
            "source": "slack",
            "event_key": action["value"] + action["action_ts"],
            "token": action["value"],
            "surface": "slack",
            "team": payload["team"]["id"],
            "user": payload["user"]["id"],
            "chat": container["channel_id"],
            "message": container["message_ts"],
            "decision": action["action_id"],
            "reason": None,
            "detail": None,
        }
        async with self._pool.connection() as connection:
            one = {"clicks": Jsonb([params], dumps=orjson.dumps), "patience": ALONE}
            cursor = await connection.execute(DECIDE, one, prepare=True)
            await cursor.fetchone()


async def serve(port: int) -> None:
    pool = AsyncConnectionPool(
        os.environ["DATABASE_APP_URL"], min_size=1, max_size=4, open=False, kwargs={"autocommit": True}
    )
    await pool.open()
    app = Floor(os.environ["SLACK_SIGNING_SECRET"], pool)
    config = uvicorn.Config(app, port=port, lifespan="off", access_log=False, log_config=None, server_header=False)
    await uvicorn.Server(config).serve()
    await pool.close()


if __name__ == "__main__":
    import uvloop

    uvloop.run(serve(int(sys.argv[1])))
