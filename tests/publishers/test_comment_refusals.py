"""Every refusal of the call that comments, by bodies as the platforms send them, and who must act. Drawn by hand."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from domain.publishing import ContentRefused, OutcomeUnknown, PublishError, TokenRejected, TryLater
from publishers import meta, meta_comments
from publishers.http import Answer
from publishers.linkedin import errors as linkedin
from publishers.refusals import Refusals
from publishers.youtube import errors as youtube

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
FACEBOOK = meta_comments.at_comment("Facebook", "pages_manage_engagement", lambda: NOW)
LINKEDIN = linkedin.at_comment("https://www.linkedin.com", lambda: NOW)
YOUTUBE = youtube.at_comment(lambda: NOW)


def graph(code: int, subcode: int = 0, message: str = "Something") -> dict[str, Any]:
    return {"error": {"message": message, "type": "OAuthException", "code": code, "error_subcode": subcode}}


def told(status: int, code: str, message: str = "") -> dict[str, Any]:
    return {"status": status, "code": code, "message": message}


def google(status: int, reason: str, message: str = "Something") -> dict[str, Any]:
    return {"error": {"code": status, "message": message, "errors": [{"reason": reason, "message": message}]}}


CASES: list[tuple[Refusals, int, Any, type[PublishError], str]] = [
    (FACEBOOK, 403, graph(200, 0, "(#200) Requires it."), TokenRejected, "Requires it. Connect it again and allow pages_m"),
    (FACEBOOK, 400, graph(10), TokenRejected, "pages_manage_engagement"),
    (FACEBOOK, 400, graph(3), TokenRejected, "pages_manage_engagement"),
    (FACEBOOK, 400, graph(506, 1455006), OutcomeUnknown, "already has this comment"),
    (FACEBOOK, 400, graph(100, 33), ContentRefused, "does not show us the post any more"),
    (FACEBOOK, 400, graph(100, 0, "Comments are closed"), ContentRefused, "Comments are closed. Write it there yourself."),
    (FACEBOOK, 400, graph(1609005), ContentRefused, "refused the comment"),
    (FACEBOOK, 400, graph(1, 1404102), ContentRefused, "refused the comment"),
    (FACEBOOK, 400, graph(190, 463), TokenRejected, "Connect the account again"),
    (FACEBOOK, 400, graph(368), TokenRejected, "blocked this account for a while"),
    (FACEBOOK, 400, graph(32), TryLater, "asks us to wait"),
    (LINKEDIN, 401, told(401, "EXPIRED_ACCESS_TOKEN"), TokenRejected, "Connect the account again"),
    (LINKEDIN, 403, told(403, "ACCESS_DENIED", "Not enough permissions"), TokenRejected, "w_organization_social for a page"),
    (LINKEDIN, 429, told(429, "TOO_MANY_REQUESTS"), TryLater, "too many comments"),
    (LINKEDIN, 422, told(422, "DUPLICATE_COMMENT", "Content is a duplicate"), OutcomeUnknown, "already has this comment"),
    (LINKEDIN, 404, told(404, "NOT_FOUND", "Could not find entity."), ContentRefused, "does not show the post any more"),
    (LINKEDIN, 400, told(400, "FIELD_LENGTH_TOO_LONG", "Too long"), ContentRefused, "Write it there yourself"),
    (LINKEDIN, 400, told(400, "ERROR", "x does not match the actual threadUrn"), ContentRefused, "actual threadUrn"),
    (LINKEDIN, 422, told(422, "MISSING_FIELD"), ContentRefused, "Write it there yourself"),
    (LINKEDIN, 426, told(426, "NONEXISTENT_VERSION"), TryLater, "LINKEDIN_VERSION"),
    (LINKEDIN, 400, told(400, "VERSION_MISSING"), TryLater, "LINKEDIN_VERSION"),
    (YOUTUBE, 401, google(401, "authError"), TokenRejected, "Connect the account again"),
    (YOUTUBE, 401, google(401, "youtubeSignupRequired"), TokenRejected, "Create one on YouTube"),
    (YOUTUBE, 403, google(403, "insufficientPermissions"), TokenRejected, "youtube.force-ssl"),
    (YOUTUBE, 403, google(403, "authenticatedUserAccountSuspended"), TokenRejected, "suspended this account"),
    (YOUTUBE, 403, google(403, "commentsDisabled"), ContentRefused, "takes no comments under this film"),
    (YOUTUBE, 403, google(403, "ineligibleAccount"), ContentRefused, "lets this channel write no comments"),
    (YOUTUBE, 403, google(403, "forbidden"), ContentRefused, "does not permit the comment"),
    (YOUTUBE, 404, google(404, "videoNotFound"), ContentRefused, "does not show the film any more"),
    (YOUTUBE, 400, google(400, "commentTextTooLong"), ContentRefused, "Write it there yourself"),
    (YOUTUBE, 400, google(400, "invalidCommentThreadMetadata"), ContentRefused, "Write it there yourself"),
    (YOUTUBE, 403, google(403, "quotaExceeded"), TryLater, "midnight in California"),
    (YOUTUBE, 403, google(403, "rateLimitExceeded"), TryLater, "too many calls at once"),
    (YOUTUBE, 403, google(403, "accessNotConfigured"), TryLater, "enable it"),
    (YOUTUBE, 429, google(429, "rateLimitExceeded"), TryLater, "too many calls in a short time"),
]  # fmt: skip
UNKNOWN: list[tuple[Refusals, int, Any]] = [
    (FACEBOOK, 500, graph(2)),
    (FACEBOOK, 400, graph(1)),
    (FACEBOOK, 400, b"<html>Bad Request</html>"),
    (FACEBOOK, 302, b""),
    (LINKEDIN, 404, b"<html>nginx</html>"),
    (LINKEDIN, 409, told(409, "CONFLICT")),
    (LINKEDIN, 400, told(400, "SOMETHING_NEW")),
    (LINKEDIN, 504, b""),
    (YOUTUBE, 400, google(400, "processingFailure")),
    (YOUTUBE, 404, b"<html>Not Found</html>"),
    (YOUTUBE, 503, google(503, "backendError")),
]
OWN = [
    *((FACEBOOK, row) for row in FACEBOOK.rows[: len(FACEBOOK.rows) - len(meta.shared_rows("Facebook"))]),
    *((LINKEDIN, row) for row in LINKEDIN.rows),
    *((YOUTUBE, row) for row in YOUTUBE.rows),
]


def answered(status: int, body: Any, **headers: str) -> Answer:
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, content)


@pytest.mark.parametrize(("table", "status", "body", "expected", "words"), CASES)
def test_a_known_refusal_goes_to_whoever_must_act(
    table: Refusals, status: int, body: Any, expected: type[PublishError], words: str
) -> None:
    error = table.of_send(answered(status, body), "the comment")
    assert type(error) is expected
    assert words in error.sentence
    assert error.sentence.endswith((".", "…", ")"))
    assert "{" not in error.sentence


@pytest.mark.parametrize(("table", "status", "body"), UNKNOWN)
def test_what_the_table_does_not_know_is_unknown_after_the_send(table: Refusals, status: int, body: Any) -> None:
    error = table.of_send(answered(status, body), "the comment")
    assert type(error) is OutcomeUnknown
    assert "the comment" in error.sentence


@pytest.mark.parametrize(("table", "row"), OWN)
def test_no_row_stands_without_a_case(table: Refusals, row: Any) -> None:
    fired = [
        table.of_send(answered(status, body), "the comment").sentence for its, status, body, *_ in CASES if its is table
    ]
    assert any(sentence.startswith(row.sentence.split("{words}")[0]) for sentence in fired)


def test_linkedins_throttle_of_comments_is_a_minute_and_its_day_ends_at_midnight() -> None:
    minute = told(
        429, "TOO_MANY_REQUESTS", "Resource level throttle ONE_MINUTE limit for calls to this resource is reached."
    )
    day = told(429, "TOO_MANY_REQUESTS", "Resource level throttle DAY limit for calls to this resource is reached.")
    for body, headers, expected in (
        (minute, {}, NOW + timedelta(minutes=1)),
        (minute, {"retry_after": "7"}, NOW + timedelta(seconds=7)),
        (day, {}, NOW + timedelta(hours=12)),
    ):
        error = LINKEDIN.of_send(answered(429, body, **headers), "the comment")
        assert isinstance(error, TryLater)
        assert (error.at, error.blocks) == (expected, ())


def test_a_day_of_youtube_that_is_used_up_is_so_for_posts_too() -> None:
    error = YOUTUBE.of_send(answered(403, google(403, "quotaExceeded")), "the comment")
    assert isinstance(error, TryLater)
    assert [block.per for block in error.blocks] == ["app"]
