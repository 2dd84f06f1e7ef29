"""Connect pages: a link shows a page, a button decides, and what came back is taken from the browser that left."""

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from bot.http.connect import COOKIE
from pipeline.accounts import Connecting, connections
from pipeline.connect import exchange_pending, verifier_of
from pipeline.links import Purpose, make_link_code
from storage.vault import Vault
from tests.bot.http.conftest import CONSENT, Site, browser
from tests.pipeline.conftest import Hints, Team, TokenEndpoint

LEFT = "SELECT count(*) FROM link_codes WHERE used_at IS NULL"


@pytest.fixture
async def code(team: Team) -> str:
    return await make_link_code(team.worker, team.workspace_id, team.owner, Purpose.CONNECT, {"platform": "x"})


async def leave(visitor: httpx.AsyncClient, code: str, platform: str = "x") -> httpx.Response:
    return await visitor.post(f"/connect/{platform}", data={"code": code})


def state_of(away: httpx.Response) -> str:
    assert away.status_code == 303, away.text
    return parse_qs(urlsplit(away.headers["location"]).query)["state"][0]


async def test_opening_a_link_decides_nothing(visitor: httpx.AsyncClient, code: str, team: Team) -> None:
    for method in ("GET", "HEAD", "GET"):
        answer = await visitor.request(method, "/connect/x", params={"code": code})
        assert answer.status_code == 200
        assert "set-cookie" not in answer.headers
    assert "Continue to X" in answer.text
    assert await team.value(LEFT) == 1


async def test_the_button_leads_to_the_platform_and_back_to_a_connected_account(
    visitor: httpx.AsyncClient, code: str, team: Team, vault: Vault, endpoint: TokenEndpoint, connecting: Connecting,
    hint: Hints,
) -> None:  # fmt: skip
    away = await leave(visitor, code)
    assert away.headers["location"].startswith(f"{CONSENT}/authorize?")
    assert "HttpOnly" in away.headers["set-cookie"] and "Secure" in away.headers["set-cookie"]
    endpoint.codes["c1"] = verifier_of(vault, state_of(away))
    back = await visitor.get("/oauth/x/callback", params={"state": state_of(away), "code": "c1"})
    waiting = await visitor.get(back.headers["location"])
    assert "<h1>Connecting …</h1>" in waiting.text and 'http-equiv="refresh"' in waiting.text
    await exchange_pending(connecting)
    assert "<h1>Connected</h1>" in (await visitor.get(back.headers["location"])).text
    assert [account.name for account in await connections(team.worker, team.workspace_id)] == ["@tide"]
    assert ("connect", team.workspace_id, None) in hint.given


async def test_a_link_works_once(visitor: httpx.AsyncClient, code: str) -> None:
    assert (await leave(visitor, code)).status_code == 303
    again = await leave(visitor, code)
    assert again.status_code == 403
    assert "This link does not work" in again.text and "/amarktai connect" in again.text


async def test_a_link_ends_after_ten_minutes(visitor: httpx.AsyncClient, code: str, team: Team) -> None:
    await team.value("UPDATE link_codes SET expires_at = now() - interval '1 second' RETURNING 1")
    assert (await leave(visitor, code)).status_code == 403


async def test_a_link_for_another_platform_is_refused(visitor: httpx.AsyncClient, team: Team) -> None:
    other = {"platform": "linkedin"}
    code = await make_link_code(team.worker, team.workspace_id, team.owner, Purpose.CONNECT, other)
    answer = await leave(visitor, code)
    assert answer.status_code == 403
    assert "another platform" in answer.text


async def test_a_platform_without_a_client_id_says_so_and_keeps_the_link(
    visitor: httpx.AsyncClient, team: Team
) -> None:
    code = await make_link_code(team.worker, team.workspace_id, team.owner, Purpose.CONNECT, {"platform": "linkedin"})
    answer = await leave(visitor, code, "linkedin")
    assert answer.status_code == 503
    assert "not set up here" in answer.text
    assert await team.value(LEFT) == 1


async def test_another_browser_cannot_finish_the_trip(
    site: Site, visitor: httpx.AsyncClient, code: str, team: Team, hint: Hints
) -> None:
    state = state_of(await leave(visitor, code))
    async with browser(site) as thief:
        answer = await thief.get("/oauth/x/callback", params={"state": state, "code": "c1"})
        assert answer.status_code == 403
        assert "Nothing was connected" in answer.text
        assert (await thief.get("/connect/status", params={"state": state})).status_code == 403
    assert not any(stage == "connect" for stage, _, _ in hint.given)


async def test_a_person_who_declines_is_told_that_nothing_was_connected(visitor: httpx.AsyncClient, code: str) -> None:
    state = state_of(await leave(visitor, code))
    back = await visitor.get("/oauth/x/callback", params={"state": state, "error": "access_denied"})
    page = await visitor.get(back.headers["location"]) if back.is_redirect else back
    assert "Nothing was connected" in page.text


async def test_an_answer_of_another_platform_is_refused(visitor: httpx.AsyncClient, code: str) -> None:
    state = state_of(await leave(visitor, code))
    answer = await visitor.get("/oauth/linkedin/callback", params={"state": state, "code": "c1"})
    assert answer.status_code == 403


@pytest.mark.parametrize("path", ["/connect/x", "/connect/nowhere?code=abc", "/oauth/nowhere/callback?state=a&code=b"])
async def test_an_incomplete_address_is_said_to_be_one(visitor: httpx.AsyncClient, path: str) -> None:
    answer = await visitor.get(path)
    assert answer.status_code == 404
    assert "incomplete" in answer.text


async def test_looking_at_the_way_back_without_a_body_uses_nothing_up(visitor: httpx.AsyncClient, code: str) -> None:
    state = state_of(await leave(visitor, code))
    answer = await visitor.head("/oauth/x/callback", params={"state": state, "code": "c1"})
    assert answer.status_code == 405
    assert (await visitor.get("/oauth/x/callback", params={"state": state, "code": "c1"})).status_code == 303


async def test_what_came_in_by_a_link_is_escaped_on_the_page(visitor: httpx.AsyncClient) -> None:
    answer = await visitor.get("/connect/x", params={"code": '"><script>alert(1)</script>'})
    assert "<script>alert" not in answer.text


async def test_a_cookie_of_any_length_is_answered(visitor: httpx.AsyncClient, code: str) -> None:
    visitor.cookies.set(COOKIE, "x" * 5_000)
    assert (await leave(visitor, code)).status_code == 303
