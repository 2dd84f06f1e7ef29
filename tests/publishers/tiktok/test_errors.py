"""Every refusal of TikTok's tables, by bodies as TikTok sends them, and who must act. Drawn by hand."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from domain.publishing import ContentRefused, OutcomeUnknown, PublishError, TokenRejected, TryLater
from publishers.http import Answer
from publishers.tiktok import errors
from publishers.tiktok.api import meant

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TABLE = errors.refusals(lambda: NOW)
CASES: list[tuple[int, str, type[PublishError], timedelta | None]] = [
    (401, "access_token_invalid", TokenRejected, None),
    (401, "scope_not_authorized", TokenRejected, None),
    (403, "scope_not_authorized", TokenRejected, None),
    (403, "spam_risk_user_banned_from_posting", TokenRejected, None),
    (200, "spam_risk_user_banned_from_posting", TokenRejected, None),
    (403, "spam_risk_too_many_posts", TryLater, timedelta(minutes=30)),
    (200, "spam_risk_too_many_posts", TryLater, timedelta(minutes=30)),
    (403, "reached_active_user_cap", TryLater, timedelta(minutes=30)),
    (200, "reached_active_user_cap", TryLater, timedelta(minutes=30)),
    (403, "unaudited_client_can_only_post_to_private_accounts", ContentRefused, None),
    (403, "privacy_level_option_mismatch", ContentRefused, None),
    (403, "url_ownership_unverified", TryLater, timedelta(minutes=30)),
    (429, "rate_limit_exceeded", TryLater, timedelta(minutes=1)),
    (400, "invalid_param", ContentRefused, None),
    (400, "invalid_params", ContentRefused, None),
]
UNKNOWN: list[tuple[int, Any]] = [
    (200, {"data": {}, "error": {"code": "something_new", "message": "", "log_id": "1"}}),
    (403, {"data": {}, "error": {"code": "something_new", "message": "", "log_id": "1"}}),
    (403, b"<html>Forbidden</html>"),
    (400, b"<html>Bad Request</html>"),
    (400, {"data": {}, "error": {"code": "invalid_publish_id", "message": "", "log_id": "1"}}),
    (404, b""),
    (408, b""),
    (409, b""),
    (500, {"data": {}, "error": {"code": "internal_error", "message": "", "log_id": "1"}}),
    (503, b"access_token_invalid"),
    (302, b""),
]


def answered(status: int, body: Any) -> Answer:
    return meant(Answer(status, {}, body if isinstance(body, bytes) else orjson.dumps(body)))


def refusal(status: int, code: str, message: str = "No.") -> Answer:
    return answered(status, {"data": {}, "error": {"code": code, "message": message, "log_id": "1"}})


@pytest.mark.parametrize(("status", "code", "expected", "wait"), CASES)
def test_a_known_refusal_goes_to_whoever_must_act(
    status: int, code: str, expected: type[PublishError], wait: timedelta | None
) -> None:
    error = TABLE.of_send(refusal(status, code))
    assert type(error) is expected
    assert error.sentence.endswith((".", "…"))
    assert "{" not in error.sentence
    assert getattr(error, "at", None) == (NOW + wait if wait else None)


def test_only_a_dead_token_is_worth_a_refresh() -> None:
    for status, code, expected, _ in CASES:
        error = TABLE.of_send(refusal(status, code))
        if expected is TokenRejected:
            assert isinstance(error, TokenRejected)
            assert error.not_permitted is (code != "access_token_invalid")


@pytest.mark.parametrize(("status", "body"), UNKNOWN)
def test_what_the_table_does_not_know_is_unknown_after_the_send(status: int, body: Any) -> None:
    assert type(TABLE.of_send(answered(status, body))) is OutcomeUnknown


@pytest.mark.parametrize(("status", "body"), UNKNOWN)
def test_a_repeatable_call_is_never_unknown(status: int, body: Any) -> None:
    assert isinstance(TABLE.of_step(answered(status, body), "the film"), TryLater | ContentRefused)


def test_no_row_stands_without_a_case() -> None:
    fired = {TABLE.of_send(refusal(status, code)).sentence for status, code, _, _ in CASES}
    stems = {row.sentence.split("{words}")[0] for row in TABLE.rows}
    assert {stem for stem in stems if not any(sentence.startswith(stem) for sentence in fired)} == set()


def test_a_success_stays_a_success() -> None:
    for body in ({"data": {}, "error": {"code": "ok", "message": "", "log_id": "1"}}, {"data": {}}, b"", b"<html>"):
        assert answered(200, body).status == 200


def test_a_reason_that_nobody_knows_is_told_in_tiktoks_words() -> None:
    error = errors.failure("some\u202ething_new " + "long " * 100)
    assert isinstance(error, ContentRefused)
    assert "something_new" in error.sentence
    assert "\u202e" not in error.sentence
    assert len(error.sentence) < 250
    assert isinstance(errors.failure(""), ContentRefused)
