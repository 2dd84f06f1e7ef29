"""Every refusal of both tables, by bodies as the platforms send them, and who must act. Drawn by hand."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from domain.publishing import ContentRefused, OutcomeUnknown, PublishError, TokenRejected, TryLater
from publishers.http import Answer
from publishers.linkedin import errors as linkedin
from publishers.refusals import Refusals, telling
from publishers.x import errors as x

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
X = x.refusals(lambda: NOW)
LINKEDIN = linkedin.refusals("https://www.linkedin.com", lambda: NOW)


def plain(status: int, detail: str, title: str = "Forbidden", kind: str = "about:blank") -> dict[str, Any]:
    return {"title": title, "detail": detail, "type": kind, "status": status}


def problem(name: str, detail: str = "") -> dict[str, Any]:
    return {"title": name, "detail": detail, "type": f"https://api.x.com/2/problems/{name}"}


def legacy(code: int, message: str) -> dict[str, Any]:
    return {"errors": [{"code": code, "message": message}]}


def told(status: int, code: str, message: str = "") -> dict[str, Any]:
    return {"status": status, "code": code, "message": message}


INVALID = {
    "errors": [{"parameters": {"text": ["duplicate content, suspended"]}, "message": "text: must be a string"}],
    "title": "Invalid Request",
    "detail": "One or more parameters to your request was invalid.",
    "type": "https://api.twitter.com/2/problems/invalid-request",
}
CASES: list[tuple[Refusals, int, Any, type[PublishError]]] = [
    (X, 401, plain(401, "Unauthorized", "Unauthorized"), TokenRejected),
    (X, 401, b"", TokenRejected),
    (X, 402, plain(402, "no credits", "CreditsDepleted"), TryLater),
    (X, 429, plain(429, "Too Many Requests"), TryLater),
    (X, 429, legacy(88, "Rate limit exceeded"), TryLater),
    (X, 403, plain(403, "You are not allowed to create a Tweet with duplicate content."), OutcomeUnknown),
    (X, 403, legacy(187, "Status is a duplicate."), OutcomeUnknown),
    (X, 403, problem("unsupported-authentication"), TokenRejected),
    (X, 403, plain(403, "Your account is suspended and is not permitted to access this feature."), TokenRejected),
    (X, 403, legacy(326, "To protect our users, this account is temporarily locked."), TokenRejected),
    (X, 403, legacy(89, "Invalid or expired token."), TokenRejected),
    (X, 403, problem("client-forbidden"), TokenRejected),
    (X, 403, problem("usage-capped"), TryLater),
    (X, 403, plain(403, "Posts created through the API may contain a maximum of one cashtag."), ContentRefused),
    (X, 403, plain(403, "You may attach a maximum of 4 media."), ContentRefused),
    (X, 403, plain(403, "Tweet contains an invalid URL."), ContentRefused),
    (X, 403, plain(403, "You are not permitted to perform this action."), TokenRejected),
    (X, 403, plain(403, "You are not authorized to delete this Tweet."), ContentRefused),
    (X, 400, plain(400, "Your Tweet text is too long. For more information", "Invalid Request"), ContentRefused),
    (X, 400, plain(400, "Your media IDs are invalid.", "Invalid Request"), ContentRefused),
    (X, 400, INVALID, ContentRefused),
    (LINKEDIN, 401, told(401, "REVOKED_ACCESS_TOKEN"), TokenRejected),
    (LINKEDIN, 403, told(403, "ACCESS_DENIED", "Not enough permissions to access: posts.CREATE"), TokenRejected),
    (LINKEDIN, 429, told(429, "TOO_MANY_REQUESTS"), TryLater),
    (LINKEDIN, 422, told(422, "DUPLICATE_POST", "Content is a duplicate of urn:li:share:6844"), OutcomeUnknown),
    (LINKEDIN, 409, told(409, "CONFLICT"), OutcomeUnknown),
    (LINKEDIN, 426, told(426, "NONEXISTENT_VERSION"), TryLater),
    (LINKEDIN, 400, told(400, "VERSION_MISSING"), TryLater),
    (LINKEDIN, 400, told(400, "FIELD_LENGTH_TOO_LONG"), ContentRefused),
    (LINKEDIN, 400, told(400, "INVALID_VALUE_FOR_FIELD", "Media urn:li:image:x is not available"), ContentRefused),
    (LINKEDIN, 400, told(400, "ILLEGAL_ARGUMENT"), ContentRefused),
    (LINKEDIN, 422, told(422, "MISSING_FIELD"), ContentRefused),
    (LINKEDIN, 404, told(404, "NOT_FOUND"), ContentRefused),
]
UNKNOWN: list[tuple[Refusals, int, Any]] = [
    (X, 403, plain(403, "Something quite new.")),
    (X, 403, b"<html>Forbidden</html>"),
    (X, 400, b"<html>Bad Request</html>"),
    (X, 404, plain(404, "Not Found")),
    (X, 408, b""),
    (X, 409, b""),
    (X, 500, plain(500, "Internal Server Error")),
    (X, 503, b"duplicate content suspended cashtag"),
    (X, 302, b""),
    (X, 100, b""),
    (LINKEDIN, 403, b"<html>nginx</html>"),
    (LINKEDIN, 404, b"<html>nginx</html>"),
    (LINKEDIN, 422, told(422, "SOMETHING_NEW")),
    (LINKEDIN, 500, told(500, "INTERNAL_SERVER_ERROR")),
    (LINKEDIN, 504, b""),
]


def answered(status: int, body: Any, **headers: str) -> Answer:
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, content)


@pytest.mark.parametrize(("table", "status", "body", "expected"), CASES)
def test_a_known_refusal_goes_to_whoever_must_act(
    table: Refusals, status: int, body: Any, expected: type[PublishError]
) -> None:
    error = table.of_send(answered(status, body))
    assert type(error) is expected
    assert error.sentence.endswith((".", "…"))
    assert "{" not in error.sentence


@pytest.mark.parametrize(("table", "status", "body"), UNKNOWN)
def test_what_the_table_does_not_know_is_unknown_after_the_send(table: Refusals, status: int, body: Any) -> None:
    assert type(table.of_send(answered(status, body))) is OutcomeUnknown


@pytest.mark.parametrize("table", [X, LINKEDIN])
def test_no_row_stands_without_a_case(table: Refusals) -> None:
    fired = {table.of_send(answered(status, body)).sentence for its, status, body, _ in CASES if its is table}
    stems = {row.sentence.split("{words}")[0] for row in table.rows}
    assert {stem for stem in stems if not any(sentence.startswith(stem) for sentence in fired)} == set()


@pytest.mark.parametrize(("table", "status", "body"), UNKNOWN)
def test_a_repeatable_call_is_never_unknown(table: Refusals, status: int, body: Any) -> None:
    assert isinstance(table.of_step(answered(status, body), "the picture"), TryLater | ContentRefused)


def test_the_body_may_quote_the_post_without_being_mistaken() -> None:
    assert "duplicate" not in telling(answered(400, INVALID))
    assert X.of_send(answered(400, INVALID)).sentence == (
        "X refused the post: text: must be a string. Edit it and approve again."
    )


def test_the_words_of_a_platform_are_cleaned_and_short() -> None:
    hostile = told(400, "ILLEGAL_ARGUMENT", "\u202eevil\u200b\n" + "long " * 200)
    sentence = LINKEDIN.of_send(answered(400, hostile)).sentence
    assert "\u202e" not in sentence
    assert len(sentence) < 300


@pytest.mark.parametrize(
    ("message", "link"),
    [
        ("Content is a duplicate of urn:li:share:6844", "https://www.linkedin.com/feed/update/urn:li:share:6844/"),
        ("Content is a duplicate of urn:li:ugcPost:7", "https://www.linkedin.com/feed/update/urn:li:ugcPost:7/"),
        ("Content is a duplicate of urn:li:person:abc", None),
        ("Content is a duplicate of urn:li:activity:7", None),
        ("Content is a duplicate", None),
    ],
)
def test_a_duplicate_links_only_to_what_can_be_a_post(message: str, link: str | None) -> None:
    error = LINKEDIN.of_send(answered(422, told(422, "DUPLICATE_POST", message)))
    assert isinstance(error, OutcomeUnknown)
    assert error.link == link


def at(error: PublishError) -> datetime | None:
    assert isinstance(error, TryLater)
    return error.at


def test_x_names_the_second_when_it_takes_posts_again() -> None:
    reset = int(NOW.timestamp()) + 300
    headers = {"x_rate_limit_remaining": "0", "x_rate_limit_reset": str(reset)}
    assert at(X.of_send(answered(429, {}, **headers))) == datetime.fromtimestamp(reset, UTC)
    day = {"x_user_limit_24hour_remaining": "0", "x_user_limit_24hour_reset": str(reset + 40_000)}
    assert at(X.of_send(answered(429, {}, **headers, **day))) == datetime.fromtimestamp(reset + 40_000, UTC)
    full = {"x_user_limit_24hour_remaining": "3", "x_user_limit_24hour_reset": str(reset + 40_000)}
    assert at(X.of_send(answered(429, {}, **headers, **full))) == datetime.fromtimestamp(reset, UTC)


@pytest.mark.parametrize("reset", ["", "soon", "-5", "0", "99999999999", "999999999999999999999", "١٢٣"])
def test_a_reset_that_cannot_be_is_not_believed(reset: str) -> None:
    assert at(X.of_send(answered(429, {}, x_rate_limit_reset=reset))) is None


def test_linkedin_waits_for_retry_after_or_the_next_utc_day() -> None:
    assert at(LINKEDIN.of_send(answered(429, {}, retry_after="60"))) == datetime(2026, 11, 22, 12, 1, tzinfo=UTC)
    for nonsense in ("", "never", "-1", "0", "99999999"):
        late = at(LINKEDIN.of_send(answered(429, {}, retry_after=nonsense)))
        assert late == datetime(2026, 11, 23, tzinfo=UTC)
