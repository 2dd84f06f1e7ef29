"""A grant is believed only when it makes sense; a good secret is never replaced by a bad one."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from domain.accounts import Grant, GrantRefused
from domain.publishing import TryLater
from domain.secret import Secret
from publishers.http import Wire
from publishers.oauth import ask_for_grant, challenge, parse_grant, require
from tests.publishers.stage import answer, answering, no_pause

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
GOOD: dict[str, Any] = {
    "token_type": "bearer",
    "expires_in": 7200,
    "access_token": "access-1234",
    "refresh_token": "refresh-1234",
    "scope": "tweet.read tweet.write",
}


def parse(**changes: Any) -> Grant:
    body = {name: value for name, value in (GOOD | changes).items() if value is not ...}
    return parse_grant(body, "X", Secret("kept-refresh"), NOW)


def test_the_challenge_is_that_of_the_standard() -> None:
    # RFC 7636, appendix B
    assert challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_a_grant_is_read_as_the_platform_gave_it() -> None:
    grant = parse()
    assert (grant.access_token.reveal(), grant.scopes) == ("access-1234", ("tweet.read", "tweet.write"))
    assert grant.refresh_token == Secret("refresh-1234")
    assert grant.expires_at == NOW + timedelta(hours=2)
    assert "1234" not in repr(grant)


def test_scopes_may_be_parted_by_commas() -> None:
    assert parse(scope="openid,profile,w_member_social").scopes == ("openid", "profile", "w_member_social")


def test_without_a_new_refresh_token_the_old_one_stays() -> None:
    assert parse(refresh_token=...).refresh_token == Secret("kept-refresh")


@pytest.mark.parametrize(
    "changes",
    [
        {"access_token": ...},
        {"access_token": ""},
        {"access_token": "short"},
        {"access_token": "with blank inside"},
        {"access_token": "line\r\nInjected: header"},
        {"access_token": "x" * 9_000},
        {"access_token": 12345678},
        {"access_token": None},
        {"refresh_token": ""},
        {"refresh_token": ["a"]},
        {"token_type": "mac"},
        {"expires_in": 0},
        {"expires_in": -1},
        {"expires_in": True},
        {"expires_in": "7200"},
        {"expires_in": 10**12},
    ],
)
def test_an_absurd_answer_is_not_believed(changes: dict[str, Any]) -> None:
    with pytest.raises(TryLater, match="the old one is kept"):
        parse(**changes)


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, {"error": "invalid_grant"}, GrantRefused),
        (
            400,
            {"error": "invalid_request", "error_description": "Value passed for the token was invalid."},
            GrantRefused,
        ),
        (401, {"error": "invalid_token"}, GrantRefused),
        (401, {"error": "invalid_client"}, TryLater),
        (401, {"error": "unauthorized_client", "error_description": "Missing valid authorization header"}, TryLater),
        (400, {"error": "something_new"}, TryLater),
        (400, b"<html>", TryLater),
        (429, {"error": "invalid_grant"}, TryLater),
        (500, {"error": "invalid_grant"}, TryLater),
        (302, None, TryLater),
        (200, b"<html>", TryLater),
        (200, {}, TryLater),
    ],
)
async def test_only_a_definite_no_asks_the_person_again(
    client: httpx.AsyncClient, status: int, body: Any, expected: type[Exception]
) -> None:
    async with answering(answer(status, body)) as (url, requests):
        with pytest.raises(expected):
            await ask_for_grant(Wire(client, "X", no_pause), url, {"grant_type": "refresh_token"})
    assert len(requests.texts) == 1  # a rotating token is never spent twice


def test_a_missing_right_is_named() -> None:
    with pytest.raises(GrantRefused, match=r"media\.write"):
        require(parse(), ("tweet.write", "media.write"), "X")
