"""Reports for people: the queue, the web apps, the home page, and what the posts did. All read from rows, as values."""

from collections import defaultdict
from collections.abc import Awaitable, Callable
from itertools import groupby
from uuid import UUID

from domain.card import DigestLine, NoticeView
from domain.lifetimes import ending
from domain.measures import Metric
from domain.plans import PLANS
from domain.platforms import PLATFORMS, Platform
from domain.publishing import AccountKind
from domain.views import (
    AccountLine,
    AnalyticsRow,
    AnalyticsView,
    AppLine,
    HelpView,
    HomeView,
    PersonLine,
    QueueView,
    TopPost,
    UsageLine,
)
from pipeline.accounts import how_to_connect
from pipeline.agents.chart import Chart, Figure, Series
from pipeline.pauses import STOPPED
from pipeline.pulse import PULSE, STANDSTILL, goes_round
from storage import due, measures, reports
from storage.measures import Point, Total
from storage.session import Database, Transaction

PERIODS: dict[str, tuple[float, int, str]] = {
    "24h": (86_400.0, 12, "last 24 hours"),
    "7d": (7 * 86_400.0, 7, "last 7 days"),
    "30d": (30 * 86_400.0, 30, "last 30 days"),
}
"""For each period that people may ask for: seconds, steps of its chart, and how it is called."""

DrawChart = Callable[[Chart], Awaitable[bytes]]


async def queue(database: Database, workspace_id: UUID) -> tuple[QueueView, ...]:
    """What is on its way, by web app."""
    async with database.transaction(workspace_id) as tx:
        return await _queue(tx)


async def halts(database: Database, workspace_id: UUID) -> tuple[str, ...]:
    """Why nothing of the queue goes out at all, if so, in sentences."""
    async with database.transaction(workspace_id) as tx:
        row = await reports.overview(tx)
    found = [STOPPED.title + "."] if row and row.stopped else []
    return (*found, *(["Everything is paused: “resume” lets it go on."] if row and row.paused else []))


async def apps(database: Database, workspace_id: UUID) -> tuple[AppLine, ...]:
    """The web apps, with the accounts they are promoted on."""
    async with database.transaction(workspace_id) as tx:
        return await _apps(tx)


async def people(database: Database, workspace_id: UUID) -> tuple[PersonLine, ...]:
    """Who may do what."""
    async with database.transaction(workspace_id) as tx:
        return await _people(tx)


async def help_view(database: Database, workspace_id: UUID) -> HelpView:
    """The plan and the support that it promises."""
    async with database.transaction(workspace_id) as tx:
        row = await reports.overview(tx)
    if row is None:
        return HelpView("", "")
    terms = PLANS[row.plan]
    return HelpView(terms.title, terms.support)


async def home(database: Database, workspace_id: UUID) -> HomeView | None:
    """The dashboard. None: no such workspace."""
    async with database.transaction(workspace_id) as tx:
        row = await reports.overview(tx)
        if row is None:
            return None
        queues, listed, known = await _queue(tx), await reports.accounts(tx), await _people(tx)
        own = await reports.apps(tx)
        age = await due.age(tx, PULSE)
    terms = PLANS[row.plan]
    alarms = [_account_alarm(account) for account in listed if account.state != "connected" or account.ends_at]
    if row.paused:
        alarms.insert(0, NoticeView("Everything is paused", "Nothing goes out until somebody resumes."))
    if row.stopped:
        alarms.insert(0, STOPPED)
    elif row.waiting_since is not None:
        late = "An approved post has been waiting for more than five minutes after its slot."
        alarms.insert(0, NoticeView("Publishing is late", late))
    if not goes_round(age):
        alarms.insert(0, NoticeView("Work stands still", STANDSTILL))
    usage = (
        UsageLine("Web apps", len(own), terms.web_apps),
        UsageLine("Posts today", row.posts_today, terms.posts_a_day),
        UsageLine("Seats", len(known), terms.seats),
    )
    return HomeView(
        row.name, terms.title, queues, tuple(_account_line(one) for one in listed), tuple(alarms), usage, known
    )


async def analytics(
    database: Database, workspace_id: UUID, period: str, web_app: str | None, platform: Platform | None
) -> AnalyticsView | None:
    """Figures of a period of `PERIODS` against the one before. None: no web app of that name."""
    seconds, _, called = PERIODS[period]
    async with database.transaction(workspace_id) as tx:
        app = await _app_named(tx, web_app)
        if web_app and app is None:
            return None
        ident = app.id if app else None
        totals = await measures.totals(tx, seconds, 0.0, ident, platform)
        before = {
            (row.platform, row.account_name): row
            for row in await measures.totals(tx, seconds * 2, seconds, ident, platform)
        }
        best = await measures.ranked(tx, seconds, ident, platform)
    rows = tuple(_analytics_row(row, before.get((row.platform, row.account_name))) for row in totals)
    top = tuple(
        TopPost(
            post.number, Platform(post.platform), post.opening, Metric.IMPRESSIONS, post.impressions, post.permalink
        )
        for post in best
        if post.impressions is not None
    )
    scope = " · ".join(
        part for part in (app.name if app else "all web apps", PLATFORMS[platform].name if platform else "") if part
    )
    as_of = max((row.as_of for row in totals if row.as_of is not None), default=None)
    alt = f"Impressions over the {called}, {scope}."
    return AnalyticsView(called, rows, app.zone if app else "UTC", as_of, scope, top, alt)


async def analytics_chart(
    database: Database, workspace_id: UUID, period: str, web_app: str | None, platform: Platform | None, draw: DrawChart
) -> bytes:
    """The same as a picture (PNG): impressions gathered over the period, one colour a platform."""
    seconds, steps, called = PERIODS[period]
    async with database.transaction(workspace_id) as tx:
        app = await _app_named(tx, web_app)
        ident = app.id if app else None
        points = await measures.curve(tx, seconds, steps, Metric.IMPRESSIONS, ident, platform)
        totals = await measures.totals(tx, seconds, 0.0, ident, platform)
    chart = Chart(
        series=_series(points, steps),
        labels=tuple(_label(period, step, steps) for step in range(steps)),
        title=f"Impressions, {called}",
        subtitle=app.name if app else "all web apps",
        figures=tuple(
            _figure(metric, totals) for metric in (Metric.IMPRESSIONS, Metric.LIKES, Metric.COMMENTS, Metric.CLICKS)
        ),
        lines=True,
    )
    return await draw(chart)


def _series(points: list[Point], steps: int) -> tuple[Series, ...]:
    by_platform: dict[str, dict[int, int | None]] = defaultdict(dict)
    for point in points:
        by_platform[point.platform][point.step] = point.value
    return tuple(
        Series(PLATFORMS[Platform(name)].name, tuple(values.get(step) for step in range(steps)))
        for name, values in sorted(by_platform.items())
    )


def _label(period: str, step: int, steps: int) -> str:
    """How long before now a step ends."""
    left = steps - 1 - step
    if left == 0:
        return "now"
    return f"-{left * 24 // steps} h" if period == "24h" else f"-{left} d"


def _figure(metric: Metric, totals: list[Total]) -> Figure:
    known = [value for row in totals if (value := getattr(row, metric)) is not None]
    return Figure(metric.value.capitalize(), f"{sum(known):,}" if known else "n/a")


def _analytics_row(row: Total, before: Total | None) -> AnalyticsRow:
    return AnalyticsRow(
        Platform(row.platform), row.account_name, row.posts, _values(row), _values(before) if before else {}
    )


def _values(row: Total) -> dict[Metric, int | None]:
    return {metric: getattr(row, metric) for metric in Metric}


async def _queue(tx: Transaction) -> tuple[QueueView, ...]:
    rows = await reports.queue(tx)
    paused = {app.name for app in await reports.apps(tx) if app.paused}
    overview = await reports.overview(tx)
    stopped = overview is not None and overview.paused
    return tuple(
        QueueView(name, zone, tuple(_line(row) for row in group), stopped or name in paused)
        for (name, zone), group in groupby(rows, lambda row: (row.web_app, row.zone))
    )


def _line(row: reports.Queued) -> DigestLine:
    return DigestLine(row.number, row.platform, row.account_name, row.state, row.slot, row.opening)


async def _apps(tx: Transaction) -> tuple[AppLine, ...]:
    accounts = tuple(_account_line(row) for row in await reports.accounts(tx))
    return tuple(
        AppLine(row.name, row.url, row.zone, row.slots * max(len(accounts), 1), accounts, row.paused)
        for row in await reports.apps(tx)
    )


def _account_line(row: reports.AccountRow) -> AccountLine:
    said = row.trouble or row.state
    if row.state == "connected":
        until = f"connected until {row.ends_at:%-d %B}" if row.ends_at else "connected"
        said = "paused" if row.paused else until
    healthy = row.state == "connected" and not row.paused and row.ends_at is None
    return AccountLine(row.platform, row.name, AccountKind(row.kind), said, healthy, row.link)


def _account_alarm(row: reports.AccountRow) -> NoticeView:
    if row.ends_at is not None:
        return ending(row.platform, row.name, row.ends_at, how_to_connect(row.platform))
    why = row.trouble or "Connect it again; its posts are held until then."
    return NoticeView(
        f"{row.name} is disconnected", f"{why} {how_to_connect(row.platform)}", reconnects=row.platform.value
    )


async def _people(tx: Transaction) -> tuple[PersonLine, ...]:
    return tuple(PersonLine(row.name, row.role, tuple(row.surfaces)) for row in await reports.people(tx))


async def _app_named(tx: Transaction, name: str | None) -> reports.AppRow | None:
    """The web app that a person means: by name or host, whatever the case."""
    if not name:
        return None
    wanted = name.casefold()
    return next(
        (
            app
            for app in await reports.apps(tx)
            if wanted in (app.name.casefold(), app.url.casefold()) or wanted in app.url.casefold()
        ),
        None,
    )
