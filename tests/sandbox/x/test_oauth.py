"""Consent and tokens of X."""

from urllib.parse import parse_qs, urlsplit

import pytest


def test_a_person_chooses_the_account_on_the_consent_page(product):
    shown = product.authorize(_auto="")
    page = product.http.get(shown.request.url.copy_remove_param("_auto"))
    assert "@moonrise_app" in page.text
    chosen = product.http.post(page.request.url, data={"_auto": "moonrise_app"})
    code = parse_qs(urlsplit(chosen.headers["location"]).query)["code"][0]
    token = product.exchange(code).json()["access_token"]
    me = product.http.get("/2/users/me", headers={"Authorization": f"Bearer {token}"}).json()
    assert me["data"]["username"] == "moonrise_app"


def test_a_person_can_say_no(product):
    location = product.authorize(_deny="1").headers["location"]
    assert parse_qs(urlsplit(location).query) == {"error": ["access_denied"], "state": ["st4te"]}


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": "somebody"},
        {"redirect_uri": "https://evil.example/steal"},
        {"code_challenge": ""},
        {"code_challenge_method": "S512"},
        {"scope": "tweet.read everything"},
        {"state": ""},
    ],
)
def test_a_bad_request_is_shown_to_the_person_and_redirects_nowhere(product, change):
    answer = product.authorize(**change)
    assert answer.status_code == 400
    assert "location" not in answer.headers


def test_a_code_works_once(product):
    code = product.code()
    assert product.exchange(code).status_code == 200
    assert product.exchange(code).status_code == 400


def test_a_refresh_token_works_once_and_its_successor_goes_on(product):
    second = product.refresh(product.tokens["refresh_token"]).json()
    assert product.refresh(product.tokens["refresh_token"]).status_code == 400
    assert product.refresh(second["refresh_token"]).status_code == 200


def test_without_offline_access_there_is_no_refresh_token(product):
    assert "refresh_token" not in product.connect(scope="tweet.read users.read").tokens


def test_revoking_the_refresh_token_ends_the_grant(product):
    form = {"token": product.tokens["refresh_token"]}
    assert product.http.post("/2/oauth2/revoke", data=form, auth=product.basic).json() == {"revoked": True}
    assert product.http.get("/2/users/me").status_code == 401


def test_the_person_can_take_the_access_away(product):
    product.http.post(f"{product.sandbox.base_url}/_sandbox/x/disconnect").raise_for_status()
    assert product.http.get("/2/users/me").status_code == 401


def test_a_lost_refresh_answer_burns_the_grant(product):
    product.sandbox.fault("x.token", "accept_then_500")
    assert product.refresh(product.tokens["refresh_token"]).status_code == 500
    assert product.refresh(product.tokens["refresh_token"]).status_code == 400
