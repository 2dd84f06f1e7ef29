"""What people ask to see, read from rows: the queue, the web apps, the home page, the figures."""

from domain.decision import Decision
from domain.measures import Metric
from domain.platforms import Platform
from pipeline import report
from pipeline.agents.chart import Chart
from pipeline.pulse import PULSE
from storage.due import beat
from storage.session import Database
from tests.pipeline.house import BY_NAME, House

READING = """
INSERT INTO measures (workspace_id, post_id, at, impressions, likes)
VALUES (%(workspace_id)s, %(id)s, now() - make_interval(hours => %(ago)s), %(impressions)s, NULL)
"""
PUBLISHED = """
UPDATE posts SET published_at = now() - make_interval(hours => %(ago)s) WHERE workspace_id = %(workspace_id)s AND id = %(id)s
"""


async def test_the_queue_shows_what_is_on_its_way_by_web_app(house: House, web: Database) -> None:
    account = await house.connect(BY_NAME["x"])
    posts = [await house.post(account, f"Post {n}", late=-60.0 * n) for n in range(3)]
    [queue] = await report.queue(web, house.workspace_id)
    assert [line.opening for line in queue.lines] == [f"Post {n}" for n in range(3)] and not queue.paused
    await house.run("INSERT INTO pauses VALUES (%(workspace_id)s, %(id)s, 'workspace')", id=posts[0].post_id)
    [queue] = await report.queue(web, house.workspace_id)
    assert queue.paused


async def test_what_waits_stands_before_what_is_over(house: House, web: Database) -> None:
    account = await house.connect(BY_NAME["x"])
    over = await house.post(account, "Over", late=-60.0)
    await house.post(account, "Waits", late=-120.0)
    assert await house.answer(over, Decision.REJECT) == "applied"
    [queue] = await report.queue(web, house.workspace_id)
    assert [line.opening for line in queue.lines] == ["Waits", "Over"]


async def test_the_home_page_raises_alarms_for_lost_accounts_pauses_and_lateness(house: House, web: Database) -> None:
    account = await house.connect(BY_NAME["x"])
    await beat(house.team.worker, PULSE)
    calm = await report.home(web, house.workspace_id)
    assert calm is not None and calm.alarms == ()
    post = await house.post(account, late=3600)
    await house.run("UPDATE accounts SET state = 'disconnected' WHERE workspace_id = %(workspace_id)s")
    await house.run("INSERT INTO pauses VALUES (%(workspace_id)s, %(id)s, 'workspace')", id=post.post_id)
    alarmed = await report.home(web, house.workspace_id)
    assert alarmed is not None and len(alarmed.alarms) == 3
    assert [line.healthy for line in alarmed.accounts] == [False]


async def test_web_apps_people_and_help_are_told_from_the_rows(house: House, web: Database) -> None:
    await house.connect(BY_NAME["x"])
    [app] = await report.apps(web, house.workspace_id)
    assert app.posts_a_day == 5 and len(app.accounts) == 1
    assert {line.role for line in await report.people(web, house.workspace_id)} == {"owner", "reviewer"}
    assert (await report.help_view(web, house.workspace_id)).plan == "Business"


async def test_figures_are_compared_with_the_period_before_and_can_be_narrowed(house: House, web: Database) -> None:
    account = await house.connect(BY_NAME["x"])
    for ago, impressions in ((3, 50), (30, 20)):
        post = await house.post(account)
        await house.settle(post)
        await house.run(PUBLISHED, id=post.post_id, ago=ago)
        await house.run(READING, id=post.post_id, ago=1, impressions=impressions)
    view = await report.analytics(web, house.workspace_id, "24h", None, None)
    assert view is not None
    [row] = view.rows
    assert (row.posts, row.values[Metric.IMPRESSIONS], row.before[Metric.IMPRESSIONS]) == (1, 50, 20)
    assert row.values[Metric.LIKES] is None
    other = await report.analytics(web, house.workspace_id, "7d", None, Platform.LINKEDIN)
    assert other is not None and other.rows == () and "LinkedIn" in other.scope


async def test_the_chart_gathers_and_leaves_gaps_where_nothing_is_known(house: House, web: Database) -> None:
    post = await house.post(await house.connect(BY_NAME["x"]))
    await house.settle(post)
    await house.run(PUBLISHED, id=post.post_id, ago=20)
    for ago, impressions in ((11, 10), (3, 40)):
        await house.run(READING, id=post.post_id, ago=ago, impressions=impressions)
    drawn: list[Chart] = []

    async def draw(chart: Chart) -> bytes:
        drawn.append(chart)
        return b"PNG"

    assert await report.analytics_chart(web, house.workspace_id, "24h", None, None, draw) == b"PNG"
    [series] = drawn[0].series
    assert len(series.values) == len(drawn[0].labels) == 12
    assert series.values[:5] == (None,) * 5 and series.values[-1] == 40 and 10 in series.values
