"""The wire knows whether a request can have left, sends once, and tells no secret."""

import asyncio
import importlib.abc
import logging
import sys
import traceback
from uuid import UUID

import httpx
import pytest

import publishers.http
from domain.platforms import Platform
from domain.publishing import Account, AccountKind, AskedTooOften, OutcomeUnknown, Reads, TryLater
from domain.secret import Secret
from publishers.http import Answer, Wire, open_client, reading_for
from publishers.registry import READS
from tests.publishers.stage import Requests, answer, answering, no_pause, raw_server

TOKEN = Secret("very-secret-token")


@pytest.fixture
def wire(client: httpx.AsyncClient) -> Wire:
    return Wire(client, "X", no_pause)


def post(wire: Wire, url: str) -> httpx.Request:
    return wire.request("POST", url, token=TOKEN, json={"text": "Good morning"})


async def test_a_refused_connection_is_provably_not_sent(wire: Wire) -> None:
    async with raw_server(lambda *_: asyncio.sleep(0)) as address:
        pass
    with pytest.raises(TryLater, match="nothing was sent"):
        await wire.send(post(wire, f"http://{address}/"))


async def test_a_broken_tls_handshake_is_provably_not_sent(wire: Wire) -> None:
    async with raw_server(lambda *_: asyncio.sleep(0)) as address:
        with pytest.raises(TryLater):
            await wire.send(post(wire, f"https://{address}/"))


async def test_a_tls_handshake_that_hangs_is_provably_not_sent(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(publishers.http._TIMEOUTS, "connect", 0.2)
    async with raw_server(lambda *_: asyncio.sleep(60)) as address:
        with pytest.raises(TryLater):
            await wire.send(post(wire, f"https://{address}/"))


async def test_a_connection_closed_after_the_request_leaves_the_outcome_unknown(wire: Wire) -> None:
    requests = Requests()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await requests.read(reader)

    async with raw_server(script) as address:
        with pytest.raises(OutcomeUnknown):
            await wire.send(post(wire, f"http://{address}/"))
    assert len(requests.texts) == 1


async def test_a_connection_closed_before_the_request_was_read_leaves_the_outcome_unknown(wire: Wire) -> None:
    async with raw_server(lambda *_: asyncio.sleep(0)) as address:
        with pytest.raises(OutcomeUnknown):
            await wire.send(post(wire, f"http://{address}/"))


async def test_silence_leaves_the_outcome_unknown(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishers.http, "SEND_SECONDS", 0.2)
    async with raw_server(lambda *_: asyncio.sleep(60)) as address:
        with pytest.raises(OutcomeUnknown, match="no answer in time"):
            await wire.send(post(wire, f"http://{address}/"))


async def test_being_cancelled_after_the_request_left_is_unknown(wire: Wire) -> None:
    requests = Requests()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await requests.read(reader)
        await asyncio.sleep(60)

    async with raw_server(script) as address:
        sending = asyncio.create_task(wire.send(post(wire, f"http://{address}/")))
        await requests.arrived.wait()
        sending.cancel()
        with pytest.raises(OutcomeUnknown):
            await sending


async def test_being_cancelled_while_reading_is_plain_cancellation(wire: Wire) -> None:
    requests = Requests()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await requests.read(reader)
        await asyncio.sleep(60)

    async with raw_server(script) as address:
        reading = asyncio.create_task(wire.read(wire.request("GET", f"http://{address}/")))
        await requests.arrived.wait()
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading


async def test_status_and_headers_count_even_if_the_body_breaks_off(wire: Wire) -> None:
    requests = Requests()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await requests.read(reader)
        writer.write(b"HTTP/1.1 201 Created\r\nx-restli-id: urn:li:share:1\r\ncontent-length: 100\r\n\r\n{")
        await writer.drain()

    async with raw_server(script) as address:
        got = await wire.send(post(wire, f"http://{address}/"))
    assert (got.status, got.headers["x-restli-id"], got.whole) == (201, "urn:li:share:1", False)


async def test_an_endless_answer_is_cut(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishers.http, "ANSWER_BYTES", 1_000)
    async with answering(answer(200, b"x" * 5_000)) as (url, _):
        got = await wire.send(post(wire, url))
        assert not got.whole
        with pytest.raises(TryLater):
            await wire.read(wire.request("GET", url))


@pytest.mark.parametrize("status", [500, 503, 408])
async def test_a_send_is_never_repeated(wire: Wire, status: int) -> None:
    async with answering(answer(status)) as (url, requests):
        assert (await wire.send(post(wire, url))).status == status
        assert (await wire.step(post(wire, url))).status == status
    assert len(requests.texts) == 2


async def test_a_read_is_tried_three_times(wire: Wire) -> None:
    async with answering(answer(503), answer(502), answer(200, {"a": 1})) as (url, requests):
        assert (await wire.read(wire.request("GET", url))).fields() == {"a": 1}
    assert len(requests.texts) == 3


async def test_a_read_that_stays_broken_tells_its_status(wire: Wire) -> None:
    async with answering(answer(503)) as (url, requests):
        assert (await wire.read(wire.request("GET", url))).status == 503
    assert len(requests.texts) == 3


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_redirects_are_not_followed(wire: Wire, status: int) -> None:
    async with answering(answer(status, headers={"location": "/elsewhere"})) as (url, requests):
        assert (await wire.send(post(wire, url))).status == status
    assert len(requests.texts) == 1


async def test_a_connection_that_went_stale_is_not_used_for_a_send(wire: Wire) -> None:
    requests, closed = Requests(), asyncio.Event()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await requests.read(reader)
        writer.write(answer(200, {}))
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        closed.set()

    async with raw_server(script) as address:
        await wire.read(wire.request("GET", f"http://{address}/"))
        await closed.wait()
        assert (await wire.send(post(wire, f"http://{address}/"))).status == 200


async def test_cookies_of_one_account_do_not_travel_with_the_next(wire: Wire) -> None:
    async with answering(answer(200, {}, {"set-cookie": "guest=1; Path=/"})) as (url, requests):
        await wire.send(post(wire, url))
        await wire.send(post(wire, url))
    assert "cookie:" not in requests.texts[1].lower()


async def test_errors_and_logs_tell_neither_token_nor_address(wire: Wire, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with raw_server(lambda *_: asyncio.sleep(0)) as address:
        url = f"http://{address}/?code=" + "hidden"
        try:
            await wire.send(post(wire, url))
        except OutcomeUnknown as error:
            told = "".join(traceback.format_exception(error)) + repr(error) + caplog.text
    assert "very-secret" not in told
    assert "hidden" not in told


async def test_a_client_that_listens_to_the_environment_is_refused() -> None:
    async with httpx.AsyncClient(trust_env=True) as loose:
        with pytest.raises(ValueError, match="proxies"):
            Wire(loose, "X")


async def test_the_shared_client_keeps_http_quiet() -> None:
    async with open_client():
        assert not logging.getLogger("httpx").isEnabledFor(logging.INFO)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]", b"\xff\xfe", b"[" * 100_000])
def test_a_body_that_is_no_object_reads_as_empty(body: bytes) -> None:
    assert Answer(200, {}, body).fields() == {}


ACCOUNT = Account(UUID(int=1), UUID(int=2), Platform.X, AccountKind.MEMBER, "42", "@tide", TOKEN)


async def test_a_read_waits_for_room_and_is_counted_for_the_account(client: httpx.AsyncClient) -> None:
    answers, asked, waited = [3.0, 0.0], [], []

    async def room(key: str, _: Reads) -> float:
        asked.append(key)
        return answers.pop(0)

    async def pause(seconds: float) -> None:
        waited.append(seconds)

    paced = Wire(client, "X", pause, (Reads(15, 60, 3), room))
    async with answering(answer(200, b"{}")) as (base, _):
        with reading_for(ACCOUNT):
            assert (await paced.read(paced.request("GET", base, token=TOKEN))).ok
        assert (asked, waited) == (["x:42", "x:42"], [3.0])
        await paced.read(paced.request("GET", base, token=TOKEN))  # of nobody's account: not counted
    assert len(asked) == 2


async def test_a_read_without_room_is_not_made_and_says_when_a_whole_round_has_room(client: httpx.AsyncClient) -> None:
    async def room(_: str, __: Reads) -> float:
        return 11.0

    paced = Wire(client, "X", no_pause, (Reads(15, 60, 3), room))
    with reading_for(ACCOUNT), pytest.raises(AskedTooOften) as raised:
        await paced.read(paced.request("GET", "http://127.0.0.1:9/", token=TOKEN))
    assert raised.value.wait == 15


@pytest.mark.parametrize("platform", Platform)
def test_burst_and_refill_stay_within_the_limit_and_a_round_of_figures_within_the_burst(platform: Platform) -> None:
    reads = READS[platform]
    assert reads.burst + reads.seconds / reads.gap <= reads.limit + 1e-6
    assert reads.burst >= 25 and reads.round_in <= 900


class Searches(importlib.abc.MetaPathFinder):
    """What was looked for on the disk because it is not loaded."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def find_spec(self, fullname: str, path: object, target: object = None) -> None:
        self.names.append(fullname)


async def test_a_call_does_not_search_the_disk_for_what_is_not_installed(wire: Wire) -> None:
    searches = Searches()
    async with answering(answer(200, {})) as (base, _):
        await wire.send(post(wire, base))  # whatever is loaded late is loaded now
        sys.meta_path.insert(0, searches)
        try:
            await wire.send(post(wire, base))
        finally:
            sys.meta_path.remove(searches)
    assert searches.names == []
