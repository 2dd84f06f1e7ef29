"""A witness from outside: Meta's own client works against the twin and needs no change but its host."""

import pytest
from facebook_business.adobjects.page import Page
from facebook_business.adobjects.pagepost import PagePost
from facebook_business.adobjects.user import User
from facebook_business.api import FacebookAdsApi, FacebookSession
from facebook_business.exceptions import FacebookRequestError

from tests.sandbox.meta.product import STUDIO
from tests.sandbox.samples import jpeg


@pytest.fixture
def client(product, monkeypatch):
    monkeypatch.setattr(FacebookSession, "GRAPH", f"{product.sandbox.base_url}/facebook")

    def with_token(token):
        session = FacebookSession(product.client["client_id"], product.client["client_secret"], token)
        sessions.append(session)
        return FacebookAdsApi(session, api_version="v26.0")

    sessions = []
    yield with_token
    for session in sessions:
        session.requests.close()


@pytest.fixture
def page(product, client):
    """The Page with its own token, found as the client finds it."""
    accounts = User("me", api=client(product.user_token)).get_accounts(fields=["id", "name", "access_token"])
    token = next(one["access_token"] for one in accounts if one["id"] == STUDIO)
    return Page(STUDIO, api=client(token))


def test_the_official_client_posts_lists_comments_and_deletes(page, product):
    post = page.create_feed(params={"message": "From Meta's own client", "link": "https://sunrise.example/"})
    listed = page.get_published_posts(fields=["id", "message", "permalink_url"])
    assert [(one["id"], one["message"]) for one in listed] == [(post["id"], "From Meta's own client")]
    seen = PagePost(post["id"], api=page.get_api_assured())
    comment = seen.create_comment(params={"message": "First"})
    (said,) = seen.get_comments(fields=["id", "message", "from", "permalink_url"])
    assert (said["id"], said["message"], said["from"]["id"]) == (comment["id"], "First", STUDIO)
    PagePost(post["id"], api=page.get_api_assured()).api_delete()
    effects = [entry["effect"] for entry in product.world.ledger.entries("facebook")]
    assert effects == ["connect", "refresh", "post", "comment", "delete"]


def test_the_official_client_publishes_several_photos_by_id(page, product, tmp_path):
    (tmp_path / "a.jpg").write_bytes(jpeg())
    photos = []
    for _ in range(2):
        with (tmp_path / "a.jpg").open("rb") as file:
            answer = page.get_api_assured().call(
                "POST", (STUDIO, "photos"), params={"published": False}, files={"source": file}
            )
        photos.append(answer.json()["id"])
    media = [{"media_fbid": photo} for photo in photos]
    post = page.create_feed(params={"message": "Two", "attached_media": media, "published": False})
    assert product.effects() == []
    PagePost(post["id"], api=page.get_api_assured()).api_update(params={"is_published": True})
    seen = PagePost(post["id"], api=page.get_api_assured()).api_get(fields=["is_published", "full_picture"])
    assert seen["is_published"] is True
    assert seen["full_picture"].endswith(photos[0])
    assert len(product.effects()) == 1


@pytest.mark.filterwarnings("ignore:value of metric might not be compatible")  # it means its own documented list
def test_the_official_client_reads_insights_in_the_names_of_v26(page, product):
    post = page.create_feed(params={"message": "Count me"})
    product.world.advance(86400)
    insights = PagePost(post["id"], api=page.get_api_assured()).get_insights(
        params={"metric": ["post_media_view", "post_total_media_view_unique"]}
    )
    assert [one["name"] for one in insights] == ["post_media_view", "post_total_media_view_unique"]


def test_the_official_client_is_refused_like_anybody(page):
    page.create_feed(params={"message": "Twice"})
    with pytest.raises(FacebookRequestError) as caught:
        page.create_feed(params={"message": "Twice"})
    assert (caught.value.api_error_code(), caught.value.api_error_subcode()) == (506, 1455006)
