"""Reads and deletions cost money, calls cost units of a quota: all of it is counted, and figures rest before posts do."""

from dataclasses import replace
from decimal import Decimal

from domain.charges import day_of, of_send, units_a_day
from domain.payload import Payload
from domain.platforms import Platform
from domain.post import PostRef
from pipeline.budget import set_budget, what_is_left
from pipeline.faces import post_view
from pipeline.measure import Measuring, measure_post
from pipeline.publish import publish
from pipeline.spending import no_figures, no_quota
from pipeline.withdraw import withdraw
from storage import budgets, cards, charges, posts
from tests.pipeline.house import BY_NAME, House

_DUE = "UPDATE posts SET next_measure_at = now() - interval '1 second' WHERE workspace_id = %(workspace_id)s"
_WANTED = "UPDATE posts SET withdraw_wanted = now() WHERE workspace_id = %(workspace_id)s AND id = %(id)s"
_SPENT = "SELECT coalesce(sum(price), 0) FROM charges WHERE workspace_id = %(workspace_id)s"
_FILM = "UPDATE accounts SET platform = 'youtube' WHERE workspace_id = %(workspace_id)s"


async def published(house: House, text: str = "Good morning, all") -> PostRef:
    post = await house.post(await house.connect(BY_NAME["x"]), text)
    await publish(post, house.publishing)
    assert await house.state(post) == "published"
    return post


def measuring(house: House, **more: object) -> Measuring:
    made = Measuring(house.team.worker, house.team.vault, house.registry.publishers, house.publishing.connecting)
    return replace(made, **more)  # type: ignore[arg-type]


async def measured(house: House, post: PostRef, **more: object) -> object:
    """How often the post's figures were read after one more round."""
    await house.run(_DUE)
    await measure_post(post, measuring(house, **more))
    return await house.team.value("SELECT count(*) FROM measures WHERE workspace_id = %(workspace_id)s")


async def test_a_post_that_is_read_costs_once_a_day(house: House) -> None:
    post = await published(house)
    assert [await measured(house, post) for _ in range(2)] == [1, 2]
    assert await house.team.value(_SPENT) == Decimal("0.005")
    async with house.team.worker.transaction(house.workspace_id) as tx:
        purse = await budgets.purse(tx, Platform.X, Decimal(10))
    assert purse.workspace.spent == purse.installation.spent == Decimal("0.020")


async def test_figures_rest_when_nine_tenths_of_a_budget_are_used_and_posts_go_on(house: House) -> None:
    post = await published(house)  # $0.015
    await set_budget(house.team.worker, house.hint, house.workspace_id, house.team.owner, Platform.X, "0.04")
    assert await measured(house, post) == 1  # $0.020 of $0.036
    another = await house.post((await house.row(post))["account_id"], "Good evening, all")
    await publish(another, house.publishing)
    assert await house.state(another) == "published"  # $0.035 of $0.04
    assert await measured(house, another) == 1  # nothing more: it would not leave a tenth to posts
    row = await house.row(another)
    assert row["next_measure_at"] is not None and await house.team.value(_SPENT) == Decimal("0.005")
    left = (await what_is_left(house.team.worker, house.workspace_id))[0]
    assert "kept for posts until" in left


async def test_the_installations_budget_is_kept_for_posts_as_well(house: House) -> None:
    post = await published(house)
    assert await measured(house, post, budgets={Platform.X: Decimal("0.02")}) == 0
    assert await measured(house, post, budgets={Platform.X: Decimal("0.03")}) == 1


async def test_the_card_of_a_published_post_says_that_figures_rest(house: House) -> None:
    post = await published(house)
    await set_budget(house.team.worker, house.hint, house.workspace_id, house.team.owner, Platform.X, "0.02")
    async with house.team.worker.transaction(house.workspace_id) as tx:
        row = await cards.post_card(tx, post.post_id)
        assert row is not None
        view = post_view(row, purse=await budgets.purse(tx, Platform.X, None))
    assert view.cost is None and "kept for posts until" in view.warnings[0]


async def test_a_deletion_is_counted_and_no_budget_keeps_it_back(house: House) -> None:
    post = await published(house)
    await set_budget(house.team.worker, house.hint, house.workspace_id, house.team.owner, Platform.X, "0")
    await house.run(_WANTED, id=post.post_id)
    await withdraw(post, house.publishing)
    assert await house.state(post) == "withdrawn" and await house.team.value(_SPENT) == Decimal("0.010")


async def test_a_look_for_a_lost_post_is_counted(house: House) -> None:
    post = await house.post(await house.connect(BY_NAME["x"]))
    house.lane.fault("x.posts", "accept_then_close")
    await house.settle(post)
    assert await house.state(post) == "published" and Decimal(str(await house.team.value(_SPENT))) >= Decimal("0.025")


async def test_units_of_a_day_keep_posts_back_until_the_platforms_midnight(house: House) -> None:
    """Whose units they are does not matter: they are the application's."""
    post = await house.post(await house.connect(BY_NAME["x"]))
    await house.run(_FILM)
    need = of_send(Platform.YOUTUBE, Payload("")).units
    async with house.team.worker.transaction(house.workspace_id) as tx:
        due = await posts.lock_due(tx, post.post_id)
        assert due is not None and await no_quota(tx, due, {Platform.YOUTUBE: need}) is None
        await charges.add(tx, Platform.YOUTUBE, of_send(Platform.YOUTUBE, due.payload))
        used, ends = await charges.units_today(tx, Platform.YOUTUBE)
        assert used == need and await no_quota(tx, due, {}) is None
        kept = await no_quota(tx, due, {Platform.YOUTUBE: 2 * need - 1})
        assert kept is not None and kept[0] == ends == day_of(Platform.YOUTUBE, due.now)[1] and "quota" in kept[1]
        walls = "SELECT blocked_until FROM platform_identities WHERE platform = 'youtube' AND remote_id = ''"
        assert await tx.value(walls) == ends


async def test_a_claim_takes_its_units_before_the_first_call_and_none_without_room(house: House) -> None:
    first, second = [await house.post(await house.connect(BY_NAME["x"])) for _ in range(2)]
    await house.run(_FILM)
    need = of_send(Platform.YOUTUBE, Payload("")).units
    deps = replace(house.publishing, quotas={Platform.YOUTUBE: need})
    for post in (first, second):
        await publish(post, deps)
    # The first has no film and is refused; that it was not sent does not give its units back.
    row = await house.row(second)
    assert (await house.state(first), row["state"]) == ("failed", "approved")
    assert "quota of the day" in row["trouble"] and 0 < row["in_seconds"] <= 25 * 3_600
    async with house.team.worker.transaction(house.workspace_id) as tx:
        assert (await charges.units_today(tx, Platform.YOUTUBE))[0] == need


async def test_figures_leave_a_tenth_of_the_units_to_posts(house: House) -> None:
    async with house.team.worker.transaction(house.workspace_id) as tx:
        assert await no_figures(tx, Platform.YOUTUBE, 5, {}, {Platform.YOUTUBE: 3}) is None
        assert await no_figures(tx, Platform.YOUTUBE, 5, {}, {Platform.YOUTUBE: 3}) is None
        assert await no_figures(tx, Platform.YOUTUBE, 5, {}, {Platform.YOUTUBE: 3}) is not None
        assert await no_figures(tx, Platform.LINKEDIN, 5, {}, {}) is None
        assert (await charges.units_today(tx, Platform.YOUTUBE))[0] == 2


def test_a_project_has_what_google_grants_it() -> None:
    assert units_a_day(Platform.YOUTUBE, {}) == 10_000 and units_a_day(Platform.YOUTUBE, {Platform.YOUTUBE: 50}) == 50
    assert units_a_day(Platform.X, {}) == 0
