"""What TikTok tells: about the creator before a post, about posts, about the account."""

import httpx
import pytest

PUBLIC = ["PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"]


def test_creator_info_says_who_it_is_and_what_may_be_chosen(product):
    data = product.creator()["data"]
    assert (data["creator_username"], data["creator_nickname"]) == ("sunrise.studio", "Sunrise Studio")
    assert data["privacy_level_options"] == PUBLIC
    assert (data["comment_disabled"], data["duet_disabled"], data["stitch_disabled"]) == (False, False, False)
    assert data["max_video_post_duration_sec"] == 600
    assert httpx.get(data["creator_avatar_url"]).headers["content-type"] == "image/svg+xml"


def test_a_private_account_and_closed_interactions_show_in_creator_info(product):
    product.turn(private_account=1)
    data = product.creator()["data"]
    assert data["privacy_level_options"] == ["FOLLOWER_OF_CREATOR", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"]
    assert (data["comment_disabled"], data["duet_disabled"]) == (False, True)
    product.turn(interactions_off=1)
    assert product.creator()["data"]["comment_disabled"] is True


def test_every_answer_has_a_log_id_of_its_own(product):
    first, second = product.creator(), product.creator()
    assert first["error"]["code"] == "ok"
    assert first["error"]["log_id"] != second["error"]["log_id"]


def test_posts_are_listed_newest_first_and_page_by_page(product):
    ids = []
    for number in range(3):
        product.world.advance(20)
        publish_id = product.published(title=f"Number {number}")
        ids.append(str(product.status(publish_id)["publicaly_available_post_id"][0]))
    first = product.listed(max_count=2)
    assert ([one["id"] for one in first["videos"]], first["has_more"]) == ([ids[2], ids[1]], True)
    second = product.listed(max_count=1, cursor=first["cursor"])
    assert ([one["id"] for one in second["videos"]], second["has_more"]) == ([ids[0]], False)
    assert first["videos"][0]["title"] == "Number 2"
    assert first["videos"][0]["duration"] == 6
    assert "Number 2" in httpx.get(first["videos"][0]["share_url"]).text


def test_figures_grow_with_age_and_come_in_twenties(product):
    publish_id = product.published()
    (post_id,) = product.status(publish_id)["publicaly_available_post_id"]
    path = "video/query/?fields=id,view_count,like_count,comment_count,share_count"
    wish = {"filters": {"video_ids": [str(post_id), "1"]}}
    (young,) = product.call(path, wish).json()["data"]["videos"]
    product.world.advance(3600)
    (old,) = product.call(path, wish).json()["data"]["videos"]
    assert 0 <= young["view_count"] < old["view_count"]
    assert old.keys() == {"id", "view_count", "like_count", "comment_count", "share_count"}
    refused = product.call(path, {"filters": {"video_ids": ["1"] * 21}})
    assert refused.json()["error"]["code"] == "invalid_params"


def test_another_creators_posts_cannot_be_read(product, stranger):
    (post_id,) = product.status(product.published())["publicaly_available_post_id"]
    wish = {"filters": {"video_ids": [str(post_id)]}}
    assert stranger.call("video/query/?fields=id", wish).json()["data"]["videos"] == []
    assert stranger.listed()["videos"] == []


def test_user_info_gives_what_the_scopes_allow(product):
    fields = "open_id,username,follower_count,video_count"
    product.published()
    user = product.http.get("/v2/user/info/", params={"fields": fields}).json()["data"]["user"]
    assert (user["username"], user["video_count"]) == ("sunrise.studio", 1)
    product.connect(_declined="user.info.stats")
    answer = product.http.get("/v2/user/info/", params={"fields": fields})
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "scope_not_authorized")
    assert product.http.get("/v2/user/info/?fields=open_id,username").status_code == 200
    assert product.http.get("/v2/user/info/?fields=open_id,shoe_size").json()["error"]["code"] == "invalid_params"
    assert product.http.get("/v2/user/info/").json()["error"]["code"] == "invalid_params"


@pytest.mark.parametrize(
    "body",
    [{"max_count": 0}, {"max_count": 21}, {"max_count": "2"}, {"cursor": -1}, {"cursor": True}, {"page": 2}],
)
def test_a_listing_wish_that_makes_no_sense_is_refused(product, body):
    answer = product.call("video/list/?fields=id", body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_params")


def test_what_the_creator_does_in_the_app_shows_in_the_listing_and_in_the_book(product):
    publish_id = product.published()
    assert len(product.listed()["videos"]) == 1
    product.lever("privacy", publish_id=publish_id, level="SELF_ONLY").raise_for_status()
    assert product.listed()["videos"] == []
    product.lever("privacy", publish_id=publish_id, level=PUBLIC[0]).raise_for_status()
    assert len(product.listed()["videos"]) == 1
    product.lever("delete", publish_id=publish_id).raise_for_status()
    assert product.listed()["videos"] == []
    assert (len(product.effects("privacy")), len(product.effects("delete"))) == (2, 1)
    assert product.lever("delete", publish_id=publish_id).status_code == 404
    (shown,) = httpx.get(f"{product.sandbox.base_url}/_sandbox/feeds?platform=tiktok").json()["posts"]
    assert shown["deleted"] is True


@pytest.mark.parametrize(
    ("lever", "query"),
    [
        ("finish", {"publish_id": "nobody"}),
        ("delete", {"publish_id": "nobody"}),
        ("privacy", {"publish_id": "nobody"}),
        ("fail", {"reason": "bad luck"}),
        ("fail", {"reason": "internal", "count": "many"}),
        ("disconnect", {"account": "nobody"}),
    ],
)
def test_a_lever_that_finds_nothing_says_so_in_words(product, lever, query):
    answer = product.lever(lever, **query)
    assert answer.status_code in (400, 404)
    assert answer.json()["message"].endswith(".")
