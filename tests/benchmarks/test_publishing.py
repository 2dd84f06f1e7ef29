"""What the stories of publishing rest on: platforms that answer late and forget nothing, a floor that repeats it, a true peak."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from benchmarks.films import heavy_film
from benchmarks.platforms import LATENCY, Call, Platforms
from benchmarks.processes import forget_peak, peak_mib, rss_mib
from benchmarks.publishing import once_each
from benchmarks.replay import replay as made_again
from domain.platforms import Platform
from publishers import films
from sandbox.media import read_media_file

TWEET = {"content-type": "application/json", "authorization": "Bearer t"}


@pytest.fixture
async def port() -> AsyncIterator[int]:
    calls: list[Call] = []
    place: list[int] = []
    server = await asyncio.get_running_loop().create_server(lambda: Platforms(place[0], calls), "127.0.0.1", 0)
    place.append(server.sockets[0].getsockname()[1])
    yield place[0]
    server.close()


async def _calls(client: httpx.AsyncClient) -> list[Call]:
    return [Call(**one) for one in (await client.get("/calls")).json()]


async def test_every_answer_takes_its_time_and_names_a_post_of_its_own(port: int) -> None:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        began = asyncio.get_running_loop().time()
        answers = await asyncio.gather(*(client.post("/2/tweets", json={"text": str(n)}) for n in range(3)))
        assert asyncio.get_running_loop().time() - began >= LATENCY
        assert len({answer.json()["data"]["id"] for answer in answers}) == 3
        assert [call.publishes for call in await _calls(client)] == [True] * 3


async def test_the_calls_of_a_post_with_a_picture_are_known_as_one_posts(port: int) -> None:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        place = (await client.post("/rest/images?action=initializeUpload", json={})).json()["value"]
        assert (await client.put(place["uploadUrl"], content=os.urandom(100_000))).status_code == 201
        assert (await client.get(f"/rest/images/{place['image']}")).json()["status"] == "AVAILABLE"
        sent = await client.post("/rest/posts", json={"content": {"media": {"id": place["image"]}}})
        assert sent.headers["x-restli-id"].startswith("urn:li:share:")
        calls = await _calls(client)
        assert len({call.post for call in calls}) == 1
        assert len(once_each(calls, 1)[0]) == 4


async def test_the_floor_makes_the_very_same_calls(port: int) -> None:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        for n in range(4):
            await client.post("/2/tweets", content=f'{{"text": "{n}"}}', headers=TWEET)
        made = await _calls(client)
        await client.delete("/calls")
        await made_again(port, once_each(made, 4), 2)
        again = await _calls(client)
    assert sorted(call.body for call in again) == sorted(call.body for call in made)
    assert all(call.headers["authorization"] == "Bearer t" for call in again)


def test_a_post_that_came_twice_or_never_ends_the_run() -> None:
    once = Call(0.0, "1", "POST", "/2/tweets", {}, "")
    upload = Call(0.0, "2", "POST", "/2/media/upload", {}, "")
    with pytest.raises(AssertionError, match="1 were made"):
        once_each([once], 2)
    with pytest.raises(AssertionError, match="came twice"):
        once_each([once, once], 1)
    with pytest.raises(AssertionError, match="came twice"):
        once_each([upload], 1)
    with pytest.raises(AssertionError, match="the same words"):
        once_each([once, replace(once, post="2")], 2)


def test_the_heavy_film_is_one_that_every_platform_takes(tmp_path: Path) -> None:
    film = heavy_film(tmp_path, 3_000_000)
    kept = tmp_path / film.digest[:2] / film.digest
    assert kept.stat().st_size == film.size == 3_000_000
    assert [films.complaints(platform, film) for platform in Platform] == [[]] * len(Platform)
    told = read_media_file(kept)
    assert told is not None
    assert (told.width, told.height, told.video_codec, told.audio_codec) == (1280, 720, "avc1", "mp4a")
    assert told.moov_first
    assert not told.edit_list
    assert told.seconds == pytest.approx(film.seconds, abs=0.1)
    assert told.frame_rate == pytest.approx(film.rate, abs=0.1)


_HUNGRY = """
import sys
print("ready", flush=True)
sys.stdin.readline()
held = b"x" * 80_000_000
del held
print("done", flush=True)
sys.stdin.readline()
"""


def test_a_peak_that_is_over_is_seen_all_the_same() -> None:
    child = subprocess.Popen([sys.executable, "-c", _HUNGRY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdin is not None
    assert child.stdout is not None
    with child:
        assert child.stdout.readline() == "ready\n"
        forget_peak(child.pid)
        before = rss_mib(child.pid)
        print("go", file=child.stdin, flush=True)
        assert child.stdout.readline() == "done\n"
        assert peak_mib(child.pid) - before > 70
        forget_peak(child.pid)
        assert peak_mib(child.pid) - before < 70
