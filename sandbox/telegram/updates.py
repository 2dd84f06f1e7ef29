"""Updates for the product: kept until taken, in order per chat or person, pushed to the webhook or handed out."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson

from sandbox.telegram.refusals import Refused
from sandbox.world import World

KIND = "telegram.update"
HOOK = "telegram.webhook"
LIVES = {"callback_query": 150.0}  # seconds; everything else is kept for a day
DAY = 86_400.0
PATIENCE = 30.0  # seconds for one answer of the webhook
LONGEST_PAUSE = 60.0
SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
NOT_BY_DEFAULT = {"chat_member", "message_reaction", "message_reaction_count"}
FIRST_ID = 700_000_000
TROUBLE: tuple[str, ...] = ("last_error_date", "last_error_message")
Call = Callable[[dict[str, Any]], Awaitable[None]]


@dataclass(frozen=True)
class Delivered:
    """How the first attempt went: the status of the webhook, or None (no webhook, no answer)."""

    via: str
    http_status: int | None
    ack: Any = None


class Updates:
    """All updates that nobody took yet. They survive a restart; the next call of the product resumes the pushing."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._busy: set[str] = set()
        self._news = asyncio.Event()
        self._moved = asyncio.Event()  # the webhook was set anew: nobody waits for the old one any longer
        self._poll: asyncio.Future[str] | None = None
        self._firsts: dict[int, asyncio.Future[Delivered]] = {}
        self._client: httpx.AsyncClient | None = None
        self.call: Call | None = None  # runs a method that a webhook answered with

    # --- the product's side

    def hook(self) -> dict[str, Any]:
        """The webhook as it is set; an empty "url" means none."""
        return self._world.state.get(HOOK, "now") or {"url": "", "secret": "", "allowed": None, "connections": 40}

    def set_hook(self, url: str, secret: str, connections: int, allowed: Any, drop: bool) -> None:
        """setWebhook and deleteWebhook. Raises webhook, secret."""
        if url:
            _check_address(url)
        if secret and not SECRET.fullmatch(secret):
            raise Refused("secret")
        if url and self._poll is not None and not self._poll.done():
            self._poll.set_result("webhook_began")
        before = self.hook()
        allowed = allowed if isinstance(allowed, list) else before["allowed"]
        document = {"url": url, "secret": secret, "allowed": allowed or None, "connections": connections}
        self._world.state.put(HOOK, "now", document)
        if drop:
            self.drop()
        self._moved.set()
        self._moved = asyncio.Event()
        self.resume()

    def drop(self) -> None:
        """Forget everything that waits."""
        for update in self._world.state.all(KIND):
            self._forget(update)

    def info(self) -> dict[str, Any]:
        """getWebhookInfo"""
        hook = self.hook()
        body: dict[str, Any] = {
            "url": hook["url"],
            "has_custom_certificate": False,
            "pending_update_count": len(self._waiting()),
            "max_connections": hook["connections"],
        }
        trouble = {name: hook[name] for name in TROUBLE if name in hook}
        return {**body, **trouble, **({"allowed_updates": hook["allowed"]} if hook["allowed"] else {})}

    async def poll(self, offset: int, limit: int, patience: float, allowed: Any) -> list[dict[str, Any]]:
        """getUpdates. Raises webhook_active, other_poll, webhook_began."""
        if self.hook()["url"]:
            raise Refused("webhook_active")
        if isinstance(allowed, list):
            self._world.state.put(HOOK, "now", {**self.hook(), "allowed": allowed or None})
        if self._poll is not None and not self._poll.done():
            self._poll.set_result("other_poll")
        mine = self._poll = asyncio.get_running_loop().create_future()
        self._confirm(offset)
        until = time.monotonic() + patience
        while not (found := self._waiting()) and (left := until - time.monotonic()) > 0:
            self._news.clear()
            heard = asyncio.ensure_future(self._news.wait())
            await asyncio.wait({mine, heard}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            heard.cancel()
            if mine.done():
                raise Refused(mine.result())
        if mine.done():
            raise Refused(mine.result())
        mine.cancel()
        return [{"update_id": update["update_id"], **update["body"]} for update in found[:limit]]

    # --- the people's side

    def put(self, queue: str, kind: str, content: dict[str, Any]) -> asyncio.Future[Delivered] | None:
        """Keep one update and start to deliver it; `queue` is "chat:…" or "user:…".

        Gives the outcome of the first attempt to come; None when the product did not ask for such updates.
        """
        allowed = self.hook()["allowed"]
        if kind not in allowed if allowed else kind in NOT_BY_DEFAULT:
            return None
        number = FIRST_ID + self._world.state.next("telegram.update")
        document = {"update_id": number, "queue": queue, "kind": kind, "body": {kind: content}, "attempts": 0}
        self._world.state.put(KIND, str(number), {**document, "at": self._world.now()})
        first: asyncio.Future[Delivered] = asyncio.get_running_loop().create_future()
        self._firsts[number] = first
        if not self.hook()["url"]:
            self._first(number, Delivered("getUpdates", None))
        self._news.set()
        self.resume()
        return first

    def resume(self) -> None:
        """Push whatever waits, one worker for each queue."""
        if not self.hook()["url"]:
            return
        for queue in {update["queue"] for update in self._world.state.all(KIND)} - self._busy:
            self._busy.add(queue)
            self._world.spawn(self._work(queue))

    async def _work(self, queue: str) -> None:
        """A failing update holds up the later ones of its own queue, and no other."""
        try:
            while self.hook()["url"] and (mine := [one for one in self._waiting() if one["queue"] == queue]):
                pause = await self._push(mine[0])
                if pause:
                    await self._rest(pause)
        finally:
            self._busy.discard(queue)

    async def _rest(self, seconds: float) -> None:
        """Wait before the next attempt, or until the product sets its webhook again (it has just come back)."""
        try:
            await asyncio.wait_for(self._moved.wait(), seconds)
        except TimeoutError:
            return

    async def _push(self, update: dict[str, Any]) -> float:
        """One attempt; the seconds until the next one, 0 when the update is done (or to be tried at once)."""
        hook, body = self.hook(), orjson.dumps({"update_id": update["update_id"], **update["body"]})
        headers = {"Content-Type": "application/json"}
        if hook["secret"]:
            headers["X-Telegram-Bot-Api-Secret-Token"] = hook["secret"]
        started = time.monotonic()
        answer = await self._post(hook["url"], body, headers)
        status = None if answer is None else answer.status_code
        self._record(hook["url"], status, body, b"" if answer is None else answer.content, time.monotonic() - started)
        reply = _reply(answer)
        self._first(update["update_id"], Delivered("webhook", status, reply))
        if answer is not None and answer.is_success:
            self._forget(update)
            if isinstance(reply, dict) and "method" in reply and self.call is not None:
                await self.call(reply)
            return 0.0
        words = "Connection refused" if status is None else f"Wrong response from the webhook: {status}"
        trouble = {"last_error_date": int(self._world.now()), "last_error_message": words}
        self._world.state.put(HOOK, "now", {**self.hook(), **trouble})
        self._world.state.put(KIND, str(update["update_id"]), {**update, "attempts": update["attempts"] + 1})
        return _pause(update["attempts"], answer)

    async def _post(self, url: str, body: bytes, headers: dict[str, str]) -> httpx.Response | None:
        if self._client is None:
            # No connection is kept: the product may be killed and restarted between two deliveries.
            self._client = httpx.AsyncClient(
                trust_env=False, timeout=PATIENCE, limits=httpx.Limits(max_keepalive_connections=0)
            )
        try:
            return await self._client.post(url, content=body, headers=headers, follow_redirects=False)
        except httpx.HTTPError:
            return None

    def _record(self, url: str, status: int | None, body: bytes, answer: bytes, seconds: float) -> None:
        exchange = self._world.traffic.record(
            direction="out",
            twin="telegram",
            method="POST",
            path=urlsplit(url).path,
            status=status,
            request=body,
            response=answer,
            seconds=seconds,
            note="update",
        )
        self._world.bus.publish({"type": "traffic", "exchange": exchange})

    def _waiting(self) -> list[dict[str, Any]]:
        """What is still worth delivering, oldest first; the rest is forgotten."""
        now, living = self._world.now(), []
        for update in self._world.state.all(KIND):
            if now - update["at"] > LIVES.get(update["kind"], DAY):
                self._forget(update)
            else:
                living.append(update)
        return living

    def _confirm(self, offset: int) -> None:
        waiting = self._world.state.all(KIND)
        gone = waiting[:offset] if offset < 0 else [one for one in waiting if one["update_id"] < offset]
        for update in gone:
            self._forget(update)

    def _forget(self, update: dict[str, Any]) -> None:
        self._world.state.delete(KIND, str(update["update_id"]))
        self._first(update["update_id"], Delivered("none", None))

    def _first(self, number: int, outcome: Delivered) -> None:
        future = self._firsts.pop(number, None)
        if future is not None and not future.done():
            future.set_result(outcome)


def _check_address(url: str) -> None:
    """HTTPS; plain http only to this machine, as the local Bot API server allows it."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise Refused("webhook", why="URL is malformed") from error
    if not parts.hostname:
        raise Refused("webhook", why="URL host is empty")
    if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "localhost"):
        raise Refused("webhook", why="An HTTPS URL must be provided for webhook")


def _pause(attempts: int, answer: httpx.Response | None) -> float:
    """0, 2, 4, 8 … seconds, or what the product asked for with Retry-After, up to an hour."""
    asked = "" if answer is None else answer.headers.get("retry-after", "")
    if asked.isdecimal():
        return min(float(asked), 3600.0)
    return 0.0 if attempts == 0 else min(2.0**attempts, LONGEST_PAUSE)


def _reply(answer: httpx.Response | None) -> Any:
    if answer is None or "json" not in answer.headers.get("content-type", ""):
        return None
    try:
        return orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        return None
