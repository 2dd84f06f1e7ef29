"""Nobody spends a dollar that nobody allowed: budgets hold at the claim, whoever claims, and say what to do."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from domain.errors import NotAllowed, Refused
from domain.platforms import Platform
from domain.post import PostRef
from pipeline.budget import set_budget, what_is_left
from pipeline.publish import publish
from storage.session import Database
from storage.vault import Vault
from tests.pipeline.house import BY_NAME, House, another_team, open_house

X = Platform.X


_LAST_MONTH = """
UPDATE attempts SET lease_until = before.at, ended_at = before.at
FROM (SELECT date_trunc('month', now(), 'UTC') - interval '1 second' AS at) AS before
WHERE workspace_id = %(workspace_id)s
"""


async def budget(house: House, words: str) -> None:
    await set_budget(house.team.worker, house.hint, house.workspace_id, house.team.owner, X, words)


async def price_of(house: House, post: PostRef) -> object:
    """What the only attempt of a post cost."""
    asked = "SELECT price FROM attempts WHERE workspace_id = %(workspace_id)s AND post_id = %(id)s"
    return await house.team.value(asked, id=post.post_id)


async def test_an_attempt_carries_its_price(house: House) -> None:
    account = await house.connect(BY_NAME["x"])
    dear, cheap = await house.post(account), await house.post(account, "Good morning")
    for post in (dear, cheap):
        await publish(post, house.publishing)
    assert [await price_of(house, post) for post in (dear, cheap)] == [Decimal("0.20"), Decimal("0.015")]


async def test_two_claims_at_once_do_not_both_take_the_last_dollar(house: House) -> None:
    await budget(house, "0.39")
    account = await house.connect(BY_NAME["x"])
    posts = [await house.post(account) for _ in range(4)]
    await asyncio.gather(*(publish(post, house.worker(f"w{n}")) for n, post in enumerate(posts)))
    rows = [await house.row(post) for post in posts]
    assert sorted(row["state"] for row in rows) == ["approved"] * 3 + ["published"]
    assert len(house.lane.posts()) == 1
    kept = next(row for row in rows if row["state"] == "approved")
    assert "X's budget of $0.39" in kept["trouble"] and "“budget x 1”" in kept["trouble"]
    assert 0 < kept["in_seconds"] <= 600


async def test_what_the_installation_may_spend_is_shared_by_its_workspaces(
    house: House, web: Database, worker: Database, vault: Vault
) -> None:
    async with open_house(await another_team(web, worker, vault, "T9"), house.lane) as other:
        posts = [(one, await one.post(await one.connect(BY_NAME["x"]))) for one in (house, other)]
        purse = {X: Decimal("0.30")}
        await asyncio.gather(*(publish(post, replace(one.publishing, budgets=purse)) for one, post in posts))
        rows = [await one.row(post) for one, post in posts]
    assert sorted(row["state"] for row in rows) == ["approved", "published"] and len(house.lane.posts()) == 1
    kept = next(row for row in rows if row["state"] == "approved")
    assert "raises X_BUDGET" in kept["trouble"]


async def test_what_may_have_gone_out_counts_as_spent_and_what_was_refused_does_not(house: House) -> None:
    await budget(house, "0.25")
    account = await house.connect(BY_NAME["x"])
    refused, lost, kept = [await house.post(account) for _ in range(3)]
    house.lane.fault("x.posts", "429", retry_after=1)
    await publish(refused, house.publishing)
    assert await house.state(refused) == "retry_wait"
    await house.run("UPDATE platform_identities SET blocked_until = NULL")  # the wall that it met
    house.lane.fault("x.posts", "reject_5xx")
    await publish(lost, house.publishing)
    assert await house.state(lost) == "unknown"  # it was paid from what the refused one left
    await publish(kept, house.publishing)
    assert await house.state(kept) == "approved" and "$0.05 is left" in (await house.row(kept))["trouble"]


async def test_a_cheaper_post_may_still_go_out(house: House) -> None:
    await budget(house, "0.10")
    account = await house.connect(BY_NAME["x"])
    dear, cheap = await house.post(account), await house.post(account, "Good morning, all")
    for post in (dear, cheap):
        await publish(post, house.publishing)
    assert [await house.state(post) for post in (dear, cheap)] == ["approved", "published"]


async def test_a_new_month_begins_with_nothing_spent(house: House) -> None:
    account = await house.connect(BY_NAME["x"])
    before, now = await house.post(account), await house.post(account)
    await publish(before, house.publishing)
    await budget(house, "0.20")
    await publish(now, house.publishing)
    assert await house.state(now) == "approved"
    await house.run(_LAST_MONTH)
    await house.now_due(now)
    await publish(now, house.publishing)
    assert await house.state(now) == "published"


async def test_raising_the_budget_lets_go_what_waited_for_it(house: House) -> None:
    await budget(house, "0")
    post = await house.post(await house.connect(BY_NAME["x"]))
    await publish(post, house.publishing)
    assert (await house.row(post))["in_seconds"] > 60
    await budget(house, "none")
    assert (await house.row(post))["in_seconds"] <= 0 and ("due", None, None) in house.hint.given
    await publish(post, house.publishing)
    assert await house.state(post) == "published" and (await house.row(post))["trouble"] is None


async def test_what_costs_nothing_never_waits_for_money(house: House) -> None:
    await budget(house, "0")
    post = await house.post(await house.connect(BY_NAME["linkedin member"]))
    await publish(post, house.publishing)
    assert await house.state(post) == "published" and await price_of(house, post) == 0


async def test_only_owners_say_what_may_be_spent(web: Database, team: Any, hint: Any) -> None:
    with pytest.raises(NotAllowed, match="Ask Ann"):
        await set_budget(web, hint, team.workspace_id, team.reviewer, X, "20")
    purse = await set_budget(web, hint, team.workspace_id, team.owner, X, "$20")
    assert purse.workspace.limit == 20


async def test_a_budget_is_refused_in_words_where_it_makes_no_sense(web: Database, team: Any, hint: Any) -> None:
    for platform, words, said in ((X, "lots", "is no amount"), (Platform.LINKEDIN, "20", "cost nothing")):
        with pytest.raises(Refused, match=said):
            await set_budget(web, hint, team.workspace_id, team.owner, platform, words)


async def test_what_is_left_is_told_only_where_somebody_set_a_budget(web: Database, team: Any, hint: Any) -> None:
    assert await what_is_left(web, team.workspace_id) == ()
    assert "no budget is set" in (await what_is_left(web, team.workspace_id, all_platforms=True))[0]
    await set_budget(web, hint, team.workspace_id, team.owner, X, "20")
    assert (await what_is_left(web, team.workspace_id))[0].startswith("X: $20 of $20 is left for ")
    await set_budget(web, hint, team.workspace_id, team.owner, X, "none")
    assert await what_is_left(web, team.workspace_id) == ()
