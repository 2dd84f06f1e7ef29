"""Add to Slack, through the sandbox's own consent page."""

import httpx

from domain.card import Surface
from pipeline.links import Purpose, make_link_code
from pipeline.workspaces import Begun, begin_telegram_workspace, bot_token, workspace_of
from storage.people import people
from storage.session import Database
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


async def invited(house: House, web: Database) -> tuple[Begun, str]:
    """A workspace that began in Telegram, and a code with which its owner adds Slack."""
    begun = await begin_telegram_workspace(web, user_ref="77", user_name="Mara T", chat_ref="77", title="Mara T")
    assert begun.member_id is not None
    detail = {"chat": Surface.SLACK.value}
    return begun, await make_link_code(web, begun.workspace_id, begun.member_id, Purpose.CONNECT, detail)


async def test_a_link_from_telegram_leads_to_slack_and_into_that_workspace(house: House, web: Database) -> None:
    begun, code = await invited(house, web)
    async with httpx.AsyncClient() as browser:
        shown = await browser.get(f"{house.product}/slack/join?code={code}")
        assert shown.status_code == 200 and "Mara T asked for this" in shown.text
        away = await browser.post(f"{house.product}/slack/join", data={"code": code})
        assert away.status_code == 303
        again = await browser.post(f"{house.product}/slack/join", data={"code": code})
        assert again.status_code == 403 and "/connect slack" in again.text
        back = await browser.get(f"{away.headers['location']}&_auto=U0MARA")
        answer = await browser.get(back.headers["location"])
    await house.desk.errands.settle()
    assert answer.status_code == 200 and "Amarktai is in Sunrise Studio" in answer.text
    assert await workspace_of(house.worker, Surface.SLACK, "T0SANDBOX") == begun.workspace_id
    async with house.worker.transaction(begun.workspace_id) as tx:
        (owner,) = await people(tx)
    assert owner.id == begun.member_id


async def test_a_slack_team_with_a_workspace_of_its_own_does_not_move(house: House, web: Database) -> None:
    await house.install()
    mine = await workspace_of(house.worker, Surface.SLACK, "T0SANDBOX")
    _, code = await invited(house, web)
    async with httpx.AsyncClient() as browser:
        away = await browser.post(f"{house.product}/slack/join", data={"code": code})
        back = await browser.get(f"{away.headers['location']}&_auto=U0MARA")
        answer = await browser.get(back.headers["location"])
    await house.desk.errands.settle()
    assert "did not join yours" in answer.text
    assert await workspace_of(house.worker, Surface.SLACK, "T0SANDBOX") == mine


async def test_a_code_for_something_else_adds_no_slack(house: House, web: Database) -> None:
    begun, _ = await invited(house, web)
    assert begun.member_id is not None
    code = await make_link_code(web, begun.workspace_id, begun.member_id, Purpose.CONNECT, {"platform": "x"})
    async with httpx.AsyncClient() as browser:
        for tried in (code, "", "%00", "x" * 5000):
            assert (await browser.get(f"{house.product}/slack/join?code={tried}")).status_code == 403
            assert (await browser.post(f"{house.product}/slack/join", data={"code": tried})).status_code == 403


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
