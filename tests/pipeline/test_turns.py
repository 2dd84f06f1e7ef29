"""An account's limit is kept at the claim; whoever waits for it wakes at a turn of its own, in the order of the slots."""

from dataclasses import replace
from uuid import UUID

from domain.platforms import Platform
from domain.post import PostRef
from domain.publishing import Window
from pipeline.publish import Publishing, publish
from storage.session import Database
from storage.vault import Vault
from tests.pipeline.house import BY_NAME, House, another_team, open_house

_EARLIER = """
UPDATE attempts SET ended_at = ended_at - %(by)s::interval, lease_until = lease_until - %(by)s::interval
WHERE workspace_id = %(workspace_id)s
"""


def narrow(deps: Publishing, *windows: Window) -> Publishing:
    """The same worker at an X that takes less."""
    x = replace(deps.publishers[Platform.X], windows=windows)  # type: ignore[type-var]
    return replace(deps, publishers={**deps.publishers, Platform.X: x})


async def waits(house: House, posts: list[PostRef]) -> list[float]:
    """Seconds until each is looked at, rounded to ten."""
    return [round((await house.row(post))["in_seconds"], -1) for post in posts]


async def test_each_post_that_waits_wakes_at_its_own_turn_by_slot(house: House) -> None:
    account = await house.connect(BY_NAME["x"])
    deps = narrow(house.publishing, Window(2, 1_000))
    sent = [await house.post(account, late=100 - n) for n in range(2)]
    for post in sent:
        await publish(post, deps)
        await house.run(_EARLIER, by="100 seconds")  # the first left 200 seconds ago, the second 100
    posts = [await house.post(account, late=50 - n) for n in range(4)]
    for post in posts[::-1]:  # whoever looks first, their slots decide
        await publish(post, deps)
    for post in posts:
        await house.now_due(post)
        await publish(post, deps)
    assert await waits(house, posts) == [800, 900, 1_800, 1_900]
    for post in posts:
        assert "limit" in (await house.row(post))["trouble"]


async def test_a_later_slot_lets_an_earlier_one_go_first_and_looks_again_in_a_moment(house: House) -> None:
    account = await house.connect(BY_NAME["x"])
    deps = narrow(house.publishing, Window(1, 1_000))
    first, second = await house.post(account, late=9), await house.post(account, late=8)
    await publish(second, deps)
    assert await house.state(second) == "approved" and 0 < (await house.row(second))["in_seconds"] <= 1
    await publish(first, deps)
    assert await house.state(first) == "published"


async def test_a_place_that_nobody_was_told_of_wakes_the_first_who_waits(house: House) -> None:
    """The earlier sends turn out not to have been sent: whoever goes next sees the room and calls the one behind."""
    account = await house.connect(BY_NAME["x"])
    deps = narrow(house.publishing, Window(2, 1_000))
    for n in range(2):
        await publish(await house.post(account, late=90 - n), deps)
    waiting = [await house.post(account, late=50 - n) for n in range(3)]
    for post in waiting:
        await publish(post, deps)
    await house.run("UPDATE attempts SET outcome = 'not_sent' WHERE workspace_id = %(workspace_id)s")
    await house.now_due(waiting[0])
    await publish(waiting[0], deps)
    assert await house.state(waiting[0]) == "published"
    assert (await house.row(waiting[1]))["in_seconds"] <= 0 < (await house.row(waiting[2]))["in_seconds"]
    assert ("due", None, None) in house.hint.given


async def test_a_profile_that_two_workspaces_connected_has_one_queue(
    house: House, web: Database, worker: Database, vault: Vault
) -> None:
    async with open_house(await another_team(web, worker, vault, "T9"), house.lane) as other:
        mine, theirs = await house.connect(BY_NAME["x"]), await other.connect(BY_NAME["x"])
        assert await profile(house, mine) == await profile(other, theirs)
        deps = narrow(house.publishing, Window(1, 1_000))
        await publish(await house.post(mine, late=90), deps)
        before, after = await other.post(theirs, late=50), await house.post(mine, late=40)
        await publish(before, narrow(other.publishing, Window(1, 1_000)))
        await publish(after, deps)
        assert (await waits(other, [before]), await waits(house, [after])) == ([1_000], [2_000])


async def profile(house: House, account: UUID) -> object:
    asked = "SELECT remote_id FROM accounts WHERE workspace_id = %(workspace_id)s AND id = %(id)s"
    return await house.team.value(asked, id=account)
