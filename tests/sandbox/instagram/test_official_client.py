"""A witness from outside: Meta's own client publishes to Instagram and needs no change but its host."""

import pytest
from facebook_business.adobjects.igcomment import IGComment
from facebook_business.adobjects.igmedia import IGMedia
from facebook_business.adobjects.iguser import IGUser
from facebook_business.api import FacebookAdsApi, FacebookSession
from facebook_business.exceptions import FacebookRequestError

from tests.sandbox.instagram.product import ACCOUNT
from tests.sandbox.samples import jpeg, mp4


@pytest.fixture
def account(product, monkeypatch):
    monkeypatch.setattr(FacebookSession, "GRAPH", f"{product.sandbox.base_url}/facebook")
    session = FacebookSession(product.client["client_id"], product.client["client_secret"], product.page_token)
    yield IGUser(ACCOUNT, api=FacebookAdsApi(session, api_version="v26.0"))
    session.requests.close()


def _status(account, container):
    path = (container["id"],)
    return account.get_api_assured().call("GET", path, params={"fields": "status_code"}).json()["status_code"]


def test_the_official_client_publishes_a_picture_comments_and_reads_it(account, product):
    address = product.shelf.put("a.jpg", jpeg())
    container = account.create_media(params={"image_url": address, "caption": "From Meta's own client #sunrise"})
    assert _status(account, container) == "FINISHED"
    media = account.create_media_publish(params={"creation_id": container["id"]})
    seen = IGMedia(media["id"], api=account.get_api_assured()).api_get(fields=["caption", "permalink", "media_type"])
    assert (seen["caption"], seen["media_type"]) == ("From Meta's own client #sunrise", "IMAGE")
    comment = IGMedia(media["id"], api=account.get_api_assured()).create_comment(params={"message": "First"})
    assert isinstance(comment, IGComment)
    (said,) = IGMedia(media["id"], api=account.get_api_assured()).get_comments(fields=["id", "text", "username"])
    assert (said["id"], said["text"], said["username"]) == (comment["id"], "First", "sunrise.studio")
    assert [one["id"] for one in account.get_media(fields=["id", "timestamp"])] == [media["id"]]
    (limit,) = account.get_content_publishing_limit(fields=["quota_usage", "config"])
    assert limit["quota_usage"] == 1
    effects = [entry["effect"] for entry in product.world.ledger.entries("instagram")]
    assert effects == ["media", "post", "comment"]


def test_the_official_client_publishes_a_carousel_and_a_reel(account, product):
    picture, film = product.shelf.put("a.jpg", jpeg()), product.shelf.put("a.mp4", mp4())
    children = [account.create_media(params={"image_url": picture, "is_carousel_item": True})["id"] for _ in range(2)]
    parent = account.create_media(params={"media_type": "CAROUSEL", "children": children, "caption": "Two"})
    reel = account.create_media(params={"media_type": "REELS", "video_url": film, "caption": "Moving"})
    for container in (parent, reel):
        account.create_media_publish(params={"creation_id": container["id"]})
    assert [entry["payload"]["sort"] for entry in product.effects()] == ["CAROUSEL", "REELS"]


def test_the_official_client_is_refused_like_anybody(account, product):
    address = product.shelf.put("wide.jpg", jpeg(1200, 300))
    with pytest.raises(FacebookRequestError) as caught:
        account.create_media(params={"image_url": address})
    assert (caught.value.api_error_code(), caught.value.api_error_subcode()) == (36003, 2207009)
