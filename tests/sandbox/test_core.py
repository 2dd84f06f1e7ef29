"""The core of the sandbox: what it remembers, whom it lets in, what it shows."""

import signal
import socket
import stat
import subprocess
import sys
import time

import httpx
import orjson
import pytest

from sandbox.ledger import Ledger
from sandbox.secrets import open_secrets
from sandbox.state import State
from tests.sandbox.conftest import connected_to_x


def test_settings_name_the_products_environment(sandbox):
    answer = httpx.get(f"{sandbox.base_url}/_sandbox/settings").json()
    assert answer["X_API_URL"] == f"{sandbox.base_url}/x"
    assert answer["TELEGRAM_BOT_TOKEN"].startswith("1000001:SANDBOX-")
    assert answer["SLACK_APP_TOKEN"].startswith("xapp-sandbox-")


def test_secrets_stay_the_same_for_a_home_and_are_for_its_owner_only(sandbox, reopened):
    secrets = sandbox.home / "secrets.json"
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o600
    with reopened() as again:
        assert again.world.secrets == sandbox.world.secrets


def test_a_home_from_before_a_twin_was_built_gets_its_secrets_and_keeps_the_others(tmp_path):
    first = open_secrets(tmp_path)
    path = tmp_path / "secrets.json"
    old = {name: value for name, value in orjson.loads(path.read_bytes()).items() if not name.startswith("google")}
    path.write_bytes(orjson.dumps(old))
    second = open_secrets(tmp_path)
    assert second.slack_client_secret == first.slack_client_secret
    assert second.google_client_secret.startswith("sandbox-google-secret-")
    assert open_secrets(tmp_path) == second


def test_documents_are_copies_in_the_order_of_first_put(tmp_path):
    state = State(tmp_path / "state.db")
    state.put("post", "b", {"n": 1})
    state.put("post", "a", {"n": 2})
    state.put("post", "b", {"n": 3})
    state.get("post", "b")["n"] = 99
    assert state.all("post") == [{"n": 3}, {"n": 2}]
    assert [state.next("c"), state.next("c")] == [1, 2]
    state.close()
    again = State(tmp_path / "state.db")
    assert again.all("post") == [{"n": 3}, {"n": 2}]
    assert again.next("c") == 3
    again.close()


def test_a_line_of_the_ledger_that_was_cut_by_a_kill_is_dropped(tmp_path):
    path = tmp_path / "ledger.jsonl"
    ledger = Ledger(path, time.time)
    ledger.accept("x", "post", "me", "1", {"text": "whole"})
    ledger.close()
    with path.open("ab") as file:
        file.write(b'{"at": 1, "platf')
    again = Ledger(path, time.time)
    again.accept("x", "post", "me", "2", {})
    again.close()
    assert [orjson.loads(line)["rid"] for line in path.read_bytes().splitlines()] == ["1", "2"]


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _started(home, port):
    command = [sys.executable, "-m", "sandbox", "--port", str(port), "--home", str(home)]
    process = subprocess.Popen(command)
    for _ in range(200):
        try:
            httpx.get(f"http://127.0.0.1:{port}/_sandbox/people", trust_env=False)
            return process
        except httpx.ConnectError:
            assert process.poll() is None, "the sandbox died at the start"
            time.sleep(0.05)  # another process: there is no event to wait for
    raise AssertionError("the sandbox did not start")


def test_a_kill_in_the_middle_forgets_nothing(tmp_path):
    port = _free_port()
    base = f"http://127.0.0.1:{port}"
    process = _started(tmp_path, port)
    httpx.post(f"{base}/_sandbox/knobs", json={"metrics.speed": 7}).raise_for_status()
    httpx.post(f"{base}/_sandbox/clock", json={"advance_seconds": 3600}).raise_for_status()
    settings = httpx.get(f"{base}/_sandbox/settings").json()
    with connected_to_x(base, settings) as client:
        token = client.headers["Authorization"]
        post = client.post("/2/tweets", json={"text": "Before the kill"}).json()["data"]["id"]
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    process = _started(tmp_path, port)
    try:
        assert httpx.get(f"{base}/_sandbox/settings").json() == settings
        timeline = f"{base}/x/2/users/1780000000000000001/tweets"
        seen = httpx.get(timeline, headers={"Authorization": token}).json()["data"]
        assert [one["id"] for one in seen] == [post]
        entries = httpx.get(f"{base}/_sandbox/ledger?platform=x").json()["entries"]
        assert [entry["rid"] for entry in entries if entry["effect"] == "post"] == [post]
        assert httpx.get(f"{base}/_sandbox/knobs").json()["knobs"]["metrics.speed"]["value"] == 7
        assert httpx.get(f"{base}/_sandbox/clock").json()["ahead_seconds"] == pytest.approx(3600, abs=1)
    finally:
        process.terminate()
        process.wait(10)


def test_a_taken_port_is_said_in_one_sentence(tmp_path, sandbox):
    port = sandbox.base_url.rsplit(":", 1)[1]
    command = [sys.executable, "-m", "sandbox", "--port", port, "--home", str(tmp_path / "other")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("host", ["sunrise.example", "127.0.0.1", "127.0.0.1:1", "evil.127.0.0.1.nip.example"])
def test_a_foreign_host_is_refused(sandbox, host):
    answer = httpx.get(f"{sandbox.base_url}/_sandbox/settings", headers={"Host": host})
    assert (answer.status_code, answer.json()["error"]) == (403, "foreign_host")


@pytest.mark.parametrize("path", ["/_sandbox/faults", "/x/i/oauth2/authorize"])
@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
def test_a_foreign_page_may_not_drive_the_sandbox(sandbox, path, origin):
    answer = httpx.post(sandbox.base_url + path, json={}, headers={"Origin": origin})
    assert (answer.status_code, answer.json()["error"]) == (403, "foreign_origin")


def test_a_foreign_page_may_not_even_read(sandbox):
    answer = httpx.get(f"{sandbox.base_url}/_sandbox/settings", headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403


def test_the_sandboxs_own_page_may(sandbox):
    answer = httpx.delete(f"{sandbox.base_url}/_sandbox/faults", headers={"Origin": sandbox.base_url})
    assert answer.status_code == 200


REAL = [
    {"url": "/slack/api/auth.test", "headers": {"Authorization": "Bearer xoxb-" + "1234567890" + "-abcdefghij"}},
    {"url": "/slack/api/auth.test", "data": {"token": "xoxp-" + "1234567890" + "-abcdefghij"}},
    {"url": "/slack/api/apps.connections.open", "headers": {"Authorization": "Bearer xapp-1-" + "A0123-456-abc"}},
    {"url": "/telegram/bot123456789:" + "AAE" + "x" * 32 + "/getMe"},
    {"url": "/telegram/bot123456789%3A" + "AAE" + "x" * 32 + "/getMe"},
    {"url": "/x/2/tweets", "headers": {"Authorization": "Bearer " + "bEpWd" * 18}, "json": {"text": "hello"}},
]


@pytest.mark.parametrize("call", REAL)
def test_a_real_looking_token_is_refused_in_words_and_kept_nowhere(sandbox, call):
    answer = httpx.post(sandbox.base_url + call["url"], **{name: call[name] for name in call if name != "url"})
    assert (answer.status_code, answer.json()["error"]) == (403, "real_token_refused")
    assert "_sandbox/settings" in answer.json()["message"]
    assert sandbox.world.traffic.since() == []


def test_traffic_shows_the_exchange_and_masks_the_secrets(sandbox):
    secrets = sandbox.world.secrets
    form = {"grant_type": "refresh_token", "refresh_token": "sandbox-x-refresh-1"}
    auth = (secrets.x_client_id, secrets.x_client_secret)
    httpx.post(f"{sandbox.base_url}/x/2/oauth2/token", data=form, auth=auth)
    (exchange,) = httpx.get(f"{sandbox.base_url}/_sandbox/traffic?since=0").json()["exchanges"]
    assert (exchange["twin"], exchange["direction"], exchange["status"]) == ("x", "in", 400)
    assert "Value passed for the token was invalid" in exchange["response"]
    written = (sandbox.home / "traffic.jsonl").read_text()
    assert "sandbox-x-refresh-1" not in written
    assert secrets.x_client_secret not in written
    later = httpx.get(f"{sandbox.base_url}/_sandbox/traffic", params={"since": exchange["number"]}).json()
    assert later["exchanges"] == []


def test_a_secret_is_masked_wherever_it_stands(sandbox):
    secret = sandbox.world.secrets.slack_signing_secret
    shown = sandbox.world.traffic.record(
        direction="out",
        twin="slack",
        method="POST",
        path=f"/slack/events?x={secret}",
        status=200,
        request=f"signed with {secret}".encode(),
        response=b"\xff\xfe\xfd",
    )
    assert secret not in str(shown)
    assert shown["response"] == "(3 bytes)"


def test_the_stream_tells_what_happens(sandbox):
    with (
        httpx.Client(timeout=10) as client,
        client.stream("GET", f"{sandbox.base_url}/_sandbox/stream") as stream,
    ):
        lines = stream.iter_lines()
        assert next(lines) == ": welcome"
        httpx.get(f"{sandbox.base_url}/x/2/users/me")
        told = next(line for line in lines if line.startswith("data: "))
    assert orjson.loads(told.removeprefix("data: "))["exchange"]["path"] == "/x/2/users/me"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "faults", b"no json"),
        ("POST", "faults", b"[]"),
        ("POST", "faults", b'{"target": "x.posts", "fault": "explode"}'),
        ("POST", "faults", b'{"fault": "close"}'),
        ("POST", "faults", b'{"target": "x.posts", "fault": "close", "count": "many"}'),
        ("POST", "faults", b'{"target": "x.posts", "fault": "close", "probability": 2}'),
        ("POST", "clock", b'{"advance_seconds": -1}'),
        ("POST", "clock", b"[]"),
        ("POST", "knobs", b'{"gravity": 1}'),
        ("GET", "traffic?since=yesterday", b""),
        ("GET", "feeds?platform=myspace", b""),
    ],
)
def test_a_bad_wish_is_answered_in_words(sandbox, method, path, body):
    answer = httpx.request(method, f"{sandbox.base_url}/_sandbox/{path}", content=body)
    assert answer.status_code == 400
    assert len(answer.json()["message"]) > 20


def test_the_people_are_the_ones_of_the_table(sandbox):
    answer = httpx.get(f"{sandbox.base_url}/_sandbox/people").json()
    parts = {person["slack_id"]: person["part"] for person in answer["people"]}
    assert parts == {
        "U0MARA": "owner",
        "U0BEN": "reviewer",
        "U0CHIYO": "reviewer",
        "U0GUST": "guest",
        "U0OLGA": "outsider",
    }
