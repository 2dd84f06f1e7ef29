"""From a planned batch to drafts that pass the critic, and a post anew on request."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from domain.decision import Decision
from domain.plans import Plan
from pipeline.deliver import deliver_batch
from pipeline.plan import plan_now
from pipeline.rewrite import rewrite_post
from pipeline.web_apps import add_web_app, describe_web_app
from pipeline.workspaces import set_plan
from pipeline.write import write_batch
from storage.session import Database, Transaction
from tests.pipeline.conftest import Hints, Team
from tests.pipeline.desk import Site, open_site, writing
from tests.pipeline.house import BY_NAME, House

SOON = "UPDATE web_apps SET url = %(url)s, slot_times = %(times)s::time[] WHERE workspace_id = %(workspace_id)s AND id = %(id)s"
POSTS = """
SELECT p.id, p.number, p.state, p.slot, p.account_id, p.revision_n, p.trouble, r.text, r.objections, r.warnings, r.pictures,
       r.sha256, r.settings
FROM posts p JOIN revisions r ON r.workspace_id = p.workspace_id AND r.post_id = p.id AND r.n = p.revision_n
WHERE p.workspace_id = %(workspace_id)s ORDER BY p.number
"""
BATCH = (
    "SELECT state, problem, dropped, tries, next_at > now() AS later FROM batches WHERE workspace_id = %(workspace_id)s"
)


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with open_site() as opened:
        yield opened


async def planned(team: Team, site: Site, hint: Hints, times: list[str]) -> UUID:
    async with team.worker.transaction(team.workspace_id) as tx:
        await tx.run(SOON, {"url": site.url, "times": times, "id": team.web_app})
    await plan_now(team.worker, hint, team.workspace_id, team.web_app)
    async with team.worker.transaction(team.workspace_id) as tx:
        found: UUID = await tx.value(NEWEST)
    return found


async def _rows(team: Team, statement: str = POSTS) -> list[dict[str, Any]]:
    async with team.worker.transaction(team.workspace_id) as tx:
        return await tx.dicts(statement)


NEWEST = "SELECT id FROM batches WHERE workspace_id = %(workspace_id)s ORDER BY planned_at DESC LIMIT 1"
TIMES = ["09:00", "11:00", "13:00", "15:00"]


async def test_a_batch_is_written_once_with_a_post_for_each_idea_and_account_each_at_its_own_slot(
    house: House, site: Site, hint: Hints, tmp_path: Path
) -> None:
    for kind in BY_NAME.values():
        await house.connect(kind)
    team, deps = house.team, writing(house.team, site, tmp_path, hint)
    batch = await planned(team, site, hint, TIMES)
    await write_batch(team.workspace_id, batch, deps)
    await write_batch(team.workspace_id, batch, deps)
    posts = await _rows(team)
    assert len(posts) == 12 and {post["state"] for post in posts} == {"drafted"}
    assert [post["number"] for post in posts] == list(range(posts[0]["number"], posts[0]["number"] + 12))
    assert len({post["slot"] for post in posts}) == 12 and len({post["text"] for post in posts}) == 12
    assert all(post["objections"] == [] for post in posts)
    assert (await _rows(team, BATCH))[0]["state"] == "written"


async def test_a_batch_costs_the_same_statements_and_hints_however_many_posts_it_has(
    house: House, site: Site, hint: Hints, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements: list[str] = []
    for name in ("run", "rows", "dicts", "value"):
        _count(monkeypatch, name, statements)
    team, costs = house.team, []
    await house.connect(BY_NAME["x"])
    for times in (TIMES[:1], TIMES):
        batch = await planned(team, site, hint, times)
        await house.run("UPDATE posts SET slot = slot WHERE workspace_id = %(workspace_id)s")
        statements.clear()
        hint.given.clear()
        await write_batch(team.workspace_id, batch, writing(team, site, tmp_path, hint))
        await deliver_batch(team.worker, hint, team.workspace_id, batch)
        costs.append((len(statements), len(hint.given)))
        await house.run("UPDATE batches SET local_date = local_date - 100 WHERE workspace_id = %(workspace_id)s")
    assert costs[0] == costs[1] and costs[0][0] < 25 and costs[0][1] <= 6


def _count(monkeypatch: pytest.MonkeyPatch, name: str, statements: list[str]) -> None:
    original = getattr(Transaction, name)

    async def counted(*args: Any, **named: Any) -> Any:
        statements.append(name)
        return await original(*args, **named)

    monkeypatch.setattr(Transaction, name, counted)


async def test_an_unreadable_page_is_a_problem_and_a_description_mends_it(
    house: House, site: Site, hint: Hints, tmp_path: Path, web: Database
) -> None:
    await house.connect(BY_NAME["x"])
    team, deps, site.page = house.team, writing(house.team, site, tmp_path, hint), None
    batch = await planned(team, site, hint, TIMES[:2])
    await write_batch(team.workspace_id, batch, deps)
    [row] = await _rows(team, BATCH)
    assert row["state"] == "unreadable" and row["problem"]
    await deliver_batch(team.worker, hint, team.workspace_id, batch)
    said = (
        "Tidewater is a tide table for sailors. It shows the tide for 900 harbours. It works offline. "
        "It warns you an hour before low water. A year costs $12."
    )
    await describe_web_app(web, hint, team.workspace_id, team.owner, team.web_app, said)
    await write_batch(team.workspace_id, batch, deps)
    assert (await _rows(team, BATCH))[0]["state"] == "written" and len(await _rows(team)) >= 1


async def test_without_an_account_the_batch_says_so_and_can_be_asked_for_again(
    house: House, site: Site, hint: Hints, tmp_path: Path
) -> None:
    team, deps = house.team, writing(house.team, site, tmp_path, hint)
    batch = await planned(team, site, hint, TIMES[:2])
    await write_batch(team.workspace_id, batch, deps)
    await deliver_batch(team.worker, hint, team.workspace_id, batch)
    [row] = await _rows(team, BATCH)
    assert row["state"] == "delivered" and "No account" in row["dropped"][0]
    await house.connect(BY_NAME["x"])
    await plan_now(team.worker, hint, team.workspace_id, team.web_app)
    await write_batch(team.workspace_id, batch, deps)
    assert len(await _rows(team)) == 2


async def test_the_plans_posts_of_a_day_are_shared_among_the_web_apps(
    house: House, site: Site, hint: Hints, tmp_path: Path, web: Database
) -> None:
    team = house.team
    for kind in BY_NAME.values():
        await house.connect(kind)
    await add_web_app(web, hint, team.workspace_id, team.owner, "https://second.example")
    await set_plan(web, team.workspace_id, Plan.PRO)
    batch = await planned(team, site, hint, TIMES)
    await write_batch(team.workspace_id, batch, writing(team, site, tmp_path, hint))
    assert len(await _rows(team)) == 6


async def test_the_free_plan_gets_three_posts(
    house: House, site: Site, hint: Hints, tmp_path: Path, web: Database
) -> None:
    for kind in BY_NAME.values():
        await house.connect(kind)
    await set_plan(web, house.workspace_id, Plan.FREE)
    batch = await planned(house.team, site, hint, TIMES)
    await write_batch(house.workspace_id, batch, writing(house.team, site, tmp_path, hint))
    assert len(await _rows(house.team)) == 3


async def test_drafts_that_never_pass_are_dropped_with_the_reason(
    house: House, site: Site, hint: Hints, tmp_path: Path
) -> None:
    await house.connect(BY_NAME["x"])
    await house.run(
        "UPDATE web_apps SET banned_words = '{a,e,i,o,the,tide,tidewater}' WHERE workspace_id = %(workspace_id)s"
    )
    batch = await planned(house.team, site, hint, TIMES[:2])
    await write_batch(house.workspace_id, batch, writing(house.team, site, tmp_path, hint))
    [row] = await _rows(house.team, BATCH)
    assert not await _rows(house.team) and len(row["dropped"]) == 2 and row["dropped"][0].startswith("X, ")


async def test_writing_that_stops_its_worker_again_and_again_becomes_a_problem_on_the_digest(
    house: House, site: Site, hint: Hints, tmp_path: Path
) -> None:
    await house.connect(BY_NAME["x"])
    batch = await planned(house.team, site, hint, TIMES[:1])
    await house.run("UPDATE batches SET tries = 3 WHERE workspace_id = %(workspace_id)s")
    await write_batch(house.workspace_id, batch, writing(house.team, site, tmp_path, hint))
    [row] = await _rows(house.team, BATCH)
    assert row["state"] == "unreadable" and "broke off" in row["problem"]


async def _in_review(house: House, site: Site, hint: Hints, home: Path, kind: str = "x") -> dict[str, Any]:
    await house.connect(BY_NAME[kind])
    batch = await planned(house.team, site, hint, TIMES[:1])
    await write_batch(house.workspace_id, batch, writing(house.team, site, home, hint))
    await deliver_batch(house.team.worker, hint, house.workspace_id, batch)
    return (await _rows(house.team))[0]


async def test_regenerate_writes_a_new_revision_and_nothing_can_be_approved_meanwhile(
    house: House, site: Site, hint: Hints, tmp_path: Path
) -> None:
    old = await _in_review(house, site, hint, tmp_path)
    ref = house.ref(old["id"])
    assert await house.answer(ref, Decision.REGENERATE) == "applied"
    assert await house.answer(ref, Decision.APPROVE) != "applied"
    await rewrite_post(house.workspace_id, old["id"], writing(house.team, site, tmp_path, hint))
    [new] = await _rows(house.team)
    assert (new["state"], new["revision_n"]) == ("in_review", 2) and new["text"] != old["text"]
    assert await house.answer(ref, Decision.APPROVE) == "applied"


async def test_what_people_chose_stays_when_a_post_is_written_anew(
    house: House, site: Site, hint: Hints, tmp_path: Path
) -> None:
    old = await _in_review(house, site, hint, tmp_path, kind="linkedin organisation")
    ref, settings = house.ref(old["id"]), {"first_comment": "The long version stands there."}
    chosen = {
        "text": old["text"], "pictures": old["pictures"], "video": None, "document": None, "settings": settings,
        "sha256": old["sha256"].hex(), "length": 4, "warnings": [], "objections": [],
    }  # fmt: skip
    assert await house.answer(ref, Decision.CHOOSE, chosen) == "applied"
    assert await house.answer(ref, Decision.REGENERATE) == "applied"
    await rewrite_post(house.workspace_id, old["id"], writing(house.team, site, tmp_path, hint))
    [new] = await _rows(house.team)
    assert new["revision_n"] == 3 and new["text"] != old["text"] and new["settings"] == settings


@pytest.mark.parametrize("shown", ["pictures", "document"])
async def test_what_a_member_handed_over_stays_with_other_words(
    house: House, site: Site, hint: Hints, tmp_path: Path, shown: str
) -> None:
    old = await _in_review(house, site, hint, tmp_path, kind="linkedin organisation")
    picture = {"digest": "ab" * 32, "content_type": "image/png", "width": 8, "height": 8, "size": 9, "alt": "The quay"}
    pdf = {"digest": "cd" * 32, "content_type": "application/pdf", "size": 9, "pages": 2, "title": "Report"}
    media = {"pictures": [picture], "document": None} if shown == "pictures" else {"pictures": [], "document": pdf}
    own = {
        "text": old["text"], **media, "video": None, "settings": {}, "sha256": old["sha256"].hex(), "length": 4,
        "warnings": [], "objections": [], "drafted_from": "media",
    }  # fmt: skip
    ref = house.ref(old["id"])
    assert await house.answer(ref, Decision.EDIT, own) == "applied"
    assert await house.answer(ref, Decision.REGENERATE) == "applied"
    await rewrite_post(house.workspace_id, old["id"], writing(house.team, site, tmp_path, hint))
    [new] = await _rows(house.team)
    assert new["revision_n"] == 3 and new["text"] != old["text"] and new["sha256"] != old["sha256"]
    kept = "SELECT pictures, document FROM revisions WHERE workspace_id = %(workspace_id)s AND n = 3"
    async with house.team.worker.transaction(house.workspace_id) as tx:
        assert await tx.dicts(kept) == [media]


async def test_when_nothing_new_passes_the_old_revision_stands_again_at_a_slot_to_come(
    house: House, site: Site, hint: Hints, tmp_path: Path
) -> None:
    old = await _in_review(house, site, hint, tmp_path)
    await house.answer(house.ref(old["id"]), Decision.REGENERATE)
    await house.run(
        "UPDATE web_apps SET banned_words = '{a,e,i,o,the,tide,tidewater}' WHERE workspace_id = %(workspace_id)s"
    )
    await house.run("UPDATE posts SET slot = now() - interval '1 min' WHERE workspace_id = %(workspace_id)s")
    await rewrite_post(house.workspace_id, old["id"], writing(house.team, site, tmp_path, hint))
    [new] = await _rows(house.team)
    row = await house.row(house.ref(old["id"]))
    assert (new["state"], new["revision_n"], new["text"]) == ("in_review", 1, old["text"])
    assert "did not work" in new["trouble"] and row["slot_in"] > 60


async def test_a_whole_day_from_the_page_to_the_figures(house: House, site: Site, hint: Hints, tmp_path: Path) -> None:
    old = await _in_review(house, site, hint, tmp_path)
    ref = house.ref(old["id"])
    house.media.kept |= {path.name: path.read_bytes() for path in (tmp_path / "media").rglob("*") if path.is_file()}
    assert await house.answer(ref, Decision.APPROVE) == "applied"
    await house.now_due(ref)
    await house.settle(ref)
    [entry] = house.lane.posts()
    assert await house.state(ref) == "published" and (await house.row(ref))["remote_id"] == entry["rid"]
