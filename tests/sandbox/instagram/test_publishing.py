"""From a container to a post that readers see: pictures, carousels, reels, stories."""

import json

import httpx
import pytest

from tests.sandbox.instagram.product import ACCOUNT
from tests.sandbox.samples import jpeg, mp4


def _feed(product):
    answer = httpx.get(f"{product.sandbox.base_url}/_sandbox/feeds?platform=instagram")
    return answer.raise_for_status().json()["posts"]


def test_a_picture_is_fetched_published_and_shown(product):
    content = jpeg(1080, 1350)
    container = product.image(content, caption="Good morning #sunrise", alt_text="The studio at dawn").json()["id"]
    assert product.shelf.asked == ["/a.jpg"]
    assert (product.effects(), _feed(product)) == ([], [])
    assert product.status(container)["status_code"] == "FINISHED"
    media = product.published(container)
    assert product.status(container)["status_code"] == "PUBLISHED"
    seen = product.read(media, "caption,alt_text,media_type,media_product_type,permalink,timestamp,media_url")
    assert (seen["media_type"], seen["media_product_type"]) == ("IMAGE", "FEED")
    assert (seen["caption"], seen["alt_text"]) == ("Good morning #sunrise", "The studio at dawn")
    assert httpx.get(seen["media_url"]).content == content
    assert "Good morning #sunrise" in httpx.get(seen["permalink"]).text
    (shown,) = _feed(product)
    assert (shown["text"], shown["url"]) == ("Good morning #sunrise", seen["permalink"])
    assert shown["media"] == [{"url": seen["media_url"], "alt": "The studio at dawn", "type": "image/jpeg"}]
    (entry,) = product.effects()
    assert (entry["rid"], entry["payload"]["text"]) == (media, "Good morning #sunrise")


def test_a_carousel_of_pictures_and_films_is_one_post(product):
    children = [
        product.image(is_carousel_item=True, alt_text="One").json()["id"],
        product.film(mp4(1080, 1080), "VIDEO", is_carousel_item=True).json()["id"],
    ]
    parent = product.made(media_type="CAROUSEL", children=children, caption="Two things")
    media = product.published(parent)
    seen = product.read(media, "media_type,children")
    assert seen["media_type"] == "CAROUSEL_ALBUM"
    kinds = [product.read(child["id"], "media_type")["media_type"] for child in seen["children"]["data"]]
    assert kinds == ["IMAGE", "VIDEO"]
    assert [one["type"] for one in _feed(product)[0]["media"]] == ["image/jpeg", "video/mp4"]
    assert len(product.effects()) == 1
    assert [product.status(child)["status_code"] for child in children] == ["PUBLISHED", "PUBLISHED"]
    assert [one["id"] for one in product.read(f"{ACCOUNT}/media", "id")["data"]] == [media]


def test_children_may_be_named_with_commas(product):
    children = [product.image(is_carousel_item=True).json()["id"] for _ in range(2)]
    assert product.published(product.made(media_type="CAROUSEL", children=",".join(children)))


def test_a_reel_is_processed_before_it_can_be_published(product):
    product.knob("instagram.processing", 40)
    container = product.film(caption="Moving", share_to_feed=True).json()["id"]
    assert product.status(container)["status_code"] == "IN_PROGRESS"
    assert product.publish(container).json()["error"]["error_subcode"] == 2207027
    product.world.advance(41)
    assert product.status(container)["status_code"] == "FINISHED"
    media = product.published(container)
    seen = product.read(media, "media_type,media_product_type,permalink,is_shared_to_feed")
    assert (seen["media_type"], seen["media_product_type"], seen["is_shared_to_feed"]) == ("VIDEO", "REELS", True)
    assert "/reel/" in seen["permalink"]
    assert "<video" in httpx.get(seen["permalink"]).text


def test_a_reel_comes_by_resumable_upload(product):
    content = mp4(size=5000)
    made = product.container(media_type="REELS", upload_type="resumable", caption="By upload").json()
    assert product.status(made["id"])["status_code"] == "IN_PROGRESS"
    product.upload(made["uri"], content).raise_for_status()
    phase = product.read(made["id"], "video_status")["video_status"]["uploading_phase"]
    assert phase == {"status": "complete", "bytes_transferred": 5000}
    assert product.status(made["id"])["status_code"] == "FINISHED"
    seen = product.read(product.published(made["id"]), "media_url")
    assert httpx.get(seen["media_url"]).content == content


def test_stories_stand_apart_and_for_a_day(product):
    picture = product.published(product.image(jpeg(1080, 1920), media_type="STORIES").json()["id"])
    film = product.published(product.film(mp4(seconds=15), "STORIES").json()["id"])
    assert [one["id"] for one in product.read(f"{ACCOUNT}/stories", "id")["data"]] == [film, picture]
    assert product.read(f"{ACCOUNT}/media", "id")["data"] == []
    assert product.read(film, "media_product_type")["media_product_type"] == "STORY"
    product.world.advance(86401)
    assert product.read(f"{ACCOUNT}/stories", "id")["data"] == []
    assert product.http.get(f"/{film}").json()["error"]["error_subcode"] == 33


def test_the_same_words_and_picture_are_taken_twice(product):
    assert product.post_image(caption="Again") != product.post_image(caption="Again")
    assert len(product.effects()) == 2


def test_after_a_lost_answer_the_container_tells_that_the_post_is_live(product):
    container = product.image(caption="Once").json()["id"]
    product.sandbox.fault("instagram.media_publish", "accept_then_close")
    with pytest.raises(httpx.RemoteProtocolError):
        product.publish(container)
    assert product.status(container)["status_code"] == "PUBLISHED"
    (found,) = product.read(f"{ACCOUNT}/media", "id,caption,timestamp,permalink,media_product_type", limit=10)["data"]
    assert found["caption"] == "Once"
    assert product.publish(container).status_code == 400
    assert [entry["rid"] for entry in product.effects()] == [found["id"]]


def test_a_call_that_was_turned_away_leaves_the_container_as_it_was(product):
    container = product.image().json()["id"]
    for kind in ("reject_5xx", "429"):
        product.sandbox.fault("instagram.media_publish", kind)
        assert product.publish(container).status_code in (400, 503)
    assert product.status(container)["status_code"] == "FINISHED"
    assert product.effects() == []
    product.published(container)


def test_a_throttled_call_is_said_in_the_body_with_the_minutes_in_a_header(product):
    product.sandbox.fault("instagram.media", "429", retry_after=120)
    answer = product.image()
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 80002)
    used = json.loads(answer.headers["x-business-use-case-usage"])[ACCOUNT][0]
    assert (used["type"], used["estimated_time_to_regain_access"]) == ("instagram", 2)


@pytest.mark.parametrize("subcode", [2207042, 2207051])
def test_an_answer_like_that_of_a_limit_may_belong_to_a_post_that_is_live(product, subcode):
    product.knob("instagram.refused_though_live", subcode)
    container = product.image(caption="Live all the same").json()["id"]
    assert product.publish(container).json()["error"]["error_subcode"] == subcode
    assert product.status(container)["status_code"] == "PUBLISHED"
    assert len(product.effects()) == 1


def test_the_publishing_limit_counts_posts_reels_and_stories_of_a_day(product):
    product.post_image()
    product.published(product.film().json()["id"])
    children = [product.image(is_carousel_item=True).json()["id"] for _ in range(2)]
    product.published(product.made(media_type="CAROUSEL", children=children))
    (limit,) = product.read(f"{ACCOUNT}/content_publishing_limit", "quota_usage,config")["data"]
    assert limit == {"quota_usage": 3, "config": {"quota_total": 50, "quota_duration": 86400}}
    product.world.advance(86401)
    (limit,) = product.read(f"{ACCOUNT}/content_publishing_limit", "quota_usage")["data"]
    assert limit == {"quota_usage": 0}


def test_a_deleted_post_is_gone_with_its_children(product):
    children = [product.image(is_carousel_item=True).json()["id"] for _ in range(2)]
    media = product.published(product.made(media_type="CAROUSEL", children=children))
    (child, _) = product.read(media, "children")["children"]["data"]
    assert product.http.delete(f"/{media}").json() == {"success": True}
    for gone in (media, child["id"]):
        assert product.http.get(f"/{gone}").json()["error"]["error_subcode"] == 33
    assert product.http.delete(f"/{media}").status_code == 400
    assert [entry["rid"] for entry in product.effects("delete")] == [media]
    assert [post["deleted"] for post in _feed(product)] == [True]


def test_deleting_needs_its_own_permission(product):
    media = product.post_image()
    product.connect(scope="instagram_basic,instagram_content_publish,pages_read_engagement,pages_show_list")
    product.http.headers["Authorization"] = f"Bearer {product.page_token}"
    grant = product.world.state.get("meta.grants", "10160000000000001")
    left = [scope for scope in grant["granted"] if scope != "instagram_manage_contents"]
    product.world.state.put("meta.grants", "10160000000000001", {**grant, "granted": left})
    answer = product.http.delete(f"/{media}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, 200)
    assert "instagram_manage_contents" in answer.json()["error"]["message"]
    assert product.effects("delete") == []


def test_the_first_comment_stands_under_the_post_and_comments_can_be_switched_off(product):
    media = product.post_image()
    comment = product.http.post(f"/{media}/comments", data={"message": "Link: https://sunrise.example/"}).json()["id"]
    (listed,) = product.read(f"{media}/comments", "id,text")["data"]
    assert listed == {"id": comment, "text": "Link: https://sunrise.example/"}
    assert product.read(media, "comments_count")["comments_count"] == 1
    product.http.post(f"/{media}", data={"comment_enabled": "false"}).raise_for_status()
    assert product.http.post(f"/{media}/comments", data={"message": "Second"}).status_code == 400
    assert product.http.delete(f"/{comment}").json() == {"success": True}
    assert product.read(f"{media}/comments", "id")["data"] == []


def test_comments_say_who_spoke_come_in_pages_and_go_with_their_post(product):
    media = product.post_image()
    said = [product.http.post(f"/{media}/comments", data={"message": f"Number {n}"}).json()["id"] for n in range(3)]
    first = product.read(f"{media}/comments", "id,username,from", limit=2)
    assert [one["id"] for one in first["data"]] == [said[2], said[1]]
    assert (
        {one["username"] for one in first["data"]}
        == {one["from"]["username"] for one in first["data"]}
        == {"sunrise.studio"}
    )
    last = product.read(f"{media}/comments", "id", limit=2, after=first["paging"]["cursors"]["after"])
    assert [one["id"] for one in last["data"]] == [said[0]] and "next" not in last["paging"]
    product.http.delete(f"/{media}").raise_for_status()
    assert product.http.get(f"/{media}/comments").status_code == 400
    assert product.http.delete(f"/{said[0]}").status_code == 400


def test_listings_are_paged_and_may_lag_behind(product):
    media = [product.post_image(caption=str(number)) for number in range(3)]
    first = product.read(f"{ACCOUNT}/media", "id", limit=2)
    assert [one["id"] for one in first["data"]] == [media[2], media[1]]
    rest = product.http.get(first["paging"]["next"]).json()
    assert [one["id"] for one in rest["data"]] == [media[0]]
    assert "next" not in rest["paging"]
    product.knob("instagram.listing_lag", 60)
    assert product.read(f"{ACCOUNT}/media", "id")["data"] == []


def test_insights_grow_with_age_and_know_each_kind_of_media(product):
    post, reel = product.post_image(), product.published(product.film().json()["id"])
    assert product.http.get(f"/{post}/insights?metric=views").json() == {"data": []}
    product.world.advance(3600)
    for media, metrics in ((post, "views,reach,likes,saved,follows"), (reel, "views,ig_reels_avg_watch_time")):
        data = product.http.get(f"/{media}/insights", params={"metric": metrics}).raise_for_status().json()["data"]
        assert {one["name"] for one in data} <= set(metrics.split(","))
        assert next(one for one in data if one["name"] == "views")["values"][0]["value"] > 0
    assert product.http.get(f"/{post}/insights?metric=views,ig_reels_avg_watch_time").status_code == 400


def test_the_account_tells_who_it_is(product):
    (page, _) = product.accounts("id,instagram_business_account")
    assert page["instagram_business_account"] == {"id": ACCOUNT}
    assert product.read(ACCOUNT, "username,media_count") == {
        "id": ACCOUNT,
        "username": "sunrise.studio",
        "media_count": 0,
    }


def test_every_answer_tells_the_use_of_the_account(product):
    for answer in (product.image(), product.container(media_type="NONE"), product.http.get(f"/{ACCOUNT}/media")):
        (used,) = json.loads(answer.headers["x-business-use-case-usage"])[ACCOUNT]
        assert used["type"] == "instagram"


def test_nothing_is_forgotten_over_a_restart(product, reopened):
    container = product.image(caption="Before").json()["id"]
    with reopened():
        media = product.published(container)
        assert product.read(media, "caption")["caption"] == "Before"
