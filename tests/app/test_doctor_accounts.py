"""What the doctor says of an account: the scopes it lacks, how much room its limits leave, when it last worked. No secret."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.doctor.accounts import NEEDED, WINDOWS, Quota, accounts, lacking, room
from app.doctor.findings import Mark
from app.doctor.stores import Opened
from domain.platforms import Platform
from domain.publishing import AccountKind, Window
from pipeline.publish import publish
from publishers.http import client_to_nowhere
from publishers.registry import build
from storage.keys import Keyring
from tests.pipeline.conftest import hint, house, logins, team, vault, web, worker  # noqa: F401 - fixtures
from tests.pipeline.house import BY_NAME, House, platform_settings
from tests.publishers.stage import MediaStore


async def said(house: House) -> list[Any]:  # noqa: F811 - the fixture of that name
    return await accounts(Opened(house.team.worker, house.team.vault, Keyring(())))


async def test_an_account_says_what_it_may_still_send_and_when_it_last_did(house: House) -> None:  # noqa: F811
    account = await house.connect(BY_NAME["x"])
    [before] = await said(house)
    assert "100 of 100 posts in 15 minutes left" in before.what and "published nothing yet" in before.what
    for _ in range(2):
        await publish(await house.post(account), house.publishing)
    [finding] = await said(house)
    assert finding.mark is Mark.GOOD
    assert "98 of 100 posts in 15 minutes left" in finding.what
    assert f"last published {datetime.now(UTC):%Y-%m-%d}" in finding.what
    assert f"token until {datetime.now(UTC) + timedelta(hours=2):%Y-%m-%d %H}" in finding.what


async def test_a_workspaces_own_lower_cap_is_the_one_that_is_told(house: House) -> None:  # noqa: F811
    account = await house.connect(BY_NAME["x"])
    await house.run("UPDATE accounts SET posts_a_day = 3 WHERE workspace_id = %(workspace_id)s")
    await publish(await house.post(account), house.publishing)
    [finding] = await said(house)
    assert "2 of 3 posts in 24 hours left" in finding.what


async def test_tokens_are_never_said(house: House) -> None:  # noqa: F811
    account = await house.connect(BY_NAME["x"])
    async with house.team.worker.transaction(house.workspace_id) as tx:
        from storage import accounts as stored

        tokens = [
            await stored.access_token(tx, house.team.vault, account),
            await stored.refresh_token(tx, house.team.vault, account),
        ]
    [finding] = await said(house)
    assert all(token is not None and token.reveal() not in repr(finding) for token in tokens)


@pytest.mark.parametrize(("platform", "kind"), NEEDED, ids=str)
def test_every_scope_that_is_asked_for_and_was_not_granted_is_named(platform: Platform, kind: AccountKind) -> None:
    wanted = list(NEEDED[platform, kind])
    assert lacking(platform, kind, wanted) == []
    for scope in wanted:
        granted = [one for one in wanted if one != scope]
        assert lacking(platform, kind, granted) == [scope.rpartition("/auth/")[2]]
    assert lacking(platform, kind, []) == [], "what a platform does not tell is not missing"


def test_the_doctor_knows_every_platform_and_counts_in_its_own_windows(house: House) -> None:  # noqa: F811
    registry = build(platform_settings(house.lane), client_to_nowhere(), MediaStore())
    assert {platform for platform, _ in NEEDED} == set(Platform)
    assert {platform: publisher.windows for platform, publisher in registry.publishers.items()} == WINDOWS
    for (platform, _), wanted in NEEDED.items():
        assert set(wanted) <= set(registry.connectors[platform].scopes)


def test_room_is_never_negative_and_says_whose_it_is() -> None:
    assert room(Quota(Window(6, 60), 9)) == "0 of 6 posts in a minute left"
    application = Quota(Window(10_000, 86_400, "app"), 1)
    assert room(application) == "9,999 of 10,000 posts in 24 hours left for all accounts of this application"
