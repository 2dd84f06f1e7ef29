"""Figures of published posts are read an account at a time; what a platform does not tell stays unknown."""

import pytest

from domain.measures import Metric
from pipeline import report
from pipeline.measure import Measuring, measure_post
from tests.pipeline.house import BY_NAME, KINDS, House, Kind

DUE = "UPDATE posts SET next_measure_at = now() WHERE workspace_id = %(workspace_id)s"


def _measuring(house: House) -> Measuring:
    return Measuring(house.team.worker, house.team.vault, house.registry.publishers)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
async def test_all_due_posts_of_an_account_are_read_together_and_come_due_later(house: House, kind: Kind) -> None:
    account = await house.connect(kind)
    posts = [await house.post(account) for _ in range(3)]
    for post in posts:
        await house.settle(post)
    await house.run(DUE)
    await measure_post(posts[0], _measuring(house))
    rows = [await house.row(post) for post in posts]
    assert all(row["next_measure_at"] > row["published_at"] for row in rows)
    readings = await house.team.value("SELECT count(*) FROM measures WHERE workspace_id = %(workspace_id)s")
    assert readings == 3 or kind is not BY_NAME["x"]  # LinkedIn's figures lag behind or are closed


async def test_a_platform_that_does_not_answer_is_read_later(house: House) -> None:
    post = await house.post(await house.connect(BY_NAME["x"]))
    await house.settle(post)
    await house.run(DUE)
    house.lane.fault("x.lookup", "429", retry_after=900)
    await measure_post(post, _measuring(house))
    row = await house.row(post)
    assert 800 < (row["next_measure_at"] - row["published_at"]).total_seconds() < 1000


async def test_an_account_without_a_token_does_not_come_due_again_and_again(house: House) -> None:
    post = await house.post(await house.connect(BY_NAME["x"]))
    await house.settle(post)
    await house.run("DELETE FROM secrets WHERE workspace_id = %(workspace_id)s")
    await house.run(DUE)
    await measure_post(post, _measuring(house))
    row = await house.row(post)
    assert (row["next_measure_at"] - row["published_at"]).total_seconds() > 3600


async def test_reports_add_up_what_was_read_and_keep_the_unknown_unknown(house: House) -> None:
    account = await house.connect(BY_NAME["x"])
    posts = [await house.post(account) for _ in range(2)]
    for n, post in enumerate(posts):
        await house.settle(post)
        await house.run(READING, id=post.post_id, impressions=100 + n, likes=5 if n else None)
    view = await report.analytics(house.team.worker, house.workspace_id, "7d", None, None)
    assert view is not None
    [row] = view.rows
    assert row.posts == 2 and row.values[Metric.IMPRESSIONS] == 201 and row.values[Metric.LIKES] == 5
    assert row.values[Metric.SAVES] is None and row.before == {} and view.as_of is not None
    assert [top.value for top in view.top] == [101, 100]
    assert await report.analytics(house.team.worker, house.workspace_id, "7d", "no such app", None) is None


READING = """
INSERT INTO measures (workspace_id, post_id, at, impressions, likes)
VALUES (%(workspace_id)s, %(id)s, clock_timestamp(), %(impressions)s, %(likes)s)
"""
