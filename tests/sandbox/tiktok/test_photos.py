"""Photos and films that TikTok fetches itself, and stopping it."""

import httpx
import pytest

from tests.sandbox.samples import jpeg, picture, png
from tests.sandbox.tiktok.conftest import FILM, POST, Product

JPEG = jpeg(1080, 1080)
WEBP = picture(1080, 1920, "WEBP")


def test_photos_are_fetched_and_come_out_as_one_post(product, place):
    answer = product.photos(place.put("a", JPEG), place.put("b", WEBP), description="Three of them 🌅")
    status = product.settled(answer.json()["data"]["publish_id"])
    assert (status["status"], status["downloaded_bytes"]) == ("PUBLISH_COMPLETE", len(JPEG) + len(WEBP))
    (seen,) = product.listed()["videos"]
    assert (seen["title"], seen["video_description"]) == ("Three desks", "Three of them 🌅")
    assert "Three of them 🌅" in httpx.get(seen["share_url"]).text
    (shown,) = httpx.get(f"{product.sandbox.base_url}/_sandbox/feeds?platform=tiktok").json()["posts"]
    assert [httpx.get(one["url"]).content for one in shown["media"]] == [JPEG, WEBP]


def test_a_lost_answer_leaves_no_id_but_the_post_comes_out(product, place):
    url = place.put("a", JPEG)
    place.slow.add("a")
    product.sandbox.fault("tiktok.photo_init", "accept_then_close")
    with pytest.raises(httpx.TransportError):
        product.photos(url)
    assert place.arrived.wait(10)
    place.go.set()
    (begun,) = product.world.state.all("tiktok.publishes")
    assert product.settled(begun["id"])["status"] == "PUBLISH_COMPLETE"
    assert len(product.effects()) == 1


@pytest.mark.parametrize(
    ("content", "status", "reason"),
    [
        (JPEG, 404, "photo_pull_failed"),
        (b"/good", 302, "photo_pull_failed"),
        (b"no picture", 200, "file_format_check_failed"),
        (b"", 200, "file_format_check_failed"),
        (png(), 200, "file_format_check_failed"),
        (FILM, 200, "file_format_check_failed"),
        (jpeg(1200, 1200), 200, "picture_size_check_failed"),
        (jpeg(1080, 1921), 200, "picture_size_check_failed"),
        (jpeg(1080, 1080, size=20 * 10**6 + 1), 200, "picture_size_check_failed"),
    ],
)
def test_a_photo_that_cannot_be_used_fails_the_whole_post(product, place, content, status, reason):
    publish_id = product.photos(place.put("good", JPEG), place.put("bad", content, status)).json()["data"]["publish_id"]
    assert product.settled(publish_id)["fail_reason"] == reason
    assert product.effects() == []


def test_nobody_at_the_address_is_a_failed_pull(product):
    publish_id = product.photos("http://127.0.0.1:9/a").json()["data"]["publish_id"]
    assert product.settled(publish_id)["fail_reason"] == "photo_pull_failed"


def test_a_pull_can_be_cancelled_while_it_runs_and_never_after(product, place):
    url = place.put("slow", JPEG)
    place.slow.add("slow")
    publish_id = product.photos(url).json()["data"]["publish_id"]
    assert place.arrived.wait(10)
    assert product.status(publish_id) == {"status": "PROCESSING_DOWNLOAD", "downloaded_bytes": 0}
    assert product.cancel(publish_id).json()["data"] == {}
    assert product.status(publish_id)["fail_reason"] == "publish_cancelled"
    place.go.set()
    assert product.settled(publish_id)["status"] == "FAILED"
    assert product.cancel(publish_id).json()["error"]["code"] == "publish_not_cancellable"
    assert product.effects() == []


def test_a_pull_that_a_restart_cut_off_goes_on_when_its_status_is_asked(reopened, place):
    url = place.put("a", JPEG)
    place.slow.add("a")
    with reopened() as sandbox:
        product = Product(sandbox).connect()
        publish_id = product.photos(url).json()["data"]["publish_id"]
        assert place.arrived.wait(10)
    place.slow.clear()
    place.go.set()
    with reopened() as sandbox:
        product.world, product.sandbox = sandbox.world, sandbox
        assert product.settled(publish_id)["status"] == "PUBLISH_COMPLETE"
        assert len(product.effects()) == 1
        product.http.close()


def test_a_video_can_be_fetched_as_well(product, place):
    body = {"post_info": POST, "source_info": {"source": "PULL_FROM_URL", "video_url": place.put("film", FILM)}}
    data = product.call("post/publish/video/init/", body).json()["data"]
    assert data.keys() == {"publish_id"}
    assert product.settled(data["publish_id"])["status"] == "PUBLISH_COMPLETE"
    body["source_info"]["video_url"] = f"{place.url}/nothing"
    publish_id = product.call("post/publish/video/init/", body).json()["data"]["publish_id"]
    assert product.settled(publish_id)["fail_reason"] == "video_pull_failed"


def test_photos_can_wait_in_the_inbox(product, place):
    answer = product.photos(place.put("a", JPEG), mode="MEDIA_UPLOAD", title="Look", description="at this")
    assert product.settled(answer.json()["data"]["publish_id"])["status"] == "SEND_TO_USER_INBOX"
    assert len(product.effects("draft")) == 1
    assert product.effects() == []


@pytest.mark.parametrize(
    "change",
    [
        {"media_type": "VIDEO"},
        {"post_mode": "NOW"},
        {"post_info": {**POST, "title": "x" * 91}},
        {"post_info": {**POST, "title": "🌅" * 46}},
        {"post_info": {**POST, "description": "x" * 4001}},
        {"post_info": {**POST, "disable_duet": True}},
        {"post_info": {**POST, "auto_add_music": "yes"}},
        {"source_info": {"source": "FILE_UPLOAD", "photo_images": ["http://127.0.0.1/a"], "photo_cover_index": 0}},
        {"source_info": {"source": "PULL_FROM_URL", "photo_images": [], "photo_cover_index": 0}},
        {
            "source_info": {
                "source": "PULL_FROM_URL",
                "photo_images": ["http://127.0.0.1/"] * 36,
                "photo_cover_index": 0,
            }
        },
        {"source_info": {"source": "PULL_FROM_URL", "photo_images": ["http://127.0.0.1/a"], "photo_cover_index": 1}},
        {"source_info": {"source": "PULL_FROM_URL", "photo_images": ["file:///etc/passwd"], "photo_cover_index": 0}},
        {"source_info": {"source": "PULL_FROM_URL", "photo_images": ["http://["], "photo_cover_index": 0}},
        {"source_info": {"source": "PULL_FROM_URL", "photo_images": [7], "photo_cover_index": 0}},
    ],
)
def test_a_photo_post_that_makes_no_sense_is_refused(product, change):
    places = {"source": "PULL_FROM_URL", "photo_images": ["http://127.0.0.1:9/a"], "photo_cover_index": 0}
    body = {"media_type": "PHOTO", "post_mode": "DIRECT_POST", "post_info": POST, "source_info": places, **change}
    answer = product.call("post/publish/content/init/", body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_param")


def test_the_mode_decides_which_scope_photos_need(product, place):
    url = place.put("a", JPEG)
    product.connect(_declined="video.publish")
    assert product.photos(url).json()["error"]["code"] == "scope_not_authorized"
    assert product.photos(url, mode="MEDIA_UPLOAD").json()["error"]["code"] == "ok"
