"""Comments under posts on LinkedIn: written by an author, listed by an organisation, gone with the post."""

from urllib.parse import quote

import httpx
import pytest


def path(urn, comment=""):
    return f"/rest/socialActions/{quote(urn, safe='')}/comments" + (f"/{comment}" if comment else "")


def say(product, urn, text="First", actor=None, **more):
    body = {"actor": actor or product.organization, "object": urn, "message": {"text": text}, **more}
    return product.http.post(path(urn), json=body)


@pytest.fixture
def urn(product):
    return product.post("A post").headers["x-restli-id"]


def test_a_comment_is_created_named_and_listed_under_the_posts_activity(product, urn):
    created = say(product, urn)
    assert created.status_code == 201
    told, number = created.json(), created.headers["x-restli-id"]
    assert (told["id"], told["actor"], told["message"]["text"]) == (number, product.organization, "First")
    assert told["commentUrn"] == f"urn:li:comment:({told['object']},{number})"
    assert told["object"].startswith("urn:li:activity:") and told["object"].rpartition(":")[2] not in urn
    [listed] = product.http.get(path(urn)).json()["elements"]
    assert listed["$URN"] == told["commentUrn"]
    [entry] = [one for one in product.world.ledger.entries("linkedin") if one["effect"] == "comment"]
    assert (entry["rid"], entry["payload"]) == (number, {"post": urn, "text": "First"})


def test_comments_come_in_pages(product, urn):
    numbers = [say(product, urn, f"Number {number}").json()["id"] for number in range(3)]
    answer = product.http.get(path(urn), params={"start": 1, "count": 1}).json()
    assert [one["id"] for one in answer["elements"]] == [numbers[1]]
    assert answer["paging"]["total"] == 3


def test_a_comments_words_are_plain_and_stand_as_they_came(product, urn):
    say(product, urn, "50 % (half) off_today *now*")
    [post] = httpx.get(f"{product.sandbox.base_url}/_sandbox/feeds?platform=linkedin").json()["posts"]
    assert post["comments"] == ["50 % (half) off_today *now*"]


def test_a_member_comments_as_themselves_and_cannot_list(product):
    mine = product.post("My own", author=product.member).headers["x-restli-id"]
    assert say(product, mine, actor=product.member).status_code == 201
    assert product.http.get(path(mine)).status_code == 403


def test_only_the_author_of_a_comment_deletes_it(product, stranger, urn):
    number = say(product, urn).json()["id"]
    actor = {"actor": product.organization}
    assert stranger.http.delete(path(urn, number), params=actor).status_code == 403
    assert product.http.delete(path(urn, number)).status_code == 403
    assert product.http.delete(path(urn, number), params=actor).status_code == 204
    assert product.http.delete(path(urn, number), params=actor).status_code == 404
    assert product.http.get(path(urn)).json()["elements"] == []


def test_comments_go_with_their_post(product, urn):
    number = say(product, urn).json()["id"]
    product.http.delete(product.at(urn)).raise_for_status()
    assert product.http.get(path(urn)).status_code == 404
    assert product.http.delete(path(urn, number), params={"actor": product.organization}).status_code == 404
    [post] = httpx.get(f"{product.sandbox.base_url}/_sandbox/feeds?platform=linkedin").json()["posts"]
    assert post["comments"] == []


def test_the_throttle_of_comments_is_over_after_a_minute(product, urn):
    for number in range(10):
        say(product, urn, f"Number {number}").raise_for_status()
    refused = say(product, urn)
    assert (refused.status_code, "ONE_MINUTE" in refused.json()["message"]) == (429, True)
    product.world.advance(61)
    assert say(product, urn).status_code == 201


@pytest.mark.parametrize(
    "change",
    [
        {"actor": "urn:li:organization:10420002"},
        {"message": {"text": " "}},
        {"message": "First"},
        {"idempotencyKey": "k"},
    ],
)
def test_what_is_no_comment_is_refused(product, urn, change):
    body = {"actor": product.organization, "object": urn, "message": {"text": "First"}, **change}
    assert 400 <= product.http.post(path(urn), json=body).status_code < 500
    assert product.http.get(path(urn)).json()["elements"] == []


def test_each_actor_needs_its_own_scope(product):
    urn = product.post("A post").headers["x-restli-id"]
    product.connect(scope="openid profile w_member_social")
    assert say(product, urn).status_code == 403
    product.connect(scope="openid profile w_organization_social")
    assert say(product, urn).status_code == 201
    assert product.http.get(path(urn)).status_code == 403
