"""What an account leaves to choose is asked when it is connected, with each new token, and when somebody opens settings."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from domain.decision import Decision
from domain.options import AccountOptions
from domain.payload import Payload
from domain.platforms import Platform
from domain.publishing import Account, AccountKind, TokenRejected, TryLater
from domain.secret import Secret
from pipeline.accounts import Connecting, after_rejection
from pipeline.decide import Brought, Click, Deciding, Unusable, decide, open_dialog
from pipeline.options import ask_options, look_at_account
from pipeline.publish import publish
from storage import cards
from storage.session import Database
from storage.vault import Vault
from tests.pipeline.conftest import Hints, Team
from tests.pipeline.house import House, Kind
from tests.pipeline.test_connect import trip
from tests.publishers.stage import png

OPEN = AccountOptions({"privacy": ("PUBLIC_TO_EVERYONE", "SELF_ONLY"), "comments": ("no", "yes")})
PRIVATE = AccountOptions({"privacy": ("FOLLOWER_OF_CREATOR", "SELF_ONLY"), "comments": ("no",)}, 60)
AGREED = {"privacy": "PUBLIC_TO_EVERYONE", "disclosure": "own", "consent": "yes"}
OPTIONS = "SELECT options FROM accounts WHERE workspace_id = %(workspace_id)s AND id = %(id)s"
TIKTOK = (
    "UPDATE accounts SET platform = 'tiktok', refresh_at = %(due)s WHERE workspace_id = %(workspace_id)s RETURNING 1"
)
HOUR_OLD = """
UPDATE accounts SET options = options || jsonb_build_object('asked_at', now() - interval '61 minutes')
WHERE workspace_id = %(workspace_id)s RETURNING 1
"""
WANTED = "SELECT wanted FROM cards WHERE workspace_id = %(workspace_id)s AND post_id = %(id)s"


@dataclass
class Creator:
    """A platform that tells; keeps the tokens it was asked with. Errors are raised first."""

    says: AccountOptions = OPEN
    tokens: list[str] = field(default_factory=list)
    failing: list[Exception] = field(default_factory=list)

    async def __call__(self, token: Secret) -> AccountOptions:
        self.tokens.append(token.reveal())
        if self.failing:
            raise self.failing.pop(0)
        return self.says


@pytest.fixture
def creator() -> Creator:
    return Creator()


@pytest.fixture
def asking(connecting: Connecting, endpoint: Any, creator: Creator) -> Connecting:
    return replace(connecting, connectors={Platform.TIKTOK: endpoint}, options={Platform.TIKTOK: creator})


async def tiktok(team: Team, *, due: Any = None) -> Any:
    account = await team.account()
    await team.value(TIKTOK, due=due)
    return account


async def kept(team: Team, account: Any) -> AccountOptions | None:
    row = await team.value(OPTIONS, id=account)
    assert isinstance(row, dict)
    return AccountOptions.of_row(row)


async def test_an_account_is_asked_once_an_hour_however_often_somebody_looks(
    team: Team, asking: Connecting, creator: Creator
) -> None:
    account = await tiktok(team)
    for _ in range(3):
        await look_at_account(asking, team.workspace_id, account)
    assert creator.tokens == ["t0"] and await kept(team, account) == OPEN
    await team.value(HOUR_OLD)
    creator.says = PRIVATE
    await look_at_account(asking, team.workspace_id, account)
    assert len(creator.tokens) == 2 and await kept(team, account) == PRIVATE


async def test_a_worker_is_told_to_ask_an_account_that_was_just_connected(
    web: Database, team: Team, vault: Vault, connecting: Connecting, endpoint: Any, hint: Hints, creator: Creator
) -> None:
    asking = replace(connecting, options={Platform.X: creator})
    await trip(web, vault, team, asking, endpoint, hint)
    [given] = [one for one in hint.given if one[0] == "refresh"]
    assert given[2] is not None
    await look_at_account(asking, team.workspace_id, given[2])
    assert await kept(team, given[2]) == OPEN
    await trip(web, vault, team, asking, endpoint, hint)  # connected again: what it offers may be another thing by now
    await look_at_account(asking, team.workspace_id, given[2])
    assert len(creator.tokens) == 2


async def test_with_a_new_token_it_is_asked_at_once_and_by_that_token(
    team: Team, asking: Connecting, creator: Creator
) -> None:
    account = await tiktok(team)
    await look_at_account(asking, team.workspace_id, account)
    await team.value("UPDATE accounts SET refresh_at = now() WHERE workspace_id = %(workspace_id)s RETURNING 1")
    await look_at_account(asking, team.workspace_id, account)
    assert creator.tokens == ["t0", "t1"]


async def test_a_token_that_was_renewed_after_a_401_has_the_account_asked_at_once_and_once(
    team: Team, asking: Connecting, creator: Creator, hint: Hints
) -> None:
    account = await tiktok(team)
    await look_at_account(asking, team.workspace_id, account)
    hint.given.clear()
    used = Account(team.workspace_id, account, Platform.TIKTOK, AccountKind.MEMBER, "@tide", "@tide", Secret("t0"))
    await after_rejection(asking, team.workspace_id, used, TokenRejected("no"), first=True)
    assert ("refresh", team.workspace_id, account) in hint.given
    for _ in range(2):
        await look_at_account(asking, team.workspace_id, account)
    assert creator.tokens == ["t0", "t1"]


@pytest.mark.parametrize("error", [TryLater("later"), TokenRejected("no")], ids=lambda error: type(error).__name__)
async def test_what_is_not_told_leaves_what_was_known(
    team: Team, asking: Connecting, creator: Creator, error: Exception
) -> None:
    account = await tiktok(team)
    await ask_options(asking, team.workspace_id, account)
    await team.value(HOUR_OLD)
    creator.failing = [error]
    await ask_options(asking, team.workspace_id, account)
    assert len(creator.tokens) == 2 and await kept(team, account) == OPEN


async def test_a_platform_that_tells_nothing_is_not_asked(team: Team, asking: Connecting, creator: Creator) -> None:
    account = await team.account()
    await ask_options(asking, team.workspace_id, account)
    assert creator.tokens == [] and await kept(team, account) is None


async def test_a_removed_account_is_not_asked(team: Team, asking: Connecting, creator: Creator) -> None:
    account = await tiktok(team)
    await team.value("UPDATE accounts SET state = 'disconnected' WHERE workspace_id = %(workspace_id)s RETURNING 1")
    await ask_options(asking, team.workspace_id, account)
    assert creator.tokens == []


async def test_cards_of_waiting_posts_are_drawn_again_when_it_offers_something_else_and_only_then(
    team: Team, asking: Connecting, creator: Creator
) -> None:
    account = await tiktok(team)
    post = await team.post(account, state="in_review")
    before = await team.value(WANTED, id=post)
    assert isinstance(before, int)
    for expected in (before + 1, before + 1):
        await ask_options(asking, team.workspace_id, account)
        assert await team.value(WANTED, id=post) == expected
        await team.value(HOUR_OLD)
    creator.says = PRIVATE
    await ask_options(asking, team.workspace_id, account)
    assert await team.value(WANTED, id=post) == before + 2


# --- choosing --------------------------------------------------------------------------------------------------------


@dataclass
class Asked:
    deps: Deciding
    token: str
    account: Any
    post: Any

    def click(self) -> Click:
        return Click("page:1", "slack", "T1", "U2", self.token)


@pytest.fixture
async def asked(team: Team, web: Database, hint: Hints) -> Asked:
    account = await tiktok(team)
    post = await team.post(account, state="in_review")
    card = await team.value("SELECT id FROM cards WHERE workspace_id = %(workspace_id)s AND kind = 'post'")
    async with team.worker.transaction(team.workspace_id) as tx:
        token = await cards.face_token(tx, card, post, 1, "t0ken")  # type: ignore[arg-type]
    return Asked(Deciding(web, lambda *_: [], hint), token, account, post)


async def now_offers(team: Team, options: AccountOptions) -> None:
    keep = """UPDATE accounts SET options = %(options)s::jsonb || jsonb_build_object('asked_at', now())
              WHERE workspace_id = %(workspace_id)s RETURNING 1"""
    await team.value(keep, options=Jsonb(options.to_row()))


async def test_opening_settings_has_a_worker_ask_where_nobody_asked_lately(
    team: Team, asked: Asked, hint: Hints
) -> None:
    await open_dialog(asked.token, asked.deps)
    assert ("refresh", team.workspace_id, asked.account) in hint.given
    hint.given.clear()
    await now_offers(team, OPEN)
    await open_dialog(asked.token, asked.deps)
    assert hint.given == []
    await team.value(HOUR_OLD)
    await open_dialog(asked.token, asked.deps)
    assert ("refresh", team.workspace_id, asked.account) in hint.given


async def test_a_dialog_has_the_choices_of_the_account(team: Team, asked: Asked) -> None:
    await now_offers(team, PRIVATE)
    dialog = await open_dialog(asked.token, asked.deps)
    assert dialog is not None
    assert [option.value for option in dialog.choices[0].options] == ["FOLLOWER_OF_CREATOR", "SELF_ONLY"]
    assert "Comments are off" in dialog.choices[1].closed


async def test_a_choice_that_the_account_does_not_offer_is_refused_when_it_is_made(team: Team, asked: Asked) -> None:
    await now_offers(team, PRIVATE)
    with pytest.raises(Unusable) as refused:
        await decide(asked.click(), Decision.CHOOSE, asked.deps, Brought(settings=AGREED))
    assert list(refused.value.problems) == ["privacy"]


async def test_a_card_says_what_the_account_no_longer_offers(team: Team, asked: Asked) -> None:
    await decide(asked.click(), Decision.CHOOSE, asked.deps, Brought(settings=AGREED))
    await now_offers(team, PRIVATE)
    dialog = await open_dialog(asked.token, asked.deps)
    assert dialog is not None
    assert dialog.view.objections == ("@tide no longer offers “Who may see it: everybody”. Choose again in Settings.",)
    await now_offers(team, OPEN)
    dialog = await open_dialog(asked.token, asked.deps)
    assert dialog is not None and dialog.view.objections == ()


# --- the claim -------------------------------------------------------------------------------------------------------


async def test_what_an_account_no_longer_offers_goes_back_to_the_reviewers_and_not_to_the_platform(
    house: House,
) -> None:
    account = await house.connect(Kind("tiktok", Platform.TIKTOK, AccountKind.MEMBER, "tiktok.init"))
    post = await house.post_of(account, Payload("Tea time", (), AGREED))
    await now_offers(house.team, PRIVATE)
    await publish(post, house.publishing)
    row = await house.row(post)
    assert row["state"] == "in_review" and await house.attempts(post) == []
    assert row["trouble"].endswith(" no longer offers “Who may see it: everybody”. Choose again in Settings.")
    assert row["slot_in"] > 0


CREATOR = Kind("tiktok", Platform.TIKTOK, AccountKind.MEMBER, "tiktok.init")


async def test_an_account_that_was_asked_too_long_ago_is_asked_when_one_of_its_posts_goes_out(
    house: House, creator: Creator
) -> None:
    account = await house.connect(CREATOR)
    house.publishing = replace(
        house.publishing, connecting=replace(house.publishing.connecting, options={Platform.TIKTOK: creator})
    )
    await now_offers(house.team, OPEN)
    for hinted in (False, True):
        post = await house.post_of(account, Payload("Tea time", (), AGREED))
        house.hint.given.clear()
        await publish(post, house.publishing)
        assert (("refresh", house.workspace_id, account) in house.hint.given) is hinted
        await house.team.value(HOUR_OLD)


async def test_what_the_platform_refused_has_the_account_asked_at_once(house: House, creator: Creator) -> None:
    account = await house.connect(CREATOR)
    house.publishing = replace(
        house.publishing, connecting=replace(house.publishing.connecting, options={Platform.TIKTOK: creator})
    )
    chosen = {**AGREED, "privacy": "FOLLOWER_OF_CREATOR"}
    await now_offers(house.team, replace(OPEN, values={"privacy": ("FOLLOWER_OF_CREATOR",)}))  # as it was known
    post = await house.post_of(account, Payload("Tea time", (house.media.put(png()),), chosen))
    await publish(post, house.publishing)
    assert (await house.row(post))["state"] == "failed"
    assert ("refresh", house.workspace_id, account) in house.hint.given
    await look_at_account(house.publishing.connecting, house.workspace_id, account)
    assert len(creator.tokens) == 1
