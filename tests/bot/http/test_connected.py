"""The page after a consent: what was opened and allowed, one button to keep some of it, one to connect another."""

import re

import httpx
import pytest

from domain.accounts import Identity
from domain.publishing import AccountKind
from pipeline.accounts import Connecting, connections
from pipeline.connect import exchange_pending, verifier_of
from pipeline.links import Purpose, make_link_code
from storage.vault import Vault
from tests.bot.http.conftest import CONSENT, Site, browser
from tests.bot.http.test_connect import leave, state_of
from tests.pipeline.conftest import Team, TokenEndpoint

TWO = (
    Identity(AccountKind.MEMBER, "42", "@tide"),
    Identity(AccountKind.MEMBER, "43", "<b>@labs</b>"),
)


async def come_back(
    visitor: httpx.AsyncClient, team: Team, vault: Vault, endpoint: TokenEndpoint, connecting: Connecting
) -> str:
    """A whole trip; its state."""
    code = await make_link_code(team.worker, team.workspace_id, team.owner, Purpose.CONNECT, {"platform": "x"})
    return await finish(visitor, state_of(await leave(visitor, code)), vault, endpoint, connecting)


async def finish(
    visitor: httpx.AsyncClient, state: str, vault: Vault, endpoint: TokenEndpoint, connecting: Connecting
) -> str:
    endpoint.codes["c1"] = verifier_of(vault, state)
    await visitor.get("/oauth/x/callback", params={"state": state, "code": "c1"})
    await exchange_pending(connecting)
    return state


@pytest.fixture
async def state(
    visitor: httpx.AsyncClient, team: Team, vault: Vault, endpoint: TokenEndpoint, connecting: Connecting
) -> str:
    endpoint.profiles = TWO
    return await come_back(visitor, team, vault, endpoint, connecting)


async def shown(visitor: httpx.AsyncClient, state: str) -> str:
    return (await visitor.get("/connect/status", params={"state": state})).text


async def names(team: Team) -> list[str]:
    return [one.name for one in await connections(team.worker, team.workspace_id)]


async def test_every_account_is_there_with_a_ticked_box_and_what_it_allows(
    visitor: httpx.AsyncClient, state: str
) -> None:
    text = await shown(visitor, state)
    assert len(re.findall(r'type="checkbox" name="keep" value="[0-9a-f-]{36}" checked', text)) == 2
    assert "Use these" in text and "new here" in text and "http-equiv" not in text
    assert "<b>@labs" not in text and "&lt;b&gt;@labs" in text
    assert "May not publish." in text and "Nothing can go out there." in text  # the grant lacks media.write
    assert "all of them stay connected" in text and "/amarktai disconnect x" in text


async def test_one_button_keeps_what_is_ticked_once(visitor: httpx.AsyncClient, state: str, team: Team) -> None:
    kept = str((await connections(team.worker, team.workspace_id))[0].id)
    answer = await visitor.post("/connect/status", data={"state": state, "keep": kept})
    assert answer.status_code == 303
    text = (await visitor.get(answer.headers["location"])).text
    assert "Connected on X: @tide. Disconnected again:" in text and 'type="checkbox"' not in text
    assert await names(team) == ["@tide"]
    again = await visitor.post("/connect/status", data={"state": state})
    assert again.status_code == 303
    assert await names(team) == ["@tide"]


async def test_another_browser_sees_nothing_and_changes_nothing(
    site: Site, visitor: httpx.AsyncClient, state: str, team: Team
) -> None:
    async with browser(site) as thief:
        for path in ("/connect/status", "/connect/x/again"):
            assert (await thief.post(path, data={"state": state})).status_code == 403
    assert (await visitor.post("/connect/linkedin/again", data={"state": state})).status_code == 403
    assert len(await names(team)) == 2


async def test_a_foreign_account_is_refused_on_the_page_and_nothing_changes(
    visitor: httpx.AsyncClient, state: str, team: Team
) -> None:
    foreign = str(await team.account(name="@other"))
    answer = await visitor.post("/connect/status", data={"state": state, "keep": foreign})
    assert answer.status_code == 409
    assert "did not open" in answer.text and "Use these" in answer.text
    assert len(await names(team)) == 3


async def test_the_wrong_account_is_replaced_from_there(
    visitor: httpx.AsyncClient, team: Team, vault: Vault, endpoint: TokenEndpoint, connecting: Connecting
) -> None:
    state = await come_back(visitor, team, vault, endpoint, connecting)
    text = await shown(visitor, state)
    assert "Connected on X: @tide." in text and "Take it away again" in text and "Connect another" in text
    gone = await visitor.post("/connect/status", data={"state": state})
    assert "<h1>Disconnected again</h1>" in (await visitor.get(gone.headers["location"])).text
    away = await visitor.post("/connect/x/again", data={"state": state})
    assert away.headers["location"].startswith(f"{CONSENT}/authorize?")
    endpoint.profiles = (Identity(AccountKind.MEMBER, "44", "@right"),)
    assert "@right" in await shown(visitor, await finish(visitor, state_of(away), vault, endpoint, connecting))
    assert await names(team) == ["@right"]


@pytest.mark.parametrize(
    "sent", [{}, {"state": ""}, {"state": "invented", "keep": "x"}], ids=["none", "empty", "invented"]
)
async def test_nonsense_is_answered_with_a_sentence(visitor: httpx.AsyncClient, sent: dict[str, str]) -> None:
    for path in ("/connect/status", "/connect/x/again", "/connect/nowhere/again"):
        answer = await visitor.post(path, data=sent)
        assert answer.status_code in (403, 404)
