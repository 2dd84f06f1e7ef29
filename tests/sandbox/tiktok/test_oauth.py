"""Consent and tokens of TikTok."""

from urllib.parse import parse_qs, quote, urlsplit

import pytest

from tests.sandbox.tiktok.conftest import CHALLENGE, MINE, SCOPES, VERIFIER


def test_a_person_chooses_the_creator_on_the_consent_page(product):
    shown = product.authorize(_auto="")
    page = product.http.get(shown.request.url.copy_remove_param("_auto"))
    assert "@moonrise.works" in page.text
    chosen = product.http.post(page.request.url, data={"_auto": "moonrise.works"})
    code = parse_qs(urlsplit(chosen.headers["location"]).query)["code"][0]
    assert product.exchange(code).json()["open_id"].startswith("-000moonrise")


def test_a_person_can_say_no(product):
    answer = product.granted(_deny="1")
    assert answer["error"] == "access_denied"
    assert "code" not in answer


@pytest.mark.parametrize(
    "change",
    [
        {"client_key": "somebody"},
        {"client_id": "somebody"},
        {"redirect_uri": "https://evil.example/steal"},
        {"scope": "user.info.basic video.publish"},
        {"scope": "user.info.basic,everything"},
        {"state": ""},
        {"response_type": "token"},
        {"code_challenge": CHALLENGE, "code_challenge_method": "plain"},
        {"code_challenge": "n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg", "code_challenge_method": "S256"},
    ],
)
def test_a_bad_request_is_shown_to_the_person_and_redirects_nowhere(product, change):
    answer = product.authorize(**change)
    assert answer.status_code == 400
    assert "location" not in answer.headers


def test_a_token_answer_says_who_it_is_what_was_granted_and_how_long_both_tokens_live(product):
    tokens = product.tokens
    assert (tokens["open_id"], tokens["scope"], tokens["token_type"]) == (MINE, SCOPES, "Bearer")
    assert (tokens["expires_in"], tokens["refresh_expires_in"]) == (7200, 180 * 86400)


def test_a_person_grants_scope_by_scope_but_never_less_than_the_basic_one(product):
    answer = product.granted(_declined="video.publish,user.info.basic")
    assert answer["scopes"] == SCOPES.removesuffix(",video.publish")
    assert product.exchange(answer["code"]).json()["scope"] == answer["scopes"]


def test_a_code_works_once_and_only_when_it_is_decoded(product):
    code = product.code()
    assert product.exchange(quote(code, safe="")).json()["error"] == "invalid_grant"
    assert "access_token" in product.exchange(code).json()
    assert product.exchange(code).json()["error"] == "invalid_grant"


def test_a_challenge_is_the_digest_in_hex_and_its_verifier_must_follow(product):
    pkce = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
    assert product.exchange(product.code(**pkce)).status_code == 400
    assert "access_token" in product.exchange(product.code(**pkce), code_verifier=VERIFIER).json()


def test_a_desktop_client_needs_pkce(product):
    product.turn(desktop=1)
    assert product.authorize().status_code == 400
    assert product.authorize(code_challenge=CHALLENGE, code_challenge_method="S256").status_code == 302


def test_only_the_newest_refresh_token_works(product):
    second = product.refresh(product.tokens["refresh_token"]).json()
    assert second["refresh_token"] != product.tokens["refresh_token"]
    assert product.refresh(product.tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert "access_token" in product.refresh(second["refresh_token"]).json()


def test_a_refresh_token_dies_after_180_days_and_tells_so_beforehand(product):
    product.world.advance(100 * 86400)
    second = product.refresh(product.tokens["refresh_token"]).json()
    assert second["refresh_expires_in"] <= 80 * 86400
    product.world.advance(80 * 86400 + 1)
    assert product.refresh(second["refresh_token"]).json()["error"] == "invalid_grant"


def test_an_access_token_lives_two_hours(product):
    product.world.advance(7199)
    assert product.creator()["error"]["code"] == "ok"
    product.world.advance(2)
    assert product.creator()["error"]["code"] == "access_token_invalid"


def test_revoking_either_token_ends_the_grant_with_an_empty_answer(product):
    form = {**product.client, "token": product.tokens["access_token"]}
    answer = product.http.post("/v2/oauth/revoke/", data=form)
    assert (answer.status_code, answer.content) == (200, b"")
    assert product.creator()["error"]["code"] == "access_token_invalid"
    assert product.refresh(product.tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_two_grants_of_one_creator_live_side_by_side(product):
    first = product.tokens
    product.connect()
    assert "access_token" in product.refresh(first["refresh_token"]).json()


def test_a_lost_refresh_answer_burns_the_grant(product):
    product.sandbox.fault("tiktok.token", "accept_then_500")
    assert product.refresh(product.tokens["refresh_token"]).status_code == 500
    assert product.refresh(product.tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_the_person_takes_the_access_away_and_an_unfinished_post_fails(product):
    begun = product.started()
    assert product.lever("disconnect").json()["tokens"] == 2
    assert product.creator()["error"]["code"] == "access_token_invalid"
    product.connect()
    assert product.status(begun["publish_id"])["fail_reason"] == "auth_removed"
    assert product.put(begun["upload_url"]).status_code == 403
    assert product.effects() == []


def test_a_grant_that_is_refused_anyway_uses_up_no_fault(product):
    product.sandbox.fault("tiktok.token", "accept_then_500")
    answer = product.refresh("nobody's")
    assert (answer.status_code, answer.json()["error"]) == (200, "invalid_grant")
    assert product.refresh(product.tokens["refresh_token"]).status_code == 500
