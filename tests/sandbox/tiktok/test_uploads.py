"""Videos that are uploaded to TikTok, chunk after chunk."""

import hashlib

import httpx
import pytest

from tests.sandbox.samples import mp4, picture
from tests.sandbox.tiktok.conftest import FILM, Product

MIB = 1024**2
LONG_FILM = mp4(size=12 * MIB)


def test_a_video_goes_up_whole_and_comes_out_with_its_id(product):
    begun = product.started()
    assert len(begun["publish_id"]) <= 64
    assert product.status(begun["publish_id"]) == {"status": "PROCESSING_UPLOAD", "uploaded_bytes": 0}
    assert product.effects() == []
    answer = product.put(begun["upload_url"])
    assert (answer.status_code, answer.headers["content-range"]) == (201, f"bytes 0-{len(FILM)}/{len(FILM)}")
    (effect,) = product.effects()
    assert (effect["rid"], effect["payload"]["title"]) == (begun["publish_id"], "A morning in the studio")
    status = product.status(begun["publish_id"])
    assert status == {
        "status": "PUBLISH_COMPLETE",
        "uploaded_bytes": len(FILM),
        "publicaly_available_post_id": [effect["payload"]["post_id"]],
    }


def test_chunks_follow_one_another_and_the_last_one_takes_the_rest(product):
    begun = product.started(LONG_FILM, 5 * MIB, 2)
    first = product.put(begun["upload_url"], LONG_FILM, 0, 5 * MIB - 1)
    assert (first.status_code, first.headers["content-range"]) == (206, f"bytes 0-{5 * MIB}/{12 * MIB}")
    assert product.status(begun["publish_id"])["uploaded_bytes"] == 5 * MIB
    assert product.put(begun["upload_url"], LONG_FILM, 5 * MIB).status_code == 201
    assert len(product.effects()) == 1
    (shown,) = httpx.get(f"{product.sandbox.base_url}/_sandbox/feeds?platform=tiktok").json()["posts"]
    assert shown["media"][0]["type"] == "video/mp4"
    assert httpx.get(shown["media"][0]["url"]).content == LONG_FILM


@pytest.mark.parametrize(
    ("size", "chunk", "count"),
    [
        (4 * MIB, 2 * MIB, 2),  # below 5 MB in one piece
        (4 * MIB, 5 * MIB, 1),
        (12 * MIB, 4 * MIB, 3),  # chunks of at least 5 MB
        (12 * MIB, 5 * MIB, 3),  # rounded down, not up
        (12 * MIB, 12 * MIB, 2),
        (70 * MIB, 70 * MIB, 1),  # chunks of at most 64 MB
        (70 * MIB, 65 * MIB, 1),
        (5 * MIB, 6 * MIB, 0),
        (4 * 10**9 + 1, 60 * MIB, 63),
        (0, 0, 0),
        (0, 0, 1),
        (-1, -1, 1),
    ],
)
def test_wrong_chunk_arithmetic_is_refused(product, size, chunk, count):
    told = {"source": "FILE_UPLOAD", "video_size": size, "chunk_size": chunk, "total_chunk_count": count}
    answer = product.call("post/publish/inbox/video/init/", {"source_info": told})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_param")


@pytest.mark.parametrize(
    ("size", "chunk", "count"),
    [
        (5 * MIB, 5 * MIB, 1),
        (12 * MIB, 12 * MIB, 1),
        (12 * MIB, 10 * 10**6, 1),
        (50000123, 10 * 10**6, 5),  # the example of TikTok's documents
        (4 * 10**9, 64 * 10**6, 62),
    ],
)
def test_right_chunk_arithmetic_is_taken(product, size, chunk, count):
    told = {"source": "FILE_UPLOAD", "video_size": size, "chunk_size": chunk, "total_chunk_count": count}
    answer = product.call("post/publish/inbox/video/init/", {"source_info": told})
    assert answer.json()["error"]["code"] == "ok"


def test_a_chunk_out_of_order_is_refused_with_the_progress(product):
    url = product.started(LONG_FILM, 5 * MIB, 2)["upload_url"]
    early = product.put(url, LONG_FILM, 5 * MIB)
    assert (early.status_code, early.headers["content-range"]) == (416, f"bytes 0-0/{12 * MIB}")
    assert product.put(url, LONG_FILM, 0, 5 * MIB - 1).status_code == 206
    again = product.put(url, LONG_FILM, 0, 5 * MIB - 1)
    assert (again.status_code, again.headers["content-range"]) == (416, f"bytes 0-{5 * MIB}/{12 * MIB}")
    assert product.put(url, LONG_FILM, 5 * MIB).status_code == 201
    assert product.put(url, LONG_FILM, 5 * MIB).status_code == 416
    assert len(product.effects()) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "application/octet-stream"},
        {"Content-Range": ""},
        {"Content-Range": "bytes 0-99/100"},
        {"Content-Range": f"bytes 0-{len(FILM) - 1}/{len(FILM) + 1}"},
        {"Content-Range": f"bytes 0-{len(FILM)}/{len(FILM)}"},
        {"Content-Range": f"0-{len(FILM) - 1}/{len(FILM)}"},
    ],
)
def test_headers_that_do_not_fit_are_refused_and_count_for_nothing(product, headers):
    begun = product.started()
    assert product.put(begun["upload_url"], **headers).status_code == 400
    assert product.status(begun["publish_id"])["uploaded_bytes"] == 0
    assert product.put(begun["upload_url"]).status_code == 201


def test_fewer_bytes_than_the_range_says_are_refused(product):
    begun = product.started()
    headers = {"Content-Type": "video/mp4", "Content-Range": f"bytes 0-{len(FILM) - 1}/{len(FILM)}"}
    assert httpx.put(begun["upload_url"], content=FILM[:-1], headers=headers).status_code == 400
    assert product.status(begun["publish_id"])["uploaded_bytes"] == 0


def test_a_chunk_that_comes_again_changes_nothing_of_what_is_there(product):
    begun = product.started(LONG_FILM, 5 * MIB, 2)
    product.put(begun["upload_url"], LONG_FILM, 0, 5 * MIB - 1)
    assert product.put(begun["upload_url"], bytes(12 * MIB), 0, 5 * MIB - 1).status_code == 416
    product.put(begun["upload_url"], LONG_FILM, 5 * MIB)
    assert product.effects()[0]["payload"]["media"] == [hashlib.sha256(LONG_FILM).hexdigest()]


def test_a_chunk_that_ends_elsewhere_than_announced_is_refused(product):
    url = product.started(LONG_FILM, 5 * MIB, 2)["upload_url"]
    assert product.put(url, LONG_FILM, 0, 6 * MIB).status_code == 400


def test_an_upload_address_lives_an_hour_and_belongs_to_its_ticket(product):
    begun = product.started()
    assert product.put(begun["upload_url"] + "x").status_code == 404
    product.world.advance(3601)
    assert product.put(begun["upload_url"]).status_code == 403
    assert product.status(begun["publish_id"])["status"] == "PROCESSING_UPLOAD"
    assert product.effects() == []


def test_a_lost_answer_to_the_last_chunk_shows_in_the_status(product):
    begun = product.started()
    product.sandbox.fault("tiktok.upload", "accept_then_close")
    with pytest.raises(httpx.TransportError):
        product.put(begun["upload_url"])
    assert product.status(begun["publish_id"])["status"] == "PUBLISH_COMPLETE"
    assert product.put(begun["upload_url"]).status_code == 416
    assert len(product.effects()) == 1


def test_a_chunk_that_was_turned_away_can_come_again(product):
    begun = product.started()
    product.sandbox.fault("tiktok.upload", "reject_5xx")
    assert product.put(begun["upload_url"]).status_code == 503
    assert product.status(begun["publish_id"])["uploaded_bytes"] == 0
    assert product.put(begun["upload_url"]).status_code == 201


def test_a_restart_in_the_middle_loses_no_chunk(reopened):
    with reopened() as sandbox:
        product = Product(sandbox).connect()
        begun = product.started(LONG_FILM, 5 * MIB, 2)
        assert product.put(begun["upload_url"], LONG_FILM, 0, 5 * MIB - 1).status_code == 206
    with reopened() as sandbox:
        product.world, product.sandbox = sandbox.world, sandbox
        assert product.status(begun["publish_id"])["uploaded_bytes"] == 5 * MIB
        assert product.put(begun["upload_url"], LONG_FILM, 5 * MIB).status_code == 201
        assert len(product.effects()) == 1
        product.http.close()


@pytest.mark.parametrize(
    ("film", "reason"),
    [
        (b"no film at all", "file_format_check_failed"),
        (picture(400, 400), "file_format_check_failed"),
        (mp4(video=b"mp4v"), "file_format_check_failed"),
        (mp4(video=None), "file_format_check_failed"),
        (mp4(seconds=601), "duration_check_failed"),
        (mp4(frame_rate=20), "frame_rate_check_failed"),
        (mp4(frame_rate=120), "frame_rate_check_failed"),
        (mp4(width=300), "picture_size_check_failed"),
        (mp4(height=4100), "picture_size_check_failed"),
    ],
)
def test_a_film_that_tiktok_cannot_use_fails_after_its_last_byte(product, film, reason):
    publish_id = product.published(film)
    status = product.status(publish_id)
    assert (status["status"], status["fail_reason"]) == ("FAILED", reason)
    assert product.effects() == []


def test_a_creator_may_have_less_time_than_others(product):
    product.turn(max_duration=60)
    assert product.creator()["data"]["max_video_post_duration_sec"] == 60
    assert product.status(product.published(mp4(seconds=61)))["fail_reason"] == "duration_check_failed"
    assert product.status(product.published(mp4(seconds=60)))["status"] == "PUBLISH_COMPLETE"


def test_a_webm_is_a_film_too(product):
    webm = b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm" + bytes(100)
    assert product.status(product.published(webm))["status"] == "PUBLISH_COMPLETE"


def test_processing_takes_its_time_and_so_does_moderation(product):
    product.turn(processing=30, moderation=60)
    publish_id = product.published()
    assert product.status(publish_id) == {"status": "PROCESSING_UPLOAD", "uploaded_bytes": len(FILM)}
    assert product.listed()["videos"] == []
    product.world.advance(31)
    assert product.status(publish_id) == {"status": "PUBLISH_COMPLETE", "uploaded_bytes": len(FILM)}
    assert product.listed()["videos"] == []
    product.world.advance(60)
    (post_id,) = product.status(publish_id)["publicaly_available_post_id"]
    assert product.listed()["videos"][0]["id"] == str(post_id)


def test_processing_that_fails_says_so_only_at_its_end(product):
    product.turn(processing=30)
    product.lever("fail", reason="internal").raise_for_status()
    publish_id = product.published()
    assert product.status(publish_id)["status"] == "PROCESSING_UPLOAD"
    product.world.advance(31)
    assert product.status(publish_id)["fail_reason"] == "internal"
    product.turn(processing=0)
    assert product.status(product.published())["status"] == "PUBLISH_COMPLETE"


@pytest.mark.parametrize("level", ["MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"])
def test_a_post_that_not_everybody_sees_never_gets_an_id_and_is_not_listed(product, level):
    publish_id = product.published(privacy_level=level)
    assert product.status(publish_id) == {"status": "PUBLISH_COMPLETE", "uploaded_bytes": len(FILM)}
    assert product.listed()["videos"] == []
    assert product.effects()[0]["payload"]["privacy_level"] == level


def test_the_same_film_twice_is_two_posts(product):
    assert product.published() != product.published()
    assert len(product.effects()) == 2


def test_a_draft_waits_in_the_inbox_until_the_creator_posts_it(product):
    begun = product.draft().json()["data"]
    product.put(begun["upload_url"]).raise_for_status()
    assert product.status(begun["publish_id"])["status"] == "SEND_TO_USER_INBOX"
    assert (len(product.effects("draft")), len(product.effects())) == (1, 0)
    product.lever("finish", publish_id=begun["publish_id"]).raise_for_status()
    status = product.status(begun["publish_id"])
    assert (status["status"], len(status["publicaly_available_post_id"])) == ("PUBLISH_COMPLETE", 1)
    assert len(product.effects()) == 1
