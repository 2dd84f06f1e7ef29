"""Trouble on purpose, played over real sockets: what the caller sees, and what the ledger knows."""

import threading

import httpx
import pytest

from sandbox.settings import settings
from tests.sandbox.conftest import connected_to_x


@pytest.fixture
def x(sandbox):
    """A connected client of X whose patience is one second."""
    with connected_to_x(sandbox.base_url, settings(sandbox.world)) as client:
        yield client


def post(x, text="hello"):
    return x.post("/2/tweets", json={"text": text})


def _watch(thing, name):
    """An event that is set once the thing's method has run."""
    ran, method = threading.Event(), getattr(thing, name)

    def watched(*given, **named):
        result = method(*given, **named)
        ran.set()
        return result

    setattr(thing, name, watched)
    return ran


def accepted(sandbox):
    return [entry["payload"]["text"] for entry in sandbox.world.ledger.entries("x") if entry["effect"] == "post"]


def test_accept_then_500_accepts_and_says_it_did_not(sandbox, x):
    sandbox.fault("x.posts", "accept_then_500")
    assert post(x).status_code == 500
    assert accepted(sandbox) == ["hello"]


def test_accept_then_close_accepts_and_cuts_the_line(sandbox, x):
    sandbox.fault("x.posts", "accept_then_close")
    with pytest.raises(httpx.RemoteProtocolError):
        post(x)
    assert accepted(sandbox) == ["hello"]


def test_the_traffic_shows_a_call_that_got_no_answer(sandbox, x):
    seen = _watch(sandbox.world.traffic, "record")
    sandbox.fault("x.posts", "accept_then_close")
    with pytest.raises(httpx.RemoteProtocolError):
        post(x)
    assert seen.wait(10), "the exchange is written when the line is cut, a moment after the caller knows"
    assert sandbox.world.traffic.since()[-1]["status"] is None


def test_accept_then_hang_accepts_and_says_nothing(sandbox, x):
    sandbox.fault("x.posts", "accept_then_hang", seconds=30)
    with pytest.raises(httpx.ReadTimeout):
        post(x)
    assert accepted(sandbox) == ["hello"]


def test_a_hang_ends_by_closing(sandbox, x):
    sandbox.fault("x.posts", "accept_then_hang", seconds=0.1)
    with pytest.raises(httpx.RemoteProtocolError):
        post(x)


def test_accept_late_cuts_the_line_first_and_accepts_afterwards(sandbox, x):
    came = _watch(sandbox.world.ledger, "accept")
    sandbox.fault("x.posts", "accept_late", seconds=0.3)
    with pytest.raises(httpx.RemoteProtocolError):
        post(x)
    assert accepted(sandbox) == []
    assert came.wait(10)
    assert accepted(sandbox) == ["hello"]


@pytest.mark.parametrize("fault", ["reject_5xx", "429"])
def test_a_rejection_accepts_nothing(sandbox, x, fault):
    sandbox.fault("x.posts", fault)
    assert post(x).status_code == {"reject_5xx": 503, "429": 429}[fault]
    assert accepted(sandbox) == []
    assert post(x).status_code == 201, "a fault strikes once unless told otherwise"


def test_close_accepts_nothing(sandbox, x):
    sandbox.fault("x.posts", "close")
    with pytest.raises(httpx.RemoteProtocolError):
        post(x)
    assert accepted(sandbox) == []


def test_a_429_says_until_when(sandbox, x):
    sandbox.fault("x.*", "429", retry_after=120)
    reset = int(x.get("/2/users/me").headers["x-rate-limit-reset"])
    assert reset - sandbox.world.now() == pytest.approx(120, abs=2)


def test_slow_answers_late_but_well(sandbox, x):
    sandbox.fault("x.posts", "slow", seconds=0.05)
    assert post(x).status_code == 201


def test_malformed_2xx_accepts_and_answers_nonsense(sandbox, x):
    sandbox.fault("x.posts", "malformed_2xx")
    answer = post(x)
    assert answer.status_code == 201
    with pytest.raises(ValueError, match="Expecting value"):
        answer.json()
    assert accepted(sandbox) == ["hello"]


def test_a_refused_call_uses_up_no_fault(sandbox, x):
    sandbox.fault("x.posts", "accept_then_500")
    assert post(x, "a" * 281).status_code == 400
    assert post(x).status_code == 500
    assert post(x, "again").status_code == 201


def test_a_fault_strikes_as_often_as_it_was_told(sandbox, x):
    sandbox.fault("x.posts", "reject_5xx", count=2)
    assert [post(x).status_code for _ in range(3)] == [503, 503, 201]


def test_a_seeded_probability_repeats_itself(sandbox, x):
    def run():
        sandbox.fault("x.me", "reject_5xx", probability=0.5, seed=7)
        statuses = [x.get("/2/users/me").status_code for _ in range(12)]
        httpx.delete(f"{sandbox.base_url}/_sandbox/faults").raise_for_status()
        return statuses

    first = run()
    assert set(first) == {200, 503}
    assert run() == first


def test_faults_of_one_platform_leave_the_other_alone(sandbox, x):
    sandbox.fault("linkedin.*", "close")
    assert post(x).status_code == 201


def test_deleting_the_faults_heals_everything(sandbox, x):
    sandbox.fault("x.*", "reject_5xx", count=100)
    httpx.delete(f"{sandbox.base_url}/_sandbox/faults").raise_for_status()
    assert post(x).status_code == 201
