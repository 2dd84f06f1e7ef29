"""Consent and tokens of Google."""

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.sandbox.youtube.conftest import ROOT, SCOPES


def _mine(product):
    return product.http.get("/youtube/v3/channels", params={"part": "snippet", "mine": "true"})


def test_a_person_chooses_the_channel_on_the_consent_page(product):
    shown = product.authorize(_auto="")
    page = product.http.get(shown.request.url.copy_remove_param("_auto"))
    assert "Moonrise Works" in page.text
    chosen = product.http.post(page.request.url, data={"_auto": "moonrise.works"})
    code = parse_qs(urlsplit(chosen.headers["location"]).query)["code"][0]
    token = product.exchange(code).json()["access_token"]
    product.http.headers["Authorization"] = f"Bearer {token}"
    assert [one["id"] for one in _mine(product).json()["items"]] == ["UCMoonriseWorksSandbox01"]


def test_a_person_can_say_no(product):
    location = product.authorize(_deny="1").headers["location"]
    assert parse_qs(urlsplit(location).query) == {"error": ["access_denied"], "state": ["st4te"]}


def test_a_person_can_decline_one_scope_and_the_answer_says_what_was_granted(product):
    answer = product.exchange(product.code(_declined="youtube.force-ssl,yt-analytics.readonly")).json()
    assert answer["scope"].split() == [ROOT + "youtube.upload", ROOT + "youtube.readonly"]


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": "somebody"},
        {"redirect_uri": "https://evil.example/steal"},
        {"response_type": "token"},
        {"scope": ROOT + "youtube.everything"},
        {"scope": ""},
        {"access_type": "forever"},
    ],
)
def test_a_bad_request_is_shown_to_the_person_and_redirects_nowhere(product, change):
    answer = product.authorize(**change)
    assert answer.status_code == 400
    assert "location" not in answer.headers


def test_a_code_works_once(product):
    code = product.code()
    assert product.exchange(code).status_code == 200
    assert product.exchange(code).json()["error"] == "invalid_grant"


def test_a_refresh_token_goes_on_working_and_is_not_replaced(product):
    for _ in range(2):
        answer = product.refresh(product.tokens["refresh_token"]).json()
        assert "refresh_token" not in answer
        assert answer["expires_in"] == 3599


def test_a_refresh_token_comes_only_with_offline_access_and_a_shown_consent(product):
    assert "refresh_token" in product.exchange(product.code()).json()
    assert "refresh_token" not in product.exchange(product.code(prompt="")).json(), "consent was given before"
    assert "refresh_token" not in product.exchange(product.code(access_type="online")).json()


def test_the_first_consent_gives_a_refresh_token_without_being_forced(product):
    assert "refresh_token" in product.exchange(product.code(prompt="", _auto="moonrise.works")).json()


def test_scopes_granted_before_are_included_when_asked_for(product):
    narrow = {"scope": ROOT + "youtube.readonly"}
    assert product.exchange(product.code(**narrow)).json()["scope"] == ROOT + "youtube.readonly"
    joined = product.exchange(product.code(**narrow, include_granted_scopes="true")).json()["scope"]
    assert set(joined.split()) == set(SCOPES.split())


def test_upload_alone_reads_nothing(product):
    assert _mine(product.connect(scope=ROOT + "youtube.upload")).status_code == 403


def test_in_testing_a_refresh_token_dies_after_seven_days(product):
    product.knob(google__testing=1)
    product.connect()
    assert product.tokens["refresh_token_expires_in"] == 7 * 86400
    product.world.advance(7 * 86400 - 60)
    assert product.refresh(product.tokens["refresh_token"]).status_code == 200
    product.world.advance(120)
    assert product.refresh(product.tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_a_refresh_token_dies_when_nobody_uses_it_for_six_months(product):
    product.world.advance(170 * 86400)
    product.refresh(product.tokens["refresh_token"]).raise_for_status()
    product.world.advance(170 * 86400)
    product.refresh(product.tokens["refresh_token"]).raise_for_status()
    product.world.advance(190 * 86400)
    assert product.refresh(product.tokens["refresh_token"]).status_code == 400


def test_the_hundred_and_first_refresh_token_silently_ends_the_oldest(product):
    for _ in range(100):
        last = product.exchange(product.code()).json()["refresh_token"]
    assert product.refresh(product.tokens["refresh_token"]).status_code == 400
    assert product.refresh(last).status_code == 200


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_revoking_either_token_ends_the_whole_grant(product, which):
    assert product.http.post("/revoke", params={"token": product.tokens[which]}).status_code == 200
    assert _mine(product).status_code == 401
    assert product.refresh(product.tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_the_person_can_take_the_access_away(product):
    product.http.post(f"{product.sandbox.base_url}/_sandbox/youtube/disconnect").raise_for_status()
    assert _mine(product).status_code == 401


def test_a_lost_refresh_answer_harms_nobody(product):
    product.sandbox.fault("youtube.token", "accept_then_500")
    assert product.refresh(product.tokens["refresh_token"]).status_code == 500
    assert product.refresh(product.tokens["refresh_token"]).status_code == 200


def test_an_account_without_a_channel_has_nothing_to_show(product):
    answer = _mine(product.connect(_auto="mara.lindqvist")).json()
    assert answer["pageInfo"]["totalResults"] == 0


@pytest.mark.parametrize("real", ["ya29.a0AfB_by" + "x" * 30, "1//0gLu8" + "y" * 40, "GOCSPX-" + "z" * 28])
def test_a_real_key_of_google_is_turned_away(product, real):
    form = {"grant_type": "refresh_token", "refresh_token": real}
    assert product.http.post("/token", data=form).json()["error"] == "real_token_refused"
