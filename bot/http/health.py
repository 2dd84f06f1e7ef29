"""Health: alive, ready for clicks, and whether work really goes round; and the figures for a monitoring system."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, ProcessCollector, generate_latest
from psycopg import Error
from psycopg_pool import PoolTimeout

from pipeline.pulse import pulse
from storage.due import Due, due_within
from storage.session import Database

PATIENCE = 3.0
"""Seconds after which a health check answers by itself: whoever asks has a time limit of its own."""
SILENT = "The database does not answer in time."

Check = Callable[[], Awaitable[str | None]]


def health(database: Database, check: Check, patience: float = PATIENCE) -> APIRouter:
    """`check` returns what is wrong with the database, the schema or the keys, or None."""
    router = APIRouter()

    @router.get("/health/live")
    async def live() -> dict[str, bool]:
        return {"ok": True}

    @router.get("/health/ready")
    async def ready() -> JSONResponse:
        """Clicks need the database, the schema and the keys; not the queue, so that none is lost while it is down."""
        return _answer(await _in_time(check, patience))

    @router.get("/health/work")
    async def work() -> JSONResponse:
        """Whether a heartbeat really went through clock, queue, worker and database within the last minute."""
        try:
            async with asyncio.timeout(patience):
                found = await pulse(database)
        except TimeoutError:
            return _answer(SILENT)
        return _answer(found.why, seconds=None if found.seconds is None else round(found.seconds, 1))

    @router.get("/metrics")
    async def metrics() -> Response:
        try:
            async with asyncio.timeout(patience):
                age, overdue = (await pulse(database)).seconds, await due_within(database, 0.0)
        except (Error, PoolTimeout, TimeoutError):
            return Response(f"# {SILENT}\n", status_code=503, media_type="text/plain")
        return Response(generate_latest(figures(age, overdue)), media_type=CONTENT_TYPE_LATEST)

    return router


def figures(age: float | None, overdue: Iterable[Due]) -> CollectorRegistry:
    """One reading: how long ago work went round, what is overdue by stage, and what this process uses."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    about = "Seconds since a hint went through clock, queue, worker and database"
    Gauge("amarktai_work_age_seconds", about, registry=registry).set(float("nan") if age is None else age)
    rows = Gauge("amarktai_overdue_rows", "Rows whose time has come, by stage", ["stage"], registry=registry)
    oldest = Gauge("amarktai_overdue_seconds", "How late the oldest of them is, by stage", ["stage"], registry=registry)
    late: dict[str, list[float]] = {}
    for due in overdue:
        late.setdefault(due.stage, []).append(-due.in_seconds)
    for stage, seconds in late.items():
        rows.labels(stage).set(len(seconds))
        oldest.labels(stage).set(max(seconds))
    return registry


async def _in_time(check: Check, patience: float) -> str | None:
    try:
        async with asyncio.timeout(patience):
            return await check()
    except TimeoutError:
        return SILENT


def _answer(why: str | None, **more: object) -> JSONResponse:
    return JSONResponse({"ok": why is None, "why": why, **more}, status_code=200 if why is None else 503)
