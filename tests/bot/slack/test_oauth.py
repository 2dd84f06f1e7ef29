"""Add to Slack, through the sandbox's own consent page."""

import httpx

from domain.card import Surface
from pipeline.workspaces import bot_token, workspace_of
from storage.people import people
from tests.bot.slack.conftest import House


async def away(browser: httpx.AsyncClient, house: House, user: str = "U0MARA") -> str:
    """Where Slack sends the browser back to."""
    begun = await browser.get(f"{house.product}/slack/install")
    back = await browser.get(f"{begun.headers['location']}&_auto={user}")
    return str(back.headers["location"])


async def test_whoever_installs_owns_the_workspace_and_gets_a_message_and_a_home(house: House) -> None:
    answer = await house.install()
    assert answer.status_code == 200 and "Amarktai is in Sunrise Studio" in answer.text
    workspace_id = await workspace_of(house.worker, Surface.SLACK, "T0SANDBOX")
    assert workspace_id is not None
    async with house.worker.transaction(workspace_id) as tx:
        (owner,) = await people(tx)
        stored = await tx.value("SELECT sealed FROM secrets WHERE workspace_id = %(workspace_id)s")
    assert (owner.name, owner.role) == ("Mara Lindqvist", "owner")
    token = await bot_token(house.desk.database, house.desk.vault, workspace_id, "T0SANDBOX")
    assert token is not None and token.reveal().startswith("xoxb-sandbox-")
    assert token.reveal().encode() not in bytes(stored)
    (welcome,) = (await house.see("messages", channel="D0MARA"))["messages"]
    assert "/amarktai add" in welcome["text"]
    assert (await house.see("home", user="U0MARA"))["view"] is not None


async def test_a_state_works_once_and_only_in_the_browser_that_began(house: House) -> None:
    async with httpx.AsyncClient() as mine, httpx.AsyncClient() as other:
        link = await away(mine, house)
        stolen = await other.get(link)
        assert stolen.status_code == 403 and "did not begin in this browser" in stolen.text
        assert (await mine.get(link)).status_code == 200
        twice = await mine.get(link)
        assert twice.status_code == 403 and "used already" in twice.text


async def test_answers_that_nobody_asked_for_end_on_a_page_that_says_so(house: House) -> None:
    async with httpx.AsyncClient() as browser:
        for query in ("", "?state=", "?state=%00&code=1", "?code=x&state=forged", "?state=" + "x" * 5000):
            answer = await browser.get(f"{house.product}/slack/oauth_redirect{query}")
            assert answer.status_code == 403 and "Begin again" in answer.text, query


async def test_a_code_that_is_none_ends_on_a_page_that_says_so(house: House) -> None:
    async with httpx.AsyncClient() as browser:
        link = httpx.URL(await away(browser, house)).copy_set_param("code", "invented")
        answer = await browser.get(link)
        assert answer.status_code == 400 and "did not accept" in answer.text


async def test_a_guest_installs_nothing(house: House) -> None:
    answer = await house.install("U0GUST")
    assert answer.status_code == 400 and "Slack was told no" in answer.text
    assert await workspace_of(house.worker, Surface.SLACK, "T0SANDBOX") is None


async def test_installing_twice_leads_to_one_workspace_with_the_first_owner(house: House) -> None:
    await house.install()
    first = await workspace_of(house.worker, Surface.SLACK, "T0SANDBOX")
    answer = await house.install("U0BEN")
    assert "Ask an owner there" in answer.text
    assert await workspace_of(house.worker, Surface.SLACK, "T0SANDBOX") == first
