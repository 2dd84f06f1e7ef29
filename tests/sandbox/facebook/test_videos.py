"""Videos and reels: phases, processing that takes time or fails, status by id, insights."""

import httpx
import pytest

from tests.sandbox.meta.product import STUDIO
from tests.sandbox.samples import mp4

FILM = mp4(size=100_000)


def phases(product, video_id):
    status = product.read(video_id, "status")["status"]
    return status["video_status"], status["processing_phase"]["status"], status["publishing_phase"]["status"]


def test_a_reel_goes_through_its_three_phases(product):
    started = product.start_reel()
    video = started["video_id"]
    assert phases(product, video) == ("uploading", "not_started", "not_started")
    product.upload(started["upload_url"], FILM).raise_for_status()
    assert phases(product, video) == ("upload_complete", "not_started", "not_started")
    assert product.effects() == []
    finished = product.finish_reel(video, description="A reel").json()
    assert phases(product, video) == ("ready", "complete", "complete")
    assert product.read(video, "post_id,published") == {"post_id": finished["post_id"], "published": True, "id": video}
    assert product.read(f"{STUDIO}/video_reels", "id,description")["data"] == [{"id": video, "description": "A reel"}]
    assert product.read(f"{STUDIO}/published_posts", "id")["data"] == [], "reels are not reliably among the posts"
    assert [effect["rid"] for effect in product.effects()] == [finished["post_id"]]


def test_a_reel_is_visible_when_its_processing_is_over(product):
    product.knob("facebook.video_processing", 60)
    video = product.reel(FILM)
    assert phases(product, video) == ("processing", "in_progress", "not_started")
    assert product.read(video, "published")["published"] is False
    product.world.advance(61)
    assert phases(product, video) == ("ready", "complete", "complete")


def test_processing_can_fail_and_then_nothing_was_published(product):
    product.knob("facebook.processing_fails", 1)
    video = product.reel(FILM)
    assert phases(product, video) == ("error", "error", "not_started")
    assert product.effects() == []


@pytest.mark.parametrize(
    ("film", "number"),
    [
        (mp4(360, 640), 1363127),
        (mp4(1080, 1080), 1363129),
        (mp4(seconds=2.0), 1363128),
        (mp4(seconds=91.0), 1363128),
        (mp4(frame_rate=12.0), 1363131),
        (b"no film at all", 1363024),
    ],
)
def test_a_reel_of_the_wrong_measure_fails_in_processing(product, film, number):
    status = product.read(product.reel(film), "status")["status"]
    assert status["processing_phase"]["errors"][0]["code"] == number
    assert product.effects() == []


def test_a_draft_is_published_by_a_second_finish(product):
    video = product.reel(FILM, video_state="DRAFT")
    assert phases(product, video)[2] == "not_started"
    assert product.effects() == []
    product.finish_reel(video).raise_for_status()
    assert phases(product, video)[2] == "complete"
    assert len(product.effects()) == 1


def test_a_lost_answer_to_finish_is_looked_up_by_the_video(product):
    started = product.start_reel()
    product.upload(started["upload_url"], FILM).raise_for_status()
    product.sandbox.fault("facebook.video_reels", "accept_then_close")
    with pytest.raises(httpx.TransportError):
        product.finish_reel(started["video_id"])
    assert phases(product, started["video_id"])[2] == "complete"
    assert len(product.effects()) == 1


def test_a_video_goes_up_in_chunks_and_is_published_at_its_end(product):
    film = mp4(1920, 1080, size=5 * 1024**2)

    def phase(name, files=None, **form):
        answer = product.http.post(f"/{STUDIO}/videos", data={"upload_phase": name, **form}, files=files)
        return answer.raise_for_status().json()

    state = phase("start", file_size=len(film))
    session, video = {"upload_session_id": state["upload_session_id"]}, state["video_id"]
    while state["start_offset"] != state["end_offset"]:
        start, end = int(state["start_offset"]), int(state["end_offset"])
        state = phase("transfer", {"video_file_chunk": film[start:end]}, **session, start_offset=start)
    assert phase("finish", **session, description="Long") == {"success": True}
    assert product.read(video, "published,length") == {"published": True, "length": 6.0, "id": video}
    assert len(product.effects()) == 1


def test_an_unpublished_video_is_published_by_its_id(product):
    form = {"published": "false", "description": "Later"}
    files = {"source": ("a.mp4", FILM)}
    video = product.http.post(f"/{STUDIO}/videos", data=form, files=files).raise_for_status().json()["id"]
    assert product.effects() == []
    for _ in range(2):
        assert product.http.post(f"/{video}", data={"published": "true"}).json() == {"success": True}
    assert product.read(video, "published")["published"] is True
    assert len(product.effects()) == 1


def test_a_deleted_video_takes_its_post_along(product):
    video = product.reel(FILM)
    post = product.read(video, "post_id")["post_id"]
    product.http.delete(f"/{video}").raise_for_status()
    assert product.http.get(f"/{post}").json()["error"]["error_subcode"] == 33
    assert [effect["rid"] for effect in product.effects("delete")] == [post]


def test_readers_can_play_the_video(product):
    product.reel(FILM, description="Press play", title="A film")
    (post,) = httpx.get(f"{product.sandbox.base_url}/_sandbox/feeds?platform=facebook").json()["posts"]
    assert post["text"] == "Press play"
    assert httpx.get(post["media"][0]["url"], headers={"Range": "bytes=0-9"}).content == FILM[:10]
    assert "<video" in httpx.get(post["url"]).text


def test_insights_grow_with_age_and_say_nothing_before_they_know(product):
    post_id = product.post("Count me").json()["id"]
    product.knob("metrics.speed", 1)

    def views():
        query = {"metric": "post_media_view,post_total_media_view_unique,post_reactions_by_type_total"}
        entries = product.http.get(f"/{post_id}/insights", params=query).raise_for_status().json()["data"]
        return {entry["name"]: entry["values"][0]["value"] for entry in entries}

    assert views() == {}
    product.world.advance(3 * 3600)
    early = views()
    product.world.advance(20 * 3600)
    late = views()
    assert late["post_media_view"] > early["post_media_view"] > early["post_total_media_view_unique"] > 0
    assert late["post_reactions_by_type_total"].keys() == {"like"}


def test_a_reel_has_its_own_insights(product):
    video = product.reel(FILM)
    product.world.advance(86400)
    query = {"metric": '["blue_reels_play_count","total_video_views"]'}
    entries = product.http.get(f"/{video}/video_insights", params=query).raise_for_status().json()["data"]
    assert [entry["name"] for entry in entries] == ["blue_reels_play_count", "total_video_views"]
