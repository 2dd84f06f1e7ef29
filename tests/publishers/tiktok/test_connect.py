"""Connecting TikTok: hex proof keys, codes with odd signs, tokens that rotate, refusals that come with 200."""

import hashlib
from typing import Any

import httpx
import pytest

from domain.accounts import Connector, Grant, GrantRefused
from domain.platforms import Platform
from domain.publishing import AccountKind, TryLater
from domain.secret import Secret
from publishers.registry import PlatformSettings, Registry, build
from tests.publishers.stage import MediaStore, answer, answering, no_pause
from tests.publishers.tiktok.conftest import BACK, VERIFIER, Stage, consent, query_of, settings
from tests.sandbox.conftest import RunningSandbox


@pytest.fixture
def connector(registry: Registry) -> Connector:
    return registry.connectors[Platform.TIKTOK]


async def granted(registry: Registry, **said: str) -> Grant:
    code = await consent(registry, **said)
    connector = registry.connectors[Platform.TIKTOK]
    return await connector.exchange(code=code, verifier=VERIFIER, redirect_uri=BACK)


def test_the_person_is_asked_by_tiktoks_own_names(connector: Connector) -> None:
    url = connector.authorize_url(state="s" * 40, verifier=VERIFIER, redirect_uri=BACK)
    asked = query_of(url)
    assert "client_id" not in asked
    assert asked["scope"] == "user.info.basic,user.info.profile,video.list,video.publish"
    assert asked["code_challenge"] == hashlib.sha256(VERIFIER.encode()).hexdigest()


async def test_a_desktop_client_connects_too(creator: Stage) -> None:
    creator.turn(desktop=1)
    assert (await granted(creator.registry)).refresh_token is not None


async def test_the_account_has_the_name_that_people_know(registry: Registry, sandbox: RunningSandbox) -> None:
    [mine] = await registry.connectors[Platform.TIKTOK].identities(await granted(registry))
    assert (mine.kind, mine.name) == (AccountKind.MEMBER, "@sunrise.studio")
    assert mine.remote_id.startswith("-000sunrise")
    assert mine.link == f"{sandbox.base_url}/tiktok/@sunrise.studio"


async def test_without_the_profile_the_account_still_has_a_name(registry: Registry) -> None:
    grant = await granted(registry, _declined="user.info.profile")
    [mine] = await registry.connectors[Platform.TIKTOK].identities(grant)
    assert (mine.name, mine.link) == ("Sunrise Studio", None)


@pytest.mark.parametrize("scope", ["video.publish", "video.list"])
async def test_a_missing_right_is_named(registry: Registry, scope: str) -> None:
    with pytest.raises(GrantRefused, match=scope):
        await granted(registry, _declined=scope)


async def test_a_code_that_is_still_encoded_is_understood(registry: Registry, connector: Connector) -> None:
    code = await consent(registry)
    encoded = code.replace("*", "%2A").replace("!", "%21")
    assert encoded != code
    assert await connector.exchange(code=encoded, verifier=VERIFIER, redirect_uri=BACK)


async def test_a_refresh_rotates_and_the_old_one_is_dead(registry: Registry, connector: Connector) -> None:
    grant = await granted(registry)
    assert grant.refresh_token is not None
    fresh = await connector.refresh(grant.refresh_token)
    assert fresh.refresh_token is not None
    assert fresh.refresh_token.reveal() != grant.refresh_token.reveal()
    with pytest.raises(GrantRefused, match="Connect the account again"):
        await connector.refresh(grant.refresh_token)
    await connector.revoke(fresh.access_token)
    with pytest.raises(GrantRefused):
        await connector.refresh(fresh.refresh_token)


@pytest.mark.parametrize("fault", ["reject_5xx", "close", "429", "malformed_2xx"])
async def test_a_blip_never_disconnects(sandbox: RunningSandbox, registry: Registry, fault: str) -> None:
    grant = await granted(registry)
    assert grant.refresh_token is not None
    sandbox.fault("tiktok.token", fault)
    with pytest.raises(TryLater):
        await registry.connectors[Platform.TIKTOK].refresh(grant.refresh_token)


async def test_without_a_refresh_token_the_person_is_asked(connector: Connector) -> None:
    with pytest.raises(GrantRefused, match="Connect the account again"):
        await connector.refresh(Secret(""))


async def test_a_wrong_secret_names_the_settings_to_check(sandbox: RunningSandbox, client: httpx.AsyncClient) -> None:
    right = settings(sandbox)
    wrong = PlatformSettings(
        "x",
        Secret("x"),
        "l",
        Secret("l"),
        tiktok_client_key=right.tiktok_client_key,
        tiktok_client_secret=Secret("wrong"),
        tiktok_api_url=right.tiktok_api_url,
    )
    connector = build(wrong, client, MediaStore(), pause=no_pause).connectors[Platform.TIKTOK]
    with pytest.raises(TryLater, match="TIKTOK_CLIENT_KEY and TIKTOK_CLIENT_SECRET"):
        await connector.refresh(Secret("any-refresh-token"))


TOKENS = {"access_token": "act.new-token", "expires_in": 7200, "refresh_token": "rft.new-token", "token_type": "Bearer"}


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, {"error": "invalid_grant", "error_description": "Expired.", "log_id": "1"}, GrantRefused),
        (200, {"error": "access_denied", "error_description": "Taken away.", "log_id": "1"}, GrantRefused),
        (200, {"error": "invalid_client", "error_description": "Client key is wrong.", "log_id": "1"}, TryLater),
        (200, {"error": "something_new", "error_description": "No.", "log_id": "1"}, TryLater),
        (400, {"error": "invalid_grant", "log_id": "1"}, GrantRefused),
        (500, {"error": "invalid_grant", "log_id": "1"}, TryLater),
        (200, {}, TryLater),
        (200, {**TOKENS, "access_token": ""}, TryLater),
        (200, {**TOKENS, "refresh_token": ""}, TryLater),
        (200, {**TOKENS, "expires_in": -1}, TryLater),
        (200, b"<html>", TryLater),
    ],
)
async def test_only_a_dead_grant_disconnects(
    client: httpx.AsyncClient, status: int, body: Any, expected: type[Exception]
) -> None:
    async with answering(answer(status, body)) as (url, _):
        known = PlatformSettings("x", Secret("x"), "l", Secret("l"), tiktok_api_url=url)
        connector = build(known, client, MediaStore(), pause=no_pause).connectors[Platform.TIKTOK]
        with pytest.raises(expected):
            await connector.refresh(Secret("rft.old-token"))


@pytest.mark.parametrize("user", [{}, {"open_id": ""}, {"open_id": 7}, {"open_id": "a\nb"}, {"open_id": "a" * 201}, []])
async def test_an_account_without_an_id_is_none(client: httpx.AsyncClient, user: Any) -> None:
    told = {"data": {"user": user}, "error": {"code": "ok", "message": "", "log_id": "1"}}
    async with answering(answer(200, told)) as (url, _):
        known = PlatformSettings("x", Secret("x"), "l", Secret("l"), tiktok_api_url=url)
        connector = build(known, client, MediaStore(), pause=no_pause).connectors[Platform.TIKTOK]
        with pytest.raises(TryLater):
            await connector.identities(Grant(Secret("act.token"), None, None, ()))
