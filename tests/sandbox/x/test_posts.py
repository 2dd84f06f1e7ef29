"""A post on X from creation to deletion, as a careful client sees it."""

from datetime import UTC, datetime

import httpx

LINK = "https://sunrise.example/?utm_source=x&utm_medium=social"
EPOCH_MS = 1288834974657


def test_a_post_is_in_the_ledger_with_the_very_body_that_was_sent(product):
    created = product.post(f"Sunrise & more: {LINK}", made_with_ai=True)
    assert created.status_code == 201
    (entry,) = product.posts_accepted()
    assert entry["rid"] == created.json()["data"]["id"]
    assert entry["payload"] == {"text": f"Sunrise & more: {LINK}", "made_with_ai": True}


def test_the_text_comes_back_with_short_links_and_escaped_ampersands(product):
    post_id = product.post(f"Sunrise & more: {LINK} today").json()["data"]["id"]
    (seen,) = product.timeline(**{"tweet.fields": "entities,created_at"})["data"]
    (url,) = seen["entities"]["urls"]
    assert seen["id"] == post_id
    assert seen["text"].startswith("Sunrise &amp; more: https://t.co/")
    assert seen["text"][url["start"] : url["end"]] == url["url"]
    assert url["expanded_url"] == LINK


def test_ids_are_snowflakes_that_tell_their_time_and_grow(product):
    ids = [int(product.post(f"Number {number}").json()["data"]["id"]) for number in range(3)]
    assert ids == sorted(ids)
    born = ((ids[0] >> 22) + EPOCH_MS) / 1000
    assert abs(born - product.world.now()) < 60


def test_the_timeline_is_newest_first_and_bounded_by_since_id_and_start_time(product):
    ids = [product.post(f"Number {number}").json()["data"]["id"] for number in range(3)]
    assert [post["id"] for post in product.timeline()["data"]] == ids[::-1]
    assert [post["id"] for post in product.timeline(since_id=ids[1])["data"]] == [ids[2]]
    later = datetime.fromtimestamp(product.world.now() + 60, UTC).isoformat().replace("+00:00", "Z")
    assert product.timeline(start_time=later, end_time=later)["meta"] == {"result_count": 0}


def test_the_timeline_turns_pages(product):
    ids = [product.post(f"Number {number}").json()["data"]["id"] for number in range(7)]
    first = product.timeline(max_results=5)
    second = product.timeline(max_results=5, pagination_token=first["meta"]["next_token"])
    assert [post["id"] for post in first["data"] + second["data"]] == ids[::-1]
    assert "next_token" not in second["meta"]


def test_both_names_of_the_field_parameter_are_understood(product):
    product.post("hello")
    for name in ("tweet.fields", "post.fields"):
        assert "created_at" in product.timeline(**{name: "created_at"})["data"][0]


def test_a_new_post_can_take_its_time_to_show_in_the_timeline(product):
    httpx.post(f"{product.sandbox.base_url}/_sandbox/knobs", json={"x.listing_lag": 60}).raise_for_status()
    product.post("hello")
    assert product.timeline()["meta"]["result_count"] == 0
    product.world.advance(61)
    assert product.timeline()["meta"]["result_count"] == 1


def test_a_deleted_post_is_gone_and_deleting_again_is_the_same(product):
    post_id = product.post("hello").json()["data"]["id"]
    for _ in range(2):
        assert product.http.delete(f"/2/tweets/{post_id}").json() == {"data": {"deleted": True}}
    assert product.timeline()["meta"]["result_count"] == 0
    assert [entry["effect"] for entry in product.world.ledger.entries("x")].count("delete") == 1
    assert product.post("hello").status_code == 201, "after the deletion the text is free again"


def test_a_reply_to_ones_own_post_joins_its_conversation(product):
    first = product.post("One").json()["data"]["id"]
    second = product.post("Two", reply={"in_reply_to_tweet_id": first}).json()["data"]["id"]
    seen = product.http.get(f"/2/tweets/{second}", params={"tweet.fields": "conversation_id,referenced_tweets"}).json()
    assert seen["data"]["conversation_id"] == first


def test_who_am_i(product):
    assert product.http.get("/2/users/me").json()["data"]["username"] == "sunrise_app"


def test_metrics_grow_and_the_private_ones_end_after_thirty_days(product):
    post_id = product.post(f"Look {LINK}").json()["data"]["id"]
    query = {"ids": post_id, "tweet.fields": "public_metrics,non_public_metrics"}
    product.world.advance(3600)
    young = product.http.get("/2/tweets", params=query).json()
    assert young["data"][0]["public_metrics"]["impression_count"] > 0
    assert young["data"][0]["non_public_metrics"]["url_link_clicks"] >= 0
    product.world.advance(30 * 86400)
    product.connect()
    old = product.http.get("/2/tweets", params=query).json()
    assert "non_public_metrics" not in old["data"][0]
    assert old["errors"][0]["field"] == "non_public_metrics"
    assert (
        old["data"][0]["public_metrics"]["impression_count"] >= young["data"][0]["public_metrics"]["impression_count"]
    )


def test_a_missing_id_is_an_error_beside_the_found_ones(product):
    post_id = product.post("hello").json()["data"]["id"]
    answer = product.http.get("/2/tweets", params={"ids": f"{post_id},999"}).json()
    assert [post["id"] for post in answer["data"]] == [post_id]
    assert answer["errors"][0]["type"].endswith("/resource-not-found")
