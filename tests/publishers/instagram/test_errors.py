"""Every refusal of Instagram's own, while a container is made and when it is published. Bodies and verdicts drawn by hand."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from domain.publishing import ContentRefused, OutcomeUnknown, PublishError, TokenRejected, TryLater
from publishers.http import Answer
from publishers.instagram.errors import CONTAINER_ROWS, PUBLISH_ROWS, at_container, at_publish

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
CONTAINER, PUBLISH = at_container(lambda: NOW), at_publish(lambda: NOW)
R, C, L, U = TokenRejected, ContentRefused, TryLater, OutcomeUnknown


def refusal(code: int, subcode: int = 0, status: int = 400, transient: bool = False, **headers: str) -> Answer:
    error: dict[str, Any] = {"message": "Told", "type": "OAuthException", "code": code, "is_transient": transient}
    if subcode:
        error |= {"error_subcode": subcode, "error_user_title": "Title", "error_user_msg": "Words for people"}
    return Answer(
        status, {name.replace("_", "-"): one for name, one in headers.items()}, orjson.dumps({"error": error})
    )


CASES: list[tuple[int, int, type[PublishError], type[PublishError]]] = [
    # code, subcode: what it means for a container, and for the call that publishes
    (25, 2207050, R, R),
    (24, 2207006, R, R),
    (4, 2207051, R, U),
    (9, 2207042, L, U),
    (4, 2207999, L, U),
    (24, 2207008, L, U),
    (-2, 2207020, L, L),
    (9007, 2207027, L, L),
    (9004, 2207052, L, U),
    (100, 2207077, L, C),
    (-1, 2207001, L, U),
    (-1, 2207032, L, U),
    (-2, 2207003, L, U),
    (-1, 2207085, L, U),
    (36000, 2207004, C, C),
    (36001, 2207005, C, C),
    (36003, 2207009, C, C),
    (36004, 2207010, C, C),
    (100, 2207023, C, C),
    (352, 2207026, C, C),
    (100, 2207057, C, C),
    (100, 2207028, C, C),
    (100, 2207040, C, C),
    (100, 2207081, C, C),
    # what Facebook shares
    (190, 463, R, R),
    (200, 0, R, R),
    (4, 0, L, L),
    (80002, 2446079, L, L),
    (1, 0, L, U),
    (2, 0, L, U),
    (12345, 0, C, U),
]


@pytest.mark.parametrize(("code", "subcode", "container", "publish"), CASES)
def test_a_refusal_goes_to_whoever_must_act(
    code: int, subcode: int, container: type[PublishError], publish: type[PublishError]
) -> None:
    if code not in (1, 2):
        made = CONTAINER.of_step(refusal(code, subcode), "the post")
        assert type(made) is container
        assert "{" not in made.sentence
    sent = PUBLISH.of_send(refusal(code, subcode))
    assert type(sent) is publish
    assert sent.sentence.endswith(".")


@pytest.mark.parametrize("rows", [CONTAINER_ROWS, PUBLISH_ROWS])
def test_no_row_stands_without_a_case(rows: Any) -> None:
    table = CONTAINER if rows is CONTAINER_ROWS else PUBLISH
    fired = {table.of_send(refusal(code, subcode)).sentence for code, subcode, *_ in CASES}
    stems = {row.sentence.split("{words}")[0] for row in rows}
    assert {stem for stem in stems if not any(sentence.startswith(stem) for sentence in fired)} == set()


@pytest.mark.parametrize("status", [400, 403, 404, 408, 429, 500, 503])
@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b'{"error":"2207051"}', b'{"error":{"code":"190"}}'])
def test_what_is_not_instagram_s_is_unknown_after_the_send(status: int, body: bytes) -> None:
    assert type(PUBLISH.of_send(Answer(status, {}, body))) is OutcomeUnknown


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_known_code_with_a_broken_server_is_unknown(status: int) -> None:
    assert type(PUBLISH.of_send(refusal(36000, 2207004, status))) is OutcomeUnknown


def test_a_used_up_day_waits_longer_than_a_blip_and_throttling_as_long_as_told() -> None:
    day = CONTAINER.of_step(refusal(9, 2207042), "the post")
    assert isinstance(day, TryLater)
    assert day.at == NOW + timedelta(minutes=30)
    usage = '{"17841400000000001":[{"type":"instagram","estimated_time_to_regain_access":7}]}'
    throttled = PUBLISH.of_send(refusal(80002, 2446079, x_business_use_case_usage=usage))
    assert isinstance(throttled, TryLater)
    assert throttled.at == NOW + timedelta(minutes=7)
