"""Comments under films on YouTube: read in pages, as plain words or as a page shows them, gone with their film."""

import httpx

from tests.sandbox.youtube.conftest import PUBLIC


def listing(product, video_id, **more):
    asked = {"part": "snippet", "videoId": video_id, **more}
    return product.http.get("/youtube/v3/commentThreads", params=asked)


def said(answer):
    return [one["snippet"]["topLevelComment"]["snippet"] for one in answer.json()["items"]]


def test_comments_come_newest_first_and_in_pages(product):
    video_id = product.upload(status=PUBLIC)
    for number in range(3):
        product.comment(video_id, f"Number {number}").raise_for_status()
    first = listing(product, video_id, maxResults=2)
    assert [one["textOriginal"] for one in said(first)] == ["Number 2", "Number 1"]
    last = listing(product, video_id, maxResults=2, pageToken=first.json()["nextPageToken"])
    assert [one["textOriginal"] for one in said(last)] == ["Number 0"]
    assert "nextPageToken" not in last.json()


def test_words_are_shown_as_a_page_shows_them_unless_plain_ones_are_asked_for(product):
    video_id = product.upload(status=PUBLIC)
    product.comment(video_id, "1 < 2 & so on").raise_for_status()
    assert said(listing(product, video_id))[0]["textDisplay"] == "1 &lt; 2 &amp; so on"
    assert said(listing(product, video_id, textFormat="plainText"))[0]["textDisplay"] == "1 < 2 & so on"
    assert listing(product, video_id, textFormat="markdown").status_code == 400


def test_comments_go_with_their_film(product):
    video_id = product.upload(status=PUBLIC)
    product.comment(video_id, "First").raise_for_status()
    product.http.delete("/youtube/v3/videos", params={"id": video_id}).raise_for_status()
    assert listing(product, video_id).status_code == 404
    [film] = httpx.get(f"{product.sandbox.base_url}/_sandbox/feeds?platform=youtube").json()["posts"]
    assert film["comments"] == []
