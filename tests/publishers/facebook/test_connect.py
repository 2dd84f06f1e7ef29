"""Connecting Pages: each with its own lasting token; what was declined is named and asked again."""

from dataclasses import replace

import httpx
import pytest

from domain.accounts import Grant, GrantRefused
from domain.publishing import AccountKind, TryLater
from domain.secret import Secret
from publishers.facebook.connect import FacebookConnector
from tests.publishers.facebook.conftest import BACK, STUDIO, Page, consented, parts
from tests.publishers.stage import MediaStore, answer, answering
from tests.sandbox.conftest import RunningSandbox

BEN, INA = "10160000000000002", "10160000000000003"


@pytest.fixture
def connector(sandbox: RunningSandbox, client: httpx.AsyncClient) -> FacebookConnector:
    return parts(sandbox, client, MediaStore())[1]


async def exchanged(connector: FacebookConnector, code: str) -> Grant:
    return await connector.exchange(code=code, verifier="v" * 64, redirect_uri=BACK)


async def test_every_page_comes_with_a_token_of_its_own_that_lasts(
    sandbox: RunningSandbox, connector: FacebookConnector
) -> None:
    grant = await exchanged(connector, await consented(connector))
    assert grant.expires_at is not None
    assert set(connector.scopes) <= set(grant.scopes)
    studio, labs = await connector.identities(grant)
    assert (studio.kind, studio.remote_id, studio.name) == (AccountKind.ORGANISATION, STUDIO, "Sunrise Studio")
    assert (labs.name, studio.link) == ("Sunrise Labs", f"{sandbox.base_url}/facebook/{STUDIO}")
    assert studio.token is not None
    assert labs.token is not None
    assert len({studio.token.reveal(), labs.token.reveal(), grant.access_token.reveal()}) == 3
    sandbox.world.advance(100 * 86_400)
    url = f"{sandbox.base_url}/facebook/v26.0/me"
    kept = httpx.get(url, headers={"authorization": f"Bearer {studio.token.reveal()}"})
    ended = httpx.get(url, headers={"authorization": f"Bearer {grant.access_token.reveal()}"})
    assert (kept.status_code, ended.status_code) == (200, 400)


async def test_a_declined_right_is_named_and_asked_for_again(connector: FacebookConnector) -> None:
    with pytest.raises(GrantRefused, match="you declined pages_manage_posts") as refused:
        await exchanged(connector, await consented(connector, _declined="pages_manage_posts"))
    assert "pages_show_list" not in refused.value.sentence
    grant = await exchanged(connector, await consented(connector))
    assert "pages_manage_posts" in grant.scopes


async def test_figures_may_be_declined(connector: FacebookConnector) -> None:
    grant = await exchanged(connector, await consented(connector, _declined="read_insights"))
    assert "read_insights" not in grant.scopes
    assert len(await connector.identities(grant)) == 2


async def test_a_page_of_a_portfolio_is_listed_to_whoever_allows_it_and_nobody_has_to(
    connector: FacebookConnector,
) -> None:
    grant = await exchanged(connector, await consented(connector, _auto=INA))
    assert [one.name for one in await connector.identities(grant)] == ["Sunrise Group"]
    grant = await exchanged(connector, await consented(connector, _auto=INA, _declined="business_management"))
    with pytest.raises(GrantRefused, match="If it belongs to a business portfolio, allow business_management, too"):
        await connector.identities(grant)
    grant = await exchanged(connector, await consented(connector, _declined="business_management"))
    assert len(await connector.identities(grant)) == 2


async def test_only_the_chosen_pages_are_connected(connector: FacebookConnector) -> None:
    grant = await exchanged(connector, await consented(connector, _pages=STUDIO))
    assert [one.remote_id for one in await connector.identities(grant)] == [STUDIO]


async def test_who_may_not_post_is_told_so(connector: FacebookConnector) -> None:
    grant = await exchanged(connector, await consented(connector, _auto=BEN))
    with pytest.raises(GrantRefused, match="On Sunrise Studio you may not post"):
        await connector.identities(grant)
    grant = await exchanged(connector, await consented(connector, _pages="none"))
    with pytest.raises(GrantRefused, match="no Page"):
        await connector.identities(grant)


async def test_a_code_works_once(connector: FacebookConnector) -> None:
    code = await consented(connector)
    await exchanged(connector, code)
    for wrong in (code, "never-given"):
        with pytest.raises(GrantRefused):
            await exchanged(connector, wrong)


@pytest.mark.parametrize("fault", ["reject_5xx", "close", "429", "malformed_2xx"])
async def test_a_blip_between_the_two_tokens_costs_nobody_another_consent(
    sandbox: RunningSandbox, connector: FacebookConnector, fault: str
) -> None:
    code = await consented(connector)
    first = await exchanged(connector, code)
    sandbox.fault("facebook.token", fault)
    fresh = await connector.refresh(first.access_token)
    assert fresh.access_token.reveal() != first.access_token.reveal()


async def test_a_long_trouble_while_refreshing_may_pass(sandbox: RunningSandbox, connector: FacebookConnector) -> None:
    grant = await exchanged(connector, await consented(connector))
    sandbox.fault("facebook.token", "reject_5xx", count=9)
    with pytest.raises(TryLater):
        await connector.refresh(grant.access_token)


async def test_a_dead_token_asks_for_the_person(sandbox: RunningSandbox, connector: FacebookConnector) -> None:
    grant = await exchanged(connector, await consented(connector))
    httpx.post(f"{sandbox.base_url}/_sandbox/facebook/disconnect?reason=password_changed").raise_for_status()
    with pytest.raises(GrantRefused, match="Connect the account again"):
        await connector.refresh(grant.access_token)
    with pytest.raises(GrantRefused, match="Connect the account again"):
        await connector.identities(grant)
    with pytest.raises(GrantRefused):
        await connector.refresh(Secret(""))


async def test_a_pages_token_ends_nobody_elses_connection_and_a_persons_ends_all(page: Page) -> None:
    await page.connector.revoke(page.account.token)
    await page.publish(page.claim())
    code = await consented(page.connector)
    grant = await exchanged(page.connector, code)
    await page.connector.revoke(grant.access_token)
    await page.connector.revoke(grant.access_token)
    with pytest.raises(GrantRefused):
        await page.connector.identities(grant)


async def test_no_secret_stands_in_an_address(sandbox: RunningSandbox, connector: FacebookConnector) -> None:
    await exchanged(connector, await consented(connector))
    exchanges = httpx.get(f"{sandbox.base_url}/_sandbox/traffic").text
    assert "client_secret=" not in exchanges.replace("\\u0026", "&").split("dialog")[0]


@pytest.mark.parametrize(
    "listed",
    [
        [{"id": "1/../2", "access_token": "long-enough"}, {"id": "5"}, "x", None, {"id": "6", "access_token": "a b"}],
        [],
    ],
)
async def test_nonsense_in_the_list_of_pages_is_no_page(page: Page, listed: list[object]) -> None:
    async with answering(answer(200, {"data": listed})) as (url, _):
        odd = replace(page.connector, graph=replace(page.connector.graph, base=url))
        assert await odd.pages(Secret("token-token")) == ()


async def test_a_listing_of_pages_that_goes_in_circles_ends(page: Page) -> None:
    one = {"id": STUDIO, "name": "Studio", "access_token": "long-enough"}
    body = {"data": [one], "paging": {"next": "https://evil.example", "cursors": {"after": "same"}}}
    async with answering(answer(200, body)) as (url, requests):
        odd = replace(page.connector, graph=replace(page.connector.graph, base=url))
        assert len(await odd.pages(Secret("token-token"))) == 2
    assert len(requests.texts) == 2
