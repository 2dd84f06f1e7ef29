"""Every refusal of YouTube's table, by bodies as YouTube sends them, and who must act. Drawn by hand."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from domain.publishing import ContentRefused, OutcomeUnknown, PublishError, TokenRejected, TryLater
from publishers.http import Answer
from publishers.youtube import errors

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TABLE = errors.refusals(lambda: NOW)
MIDNIGHT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def said(reason: str, message: str = "The words.", status: int = 403) -> dict[str, Any]:
    inner = {"message": message, "domain": "youtube.video", "reason": reason}
    return {"error": {"code": status, "message": message, "errors": [inner], "status": "WHATEVER"}}


CASES: list[tuple[int, Any, type[PublishError]]] = [
    (401, said("youtubeSignupRequired"), TokenRejected),
    (401, said("authError"), TokenRejected),
    (401, b"", TokenRejected),
    (403, said("quotaExceeded"), TryLater),
    (403, said("dailyLimitExceeded"), TryLater),
    (403, said("rateLimitExceeded"), TryLater),
    (403, said("userRateLimitExceeded"), TryLater),
    (403, said("accessNotConfigured"), TryLater),
    (403, said("forbidden", "YouTube Data API v3 has not been used in project 7 before or it is disabled."), TryLater),
    (403, said("insufficientPermissions"), TokenRejected),
    (403, said("forbidden", "Request had insufficient authentication scopes."), TokenRejected),
    (403, said("authenticatedUserAccountClosed"), TokenRejected),
    (403, said("authenticatedUserAccountSuspended"), TokenRejected),
    (403, said("forbiddenPrivacySetting"), ContentRefused),
    (403, said("forbidden", "doesn't have permissions to upload and set custom video thumbnails."), ContentRefused),
    (403, said("forbidden", "The request is not properly authorized."), ContentRefused),
    (403, said("forbiddenLicenseSetting"), ContentRefused),
    (429, said("rateLimitExceeded", "Quota exceeded for limit 'Video Uploads per day' of service"), TryLater),
    (429, said("uploadRateLimitExceeded"), TryLater),
    (400, said("uploadLimitExceeded"), TryLater),
    (400, said("invalidTitle"), ContentRefused),
    (400, said("invalidDescription"), ContentRefused),
    (400, said("invalidTags"), ContentRefused),
    (400, said("invalidPublishAt"), ContentRefused),
    (400, said("invalidImage"), ContentRefused),
    (400, said("invalidCategoryId"), ContentRefused),
    (400, said("invalidVideoMetadata"), ContentRefused),
    (400, said("defaultLanguageNotSet"), ContentRefused),
    (400, said("mediaBodyRequired"), ContentRefused),
    (400, said("badRequest"), ContentRefused),
    (413, said("uploadTooLarge"), ContentRefused),
    (404, said("videoNotFound"), TryLater),
]
UNKNOWN: list[tuple[int, Any]] = [
    (400, b"<html>Bad Request</html>"),
    (400, said("somethingNew")),
    (403, said("somethingNew")),
    (403, b"<html>forbidden</html>"),
    (404, b"Not Found"),
    (408, b""),
    (409, said("conflict")),
    (500, said("internalError")),
    (503, said("backendError")),
    (503, b"quotaExceeded"),
    (302, b""),
]


def answered(status: int, body: Any, **headers: str) -> Answer:
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, content)


@pytest.mark.parametrize(("status", "body", "expected"), CASES)
def test_a_known_refusal_goes_to_whoever_must_act(status: int, body: Any, expected: type[PublishError]) -> None:
    error = TABLE.of_send(answered(status, body))
    assert type(error) is expected
    assert error.sentence.endswith((".", "…"))
    assert "{" not in error.sentence


@pytest.mark.parametrize(("status", "body"), UNKNOWN)
def test_what_the_table_does_not_know_is_unknown_after_the_send(status: int, body: Any) -> None:
    assert type(TABLE.of_send(answered(status, body))) is OutcomeUnknown
    assert isinstance(TABLE.of_step(answered(status, body), "the film"), TryLater | ContentRefused)


def test_no_row_stands_without_a_case() -> None:
    fired = {TABLE.of_send(answered(status, body)).sentence for status, body, _ in CASES}
    stems = {row.sentence.split("{words}")[0] for row in TABLE.rows}
    assert {stem for stem in stems if not any(sentence.startswith(stem) for sentence in fired)} == set()


def at(status: int, body: Any, **headers: str) -> datetime | None:
    error = TABLE.of_send(answered(status, body, **headers))
    assert isinstance(error, TryLater)
    return error.at


def test_a_days_quota_is_new_at_midnight_in_california() -> None:
    assert at(403, said("quotaExceeded")) == MIDNIGHT
    assert at(403, said("dailyLimitExceeded"), retry_after="5") == MIDNIGHT
    assert at(429, said("rateLimitExceeded", "limit 'Video Uploads per day'")) == MIDNIGHT


@pytest.mark.parametrize(
    ("now", "then"),
    [
        (datetime(2026, 11, 23, 7, 59, tzinfo=UTC), datetime(2026, 11, 23, 8, tzinfo=UTC)),
        (datetime(2026, 11, 23, 8, 0, tzinfo=UTC), datetime(2026, 11, 24, 8, tzinfo=UTC)),
        (datetime(2026, 7, 1, 12, tzinfo=UTC), datetime(2026, 7, 2, 7, tzinfo=UTC)),
        (datetime(2026, 3, 8, 9, tzinfo=UTC), datetime(2026, 3, 9, 7, tzinfo=UTC)),  # clocks go forward that night
    ],
)
def test_midnight_follows_californias_clocks(now: datetime, then: datetime) -> None:
    table = errors.refusals(lambda: now)
    error = table.of_send(answered(403, said("quotaExceeded")))
    assert isinstance(error, TryLater)
    assert error.at == then


def test_other_waits_are_as_long_as_youtube_says() -> None:
    assert at(429, said("rateLimitExceeded"), retry_after="60") == datetime(2026, 11, 22, 12, 1, tzinfo=UTC)
    assert at(400, said("uploadLimitExceeded")) == datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    for nonsense in ("", "never", "-1", "0", "99999999", "١٢٣"):
        assert at(429, said("rateLimitExceeded"), retry_after=nonsense) is None


@pytest.mark.parametrize(("status", "reason"), [("failed", "somethingNew"), ("failed", None), ("rejected", 7)])
def test_a_verdict_without_a_known_reason_still_says_what_to_do(status: str, reason: object) -> None:
    assert errors.not_processed(status, reason).sentence.endswith(".")
