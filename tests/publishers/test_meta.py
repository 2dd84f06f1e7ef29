"""Meta's envelope: every refusal by bodies as Meta sends them, and who must act. Drawn by hand."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson
import pytest

from domain.publishing import Block, ContentRefused, OutcomeUnknown, PublishError, TokenRejected, TryLater
from domain.secret import Secret
from publishers.facebook import errors
from publishers.http import Answer, Wire
from publishers.meta import Graph, blocks, is_missing, retry_at, site_of, telling
from tests.publishers.stage import no_pause

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TABLE = errors.refusals(lambda: NOW)


def graph(code: int, subcode: int | None = None, status: int = 400, **more: Any) -> Answer:
    error = {"message": f"(#{code}) Meta's words", "type": "OAuthException", "code": code, "fbtrace_id": "A"}
    if subcode is not None:
        error["error_subcode"] = subcode
    return Answer(status, {}, orjson.dumps({"error": {**error, **more}}))


def upload(kind: str, status: int) -> Answer:
    return Answer(status, {}, orjson.dumps({"debug_info": {"retriable": False, "type": kind, "message": "x"}}))


CASES: list[tuple[Answer, type[PublishError]]] = [
    *((graph(190, subcode), TokenRejected) for subcode in (None, 458, 459, 460, 463, 464, 467, 492)),
    (graph(190, 463, 401), TokenRejected),
    (graph(102), TokenRejected),
    (graph(104), TokenRejected),
    *((graph(code, None, 403), TokenRejected) for code in (3, 10, 200, 210, 299)),
    (graph(200, 1404078), TokenRejected),
    (graph(368), TokenRejected),
    *((graph(code), TryLater) for code in (4, 17, 32, 341, 613, 80001, 80002)),
    (graph(80001, 2446079), TryLater),
    (graph(4, None, 400, is_transient=True), TryLater),
    (graph(36, 1390008), TryLater),
    (graph(36, 1346003), ContentRefused),
    (graph(36, 1404102), ContentRefused),
    (graph(36, 1404078), TokenRejected),
    (graph(506, 1455006), OutcomeUnknown),
    (graph(100, 1366051), OutcomeUnknown),
    (graph(1609005), ContentRefused),
    (graph(1609008), ContentRefused),
    (graph(2061006), ContentRefused),
    (graph(324, 2069019), ContentRefused),
    (graph(100, 1366046), ContentRefused),
    (graph(352, 1363024), ContentRefused),
    (graph(389, 2207077), ContentRefused),
    (graph(6000, 1363019), ContentRefused),
    (graph(100, 33), ContentRefused),
    (graph(100), ContentRefused),
    (upload("NotAuthorizedError", 401), TokenRejected),
]
UNKNOWN: list[Answer] = [
    graph(1, status=500),
    graph(2, status=503),
    graph(1),
    graph(2, is_transient=True),
    graph(190, status=500),
    graph(100, 33, 500),
    graph(99),
    Answer(400, {}, b"<html>Bad Request</html>"),
    Answer(400, {}, b'{"error": "190"}'),
    Answer(400, {}, b'{"error": {"code": "190"}}'),
    Answer(400, {}, b'{"error": {"message": "#190/0"}}'),
    Answer(502, {}, b""),
    Answer(302, {}, b""),
    upload("ProcessingFailedError", 400),
]


@pytest.mark.parametrize(("answer", "expected"), CASES)
def test_a_known_refusal_goes_to_whoever_must_act(answer: Answer, expected: type[PublishError]) -> None:
    error = TABLE.of_send(answer)
    assert type(error) is expected
    assert error.sentence.endswith((".", "…"))
    assert "{" not in error.sentence
    if expected is TokenRejected:
        assert "Connect the account again." in error.sentence


@pytest.mark.parametrize("answer", UNKNOWN)
def test_what_the_table_does_not_know_is_unknown_after_the_send(answer: Answer) -> None:
    assert type(TABLE.of_send(answer)) is OutcomeUnknown


def test_no_row_stands_without_a_case() -> None:
    fired = {TABLE.of_send(answer).sentence for answer, _ in CASES}
    stems = {row.sentence.split("{words}")[0] for row in TABLE.rows}
    assert {stem for stem in stems if not any(sentence.startswith(stem) for sentence in fired)} == set()


@pytest.mark.parametrize("answer", UNKNOWN)
def test_a_repeatable_call_is_never_unknown(answer: Answer, client: httpx.AsyncClient) -> None:
    here = Graph(Wire(client, "Facebook", no_pause), "http://127.0.0.1:9", "", TABLE, lambda: NOW)
    assert isinstance(here.trouble(answer, "the picture"), TryLater | ContentRefused)


@pytest.mark.parametrize("answer", [graph(1), graph(2, is_transient=True), graph(1, status=500), graph(613)])
def test_trouble_that_passes_is_never_a_refusal_of_the_content(answer: Answer, client: httpx.AsyncClient) -> None:
    here = Graph(Wire(client, "Facebook", no_pause), "http://127.0.0.1:9", "", TABLE, lambda: NOW)
    assert isinstance(here.trouble(answer, "the picture"), TryLater)


def test_what_meta_says_to_people_is_quoted_rather_than_its_codes() -> None:
    said = graph(100, 1366046, error_user_title="Can't Read Files", error_user_msg="Photos should be less than 4 MB.")
    assert "Photos should be less than 4 MB. Edit the post" in TABLE.of_send(said).sentence


def test_the_message_of_an_error_is_not_taken_for_its_code() -> None:
    assert telling(graph(100, message="#190/0")) == "#100/0"
    assert not is_missing(graph(100, message="#100/33"))
    assert is_missing(graph(100, 33))


def usage(*minutes: Any) -> dict[str, str]:
    entries = [{"type": "pages", "call_count": 100, "estimated_time_to_regain_access": one} for one in minutes]
    return {"x-business-use-case-usage": orjson.dumps({"1": entries}).decode()}


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        (usage(7), timedelta(minutes=7)),
        (usage(0, 3, 12), timedelta(minutes=12)),
        (usage(0), None),
        (usage(-5), None),
        (usage("7"), None),
        (usage(True), None),
        (usage(10**9), None),
        ({"x-app-usage": '{"call_count":100,"total_time":3}'}, timedelta(minutes=10)),
        ({"x-app-usage": '{"call_count":99,"total_time":3}'}, None),
        ({"x-app-usage": "[1]", "x-business-use-case-usage": '{"1": 5, "2": ["x"]}'}, None),
        ({"x-app-usage": "{" * 9_999}, None),
        ({}, None),
    ],
)
def test_the_wait_is_what_meta_names_when_it_can_be_believed(headers: dict[str, str], wait: timedelta | None) -> None:
    expected = None if wait is None else NOW + wait
    assert retry_at(Answer(400, headers, b""), NOW) == expected
    throttled = TABLE.of_send(Answer(400, headers, graph(80001).body))
    assert isinstance(throttled, TryLater)
    assert throttled.at == expected


def test_the_site_is_read_from_the_address_of_the_consent_page() -> None:
    assert site_of("https://www.facebook.com/v26.0/dialog/oauth") == "https://www.facebook.com"
    assert site_of("http://127.0.0.1:1/facebook/v26.0/dialog/oauth") == "http://127.0.0.1:1/facebook"
    assert site_of("https://www.facebook.com/dialog/oauth/") == "https://www.facebook.com"


def test_a_token_never_stands_in_an_address(client: httpx.AsyncClient) -> None:
    here = Graph(Wire(client, "Facebook", no_pause), "https://graph.facebook.com/v26.0", "", TABLE, lambda: NOW)
    request = here.request("GET", "/me", Secret("very-secret"), params={"fields": "id"})
    assert "very-secret" not in str(request.url)
    assert request.headers["authorization"] == "Bearer very-secret"


@pytest.mark.parametrize("status", [400, 401, 403])
@pytest.mark.parametrize(
    ("code", "not_permitted"),
    [(3, True), (10, True), (200, True), (299, True), (190, False), (102, False), (368, False)],
)
async def test_a_right_that_is_missing_is_told_by_its_code_and_not_by_the_status(
    client: httpx.AsyncClient, status: int, code: int, not_permitted: bool
) -> None:
    meta = Graph(Wire(client, "Facebook", no_pause), "https://graph.test", "https://site.test", TABLE, lambda: NOW)
    error = meta.trouble(graph(code, None, status), "the figures")
    assert isinstance(error, TokenRejected)
    assert error.not_permitted is not_permitted


def test_a_good_answer_may_say_what_is_used_up_and_whose_it_is() -> None:
    page = {"x-business-use-case-usage": '{"1": [{"estimated_time_to_regain_access": 7}]}'}
    app = {"x-app-usage": '{"call_count": 100}'}
    assert blocks(Answer(200, page | app, b""), NOW) == (
        Block(NOW + timedelta(minutes=7)),
        Block(NOW + timedelta(minutes=10), "app"),
    )
    assert blocks(Answer(200, {"x-app-usage": '{"call_count": 99}'}, b""), NOW) == ()
