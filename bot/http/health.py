"""Health: alive, ready for clicks, and whether work really goes round; and the figures for a monitoring system."""

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from ipaddress import ip_address

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST
from psycopg import Error
from psycopg_pool import PoolTimeout

from bot.http.figures import Clicks, exposition
from domain.secret import Secret
from pipeline.sight import look, why_not
from storage import sight
from storage.session import Database

PATIENCE = 3.0
"""Seconds after which a health check answers by itself: whoever asks has a time limit of its own."""
SILENT = "The database does not answer in time."
PRIVATE = "The figures are for this machine, or for whoever sends METRICS_TOKEN as a bearer token.\n"

Check = Callable[[], Awaitable[str | None]]


def health(
    database: Database,
    check: Check,
    patience: float = PATIENCE,
    *,
    token: Secret | None = None,
    clicks: Clicks | None = None,
) -> APIRouter:
    """`check` returns what is wrong with the database, the schema or the keys, or None.

    The figures are given to whoever sends `token`; without one, only on this machine itself.
    """
    router = APIRouter()
    router.include_router(_figures(database, patience, token, clicks or Clicks()))

    @router.get("/health/live")
    async def live() -> dict[str, bool]:
        return {"ok": True}

    @router.get("/health/ready")
    async def ready() -> JSONResponse:
        """Clicks need the database, the schema and the keys; not the queue, so that none is lost while it is down."""
        return _answer(await _in_time(check, patience))

    @router.get("/health/work")
    async def work() -> JSONResponse:
        """Whether a heartbeat really went through clock, queue, worker and database within the last minute, and whether
        something is due for so long that its stage must be stuck."""
        try:
            async with asyncio.timeout(patience):
                seen = await look(database)
        except TimeoutError:
            return _answer(SILENT)
        if seen is None:
            return _answer(why_not(seen))
        stuck = {one.stage: round(one.seconds) for one in seen.overdue}
        age = None if seen.age is None else round(seen.age, 1)
        return _answer(why_not(seen), seconds=age, late_posts=seen.late_posts, stuck=stuck, stopped=seen.stopped)

    return router


def _figures(database: Database, patience: float, token: Secret | None, clicks: Clicks) -> APIRouter:
    router = APIRouter()

    @router.get("/metrics")
    async def metrics(request: Request) -> Response:
        if not _may_read(request, token):
            return Response(PRIVATE, status_code=403, media_type="text/plain")
        try:
            async with asyncio.timeout(patience):
                seen = await look(database, overdue=0.0)
                counts = await sight.counts(database) if seen is not None else []
        except (Error, PoolTimeout, TimeoutError):
            seen = None
        if seen is None:
            return Response(f"# {SILENT}\n", status_code=503, media_type="text/plain")
        return Response(exposition(seen, counts, clicks), media_type=CONTENT_TYPE_LATEST)

    return router


def _may_read(request: Request, token: Secret | None) -> bool:
    """By the token; without one by where the request comes from, if nobody passed it on."""
    if token is not None:
        wanted = f"Bearer {token.reveal()}".encode()
        return hmac.compare_digest(request.headers.get("authorization", "").encode("utf-8", "replace"), wanted)
    passed_on = {"forwarded", "x-forwarded-for", "x-real-ip"} & set(request.headers.keys())
    host = request.client.host if request.client else ""
    return not passed_on and _is_here(host)


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


async def _in_time(check: Check, patience: float) -> str | None:
    try:
        async with asyncio.timeout(patience):
            return await check()
    except TimeoutError:
        return SILENT


def _answer(why: str | None, **more: object) -> JSONResponse:
    return JSONResponse({"ok": why is None, "why": why, **more}, status_code=200 if why is None else 503)
