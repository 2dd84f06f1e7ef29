"""Web apps: added by an address that makes sense, within the plan, each with its next day on the calendar."""

import asyncio
from datetime import UTC, datetime, time
from typing import Any

import pytest

from domain.errors import NotAllowed, PlanLimit, Refused
from domain.plans import Plan
from domain.slots import local_date_of, next_local
from pipeline.plan import plan_now
from pipeline.web_apps import (
    add_web_app,
    clean_url,
    describe_web_app,
    list_web_apps,
    remove_web_app,
    set_times,
)
from pipeline.workspaces import set_plan
from storage.session import Database

NEXT_RUN = "SELECT next_run FROM schedules WHERE workspace_id = %(workspace_id)s AND web_app_id = %(app)s"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://Example.COM", "https://example.com/"),
        ("example.com/pricing?a=1#top", "https://example.com/pricing?a=1"),
        (" <http://127.0.0.1:8080/x> ", "http://127.0.0.1:8080/x"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("http://[::1]:80/", "http://[::1]:80/"),
        ("http://web:3000", "http://web:3000/"),
    ],
)
def test_an_address_is_kept_in_one_form(typed: str, kept: str) -> None:
    assert clean_url(typed) == kept


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "not an address"),
        ("https://", "not an address"),
        ("two words", "not an address"),
        ("sunrise", "not an address"),
        ("https://exa", "not an address"),
        ("https://exa mple.com", "not an address"),
        ("https://example.com:99999", "not an address"),
        ("https://example.com/\x00", "not an address"),
        ("https://[::1", "not an address"),
        ("ftp://example.com", "Only http and https"),
        ("javascript://example.com/%0aalert(1)", "Only http and https"),
        ("https://ann:secret@example.com", "user name or password"),
        ("https://example.com/" + "a" * 2048, "longer than 2048"),
    ],
)
def test_an_address_that_makes_no_sense_is_refused_in_words(typed: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        clean_url(typed)


async def test_a_new_web_app_is_planned_on_its_next_morning(web: Database, team: Any, hint: Any) -> None:
    app = await add_web_app(web, hint, team.workspace_id, team.owner, "https://one.example", zone="Asia/Tokyo")
    assert (app.name, app.zone) == ("one.example", "Asia/Tokyo")
    assert await team.value(NEXT_RUN, app=app.id) == next_local("Asia/Tokyo", time(2), datetime.now(UTC))
    assert hint.given == [("due", None, None)]


async def test_the_same_address_twice_at_once_is_one_web_app(web: Database, team: Any, hint: Any) -> None:
    tries = [add_web_app(web, hint, team.workspace_id, team.owner, "https://one.example") for _ in range(4)]
    assert len({app.id for app in await asyncio.gather(*tries)}) == 1


async def test_the_plan_is_the_limit_and_a_removed_web_app_makes_room(web: Database, team: Any, hint: Any) -> None:
    await set_plan(web, team.workspace_id, Plan.FREE)
    with pytest.raises(PlanLimit, match=r"The Free plan allows 1 web app\. Pro allows 5"):
        await add_web_app(web, hint, team.workspace_id, team.owner, "https://two.example")
    await remove_web_app(web, hint, team.workspace_id, team.owner, team.web_app)
    app = await add_web_app(web, hint, team.workspace_id, team.owner, "https://two.example")
    assert [one.id for one in await list_web_apps(web, team.workspace_id)] == [app.id]


async def test_removing_takes_back_what_has_not_gone_out(web: Database, team: Any, hint: Any) -> None:
    account = await team.account()
    approved, waiting = await team.post(account), await team.post(account, state="in_review")
    for expected in ({approved, waiting}, set()):
        stopped = await remove_web_app(web, hint, team.workspace_id, team.owner, team.web_app)
        assert set(stopped) == expected
    assert [await team.state(post) for post in (approved, waiting)] == ["rejected", "rejected"]
    back = await add_web_app(web, hint, team.workspace_id, team.owner, "https://tidewater.example")
    assert back.id == team.web_app
    assert await team.value(NEXT_RUN, app=back.id) == next_local("UTC", time(2), datetime.now(UTC))


async def test_new_times_move_the_next_run(web: Database, team: Any, hint: Any) -> None:
    await set_times(
        web, hint, team.workspace_id, team.owner, team.web_app, zone="Europe/Berlin", batch_at=time(3), slot_times=()
    )
    (app,) = await list_web_apps(web, team.workspace_id)
    assert (app.zone, app.batch_at, app.deliver_at, app.slot_times) == ("Europe/Berlin", time(3), time(8), [])
    assert await team.value(NEXT_RUN, app=app.id) == next_local("Europe/Berlin", time(3), datetime.now(UTC))


async def test_a_zone_that_nobody_knows_is_refused(web: Database, team: Any, hint: Any) -> None:
    with pytest.raises(Refused, match="no time zone"):
        await set_times(web, hint, team.workspace_id, team.owner, team.web_app, zone="Mars/Base")


async def test_reviewers_do_not_add_web_apps(web: Database, team: Any, hint: Any) -> None:
    with pytest.raises(NotAllowed, match="Ask Ann"):
        await add_web_app(web, hint, team.workspace_id, team.reviewer, "https://two.example")


async def test_a_description_makes_todays_unreadable_batch_planned_again(web: Database, team: Any, hint: Any) -> None:
    await plan_now(web, hint, team.workspace_id, team.web_app)
    unreadable = """UPDATE batches SET state = 'unreadable', problem = '404', next_at = NULL
                    WHERE workspace_id = %(workspace_id)s AND local_date = %(day)s RETURNING id"""
    batch = await team.value(unreadable, day=local_date_of("UTC", datetime.now(UTC)))
    hint.given.clear()
    app = await describe_web_app(web, hint, team.workspace_id, team.reviewer, team.web_app, " Tides for sailors. ")
    assert app.description == "Tides for sailors."
    assert hint.given == [("batch", team.workspace_id, batch)]
    planned = "SELECT state FROM batches WHERE workspace_id = %(workspace_id)s AND next_at <= now()"
    assert await team.value(planned) == "planned"


async def test_an_empty_description_is_refused(web: Database, team: Any, hint: Any) -> None:
    with pytest.raises(Refused, match="empty"):
        await describe_web_app(web, hint, team.workspace_id, team.reviewer, team.web_app, " \n")
