"""Connecting a channel: Google's consent, a refresh token that stays, and answers that never cost a good secret."""

from typing import Any

import httpx
import pytest

from domain.accounts import Grant, GrantRefused
from domain.platforms import Platform
from domain.publishing import AccountKind, TryLater
from domain.secret import Secret
from publishers.registry import PlatformSettings, Registry, build
from publishers.youtube.connect import SCOPES, YouTubeConnector
from tests.publishers.stage import MediaStore, answer, answering, no_pause
from tests.publishers.youtube.conftest import BACK, VERIFIER, consent, parsed
from tests.sandbox.conftest import RunningSandbox

ROOT = "https://www.googleapis.com/auth/"


def connector_of(registry: Registry) -> YouTubeConnector:
    found = registry.connectors[Platform.YOUTUBE]
    assert isinstance(found, YouTubeConnector)
    return found


async def granted(registry: Registry, **said: str) -> Grant:
    code = await consent(registry, **said)
    return await connector_of(registry).exchange(code=code, verifier=VERIFIER, redirect_uri=BACK)


def real(client: httpx.AsyncClient, **settings: str) -> Registry:
    defaults = PlatformSettings("x", Secret("x"), "l", Secret("l"), google_client_id="g", **settings)  # type: ignore[arg-type]
    return build(defaults, client, MediaStore(), pause=no_pause)


async def test_a_person_connects_the_channel_they_chose(registry: Registry) -> None:
    grant = await granted(registry)
    assert set(SCOPES) <= set(grant.scopes)
    assert grant.refresh_token is not None
    [identity] = await connector_of(registry).identities(grant)
    assert (identity.kind, identity.name) == (AccountKind.MEMBER, "Sunrise Studio")
    assert identity.remote_id.startswith("UC")
    assert identity.link is not None and identity.link.endswith(identity.remote_id)
    [other] = await connector_of(registry).identities(await granted(registry, _auto="moonrise.works"))
    assert other.name == "Moonrise Works"


def test_the_consent_is_asked_at_googles_own_address(client: httpx.AsyncClient) -> None:
    connector = connector_of(real(client))
    url = connector.authorize_url(state="s", verifier=VERIFIER, redirect_uri=BACK)
    assert url.startswith("https://accounts.google.com/o/oauth2/v2/auth?")
    query = parsed(url)
    assert (query["access_type"], query["prompt"]) == ("offline", "consent")
    assert query["code_challenge_method"] == "S256"
    assert connector._tokens == "https://oauth2.googleapis.com"
    assert connector.api.base == "https://www.googleapis.com"
    assert connector.api.watch("x") == "https://www.youtube.com/watch?v=x"


@pytest.mark.parametrize("declined", ["youtube.upload", "youtube.force-ssl", "youtube.readonly"])
async def test_a_scope_left_out_is_named(registry: Registry, declined: str) -> None:
    with pytest.raises(GrantRefused, match=f"not allowed to {declined}"):
        await granted(registry, _declined=declined)


async def test_an_account_without_a_channel_is_told_so(registry: Registry) -> None:
    grant = await granted(registry, _auto="mara.lindqvist")
    with pytest.raises(GrantRefused, match="no YouTube channel"):
        await connector_of(registry).identities(grant)


async def test_a_refresh_keeps_the_refresh_token(registry: Registry) -> None:
    grant = await granted(registry)
    assert grant.refresh_token is not None
    fresh = await connector_of(registry).refresh(grant.refresh_token)
    assert fresh.access_token.reveal() != grant.access_token.reveal()
    assert fresh.refresh_token == grant.refresh_token
    assert fresh.expires_at is not None


async def test_a_grant_that_ended_asks_for_the_person(registry: Registry) -> None:
    grant = await granted(registry)
    assert grant.refresh_token is not None
    await connector_of(registry).revoke(grant.refresh_token)
    await connector_of(registry).revoke(grant.refresh_token)
    with pytest.raises(GrantRefused, match="Connect the account again"):
        await connector_of(registry).refresh(grant.refresh_token)
    with pytest.raises(GrantRefused, match="Connect the account again"):
        await connector_of(registry).identities(grant)
    with pytest.raises(GrantRefused, match="no lasting access"):
        await connector_of(registry).refresh(Secret(""))


@pytest.mark.parametrize("fault", ["reject_5xx", "close", "429", "malformed_2xx", "accept_then_close"])
async def test_a_blip_while_refreshing_may_pass(sandbox: RunningSandbox, registry: Registry, fault: str) -> None:
    grant = await granted(registry)
    assert grant.refresh_token is not None
    sandbox.fault("youtube.token", fault)
    with pytest.raises(TryLater):
        await connector_of(registry).refresh(grant.refresh_token)
    assert (await connector_of(registry).refresh(grant.refresh_token)).refresh_token == grant.refresh_token


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"access_token": ""},
        {"access_token": "x y", "expires_in": 3599},
        {"access_token": "good-token", "expires_in": -1},
        {"access_token": "good-token", "refresh_token": "", "expires_in": 3599},
        {"access_token": "good-token", "token_type": "mac"},
        b"<html>",
    ],
)
async def test_an_absurd_answer_never_replaces_a_good_secret(client: httpx.AsyncClient, body: Any) -> None:
    async with answering(answer(200, body)) as (base, _):
        connector = connector_of(real(client, google_oauth_url=base))
        with pytest.raises(TryLater, match="makes no sense"):
            await connector.refresh(Secret("1//good"))


async def test_a_grant_without_lasting_access_is_not_taken(client: httpx.AsyncClient) -> None:
    body = {"access_token": "good-token", "expires_in": 3599, "scope": " ".join(SCOPES), "token_type": "Bearer"}
    async with answering(answer(200, body)) as (base, _):
        connector = connector_of(real(client, google_oauth_url=base))
        with pytest.raises(GrantRefused, match="no lasting access"):
            await connector.exchange(code="c", verifier=VERIFIER, redirect_uri=BACK)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, {"error": "invalid_client", "error_description": "Unauthorized"}),
        (401, {"error": "unauthorized_client"}),
        (400, {"error": "redirect_uri_mismatch", "error_description": "Bad Request"}),
        (400, {"error": "unsupported_grant_type"}),
        (403, b"<html>"),
        (500, {"error": "internal_failure"}),
    ],
)
async def test_only_a_grant_that_is_gone_disconnects(client: httpx.AsyncClient, status: int, body: Any) -> None:
    async with answering(answer(status, body)) as (base, _):
        connector = connector_of(real(client, google_oauth_url=base))
        with pytest.raises(TryLater):
            await connector.refresh(Secret("1//good"))


async def test_a_wrong_client_names_the_settings_to_check(client: httpx.AsyncClient) -> None:
    async with answering(answer(401, {"error": "invalid_client"})) as (base, _):
        with pytest.raises(TryLater, match="GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET"):
            await connector_of(real(client, google_oauth_url=base)).refresh(Secret("1//good"))


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, {}, TryLater),
        (200, b"<html>", TryLater),
        (200, {"kind": "youtube#channelListResponse", "items": [{"id": "../x"}]}, TryLater),
        (200, {"kind": "youtube#channelListResponse", "items": "none"}, TryLater),
        (200, {"kind": "youtube#channelListResponse"}, GrantRefused),
        (401, {}, GrantRefused),
        (403, {"error": {"errors": [{"reason": "insufficientPermissions"}]}}, GrantRefused),
        (403, {"error": {"errors": [{"reason": "quotaExceeded"}]}}, TryLater),
        (404, {}, TryLater),
        (500, {}, TryLater),
    ],
)
async def test_whose_channel_it_is_must_be_said_clearly(
    client: httpx.AsyncClient, status: int, body: Any, expected: type[Exception]
) -> None:
    async with answering(answer(status, body)) as (base, _):
        connector = connector_of(real(client, youtube_api_url=base))
        with pytest.raises(expected):
            await connector.identities(Grant(Secret("good-token"), None, None, ()))


async def test_a_revocation_that_got_lost_may_be_tried_again(client: httpx.AsyncClient) -> None:
    async with answering(answer(503), answer(400, {"error": "invalid_token"})) as (base, _):
        connector = connector_of(real(client, google_oauth_url=base))
        with pytest.raises(TryLater):
            await connector.revoke(Secret("1//good"))
        await connector.revoke(Secret("1//good"))
