"""A post on LinkedIn from creation to deletion, as a careful client sees it."""

from urllib.parse import quote

import httpx
import pytest

from sandbox.linkedin.commentary import kept, plain


def test_creation_answers_201_with_an_empty_body_and_the_urn_in_a_header(product):
    created = product.post("Sunrise is here")
    assert (created.status_code, created.content) == (201, b"")
    (entry,) = product.posts_accepted()
    assert entry["rid"] == created.headers["x-restli-id"]
    assert entry["rid"].startswith("urn:li:share:")
    assert entry["payload"]["commentary"] == "Sunrise is here"


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("All good \\(really\\) \\*yes\\*", "All good \\(really\\) \\*yes\\*"),
        ("Cut here (and lost", "Cut here"),
        ("snake_case", "snake"),
        ("A bare #tag and {hashtag|\\#|Other} stay", "A bare #tag and {hashtag|\\#|Other} stay"),
        ("Hello @[Ben Osei](urn:li:person:Ben114Os)!", "Hello @[Ben Osei](urn:li:person:Ben114Os)!"),
        ("mail @ home", "mail"),
        ("# alone", ""),
        ("odd end \\", "odd end "),
    ],
)
def test_an_unescaped_sign_cuts_the_text_silently(sent, stored):
    assert kept(sent) == stored


def test_a_cut_post_is_created_all_the_same(product):
    urn = product.post("Prices (from 5 €) are fair").headers["x-restli-id"]
    assert product.http.get(product.at(urn)).json()["commentary"] == "Prices"


def test_readers_see_no_escapes():
    assert plain("\\(a\\) {hashtag|\\#|b} @[C D](urn:li:person:x)") == "(a) #b C D"


def test_an_organisations_posts_can_be_listed_newest_first(product):
    urns = [product.post(f"Number {number}").headers["x-restli-id"] for number in range(3)]
    answer = product.listing(count=2).json()
    assert [element["id"] for element in answer["elements"]] == [urns[2], urns[1]]
    assert answer["elements"][0]["createdAt"] <= product.world.now() * 1000


def test_a_new_post_can_take_its_time_to_show_in_the_listing(product):
    product.knob("linkedin.listing_lag", 60)
    product.post("hello")
    assert product.listing().json()["elements"] == []
    product.world.advance(61)
    assert len(product.listing().json()["elements"]) == 1


def test_a_members_post_can_be_created_and_deleted_but_not_read(product):
    urn = product.post("Personal", author=product.member).headers["x-restli-id"]
    assert product.http.get(product.at(urn)).status_code == 403
    assert product.http.delete(product.at(urn)).status_code == 204


def test_deleting_twice_is_the_same_and_has_one_effect(product):
    urn = product.post("hello").headers["x-restli-id"]
    assert [product.http.delete(product.at(urn)).status_code for _ in range(2)] == [204, 204]
    assert product.listing().json()["elements"] == []
    assert [entry["effect"] for entry in product.world.ledger.entries("linkedin")].count("delete") == 1


def test_a_picture_is_asked_for_put_and_attached(product):
    product.knob("linkedin.image_processing", 5)
    image = product.upload()
    status = product.http.get(product.at(image, "images"))
    assert status.json()["status"] == "PROCESSING"
    content = {"media": {"id": image, "altText": "A very small picture"}}
    assert product.post("Too early", content=content).status_code == 400
    product.world.advance(6)
    assert product.http.get(product.at(image, "images")).json()["status"] == "AVAILABLE"
    assert product.post("Now", content=content).status_code == 201
    (shown,) = httpx.get(f"{product.sandbox.base_url}/_sandbox/feeds?platform=linkedin").json()["posts"]
    assert shown["media"][0]["alt"] == "A very small picture"
    assert httpx.get(shown["media"][0]["url"]).content.startswith(b"\x89PNG")


def test_several_pictures_make_a_ugc_post(product):
    images = [{"id": product.upload(), "altText": ""} for _ in range(2)]
    urn = product.post("Two", content={"multiImage": {"images": images}}).headers["x-restli-id"]
    assert urn.startswith("urn:li:ugcPost:")


def test_a_link_must_bring_its_own_title(product):
    bare = {"article": {"source": "https://sunrise.example/"}}
    assert product.post("Look", content=bare).status_code == 400
    whole = {"article": {"source": "https://sunrise.example/", "title": "Sunrise", "description": "Wake up well"}}
    assert product.post("Look", content=whole).status_code == 201


def test_who_am_i_and_which_pages_are_mine(product, stranger):
    assert product.http.get("/v2/userinfo").json()["sub"] == "Mara782Lq"
    query = {"q": "roleAssignee", "role": "ADMINISTRATOR", "state": "APPROVED"}
    elements = product.http.get("/rest/organizationAcls", params=query).json()["elements"]
    assert [element["organization"] for element in elements] == [product.organization]
    assert stranger.http.get("/rest/organizationAcls", params=query).json()["elements"] == []


def test_statistics_of_a_page_are_absent_first_and_then_grow(product):
    product.knob("metrics.speed", 1)
    urn = product.post("hello").headers["x-restli-id"]

    def read():
        organization, shares = quote(product.organization, safe=""), f"List({quote(urn, safe='')})"
        query = f"q=organizationalEntity&organizationalEntity={organization}&shares={shares}"
        return product.http.get(f"/rest/organizationalEntityShareStatistics?{query}").json()["elements"]

    assert read() == []
    product.world.advance(86400)
    (element,) = read()
    assert element["share"] == urn
    first = element["totalShareStatistics"]["impressionCount"]
    product.world.advance(86400)
    assert read()[0]["totalShareStatistics"]["impressionCount"] > first > 0


def test_member_analytics_open_only_with_the_closed_scope(product):
    urn = product.post("hello", author=product.member).headers["x-restli-id"]
    refused = product.authorize(scope="openid r_member_postAnalytics").headers["location"]
    assert "unauthorized_scope_error" in refused
    product.knob("linkedin.member_analytics", 1)
    product.connect(scope="openid w_member_social r_member_postAnalytics")
    product.world.advance(86400)
    query = {"q": "entity", "entity": f"(share:{quote(urn, safe='')})", "queryType": "IMPRESSION"}
    (element,) = product.http.get("/rest/memberCreatorPostAnalytics", params=query).json()["elements"]
    assert element["count"] > 0


def test_social_actions_count_likes_and_comments(product):
    urn = product.post("hello").headers["x-restli-id"]
    product.world.advance(86400)
    answer = product.http.get(product.at(urn, "socialActions")).json()
    assert answer["likesSummary"]["totalLikes"] > 0


def test_only_partners_get_a_refresh_token_and_it_stays_the_same(product):
    assert "refresh_token" not in product.tokens
    product.knob("linkedin.partner", 1)
    token = product.connect().tokens["refresh_token"]
    product.world.advance(100)
    again = product.token(grant_type="refresh_token", refresh_token=token).json()
    assert again["refresh_token"] == token
    assert again["refresh_token_expires_in"] <= 31536000 - 100


def test_an_administrator_can_ask_for_the_pages_name(product, stranger):
    assert product.http.get("/rest/organizations/10420001").json()["localizedName"] == "Sunrise Studio"
    assert stranger.http.get("/rest/organizations/10420001").status_code == 403
    assert product.http.get("/rest/organizations/1").status_code == 404


def test_a_revoked_token_opens_nothing(product):
    form = {
        "token": product.tokens["access_token"],
        "client_id": product.client[0],
        "client_secret": product.client[1],
    }
    assert product.http.post("/oauth/v2/revoke", data=form).status_code == 200
    assert product.post("hello").json()["code"] == "REVOKED_ACCESS_TOKEN"


def test_a_member_may_be_denied_the_state_of_an_image(product):
    image = product.upload(product.member)
    assert product.http.get(product.at(image, "images")).status_code == 200
    product.knob("linkedin.members_cannot_poll", 1)
    assert product.http.get(product.at(image, "images")).status_code == 403
