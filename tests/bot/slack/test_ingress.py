"""The door: what is not Slack's ends there, without effect and without a traceback."""

import contextlib
import copy
import random
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.slack.app import build_app
from bot.slack.ingress import LARGEST, Ingress, Refusal, decode, dispatch
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


async def test_a_fresh_delivery_with_another_signature_or_another_body_is_refused(house: House) -> None:
    body = press_body("t", "1.1")
    forged = house.signed(body) | {"X-Slack-Signature": "v0=" + "0" * 64}
    assert (await house.post_raw(body, **forged)).status_code == 401
    assert (await house.post_raw(body + b"0", **house.signed(body))).status_code == 401


async def test_a_huge_body_is_refused_announced_or_not(house: House) -> None:
    huge = b"x" * (LARGEST + 1)
    assert (await house.post_raw(huge, **house.signed(huge))).status_code == 413

    async def trickle() -> AsyncIterator[bytes]:
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
KINDS = ("block_actions", "view_submission", "event_callback")
PAYLOAD: dict[str, Any] = {
    "type": "block_actions",
    "user": {"id": "U0MARA", "team_id": "T0SANDBOX"},
    "team": {"id": "T0SANDBOX"},
    "container": {"channel_id": "C", "message_ts": "1.1", "thread_ts": "1.0"},
    "actions": [{"action_id": "approve", "value": "t", "action_ts": "1"}],
    "view": {"id": "V", "state": {"values": {}}, "private_metadata": "t", "callback_id": "edit", "hash": "h"},
    "event": {"type": "app_home_opened", "user": "U"},
    "event_id": "Ev",
    "team_id": "T0SANDBOX",
    "authorizations": [{"team_id": "T0SANDBOX", "user_id": "B"}],
}


async def test_a_mutated_payload_is_answered_or_refused_and_nothing_breaks(review: Review) -> None:
    """A hundred signed payloads with one field of another shape: never a 5xx, and nothing is decided."""
    app, statuses = build_app(review.house.desk), set()
    generator = random.Random(20261122)
    for number in range(100):
        payload = mutated(generator, number)
        try:
            statuses.add((await dispatch(app, payload)).status)
        except Refusal as refusal:
            statuses.add(refusal.answer.status)
    await review.house.desk.errands.settle()
    assert statuses == {200, 400}
    found = await review.team.value("SELECT count(*) FROM decisions WHERE workspace_id = %(workspace_id)s")
    assert found == 0


ODD: tuple[object, ...] = (
    None,
    True,
    7,
    1e308,
    "",
    "x",
    "\x00",
    "\ud800",
    [],
    [1],
    {},
    {"id": 7},
    [[]],
    {"": {}},
    "T9",
)


def mutated(generator: random.Random, number: int) -> dict[str, Any]:
    """A payload in which one field, at any depth, is something else."""
    payload = copy.deepcopy(PAYLOAD) | {"type": KINDS[number % len(KINDS)], "event_id": f"Ev{number}"}
    spots = list(_spots(payload))
    holder, name = generator.choice(spots)
    holder[name] = generator.choice(ODD)
    return payload


def _spots(part: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(part, dict | list):
        for name, value in list(part.items() if isinstance(part, dict) else enumerate(part)):
            yield part, name
            yield from _spots(value)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(field=st.sampled_from(sorted(PAYLOAD)), value=JSON, kind=st.sampled_from(KINDS))
def test_any_field_of_any_shape_is_read_or_refused(field: str, value: object, kind: str) -> None:
    with contextlib.suppress(Malformed):
        read_gesture({**PAYLOAD, "type": kind, field: value})


@settings(max_examples=100, deadline=None)
@given(body=st.binary(max_size=60) | st.text(max_size=60).map(lambda text: b"payload=" + text.encode()))
def test_any_bytes_are_decoded_or_refused_and_nothing_else(body: bytes) -> None:
    for kind in (b"application/x-www-form-urlencoded", b"application/json", b""):
        try:
            assert isinstance(decode({b"content-type": kind}, body), dict)
        except Refusal as refusal:
            assert refusal.answer.status == 400
