"""Health: alive, ready for clicks, and whether work really goes round; and the figures for a monitoring system."""

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from psycopg import Error
from psycopg_pool import PoolTimeout

from storage.due import beat_age, due_within
from storage.session import Database

STALLED_SECONDS = 60.0


def health(database: Database, check: Callable[[], Awaitable[str | None]]) -> APIRouter:
    """`check` returns what is wrong with the database, the schema or the keys, or None."""
    router = APIRouter()
    figures = CollectorRegistry()
    work_age = Gauge(
        "amarktai_work_age_seconds",
        "Seconds since a hint went through clock, queue, worker and database",
        registry=figures,
    )
    overdue = Gauge("amarktai_overdue_rows", "Rows whose time has come, by stage", ["stage"], registry=figures)
    oldest = Gauge("amarktai_overdue_seconds", "How late the oldest of them is, by stage", ["stage"], registry=figures)

    @router.get("/health/live")
    async def live() -> dict[str, bool]:
        return {"ok": True}

    @router.get("/health/ready")
    async def ready() -> JSONResponse:
        """Clicks need the database, the schema and the keys; not the queue, so that none is lost while it is down."""
        wrong = await check()
        return JSONResponse({"ok": wrong is None, "why": wrong}, status_code=200 if wrong is None else 503)

    @router.get("/health/work")
    async def work() -> JSONResponse:
        """Whether a heartbeat really went through clock, queue, worker and database within the last minute."""
        try:
            age = await beat_age(database, "work")
        except (Error, PoolTimeout):
            return JSONResponse({"ok": False, "why": "The database does not answer."}, status_code=503)
        if age is not None and age <= STALLED_SECONDS:
            return JSONResponse({"ok": True, "seconds": round(age, 1)})
        why = "Nothing was worked on in the last minute: look at the clock, the queue and the workers."
        return JSONResponse({"ok": False, "why": why, "seconds": age}, status_code=503)

    @router.get("/metrics")
    async def metrics() -> Response:
        try:
            await _measure()
        except (Error, PoolTimeout):
            return Response("# the database does not answer\n", status_code=503, media_type="text/plain")
        return Response(generate_latest(figures), media_type=CONTENT_TYPE_LATEST)

    async def _measure() -> None:
        work_age.set(await beat_age(database, "work") or float("nan"))
        overdue.clear()
        oldest.clear()
        for due in await due_within(database, 0.0):
            overdue.labels(due.stage).inc()
            late = -due.in_seconds
            gauge = oldest.labels(due.stage)
            gauge.set(max(late, gauge._value.get()))

    return router
