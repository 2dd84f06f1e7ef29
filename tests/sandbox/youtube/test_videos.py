"""The life of a video: processing, visibility by time, changes, removal, listing, figures, comments, the page."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.sandbox.samples import jpeg, mp4
from tests.sandbox.youtube.conftest import CHANNEL, PRIVATE, PUBLIC

UPLOADS = "UU" + CHANNEL[2:]


def _moment(product, seconds):
    return (datetime.fromtimestamp(product.world.now(), UTC) + timedelta(seconds=seconds)).isoformat()


def _listed(product, **query):
    asked = {"part": "snippet,contentDetails,status", "playlistId": UPLOADS, "maxResults": "50", **query}
    return product.http.get("/youtube/v3/playlistItems", params=asked).raise_for_status().json()


def _feed(product):
    return httpx.get(f"{product.sandbox.base_url}/_sandbox/feeds?platform=youtube").json()["posts"]


def test_processing_takes_its_time(product):
    product.knob(youtube__processing=100)
    video_id = product.upload()
    shown = product.video(video_id, "status,processingDetails,contentDetails")
    assert shown["status"]["uploadStatus"] == "uploaded"
    assert shown["processingDetails"]["processingStatus"] == "processing"
    product.world.advance(101)
    shown = product.video(video_id, "status,processingDetails,contentDetails,fileDetails")
    assert shown["status"]["uploadStatus"] == "processed"
    assert shown["processingDetails"]["processingStatus"] == "succeeded"
    assert shown["contentDetails"]["duration"] == "PT6S"
    assert shown["fileDetails"]["fileName"] == "calm.mp4"


@pytest.mark.parametrize(
    ("content", "status", "field", "reason"),
    [
        (b"this is no film" * 100, "failed", "failureReason", "invalidFile"),
        (jpeg(), "failed", "failureReason", "invalidFile"),
        (mp4(video=None), "failed", "failureReason", "codec"),
        (mp4(seconds=12 * 3600 + 1), "rejected", "rejectionReason", "length"),
    ],
)
def test_what_is_no_fitting_film_is_taken_and_fails_in_processing(product, content, status, field, reason):
    shown = product.video(product.upload(content))["status"]
    assert (shown["uploadStatus"], shown[field]) == (status, reason)


def test_an_unverified_channel_may_show_fifteen_minutes(product):
    product.knob(youtube__unverified=1)
    fits, long = product.upload(mp4(seconds=900)), product.upload(mp4(seconds=901))
    assert product.video(fits)["status"]["uploadStatus"] == "processed"
    assert product.video(long)["status"]["rejectionReason"] == "length"


def test_the_same_file_twice_is_taken_and_then_rejected(product):
    film = mp4()
    first, second = product.upload(film), product.upload(film)
    assert product.video(first)["status"]["uploadStatus"] == "processed"
    assert product.video(second)["status"]["rejectionReason"] == "duplicate"
    product.knob(youtube__takes_duplicates=1)
    assert product.video(product.upload(film))["status"]["uploadStatus"] == "processed"


def test_a_tester_may_say_how_processing_ends(product):
    product.knob(youtube__verdict=4)
    assert product.video(product.upload())["status"]["rejectionReason"] == "copyright"


def test_a_private_video_becomes_public_by_an_update_and_the_ledger_says_so_once(product):
    video_id = product.upload()
    assert product.effects("visibility") == []
    for _ in range(2):
        assert product.update(video_id, status=PUBLIC).json()["status"]["privacyStatus"] == "public"
    (seen,) = product.effects("visibility")
    assert (seen["rid"], seen["payload"]["to"]["privacyStatus"]) == (video_id, "public")


def test_a_scheduled_video_becomes_public_when_its_time_comes(product):
    video_id = product.upload(status={**PRIVATE, "publishAt": _moment(product, 600)})
    assert product.video(video_id)["status"]["privacyStatus"] == "private"
    assert "videoPublishedAt" not in _listed(product)["items"][0]["contentDetails"]
    product.world.advance(601)
    shown = product.video(video_id)["status"]
    assert (shown["privacyStatus"], "publishAt" in shown) == ("public", False)
    assert [one["payload"]["to"]["privacyStatus"] for one in product.effects("visibility")] == ["public"]
    assert "videoPublishedAt" in _listed(product)["items"][0]["contentDetails"]


def test_a_time_that_has_passed_means_now(product):
    video_id = product.upload(status={**PRIVATE, "publishAt": _moment(product, -60)})
    assert product.video(video_id)["status"]["privacyStatus"] == "public"


def test_what_was_public_once_cannot_be_scheduled(product):
    video_id = product.upload(status=PUBLIC)
    product.update(video_id, status=PRIVATE).raise_for_status()
    refused = product.update(video_id, status={**PRIVATE, "publishAt": _moment(product, 600)})
    assert refused.json()["error"]["errors"][0]["reason"] == "invalidPublishAt"


def test_an_updated_part_is_replaced_whole(product):
    video_id = product.upload()
    snippet = {"title": "Another", "categoryId": "22"}
    changed = product.update(video_id, "snippet", snippet=snippet).json()["snippet"]
    assert (changed["title"], changed["description"], "tags" in changed) == ("Another", "", False)
    assert product.video(video_id)["status"]["privacyStatus"] == "private", "a part that is not named stays"


def test_a_status_without_privacy_means_public(product):
    video_id = product.upload()
    assert product.update(video_id, status={"embeddable": False}).json()["status"]["privacyStatus"] == "public"


def test_a_part_in_the_body_that_is_not_named_is_overlooked(product):
    content = mp4()
    session = product.start(len(content), parts="snippet").headers["location"]
    video_id = product.put(session, content).json()["id"]
    assert product.video(video_id)["status"]["privacyStatus"] == "public", "the private of the body was not read"


def test_the_flags_for_children_and_for_synthetic_media_are_kept(product):
    flags = {"selfDeclaredMadeForKids": True, "containsSyntheticMedia": True}
    shown = product.video(product.upload(status={**PRIVATE, **flags}))["status"]
    assert (shown["madeForKids"], shown["selfDeclaredMadeForKids"], shown["containsSyntheticMedia"]) == (True,) * 3


def test_a_project_that_was_not_audited_uploads_in_private_for_good(product):
    product.knob(youtube__unaudited=1)
    content = mp4()
    answer = product.put(product.session(len(content), status=PUBLIC), content).json()
    assert answer["status"]["privacyStatus"] == "private"
    product.knob(youtube__unaudited=0)
    assert product.update(answer["id"], status=PUBLIC).status_code == 403


def test_a_deleted_video_is_gone_everywhere_but_in_the_feeds_memory(product):
    video_id = product.upload(status=PUBLIC)
    page = _feed(product)[0]["url"]
    assert httpx.get(page).status_code == 200
    assert product.http.delete("/youtube/v3/videos", params={"id": video_id}).status_code == 204
    assert product.http.get("/youtube/v3/videos", params={"part": "id", "id": video_id}).json()["items"] == []
    assert _listed(product)["items"] == []
    assert [post["deleted"] for post in _feed(product)] == [True]
    assert httpx.get(page).status_code == 404
    assert [entry["rid"] for entry in product.effects("delete")] == [video_id]


def test_the_uploads_playlist_is_newest_first_and_shows_private_ones_to_their_owner_only(product, stranger):
    first, second = product.upload(status=PUBLIC), product.upload()
    assert [one["contentDetails"]["videoId"] for one in _listed(product)["items"]] == [second, first]
    assert [one["contentDetails"]["videoId"] for one in _listed(stranger)["items"]] == [first]
    mine = product.http.get("/youtube/v3/channels", params={"part": "contentDetails", "mine": "true"}).json()
    assert mine["items"][0]["contentDetails"]["relatedPlaylists"]["uploads"] == UPLOADS


def test_the_uploads_playlist_has_pages_and_may_lag(product):
    ids = [product.upload() for _ in range(3)]
    page = _listed(product, maxResults="2")
    rest = _listed(product, maxResults="2", pageToken=page["nextPageToken"])
    assert [one["contentDetails"]["videoId"] for one in page["items"] + rest["items"]] == ids[::-1]
    assert "nextPageToken" not in rest
    product.knob(youtube__listing_lag=60)
    product.upload()
    assert len(_listed(product)["items"]) == 0
    product.world.advance(61)
    assert len(_listed(product)["items"]) == 4


def test_a_private_video_is_nobody_elses_business(product, stranger):
    video_id = product.upload()
    assert stranger.http.get("/youtube/v3/videos", params={"part": "id", "id": video_id}).json()["items"] == []
    assert stranger.update(video_id, status=PUBLIC).status_code == 404
    public = product.upload(status=PUBLIC)
    asked = {"part": "fileDetails", "id": public}
    assert stranger.http.get("/youtube/v3/videos", params=asked).status_code == 403


def test_figures_are_strings_that_grow(product):
    video_id = product.upload(status=PUBLIC)
    before = product.video(video_id, "statistics")["statistics"]
    product.world.advance(3000)
    after = product.video(video_id, "statistics")["statistics"]
    assert before["viewCount"] == "0"
    assert int(after["viewCount"]) > 0
    batch = product.http.get("/youtube/v3/videos:batchGetStats", params={"part": "statistics", "id": video_id}).json()
    assert (
        batch["items"][0]["statistics"]["viewCount"] == product.video(video_id, "statistics")["statistics"]["viewCount"]
    )


def _report(product, **changes):
    today = datetime.fromtimestamp(product.world.now(), UTC).date()
    query = {
        "ids": "channel==MINE",
        "startDate": str(today - timedelta(days=3)),
        "endDate": str(today + timedelta(days=1)),
        "metrics": "views,likes,averageViewPercentage",
    }
    return product.http.get("/v2/reports", params={**query, **changes}).raise_for_status().json()


def test_reports_are_empty_until_their_lag_has_passed(product):
    video_id = product.upload(status=PUBLIC)
    assert _report(product, filters=f"video=={video_id}")["rows"] == []
    product.world.advance(3000)
    report = _report(product, filters=f"video=={video_id}")
    assert [column["name"] for column in report["columnHeaders"]] == ["views", "likes", "averageViewPercentage"]
    assert report["rows"][0][0] > 0


def test_reports_by_day_add_up_to_the_whole_and_by_video_name_it(product):
    video_id = product.upload(status=PUBLIC)
    product.knob(**{"metrics__speed": 1})
    product.world.advance(5 * 86400)
    product.connect()
    today = datetime.fromtimestamp(product.world.now(), UTC).date()
    span = {"startDate": str(today - timedelta(days=7)), "endDate": str(today + timedelta(days=1)), "metrics": "views"}
    whole = _report(product, **span)["rows"][0][0]
    days = _report(product, **span, dimensions="day")["rows"]
    assert len(days) > 1
    assert sum(day[1] for day in days) == whole
    assert _report(product, **span, dimensions="video", sort="-views", maxResults="10")["rows"] == [[video_id, whole]]


def test_a_first_comment_can_be_written_and_found_again(product):
    video_id = product.upload(status=PUBLIC)
    thread = product.comment(video_id, "The link is https://sunrise.example/").json()
    found = product.http.get("/youtube/v3/commentThreads", params={"part": "snippet", "videoId": video_id}).json()
    assert [one["id"] for one in found["items"]] == [thread["id"]]
    said = found["items"][0]["snippet"]["topLevelComment"]["snippet"]
    assert (said["textOriginal"], said["authorChannelId"]["value"]) == ("The link is https://sunrise.example/", CHANNEL)
    assert [entry["rid"] for entry in product.effects("comment")] == [thread["id"]]


def test_a_private_video_takes_no_comments(product):
    assert product.comment(product.upload(), "hello").status_code == 403


def test_a_thumbnail_is_kept_and_shown(product):
    video_id, picture = product.upload(status=PUBLIC), jpeg()
    shown = product.thumbnail(video_id, picture).json()["items"][0]["high"]["url"]
    assert httpx.get(shown).content == picture
    assert product.video(video_id, "contentDetails")["contentDetails"]["hasCustomThumbnail"] is True
    assert _feed(product)[0]["media"][0]["poster"] == shown


def test_the_feed_plays_the_video_and_links_to_its_page(product):
    content = mp4(seconds=30)
    video_id = product.upload(content, status=PUBLIC)
    product.comment(video_id, "<b>first</b>").raise_for_status()
    (post,) = _feed(product)
    assert (post["account_name"], post["visibility"], post["short"]) == ("Sunrise Studio", "public", True)
    assert httpx.get(post["media"][0]["url"]).content == content
    assert "/shorts/" in post["url"]
    page = httpx.get(post["url"])
    assert page.status_code == 200
    assert "&lt;b&gt;first" in page.text


def test_a_wide_video_is_no_short(product):
    product.upload(mp4(1920, 1080), status=PUBLIC)
    assert "watch?v=" in _feed(product)[0]["url"]


def test_everything_stands_after_a_restart(product, reopened):
    video_id = product.upload(status=PUBLIC)
    with reopened():
        assert product.video(video_id)["status"]["privacyStatus"] == "public"
        assert httpx.get(f"{product.sandbox.base_url}/google/files/{video_id}").status_code == 200
