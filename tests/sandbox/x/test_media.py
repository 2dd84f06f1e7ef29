"""Uploads to X."""

import base64
import struct

import httpx
import pytest

from sandbox.x.processing import FAILURES
from sandbox.x.refusals import REFUSALS
from tests.sandbox.samples import gif, mp4


def _png(product):
    return base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
    )


def test_a_picture_is_uploaded_in_pieces_described_and_attached(product):
    content = _png(product)
    announced = {"media_type": "image/png", "media_category": "tweet_image", "total_bytes": len(content)}
    media_id = product.http.post("/2/media/upload/initialize", json=announced).json()["data"]["id"]
    for index, part in enumerate((content[:30], content[30:])):
        body = {"segment_index": index, "media": base64.b64encode(part).decode()}
        assert product.http.post(f"/2/media/upload/{media_id}/append", json=body).status_code == 200
    assert product.post("Too early", media={"media_ids": [media_id]}).status_code == REFUSALS["bad_media"].http_status
    assert product.http.post(f"/2/media/upload/{media_id}/finalize").json()["data"]["size"] == len(content)
    alt = {"id": media_id, "metadata": {"alt_text": {"text": "A very small picture"}}}
    assert product.http.post("/2/media/metadata", json=alt).status_code == 200
    assert product.post("With a picture", media={"media_ids": [media_id]}).status_code == 201
    (shown,) = httpx.get(f"{product.sandbox.base_url}/_sandbox/feeds?platform=x").json()["posts"]
    assert shown["media"][0]["alt"] == "A very small picture"
    assert httpx.get(shown["media"][0]["url"]).content == content


def test_a_segment_sent_twice_counts_once(product):
    content = _png(product)
    announced = {"media_type": "image/png", "media_category": "tweet_image", "total_bytes": len(content)}
    media_id = product.http.post("/2/media/upload/initialize", json=announced).json()["data"]["id"]
    body = {"segment_index": 0, "media": base64.b64encode(content).decode()}
    for _ in range(2):
        product.http.post(f"/2/media/upload/{media_id}/append", json=body).raise_for_status()
    assert product.http.post(f"/2/media/upload/{media_id}/finalize").status_code == 200


def test_a_small_picture_goes_up_in_one_call(product):
    files = {"media": ("a.png", _png(product), "image/png")}
    answer = product.http.post("/2/media/upload", data={"media_category": "tweet_image"}, files=files)
    media_id = answer.json()["data"]["id"]
    assert product.post("In one go", media={"media_ids": [media_id]}).status_code == 201


def test_a_gif_is_processed_before_it_can_be_attached(product):
    httpx.post(f"{product.sandbox.base_url}/_sandbox/knobs", json={"x.media_processing": 30}).raise_for_status()
    moving = product.upload(gif(), "tweet_gif", "image/gif")
    assert _state(product, moving) == {"state": "pending", "check_after_secs": 1}
    product.world.advance(20)
    assert _state(product, moving)["state"] == "in_progress"
    assert product.post("Too early", media={"media_ids": [moving]}).status_code == 400
    product.world.advance(11)
    assert _state(product, moving)["state"] == "succeeded"
    assert product.post("Now", media={"media_ids": [moving]}).status_code == 201


def _state(product, media_id):
    status = {"command": "STATUS", "media_id": media_id}
    return product.http.get("/2/media/upload", params=status).json()["data"]["processing_info"]


def _film(product, content, pieces=3, media_type="video/mp4", category="tweet_video"):
    """Uploaded in that many pieces, the last first: their numbers count, not their order of arrival."""
    announced = {"media_type": media_type, "media_category": category, "total_bytes": len(content)}
    media_id = product.http.post("/2/media/upload/initialize", json=announced).json()["data"]["id"]
    size = -(-len(content) // pieces)
    for index in reversed(range(pieces)):
        part = {"media": ("a", content[index * size : (index + 1) * size], media_type)}
        form = {"segment_index": str(index)}
        product.http.post(f"/2/media/upload/{media_id}/append", data=form, files=part).raise_for_status()
    product.http.post(f"/2/media/upload/{media_id}/finalize").raise_for_status()
    return media_id


def test_a_film_in_pieces_is_put_together_shown_and_played(product):
    content = mp4(1280, 720, size=300_000)
    media_id = _film(product, content)
    assert _state(product, media_id) == {"state": "succeeded", "progress_percent": 100}
    assert product.post("A film", media={"media_ids": [media_id]}).status_code == 201
    (shown,) = httpx.get(f"{product.sandbox.base_url}/_sandbox/feeds?platform=x").json()["posts"]
    assert shown["media"][0]["type"] == "video/mp4"
    assert httpx.get(shown["media"][0]["url"]).content == content
    (seen,) = product.timeline(**{"tweet.fields": "entities"})["data"]
    assert seen["entities"]["urls"][0]["expanded_url"].endswith("/video/1")


def test_a_film_that_stands_upright_is_as_good(product):
    assert _state(product, _film(product, mp4(720, 1280)))["state"] == "succeeded"


def _announcing(width, height, frames):
    """A GIF that says it has so many frames; there is nothing in them."""
    frame = b"\x2c" + bytes(9) + b"\x02\x00"
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0, 0, 0) + frame * frames + b";"


WORKS_NOT = {
    "codec": mp4(1280, 720, video=b"hvc1"),
    "sound": mp4(1280, 720, audio=b"ac-3"),
    "short": mp4(1280, 720, seconds=0.3),
    "long": mp4(1280, 720, seconds=141),
    "rate": mp4(1280, 720, frame_rate=90),
    "ratio": mp4(1280, 400),
    "sides": mp4(1920, 1080),
    "gif_sides": _announcing(1281, 64, 2),
    "gif_frames": _announcing(8, 8, 351),
    "gif_pixels": _announcing(1280, 1080, 218),
}


def test_every_failure_has_its_file():
    assert WORKS_NOT.keys() == FAILURES.keys()


@pytest.mark.parametrize("code", FAILURES)
def test_what_x_cannot_work_on_fails_in_its_words_and_cannot_be_attached(code, product):
    moves = code.startswith("gif")
    kind, category = ("image/gif", "tweet_gif") if moves else ("video/mp4", "tweet_video")
    media_id = _film(product, WORKS_NOT[code], 1, kind, category)
    told = _state(product, media_id)
    assert told["state"] == "failed"
    assert told["error"]["name"] == "InvalidMedia"
    assert told["error"]["message"].startswith(FAILURES[code][0].partition("{")[0])
    assert product.post("All the same", media={"media_ids": [media_id]}).status_code == 400


def test_whoever_may_post_long_films_may_be_long(product):
    assert (
        _state(product, _film(product, mp4(1280, 720, seconds=900), category="amplify_video"))["state"] == "succeeded"
    )


@pytest.mark.parametrize("category", ["tweet_gif", "tweet_video"])
def test_only_still_pictures_come_in_one_call(product, category):
    files = {"media": ("a", gif(), "image/gif")}
    answer = product.http.post("/2/media/upload", data={"media_category": category}, files=files)
    assert answer.status_code == REFUSALS["bad_media_type"].http_status


def test_an_upload_that_is_a_day_old_cannot_be_attached(product):
    media_id = product.upload()
    product.world.advance(86401)
    product.connect()
    assert product.post("Too late", media={"media_ids": [media_id]}).status_code == 400


def test_a_picture_adds_a_short_link_of_its_own_to_the_text(product):
    product.post("Look", media={"media_ids": [product.upload(), product.upload()]}).raise_for_status()
    (seen,) = product.timeline(**{"tweet.fields": "entities"})["data"]
    assert seen["text"].startswith("Look https://t.co/")
    assert [url["expanded_url"].endswith("/photo/1") for url in seen["entities"]["urls"]] == [True, True]
    assert {seen["text"][url["start"] : url["end"]] for url in seen["entities"]["urls"]} == {seen["text"][5:]}


def test_a_large_picture_in_json_arrives_whole(product):
    content = _png(product) + bytes(3 * 1024 * 1024)
    body = {"media": base64.b64encode(content).decode(), "media_category": "tweet_image"}
    assert product.http.post("/2/media/upload", json=body).json()["data"]["size"] == len(content)
