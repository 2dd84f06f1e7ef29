"""Resumable uploads: whole, in chunks, interrupted at any byte, asked about, repeated, given up."""

import contextlib
import threading
import tracemalloc

import httpx
import pytest

from tests.sandbox.samples import mp4
from tests.sandbox.youtube.conftest import CHANNEL, CHUNK, PUBLIC

FILM = mp4(size=3 * CHUNK + 1000)


def test_a_whole_upload_gives_a_video_and_one_effect(product):
    session = product.session(len(FILM))
    assert product.effects("insert") == [], "a session alone is nothing that anybody could see"
    answer = product.put(session, FILM)
    assert answer.status_code == 201
    video = answer.json()
    assert video["status"]["uploadStatus"] in ("uploaded", "processed")
    assert video["snippet"]["channelId"] == CHANNEL
    (entry,) = product.effects("insert")
    assert (entry["rid"], entry["account"], entry["payload"]["bytes"]) == (video["id"], CHANNEL, len(FILM))


def test_chunks_are_answered_with_308_and_what_is_stored(product):
    session = product.session(len(FILM))
    first = product.put(session, FILM[:CHUNK], 0, len(FILM))
    assert (first.status_code, first.headers["range"]) == (308, f"bytes=0-{CHUNK - 1}")
    second = product.put(session, FILM[CHUNK : 3 * CHUNK], CHUNK, len(FILM))
    assert second.headers["range"] == f"bytes=0-{3 * CHUNK - 1}"
    assert product.put(session, FILM[3 * CHUNK :], 3 * CHUNK, len(FILM)).status_code == 201


def test_the_size_may_be_told_with_the_last_chunk(product):
    session = product.session()
    assert product.put(session, FILM[:CHUNK], 0).status_code == 308
    assert product.put(session, FILM[CHUNK:], CHUNK, len(FILM)).status_code == 201


def test_a_fresh_session_has_no_range(product):
    answer = product.probe(product.session(len(FILM)), len(FILM))
    assert answer.status_code == 308
    assert "range" not in answer.headers


def test_a_finished_upload_tells_its_video_again_and_makes_no_second_one(product):
    session = product.session(len(FILM))
    first = product.put(session, FILM)
    again, repeated = product.probe(session, len(FILM)), product.put(session, FILM)
    assert [again.status_code, repeated.status_code] == [200, 200]
    assert first.json()["id"] == again.json()["id"] == repeated.json()["id"]
    assert len(product.effects("insert")) == 1


@pytest.mark.parametrize("at", [1, 4097, CHUNK + 7, len(FILM) - 1])
def test_an_upload_that_is_cut_at_any_byte_goes_on_there(product, at):
    product.knob(youtube__cut_upload_at=at)
    session = product.session(len(FILM))
    with pytest.raises(httpx.TransportError):
        product.put(session, FILM)
    assert product.probe(session, len(FILM)).headers["range"] == f"bytes=0-{at - 1}"
    answer = product.put(session, FILM[at:], at, len(FILM))
    assert answer.status_code == 201
    shown = httpx.get(f"{product.sandbox.base_url}/google/files/{answer.json()['id']}")
    assert shown.content == FILM


def test_an_interrupted_chunk_may_be_stored_in_steps(product):
    product.knob(youtube__cut_upload_at=CHUNK + 7, youtube__granularity=CHUNK)
    session = product.session(len(FILM))
    with pytest.raises(httpx.TransportError):
        product.put(session, FILM)
    assert product.probe(session, len(FILM)).headers["range"] == f"bytes=0-{CHUNK - 1}"


def test_a_client_that_hangs_up_in_the_middle_leaves_what_it_sent(product):
    session, arrived = product.session(len(FILM)), threading.Event()
    keep = product.world.state.put

    def watched(kind, key, document):
        keep(kind, key, document)
        if kind == "youtube.sessions" and document["received"]:
            arrived.set()

    product.world.state.put = watched

    def half():
        yield FILM[: CHUNK * 2]
        raise RuntimeError("the client dies here")

    with pytest.raises(RuntimeError):
        product.http.put(session, content=half(), headers={"Content-Length": str(len(FILM))})
    assert arrived.wait(10)
    stored = int(product.probe(session, len(FILM)).headers["range"].removeprefix("bytes=0-")) + 1
    assert 0 < stored <= 2 * CHUNK
    assert product.put(session, FILM[stored:], stored, len(FILM)).status_code == 201


def test_bytes_that_are_sent_twice_are_stored_once(product):
    session = product.session(len(FILM))
    product.put(session, FILM[: 2 * CHUNK], 0, len(FILM))
    again = product.put(session, FILM[:CHUNK], 0, len(FILM))
    assert again.headers["range"] == f"bytes=0-{2 * CHUNK - 1}"


def test_two_connections_with_the_last_byte_make_one_video(product):
    session = product.session(len(FILM))
    answers = []

    def send():
        answers.append(httpx.put(session, content=FILM, timeout=20))

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} <= {200, 201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(product.effects("insert")) == 1


def test_a_session_ends_after_a_day(product):
    session = product.session(len(FILM))
    product.world.advance(86401)
    product.connect()
    assert product.put(session, FILM).status_code == 404


def test_a_session_survives_a_restart_of_the_twin(product, reopened):
    session = product.session(len(FILM))
    product.put(session, FILM[:CHUNK], 0, len(FILM))
    with reopened():
        assert product.probe(session, len(FILM)).headers["range"] == f"bytes=0-{CHUNK - 1}"
        assert product.put(session, FILM[CHUNK:], CHUNK, len(FILM)).status_code == 201


def test_a_twin_that_stumbles_over_the_last_byte_makes_the_video_when_it_is_asked_again(product):
    session, accept = product.session(len(FILM)), product.world.ledger.accept

    def stumble(*given):
        product.world.ledger.accept = accept
        raise RuntimeError("the twin stumbles")

    product.world.ledger.accept = stumble
    with contextlib.suppress(httpx.TransportError):  # a 500 or nothing; either way that connection is over
        httpx.put(session, content=FILM)
    answer = product.probe(session, len(FILM))
    assert answer.status_code == 201
    assert [entry["rid"] for entry in product.effects("insert")] == [answer.json()["id"]]
    assert product.video(answer.json()["id"])["status"]["uploadStatus"] == "processed"


def test_a_token_that_ended_in_the_middle_of_an_upload_is_refused_and_a_new_one_goes_on(product):
    session = product.session(len(FILM))
    product.put(session, FILM[:CHUNK], 0, len(FILM))
    product.world.advance(3600)
    assert product.put(session, FILM[CHUNK:], CHUNK, len(FILM)).status_code == 401
    fresh = product.refresh(product.tokens["refresh_token"]).json()["access_token"]
    product.http.headers["Authorization"] = f"Bearer {fresh}"
    assert product.put(session, FILM[CHUNK:], CHUNK, len(FILM)).status_code == 201


def test_an_answer_that_got_lost_can_be_asked_for(product):
    session = product.session(len(FILM))
    product.sandbox.fault("youtube.upload", "accept_then_close")
    with pytest.raises(httpx.TransportError):
        product.put(session, FILM)
    assert product.probe(session, len(FILM)).json()["id"] == product.effects("insert")[0]["rid"]


def test_a_chunk_that_was_turned_away_is_not_stored(product):
    session = product.session(len(FILM))
    product.sandbox.fault("youtube.upload", "reject_5xx")
    assert product.put(session, FILM[:CHUNK], 0, len(FILM)).json()["error"]["errors"][0]["reason"] == "backendError"
    assert "range" not in product.probe(session, len(FILM)).headers


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_everything_may_come_in_one_call(product, newline):
    content = FILM + newline.encode()  # the film ends with what looks like a line end, and keeps it
    head = newline.join(
        ["--b0undary", "Content-Type: application/json; charset=UTF-8", "", '{"snippet": {"title": "One call"}}',
         "--b0undary", "Content-Type: video/mp4", "Content-Transfer-Encoding: binary", "", ""]
    )  # fmt: skip
    body = head.encode() + content + f"{newline}--b0undary--{newline}".encode()
    query = {"uploadType": "multipart", "part": "snippet,status"}
    headers = {"Content-Type": 'multipart/related; boundary="b0undary"'}
    answer = product.http.post("/upload/youtube/v3/videos", params=query, content=body, headers=headers)
    assert answer.status_code == 201
    assert answer.json()["snippet"]["title"] == "One call"
    shown = httpx.get(f"{product.sandbox.base_url}/google/files/{answer.json()['id']}")
    assert shown.content == content


def test_the_video_can_be_played_from_any_second(product):
    video_id = product.upload(FILM, status=PUBLIC)
    part = httpx.get(f"{product.sandbox.base_url}/google/files/{video_id}", headers={"Range": "bytes=4-7"})
    assert (part.status_code, part.content) == (206, b"ftyp")
    assert part.headers["content-type"] == "video/mp4"


def test_a_large_upload_is_not_held_in_memory(product):
    piece, count = bytes(1024 * 1024), 48
    head = mp4(size=len(piece))
    total = len(head) + len(piece) * count

    def pieces():
        yield head
        for _ in range(count):
            yield piece

    session = product.session(total)
    tracemalloc.start()
    try:
        answer = product.http.put(session, content=pieces(), headers={"Content-Length": str(total)})
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert answer.status_code == 201
    assert peak < 24 * 1024 * 1024, f"{peak} bytes at the highest"
