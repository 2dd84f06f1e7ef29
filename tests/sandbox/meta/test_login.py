"""Facebook Login: consent, codes, long-lived tokens, Page tokens, and the ways in which they die."""

import httpx
import pytest

from tests.sandbox.meta.product import BEN, LABS, MARA, STUDIO, Product


@pytest.fixture
def newcomer(sandbox):
    product = Product(sandbox)
    yield product
    product.http.close()


def test_a_page_token_from_a_long_lived_token_never_expires(product):
    seen = product.debug(product.page_token)
    assert (seen["type"], seen["is_valid"], seen["expires_at"]) == ("PAGE", True, 0)
    product.world.advance(200 * 86400)
    assert product.debug(product.page_token)["is_valid"] is True
    assert product.debug(product.user_token)["error"]["subcode"] == 463


def test_a_page_token_from_a_short_token_dies_with_it(newcomer):
    newcomer.user_token = newcomer.exchange(newcomer.answer()["code"]).json()["access_token"]
    page_token = newcomer.accounts()[0]["access_token"]
    assert newcomer.debug(page_token)["is_valid"] is True
    newcomer.world.advance(5401)
    assert newcomer.debug(page_token)["is_valid"] is False


def test_the_exchange_may_be_repeated_while_the_token_lives(product):
    first, second = (product.long_lived(product.user_token).json() for _ in range(2))
    assert first["expires_in"] == second["expires_in"] == 5184000
    assert product.debug(first["access_token"])["is_valid"] and product.debug(second["access_token"])["is_valid"]
    product.world.advance(5184001)
    assert product.long_lived(product.user_token).json()["error"]["error_subcode"] == 463


def test_pages_are_listed_with_tasks_and_the_linked_instagram_account(product):
    pages = product.accounts("id,name,tasks,instagram_business_account{id,username}")
    assert [(page["id"], page["name"]) for page in pages] == [(STUDIO, "Sunrise Studio"), (LABS, "Sunrise Labs")]
    assert pages[0]["instagram_business_account"] == {"id": "17841400000000001"}
    assert "instagram_business_account" not in pages[1]
    assert "CREATE_CONTENT" in pages[0]["tasks"]


def test_only_pages_that_the_person_shows_are_listed(newcomer):
    newcomer.connect(_pages=LABS)
    assert [page["id"] for page in newcomer.accounts()] == [LABS]
    assert {"scope": "pages_manage_posts", "target_ids": [LABS]} in newcomer.debug(newcomer.user_token)[
        "granular_scopes"
    ]


def test_a_page_that_is_not_shown_any_more_is_out_of_reach(product):
    shut = product.page_token
    product.connect(_pages=LABS)
    for token in (shut, product.user_token):
        assert product.plain(f"/{STUDIO}", access_token=token).json()["error"]["error_subcode"] == 33


def test_pages_are_listed_page_by_page(product):
    first = product.plain("/me/accounts", access_token=product.user_token, limit="1").json()
    second = httpx.get(first["paging"]["next"]).json()
    assert [page["name"] for page in first["data"] + second["data"]] == ["Sunrise Studio", "Sunrise Labs"]
    assert "next" not in second["paging"]


def test_what_was_declined_is_shown_and_only_asked_again_with_rerequest(newcomer):
    def declined():
        listed = newcomer.plain("/me/permissions", access_token=newcomer.user_token).json()["data"]
        return [entry["permission"] for entry in listed if entry["status"] == "declined"]

    newcomer.connect(_declined="pages_manage_posts,read_insights")
    assert declined() == ["pages_manage_posts", "read_insights"]
    assert newcomer.post("hello").json()["error"]["code"] == 200
    newcomer.connect()
    assert declined() == ["pages_manage_posts", "read_insights"]
    newcomer.connect(auth_type="rerequest")
    assert declined() == []
    assert newcomer.post("hello").status_code == 200


def test_without_pages_show_list_no_page_is_listed(newcomer):
    newcomer.connect(_declined="pages_show_list")
    assert newcomer.accounts() == []


def test_a_person_who_refuses_is_sent_back_with_the_reason(newcomer):
    answer = newcomer.answer(_deny="1")
    assert (answer["error"], answer["error_reason"], answer["state"]) == ("access_denied", "user_denied", "st4te")


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": "other"},
        {"redirect_uri": "https://example.com/"},
        {"response_type": "token"},
        {"state": ""},
        {"scope": "pages_manage_read_engagement"},
    ],
)
def test_a_bad_request_for_consent_sends_nobody_anywhere(newcomer, change):
    answer = newcomer.authorize(**change)
    assert answer.status_code == 400
    assert "location" not in answer.headers


def test_the_consent_page_offers_the_people(newcomer):
    page = newcomer.authorize(_auto="")
    assert page.status_code == 302
    query = dict(page.request.url.params)
    query.pop("_auto")
    shown = newcomer.http.get("/dialog/oauth", params=query)
    assert "Allow as Mara Lindqvist" in shown.text and BEN in shown.text


def test_taking_back_every_permission_kills_every_token(product):
    gone = httpx.delete(f"{product.http.base_url}{MARA}/permissions", params={"access_token": product.user_token})
    assert gone.json() == {"success": True}
    assert product.post("hello").json()["error"]["error_subcode"] == 458
    assert product.debug(product.page_token)["error"] == {"code": 190, "subcode": 458, "message": "app removed"}


def test_taking_back_one_permission_leaves_the_others(product):
    path = f"{product.http.base_url}me/permissions"
    httpx.delete(path, params={"access_token": product.user_token, "permission": "read_insights"}).raise_for_status()
    assert product.post("hello").status_code == 200
    assert "read_insights" not in product.debug(product.page_token)["scopes"]


def test_the_two_kinds_of_tokens_carry_their_own_headers_of_use(product):
    person = product.plain("/me", access_token=product.user_token)
    assert "x-app-usage" in person.headers and "x-business-use-case-usage" not in person.headers
    page = product.http.get("/me")
    assert page.json() == {"id": STUDIO, "name": "Sunrise Studio"}
    assert STUDIO in page.headers["x-business-use-case-usage"]


def test_a_token_may_stand_in_the_query_the_form_the_json_or_the_header(product):
    url = f"{product.http.base_url}{STUDIO}/feed"
    token = {"access_token": product.page_token}
    answers = [
        httpx.post(url, params=token, data={"message": "one"}),
        httpx.post(url, data={**token, "message": "two"}),
        httpx.post(url, json={**token, "message": "three"}),
        httpx.post(url, headers={"Authorization": f"OAuth {product.page_token}"}, data={"message": "four"}),
    ]
    assert [answer.status_code for answer in answers] == [200] * 4
    assert len(product.effects()) == 4


def test_tokens_survive_a_restart(product, reopened):
    with reopened() as again:
        answer = httpx.get(
            f"{again.base_url}/facebook/v26.0/me", params={"access_token": product.page_token}, timeout=10
        )
    assert answer.json()["id"] == STUDIO
