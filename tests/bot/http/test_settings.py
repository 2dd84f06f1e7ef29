"""The page on which a person chooses a post's settings: a link shows a form, its button decides as that person, once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from uuid import UUID

import httpx
import pytest
from psycopg.types.json import Jsonb

from domain.card import Surface
from domain.errors import NotAllowed, Refused
from domain.payload import Payload
from domain.platforms import Platform
from domain.roles import Role
from domain.settings import missing
from pipeline.links import Purpose, make_link_code, slack_invitation, use_link_code
from pipeline.people import add_person, revoke
from pipeline.settings_page import make_page_code
from storage import cards
from storage.session import Database
from tests.pipeline.conftest import Hints, Team
from tests.pipeline.desk import CHECKS

AGREED = {"privacy": "FOLLOWER_OF_CREATOR", "disclosure": "own", "consent": "yes"}
NEWEST = """
SELECT r.n, r.settings, m.name AS by FROM posts p
JOIN revisions r ON r.workspace_id = p.workspace_id AND r.post_id = p.id AND r.n = p.revision_n
LEFT JOIN members m ON m.workspace_id = r.workspace_id AND m.id = r.made_by
WHERE p.workspace_id = %(workspace_id)s AND p.id = %(id)s
"""


@dataclass
class Asked:
    """Tea of Telegram, a TikTok in her group for which nobody chose anything, and the code of the page for it."""

    team: Team
    tea: UUID
    post: UUID
    token: str
    code: str

    async def newest(self) -> tuple[int, dict[str, str], str | None]:
        async with self.team.worker.transaction(self.team.workspace_id) as tx:
            (row,) = await tx.dicts(NEWEST, {"id": self.post})
        return row["n"], row["settings"], row["by"]

    async def another_code(self) -> str:
        team = self.team
        return await make_page_code(
            team.worker, team.workspace_id, self.tea, surface=Surface.TELEGRAM, user="7007", token=self.token
        )


@pytest.fixture
async def asked(team: Team, web: Database, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Asked]:
    def check(payload: Payload) -> list[str]:
        return [f"TikTok wants this chosen: {one.short}." for one in missing(Platform.TIKTOK, payload.settings)]

    monkeypatch.setitem(CHECKS, Platform.TIKTOK, check)
    tea = await add_person(
        web, team.workspace_id, team.owner, surface=Surface.TELEGRAM, team_ref="", user_ref="7007", name="Tea <b>",
        role=Role.REVIEWER,
    )  # fmt: skip
    post = await replace(team, channel=team.group).post(await team.account(), state="in_review")
    await team.value("UPDATE accounts SET platform = 'tiktok' WHERE workspace_id = %(workspace_id)s RETURNING 1")
    card = await team.value("SELECT id FROM cards WHERE workspace_id = %(workspace_id)s AND kind = 'post'")
    assert isinstance(card, UUID)
    async with team.worker.transaction(team.workspace_id) as tx:
        token = await cards.face_token(tx, card, post, 1, "t0ken")
    made = Asked(team, tea.id, post, token, "")
    made.code = await made.another_code()
    yield made


async def send(visitor: httpx.AsyncClient, code: str, **settings: str) -> httpx.Response:
    return await visitor.post("/settings", data={"code": code, **settings})


async def test_opening_the_page_shows_a_form_and_decides_nothing(visitor: httpx.AsyncClient, asked: Asked) -> None:
    for _ in range(2):
        answer = await visitor.get("/settings", params={"code": asked.code})
        assert answer.status_code == 200 and "<script" not in answer.text
    for words in ("Settings for TikTok", "#1001 · TikTok · @tide", "you decide as Tea &lt;b&gt;", "Who may see it"):
        assert words in answer.text
    assert answer.text.count(" checked") == 2, "only what is off by itself: comments and synthetic content"
    assert await asked.newest() == (1, {}, None)


async def test_the_page_offers_what_the_account_offers_and_says_that_comments_are_off(
    visitor: httpx.AsyncClient, asked: Asked
) -> None:
    few = {"values": {"privacy": ["FOLLOWER_OF_CREATOR", "SELF_ONLY"], "comments": ["no"]}, "seconds": None}
    options = "UPDATE accounts SET options = %(few)s WHERE workspace_id = %(workspace_id)s RETURNING 1"
    await asked.team.value(options, few=Jsonb(few))
    shown = (await visitor.get("/settings", params={"code": asked.code})).text
    assert "Comments are off" in shown and 'name="comments"' not in shown
    assert 'value="SELF_ONLY"' in shown and "PUBLIC_TO_EVERYONE" not in shown
    refused = await send(visitor, asked.code, **{**AGREED, "privacy": "PUBLIC_TO_EVERYONE"})
    assert refused.status_code == 422 and "not one of the choices" in refused.text
    assert (await send(visitor, asked.code, **AGREED)).status_code == 200


async def test_the_button_decides_as_the_person_who_got_the_link(
    visitor: httpx.AsyncClient, asked: Asked, hint: Hints
) -> None:
    answer = await send(visitor, asked.code, **AGREED)
    assert answer.status_code == 200 and "<h1>Saved</h1>" in answer.text
    number, settings, by = await asked.newest()
    assert (number, by) == (2, "Tea <b>")
    assert settings == {**AGREED, "comments": "no", "synthetic": "no"}
    said = await asked.team.value("SELECT surface FROM decisions WHERE workspace_id = %(workspace_id)s AND applied")
    assert said == "telegram"
    assert ("redraw", asked.team.workspace_id, asked.team.workspace_id) in hint.given


async def test_a_page_works_once(visitor: httpx.AsyncClient, asked: Asked) -> None:
    await send(visitor, asked.code, **AGREED)
    for answer in (
        await send(visitor, asked.code, **{**AGREED, "comments": "yes"}),
        await visitor.get("/settings", params={"code": asked.code}),
    ):
        assert answer.status_code == 403 and "was used already" in answer.text and "Press Settings" in answer.text
    assert (await asked.newest())[0] == 2


async def test_of_two_who_send_a_page_at_once_one_decides(visitor: httpx.AsyncClient, asked: Asked) -> None:
    wishes = ({**AGREED, "comments": "no"}, {**AGREED, "comments": "yes"})
    answers = await asyncio.gather(*(send(visitor, asked.code, **wish) for wish in wishes))
    assert sorted(answer.status_code for answer in answers)[0] == 200
    assert sorted(answer.status_code for answer in answers)[1] in (403, 409)
    assert (await asked.newest())[0] == 2


async def test_a_page_ends_after_ten_minutes(visitor: httpx.AsyncClient, asked: Asked) -> None:
    await asked.team.value("UPDATE link_codes SET expires_at = now() - interval '1 second' RETURNING 1")
    answer = await send(visitor, asked.code, **AGREED)
    assert answer.status_code == 403 and "older than ten minutes" in answer.text
    assert (await asked.newest())[0] == 1


async def test_a_code_that_opens_something_else_opens_no_settings_and_stays_good(
    visitor: httpx.AsyncClient, asked: Asked
) -> None:
    team = asked.team
    other = await make_link_code(team.worker, team.workspace_id, team.owner, Purpose.CONNECT, {"platform": "x"})
    for answer in (await visitor.get("/settings", params={"code": other}), await send(visitor, other, **AGREED)):
        assert answer.status_code == 403 and "belongs to" in answer.text and "it still works" in answer.text
    assert (await visitor.post("/connect/x", data={"code": other})).status_code == 303


async def test_the_code_of_a_page_connects_no_account_and_links_nobody(
    visitor: httpx.AsyncClient, asked: Asked
) -> None:
    answer = await visitor.post("/connect/x", data={"code": asked.code})
    assert answer.status_code == 403
    other = await asked.another_code()
    with pytest.raises(Refused):
        await slack_invitation(asked.team.worker, other)
    with pytest.raises(Refused):
        await use_link_code(asked.team.worker, Purpose.PERSON, other)


@pytest.mark.parametrize("code", ["", "nonsense", "\x00", "x" * 3_000])
async def test_a_code_that_nobody_made_is_told_so(visitor: httpx.AsyncClient, asked: Asked, code: str) -> None:
    answer = await send(visitor, code, **AGREED)
    assert answer.status_code in (403, 404) and "This link" in answer.text


async def test_what_is_wrong_stands_beside_its_field_and_the_page_stays_good(
    visitor: httpx.AsyncClient, asked: Asked
) -> None:
    answer = await send(visitor, asked.code, privacy="SELF_ONLY", disclosure="paid", comments="yes")
    assert answer.status_code == 422
    assert "not let a paid partnership be private" in answer.text and "Tick it if you agree" in answer.text
    assert 'value="SELF_ONLY" checked' in answer.text and 'value="paid" checked' in answer.text
    assert (await send(visitor, asked.code, **AGREED)).status_code == 200


async def test_a_person_who_lost_the_right_meanwhile_decides_nothing(
    visitor: httpx.AsyncClient, asked: Asked, hint: Hints
) -> None:
    team = asked.team
    await revoke(team.worker, hint, team.workspace_id, team.owner, asked.tea)
    answer = await send(visitor, asked.code, **AGREED)
    assert answer.status_code == 409 and "may not decide about posts here" in answer.text
    assert (await asked.newest())[0] == 1
    with pytest.raises(NotAllowed):
        await asked.another_code()


async def test_a_page_for_an_older_revision_says_so(visitor: httpx.AsyncClient, asked: Asked) -> None:
    late = await asked.another_code()
    await send(visitor, asked.code, **AGREED)
    for answer in (await visitor.get("/settings", params={"code": late}), await send(visitor, late, **AGREED)):
        assert answer.status_code == 409 and "revision 2 is here" in answer.text


async def test_a_film_that_the_platform_refuses_anyway_is_said_on_the_page(
    visitor: httpx.AsyncClient, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(CHECKS, Platform.TIKTOK, lambda payload: ["TikTok takes films up to 600 seconds."])
    answer = await send(visitor, asked.code, **AGREED)
    assert "TikTok takes films up to 600 seconds." in answer.text
    assert (await asked.newest())[0] == 2


async def test_what_came_in_is_escaped_on_the_page(visitor: httpx.AsyncClient, asked: Asked) -> None:
    await asked.team.value("UPDATE accounts SET platform = 'youtube' WHERE workspace_id = %(workspace_id)s RETURNING 1")
    answer = await send(visitor, asked.code, title='"><script>alert(1)</script>')
    assert answer.status_code == 422 and "<script>alert" not in answer.text and "&lt;script&gt;" in answer.text


async def test_a_first_comment_is_written_in_a_field_of_several_lines_and_kept_with_all_its_signs(
    visitor: httpx.AsyncClient, asked: Asked
) -> None:
    await asked.team.value(
        "UPDATE accounts SET platform = 'linkedin' WHERE workspace_id = %(workspace_id)s RETURNING 1"
    )
    shown = (await visitor.get("/settings", params={"code": asked.code})).text
    assert '<textarea class="words" rows="4" id="first_comment"' in shown and 'maxlength="400"' in shown
    refused = await send(visitor, asked.code, first_comment="</textarea>" + "x" * 400)
    assert refused.status_code == 422 and "Shorten it by 11." in refused.text
    assert refused.text.count("</textarea>") == 1 and "&lt;/textarea&gt;" in refused.text
    assert (await send(visitor, asked.code, first_comment="2 < 3: https://tidewater.example/")).status_code == 200
    assert (await asked.newest())[1] == {"first_comment": "2 < 3: https://tidewater.example/"}


async def test_who_chose_settings_is_not_said_to_have_edited(visitor: httpx.AsyncClient, asked: Asked) -> None:
    assert (await send(visitor, asked.code, **AGREED)).status_code == 200
    made = "SELECT drafted_from FROM revisions WHERE workspace_id = %(workspace_id)s ORDER BY n DESC LIMIT 1"
    assert await asked.team.value(made) == "settings"
