"""The door: what is not Slack's ends there, without effect and without a traceback."""

import time

import httpx
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.slack.ingress import LARGEST, Ingress, Refusal, decode
from bot.slack.payloads import Malformed, read_gesture
from domain.secret import Secret
from tests.bot.slack.conftest import House, Review, press_body


async def test_the_address_is_verified_with_the_challenge(house: House) -> None:
    outcome = await house.act("event", type="url_verification")
    assert (outcome["http_status"], outcome["ack"]) == (200, "sandbox-challenge")


async def test_slacks_unsigned_question_for_our_certificate_is_answered(house: House) -> None:
    assert (await house.post_raw(b"ssl_check=1&token=x")).status_code == 200
    assert (await house.post_raw(b"payload=%7B%22ssl_check=1%22%7D")).status_code == 401


@pytest.mark.parametrize("shift", [-301, 301, -86_400])
async def test_a_genuine_delivery_that_is_too_old_or_from_the_future_is_refused(house: House, shift: int) -> None:
    body = press_body("t", "1.1")
    assert (await house.post_raw(body, **house.signed(body, time.time() + shift))).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Slack-Request-Timestamp": "now", "X-Slack-Signature": "v0=1"},
        {"X-Slack-Request-Timestamp": "1.5", "X-Slack-Signature": "v0=1"},
        {"X-Slack-Request-Timestamp": "-1", "X-Slack-Signature": "v0=1"},
        {"X-Slack-Request-Timestamp": "9" * 400, "X-Slack-Signature": "v0=1"},
        {"X-Slack-Request-Timestamp": "१२३४५६७८९०", "X-Slack-Signature": "v0=1"},
        {"X-Slack-Request-Timestamp": "1", "X-Slack-Signature": "ünïcode"},
        {"X-Slack-Request-Timestamp": "1", "X-Slack-Signature": ""},
    ],
)
async def test_whatever_is_not_signed_is_refused(house: House, headers: dict[str, str]) -> None:
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    async with httpx.AsyncClient() as client:
        answer = await client.post(f"{house.product}/slack/events", content=b"payload={", headers=raw)
    assert answer.status_code == 401 and b"Traceback" not in answer.content


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "application/x-www-form-urlencoded"),
        (b"payload=", "application/x-www-form-urlencoded"),
        (b"payload=%7B", "application/x-www-form-urlencoded"),
        (b"payload=[]", "application/x-www-form-urlencoded"),
        (b"payload=%5B1%5D&x=1", "application/x-www-form-urlencoded"),
        (b"payload=\xff\xfe", "application/x-www-form-urlencoded"),
        (b"a=1&" * 200, "application/x-www-form-urlencoded"),
        (b"%ff%fe=1", "application/x-www-form-urlencoded"),
        (b"[]", "application/json"),
        (b"null", "application/json"),
        (b"{", "application/json"),
        (b'{"type":"event_callback"}', "application/json"),
        (b'{"type":"event_callback","event":7}', "application/json"),
        (b'{"type":"block_actions","actions":[]}', "application/json"),
        (b'{"type":"block_actions","actions":[1],"user":{"id":"U","team_id":"T"}}', "application/json"),
        (b'{"type":"view_submission","user":{"id":"U","team_id":"T"},"view":{"state":3}}', "application/json"),
        (b'{"command":"/amarktai"}', "application/json"),
        (b'{"type":7}', "application/json"),
        (b"[" * 100_000, "application/json"),
    ],
)
async def test_what_slack_signed_and_never_sends_is_refused_in_words(house: House, body: bytes, kind: str) -> None:
    answer = await house.post_raw(body, **house.signed(body), **{"Content-Type": kind})
    assert (answer.status_code, answer.text) == (400, "This is not what Slack sends.")


async def test_a_huge_body_is_refused_announced_or_not(house: House) -> None:
    huge = b"x" * (LARGEST + 1)
    assert (await house.post_raw(huge, **house.signed(huge))).status_code == 413

    async def trickle():  # type: ignore[no-untyped-def]
        for _ in range(18):
            yield b"x" * 65_536

    async with httpx.AsyncClient() as client:
        answer = await client.post(f"{house.product}/slack/events", content=trickle())
    assert answer.status_code == 413


async def test_only_post_is_answered(house: House) -> None:
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{house.product}/slack/events")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_kinds_that_we_do_not_listen_to_are_acknowledged(review: Review) -> None:
    who = {"user": {"id": "U0MARA", "team_id": "T0SANDBOX"}, "team": {"id": "T0SANDBOX"}}
    for kind in (
        {"type": "view_closed", "view": {"id": "V", "callback_id": "edit"}, **who},
        {"type": "shortcut", "callback_id": "x", **who},
        {"type": "message_action", "callback_id": "x", **who},
        {"type": "block_suggestion", "action_id": "x", "block_id": "b", **who},
        {"type": "event_callback", "team_id": "T0SANDBOX", "event_id": "Ev1", "event": {"type": "reaction_added"}},
    ):
        body = orjson.dumps(kind)
        answer = await review.house.post_raw(body, **review.house.signed(body), **{"Content-Type": "application/json"})
        assert (answer.status_code, answer.content) == (200, b""), kind


async def test_without_a_secret_the_door_is_not_built(house: House) -> None:
    with pytest.raises(ValueError, match="SLACK_SIGNING_SECRET"):
        Ingress(None, Secret(""))  # type: ignore[arg-type]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
PAYLOAD = {
    "type": "block_actions",
    "user": {"id": "U", "team_id": "T"},
    "team": {"id": "T"},
    "container": {"channel_id": "C", "message_ts": "1.1", "thread_ts": "1.0"},
    "actions": [{"action_id": "approve", "value": "t", "action_ts": "1"}],
    "view": {"id": "V", "state": {"values": {}}, "private_metadata": "t", "callback_id": "edit", "hash": "h"},
    "event": {"type": "app_home_opened", "user": "U"},
    "event_id": "Ev",
    "team_id": "T",
    "authorizations": [{"team_id": "T", "user_id": "B"}],
}


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    field=st.sampled_from(sorted(PAYLOAD)),
    value=JSON,
    kind=st.sampled_from(["block_actions", "view_submission", "event_callback"]),
)
def test_a_mutated_payload_is_read_or_refused_and_nothing_else(field: str, value: object, kind: str) -> None:
    payload = {**PAYLOAD, "type": kind, field: value}
    try:
        read_gesture(payload)
    except Malformed:
        pass


@settings(max_examples=100, deadline=None)
@given(body=st.binary(max_size=60) | st.text(max_size=60).map(lambda text: b"payload=" + text.encode()))
def test_any_bytes_are_decoded_or_refused_and_nothing_else(body: bytes) -> None:
    for kind in (b"application/x-www-form-urlencoded", b"application/json", b""):
        try:
            assert isinstance(decode({b"content-type": kind}, body), dict)
        except Refusal as refusal:
            assert refusal.answer.status == 400
