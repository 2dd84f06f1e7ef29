"""Web apps: add one by its address, say when its day begins, describe it when its page cannot be read, remove it."""

from collections.abc import Sequence
from datetime import UTC, datetime, time
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

from domain.errors import PlanLimit, Refused
from domain.plans import PLANS, Limit, wall
from domain.roles import Right
from domain.slots import UnknownZone, local_date_of, next_local, zone_named
from pipeline.chats import draw_soon
from pipeline.people import require
from pipeline.ports import Hint
from storage import batches, schedules, web_apps, workspaces
from storage.session import Database
from storage.web_apps import WebApp

LONGEST_URL = 2_048
LONGEST_DESCRIPTION = 4_000
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)


def clean_url(text: str) -> str:
    """The address of a web app as it is kept: http or https, no fragment. Raises `Refused` with what is wrong."""
    typed = text.strip().strip("<>")
    if len(typed) > LONGEST_URL:
        raise Refused(f"This address is longer than {LONGEST_URL} characters. Give the address of the start page.")
    if "://" not in typed:
        typed = f"https://{typed}"
    try:
        parts = urlsplit(typed)
        host, port = parts.hostname, parts.port
        host = (host or "").encode("idna").decode("ascii").rstrip(".")
    except ValueError:  # UnicodeError is one
        raise Refused(_not_an_address(text)) from None
    if parts.scheme not in ("http", "https"):
        raise Refused("Only http and https addresses can be read. Give the address of a web page.")
    if parts.username is not None or parts.password is not None:
        raise Refused("This address carries a user name or password. Give the public address, without them.")
    is_bare = "." not in host and ":" not in host and port is None and host != "localhost"  # a word, no public name
    if not host or is_bare or any(not char.isprintable() or char.isspace() or char in '\\"<>' for char in typed):
        raise Refused(_not_an_address(text))
    shown = f"[{host}]" if ":" in host else host
    return urlunsplit((parts.scheme, shown if port is None else f"{shown}:{port}", parts.path or "/", parts.query, ""))


def _not_an_address(text: str) -> str:
    return f"“{text.strip()[:60]}” is not an address. Write it like https://example.com."


async def add_web_app(
    database: Database,
    hint: Hint,
    workspace_id: UUID,
    by: UUID,
    url: str,
    *,
    name: str | None = None,
    zone: str = "UTC",
) -> WebApp:
    """Promote a web app from the next day on that begins in its zone. The same address again changes nothing.

    Owners only. Raises `NotAllowed`, `PlanLimit`, or `Refused` for an address or a zone that makes no sense.
    """
    address, place = clean_url(url), _zone(zone)
    async with database.transaction(workspace_id) as tx:
        await require(tx, by, Right.CONNECT)
        plan = (await workspaces.lock(tx)).plan
        known = await web_apps.by_url(tx, address)
        if known is not None:
            return known
        if not PLANS[plan].allows(Limit.WEB_APPS, len(await web_apps.web_apps(tx)) + 1):
            raise PlanLimit(wall(plan, Limit.WEB_APPS))
        app = await web_apps.put(tx, address, _name(name, address), place)
        await web_apps.schedule(tx, app.id, next_local(app.zone, app.batch_at, await schedules.now(tx)))
        tx.after_commit(lambda: hint("due", None, None))
    return app


async def list_web_apps(database: Database, workspace_id: UUID) -> list[WebApp]:
    """What is promoted, oldest first. Every member may ask."""
    async with database.transaction(workspace_id) as tx:
        return await web_apps.web_apps(tx)


async def set_times(
    database: Database,
    hint: Hint,
    workspace_id: UUID,
    by: UUID,
    web_app_id: UUID,
    *,
    zone: str | None = None,
    batch_at: time | None = None,
    deliver_at: time | None = None,
    slot_times: Sequence[time] | None = None,
) -> WebApp:
    """Set when a web app's day begins, when its cards come, and its slots; what is None stays. Owners only.

    Posts that have their slot keep it. No slot times at all means: soon after the cards. Raises `Refused`.
    """
    place = None if zone is None else _zone(zone)
    async with database.transaction(workspace_id) as tx:
        await require(tx, by, Right.CONNECT)
        app = _there(await web_apps.get(tx, web_app_id))
        await web_apps.set_times(
            tx,
            web_app_id,
            place or app.zone,
            app.batch_at if batch_at is None else batch_at,
            app.deliver_at if deliver_at is None else deliver_at,
            app.slot_times if slot_times is None else sorted(set(slot_times)),
        )
        app = _there(await web_apps.get(tx, web_app_id))
        await web_apps.schedule(tx, web_app_id, next_local(app.zone, app.batch_at, await schedules.now(tx)))
        tx.after_commit(lambda: hint("due", None, None))
    return app


async def describe_web_app(
    database: Database, hint: Hint, workspace_id: UUID, by: UUID, web_app_id: UUID, text: str
) -> WebApp:
    """What the web app is, in a person's words, for when its page cannot be read. Reviewers and owners.

    Today's batch, if it failed for want of a page, is written now. Raises `NotAllowed`, `Refused`.
    """
    words = text.strip()
    if not words:
        raise Refused("The description is empty. Say in a few sentences what the web app does, and for whom.")
    async with database.transaction(workspace_id) as tx:
        await require(tx, by, Right.DECIDE)
        app = _there(await web_apps.get(tx, web_app_id))
        await web_apps.describe(tx, web_app_id, words[:LONGEST_DESCRIPTION])
        batch = await batches.of_day(tx, web_app_id, local_date_of(app.zone, await schedules.now(tx)))
        if batch is not None and batch.state == "unreadable":
            batch_id = batch.id
            await batches.hurry(tx, batch_id)
            tx.after_commit(lambda: hint("batch", workspace_id, batch_id))
        return _there(await web_apps.get(tx, web_app_id))


async def remove_web_app(database: Database, hint: Hint, workspace_id: UUID, by: UUID, web_app_id: UUID) -> list[UUID]:
    """Promote it no more, and take back what has not gone out; returns those posts. Owners only. May run twice."""
    async with database.transaction(workspace_id) as tx:
        await require(tx, by, Right.CONNECT)
        await workspaces.lock(tx)
        if not await web_apps.remove(tx, web_app_id):
            return []
        await web_apps.schedule(tx, web_app_id, _NEVER)
        stopped = await web_apps.stop_posts(tx, web_app_id, by)
        await draw_soon(tx, hint)
    return stopped


def _there(app: WebApp | None) -> WebApp:
    if app is None:
        raise Refused("There is no such web app here (any more). `apps` lists those there are.")
    return app


def _zone(name: str) -> str:
    try:
        return zone_named(name.strip()).key
    except UnknownZone as error:
        raise Refused(str(error)) from None


def _name(name: str | None, address: str) -> str:
    given = " ".join((name or "").split())[:80]
    return given or (urlsplit(address).hostname or address).removeprefix("www.")
