"""Posts of a Page: at once, or unpublished first and published by id; listings, comments, deleting."""

import json

import httpx
import pytest

from tests.sandbox.meta.product import STUDIO
from tests.sandbox.samples import gif, jpeg


def test_a_text_is_published_and_found_again(product):
    post_id = product.post("Hello from the studio").json()["id"]
    assert post_id.startswith(f"{STUDIO}_")
    seen = product.read(post_id, "message,is_published,permalink_url,from,status_type")
    assert seen["is_published"] is True
    assert seen["from"] == {"name": "Sunrise Studio", "id": STUDIO}
    assert httpx.get(seen["permalink_url"]).status_code == 200
    listed = product.read(f"{STUDIO}/published_posts", "id,message", summary="total_count")
    assert listed["data"] == [{"id": post_id, "message": "Hello from the studio"}]
    assert listed["summary"] == {"total_count": 1}
    (effect,) = product.effects()
    assert (effect["account"], effect["rid"], effect["payload"]["text"]) == (STUDIO, post_id, "Hello from the studio")
    assert product.page_token not in str(effect)


def test_a_link_stands_as_an_attachment(product):
    post_id = product.post("Look", link="https://sunrise.example/").json()["id"]
    (attachment,) = product.read(post_id, "attachments{media_type,target}")["attachments"]["data"]
    assert (attachment["media_type"], attachment["unshimmed_url"]) == ("link", "https://sunrise.example/")


def test_an_unpublished_post_is_seen_by_nobody_until_it_is_published_by_its_id(product):
    post_id = product.post("Quiet", published="false").json()["id"]
    assert product.read(post_id, "is_published")["is_published"] is False
    assert product.read(f"{STUDIO}/published_posts", "id")["data"] == []
    assert product.effects() == []
    publish = product.http.post(f"/{post_id}", data={"is_published": "true"})
    assert publish.json() == {"success": True}
    again = product.http.post(f"/{post_id}", data={"is_published": "true"})
    assert again.json() == {"success": True}
    assert product.read(post_id, "is_published")["is_published"] is True
    assert [effect["rid"] for effect in product.effects()] == [post_id]


def test_a_lost_answer_is_looked_up_by_id(product):
    post_id = product.post("Quiet", published="false").json()["id"]
    product.sandbox.fault("facebook.publish", "accept_then_close")
    with pytest.raises(httpx.TransportError):
        product.http.post(f"/{post_id}", data={"is_published": "true"})
    assert product.read(post_id, "is_published")["is_published"] is True
    assert len(product.effects()) == 1


def test_a_post_answers_with_the_fields_that_were_asked_for(product):
    answer = product.post("At once", fields="id,permalink_url,created_time").json()
    assert answer.keys() == {"id", "permalink_url", "created_time"}


def test_several_photos_are_uploaded_quietly_and_published_together(product):
    photos = [product.photo(jpeg(), published="false", alt_text_custom=f"Number {n}").json() for n in range(3)]
    assert all(photo.keys() == {"id"} for photo in photos)
    assert product.effects() == []
    media = json.dumps([{"media_fbid": photo["id"]} for photo in photos])
    post_id = product.post("Three", attached_media=media, published="false").json()["id"]
    retried = product.post("Three", attached_media=media, published="false").json()["id"]
    assert retried != post_id, "a lost answer may be followed by another unpublished post with the same photos"
    product.http.post(f"/{post_id}", data={"is_published": "true"}).raise_for_status()
    second = product.http.post(f"/{retried}", data={"is_published": "true"})
    assert second.json()["error"]["code"] in (506, 100)
    (album,) = product.read(post_id, "attachments{media_type,subattachments}")["attachments"]["data"]
    assert [one["description"] for one in album["subattachments"]["data"]] == ["Number 0", "Number 1", "Number 2"]
    assert len(product.effects()) == 1


def test_attached_media_may_be_numbered(product):
    photos = [product.photo(jpeg(), published="false").json()["id"] for _ in range(2)]
    numbered = {f"attached_media[{n}]": json.dumps({"media_fbid": photo}) for n, photo in enumerate(photos)}
    assert product.post("Two", **numbered).status_code == 200


def test_a_photo_at_once_has_a_post_of_its_own(product):
    answer = product.photo(gif(), caption="It moves").json()
    seen = product.read(answer["post_id"], "message,full_picture")
    assert seen["message"] == "It moves"
    assert httpx.get(seen["full_picture"]).headers["content-type"] == "image/gif"


def test_a_photo_is_fetched_from_an_address(product):
    source = product.read(product.photo(jpeg(), published="false").json()["id"], "images")["images"][0]["source"]
    fetched = product.http.post(f"/{STUDIO}/photos", data={"url": source, "caption": "From afar"})
    assert fetched.status_code == 200
    assert len(product.effects()) == 1


def test_a_first_comment_stands_under_the_post(product):
    post_id = product.post("Hello").json()["id"]
    comment = product.http.post(f"/{post_id}/comments", data={"message": "https://sunrise.example/"}).json()["id"]
    assert product.read(post_id, "comments.summary(true)")["comments"]["summary"]["total_count"] == 1
    assert [one["id"] for one in product.http.get(f"/{post_id}/comments").json()["data"]] == [comment]
    product.http.delete(f"/{comment}").raise_for_status()
    assert product.http.get(f"/{post_id}/comments").json()["data"] == []
    assert [len(product.effects(name)) for name in ("comment", "delete")] == [1, 1]


def test_comments_say_who_spoke_where_they_stand_and_come_in_pages(product):
    post_id = product.http.post(f"/{STUDIO}/feed", data={"message": "A post"}).json()["id"]
    said = [product.http.post(f"/{post_id}/comments", data={"message": f"Number {n}"}).json()["id"] for n in range(3)]
    asked = {"fields": "id,from,permalink_url", "limit": "2"}
    first = product.http.get(f"/{post_id}/comments", params=asked).json()
    assert [one["id"] for one in first["data"]] == said[:2]
    assert first["data"][0]["from"]["id"] == STUDIO and "comment_id=" in first["data"][0]["permalink_url"]
    after = {"after": first["paging"]["cursors"]["after"]}
    last = product.http.get(f"/{post_id}/comments", params={**asked, **after}).json()
    assert [one["id"] for one in last["data"]] == said[2:] and "next" not in last["paging"]
    assert product.http.get(f"/{post_id}/comments", params={"fields": "reach"}).status_code == 400


def test_comments_go_with_their_post(product):
    post_id = product.http.post(f"/{STUDIO}/feed", data={"message": "A post"}).json()["id"]
    comment = product.http.post(f"/{post_id}/comments", data={"message": "First"}).json()["id"]
    product.http.delete(f"/{post_id}").raise_for_status()
    assert product.http.get(f"/{post_id}/comments").status_code == 400
    assert product.http.delete(f"/{comment}").status_code == 400


def test_a_deleted_post_is_gone_and_a_second_delete_says_so(product):
    post_id = product.post("Oops").json()["id"]
    assert product.http.delete(f"/{post_id}").json() == {"success": True}
    assert product.http.delete(f"/{post_id}").json()["error"]["error_subcode"] == 33
    assert product.read(f"{STUDIO}/published_posts", "id")["data"] == []
    assert [effect["rid"] for effect in product.effects("delete")] == [post_id]
    assert product.post("Oops").status_code == 200, "a deleted post is no duplicate"


def test_an_edit_changes_the_text_and_is_no_second_post(product):
    post_id = product.post("Helo").json()["id"]
    product.http.post(f"/{post_id}", data={"message": "Hello"}).raise_for_status()
    assert product.read(post_id, "message")["message"] == "Hello"
    assert [len(product.effects(name)) for name in ("post", "edit")] == [1, 1]


def test_a_listing_may_lag_behind_and_comes_page_by_page(product):
    ids = [product.post(f"Number {n}").json()["id"] for n in range(3)]
    first = product.read(f"{STUDIO}/published_posts", "id", limit=2)
    second = httpx.get(first["paging"]["next"], headers=product.http.headers).json()
    assert [one["id"] for one in first["data"] + second["data"]] == ids[::-1]
    product.knob("facebook.listing_lag", 60)
    assert product.read(f"{STUDIO}/feed", "id")["data"] == []
    product.world.advance(61)
    assert len(product.read(f"{STUDIO}/feed", "id")["data"]) == 3


def test_the_knob_takes_duplicates_so_that_a_second_send_would_show(product):
    product.knob("facebook.takes_duplicates", 1)
    assert [product.post("Twice").status_code for _ in range(2)] == [200, 200]
    assert len(product.effects()) == 2


def test_a_text_may_come_again_after_a_day(product):
    product.post("Good morning").raise_for_status()
    assert product.post("Good morning").json()["error"]["code"] == 506
    product.world.advance(86401)
    assert product.post("Good morning").status_code == 200


def test_readers_see_text_pictures_and_films(product):
    product.post("Words").raise_for_status()
    product.photo(jpeg(), caption="A picture", alt_text_custom="Orange").raise_for_status()
    posts = httpx.get(f"{product.sandbox.base_url}/_sandbox/feeds?platform=facebook").json()["posts"]
    assert [post["text"] for post in posts] == ["A picture", "Words"]
    (media,) = posts[0]["media"]
    assert (media["alt"], media["type"]) == ("Orange", "image/jpeg")
    assert httpx.get(media["url"]).content.startswith(b"\xff\xd8")
    assert 'alt="Orange"' in httpx.get(posts[0]["url"]).text


def test_everything_is_still_there_after_a_restart(product, reopened):
    post_id = product.post("Lasting").json()["id"]
    with reopened():
        assert product.read(post_id, "message")["message"] == "Lasting"
