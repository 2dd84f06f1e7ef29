"""Every refusal in TikTok's table fires, with its own status and words, and nothing is published by it."""

import pytest

from sandbox.tiktok.publishes import FAIL_REASONS
from sandbox.tiktok.refusals import REFUSALS
from tests.sandbox.tiktok.conftest import POST, source


def _expired_code(product, stranger):
    code = product.code()
    product.world.advance(61)
    return product.exchange(code)


def _old_refresh_token(product, stranger):
    product.refresh(product.tokens["refresh_token"])
    return product.refresh(product.tokens["refresh_token"])


def _expired_token(product, stranger):
    product.world.advance(7201)
    return product.start()


def _without_scope(product, stranger):
    return product.connect(_declined="video.publish").start()


def _seventh_start(product, stranger):
    for begin in (product.start, product.draft, product.start, product.draft, product.start, product.start):
        begin().raise_for_status()
    return product.start()


def _internal(product, stranger):
    product.sandbox.fault("tiktok.video_init", "reject_5xx")
    return product.start()


def _turned(knob, value, call):
    def fire(product, stranger):
        product.turn(**{knob: value})
        return call(product)

    return fire


def _creator_info(product):
    return product.call("post/publish/creator_info/query/")


def _over_cap(call):
    def fire(product, stranger):
        product.turn(user_cap=1)
        stranger.start().raise_for_status()
        return call(product)

    return fire


def _sixth_draft(product, stranger):
    for _ in range(5):
        product.draft().raise_for_status()
    return product.draft()


def _foreign_status(product, stranger):
    foreign = stranger.started()["publish_id"]
    return product.call("post/publish/status/fetch/", {"publish_id": foreign})


def _expired_upload(product, stranger):
    begun = product.started()
    product.world.advance(3601)
    return product.put(begun["upload_url"])


FIRE = {
    "invalid_client": lambda product, stranger: product.token(client_secret="guessed", grant_type="refresh_token"),
    "invalid_request": lambda product, stranger: product.http.post("/v2/oauth/token/", json=product.client),
    "unsupported_grant_type": lambda product, stranger: product.token(grant_type="client_credentials"),
    "invalid_code": _expired_code,
    "invalid_refresh_token": _old_refresh_token,
    "access_token_invalid": _expired_token,
    "scope_not_authorized": _without_scope,
    "rate_limit_exceeded": _seventh_start,
    "internal_error": _internal,
    "invalid_param": lambda product, stranger: product.start(disable_comments=True),
    "invalid_params": lambda product, stranger: product.call("video/list/?fields=id,impressions"),
    "spam_risk_too_many_posts": _turned("posts_elsewhere", 15, lambda product: product.start()),
    "spam_risk_user_banned_from_posting": _turned("banned", 1, lambda product: product.start()),
    "reached_active_user_cap": _over_cap(lambda product: product.start()),
    "unaudited_client_can_only_post_to_private_accounts": _turned("unaudited", 1, lambda product: product.start()),
    "privacy_level_option_mismatch": lambda product, stranger: product.start(privacy_level="FOLLOWER_OF_CREATOR"),
    "spam_risk_too_many_pending_share": _sixth_draft,
    "url_ownership_unverified": lambda product, stranger: product.photos("https://cdn.example/a.jpg"),
    "app_version_check_failed": _turned("old_app", 1, lambda product: product.draft()),
    "invalid_publish_id": lambda product, stranger: product.cancel("v_pub_file~v2-1.7"),
    "token_not_authorized_for_specified_publish_id": _foreign_status,
    "publish_not_cancellable": lambda product, stranger: product.cancel(product.started()["publish_id"]),
    "creator_too_many_posts": _turned("posts_elsewhere", 15, _creator_info),
    "creator_banned": _turned("banned", 1, _creator_info),
    "creator_over_cap": _over_cap(_creator_info),
    "upload_bad_request": lambda product, stranger: product.put(
        product.started()["upload_url"], **{"Content-Type": "text/plain"}
    ),
    "upload_expired": _expired_upload,
    "upload_unknown": lambda product, stranger: product.put(f"{product.sandbox.base_url}/tiktok/video/?upload_id=7"),
    "upload_out_of_order": lambda product, stranger: product.put(product.started()["upload_url"], start=1),
}


def test_every_row_has_its_trigger():
    assert FIRE.keys() == REFUSALS.keys()


@pytest.mark.parametrize("code", REFUSALS)
def test_the_refusal_fires_in_tiktoks_own_words(code, product, stranger):
    row = REFUSALS[code]
    answer = FIRE[code](product, stranger)
    body, expected = answer.json(), row.body
    assert answer.status_code == row.http_status, body
    assert body.keys() == expected.keys()
    inner, wanted = (body["error"], expected["error"]) if isinstance(body["error"], dict) else (body, expected)
    assert inner.keys() == wanted.keys()
    for name, value in wanted.items():
        if isinstance(value, str) and "{" not in value:
            assert inner[name] == value or code in ("internal_error", "rate_limit_exceeded")
    assert "{" not in answer.text.replace('{"', "").replace('":{', "").replace("{}", ""), "a placeholder was left open"
    assert len(inner["log_id"]) >= 30
    assert product.effects() == []


@pytest.mark.parametrize("reason", FAIL_REASONS)
def test_each_failure_can_be_had_for_the_asking(product, reason):
    product.lever("fail", reason=reason).raise_for_status()
    status = product.status(product.published())
    assert (status["status"], status["fail_reason"]) == ("FAILED", reason)
    assert product.effects() == []


def test_a_429_comes_without_any_header_that_would_tell_when(product):
    product.sandbox.fault("tiktok.status", "429")
    answer = product.call("post/publish/status/fetch/", {"publish_id": "x"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "rate_limit_exceeded")
    assert "retry-after" not in answer.headers


@pytest.mark.parametrize(("path", "most"), [("creator_info/query/", 20), ("status/fetch/", 30)])
def test_each_call_has_its_own_minute_and_the_minute_slides(product, path, most):
    codes = [product.call(f"post/publish/{path}", {"publish_id": "x"}).status_code for _ in range(most + 1)]
    assert 429 not in codes[:most]
    assert codes[most] == 429
    product.world.advance(61)
    assert product.call(f"post/publish/{path}", {"publish_id": "x"}).status_code != 429


def test_starts_of_every_sort_share_one_minute(product):
    assert _seventh_start(product, None).status_code == 429
    product.world.advance(61)
    assert product.start().status_code == 200


def test_fifteen_posts_a_day_and_creator_info_knows_it_first(product):
    for _ in range(15):
        product.world.advance(11)
        product.published()
    product.world.advance(11)
    assert product.creator()["error"]["code"] == "spam_risk_too_many_posts"
    assert product.start().json()["error"]["code"] == "spam_risk_too_many_posts"
    product.world.advance(7000)
    product.connect()
    assert product.draft().json()["error"]["code"] == "ok"  # drafts are counted elsewhere
    product.world.advance(86400)
    assert product.connect().start().status_code == 200


def test_a_failed_post_gives_its_place_of_the_day_back(product):
    product.turn(posts_elsewhere=14)
    product.lever("fail", reason="internal").raise_for_status()
    product.published()
    product.published()
    assert product.start().status_code == 403


def test_an_unaudited_client_posts_only_what_nobody_else_sees_on_private_accounts(product):
    product.turn(unaudited=1)
    assert product.start(privacy_level="SELF_ONLY").status_code == 403
    product.turn(private_account=1)
    assert product.start(privacy_level="FOLLOWER_OF_CREATOR").status_code == 403
    assert product.start(privacy_level="SELF_ONLY").status_code == 200


def test_a_privacy_is_never_chosen_by_default(product):
    post = {name: value for name, value in POST.items() if name != "privacy_level"}
    answer = product.call("post/publish/video/init/", {"post_info": post, **source()})
    assert answer.json()["error"]["code"] == "privacy_level_option_mismatch"


@pytest.mark.parametrize(
    "change",
    [
        {"brand_content_toggle": True, "privacy_level": "SELF_ONLY"},
        {"brand_content_toggle": "yes"},
        {"privacy_level": "EVERYBODY"},
        {"title": "x" * 2201},
        {"title": "🌅" * 1101},
        {"video_cover_timestamp_ms": -1},
        {"video_cover_timestamp_ms": True},
        {"is_aigc": 1},
    ],
)
def test_a_post_that_makes_no_sense_is_refused(product, change):
    answer = product.start(**change)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_param")


def test_branded_content_and_long_titles_are_taken(product):
    post = {"brand_content_toggle": True, "brand_organic_toggle": True, "is_aigc": True, "disable_comment": True}
    product.published(title="🌅" * 1100, **post)
    assert product.effects()[0]["payload"]["brand_content_toggle"] is True


def test_whether_it_is_an_advertisement_must_be_said(product):
    post = {name: value for name, value in POST.items() if name != "brand_content_toggle"}
    answer = product.call("post/publish/video/init/", {"post_info": post, **source()})
    assert "brand_content_toggle" in answer.json()["error"]["message"]


CALLS = {
    "video_init": lambda product: product.start(),
    "inbox_init": lambda product: product.draft(),
    "photo_init": lambda product: product.photos("http://127.0.0.1:9/a"),
    "upload": lambda product: product.put(product.started()["upload_url"]),
    "status": lambda product: product.call("post/publish/status/fetch/", {"publish_id": "x"}),
    "cancel": lambda product: product.cancel("x"),
    "creator_info": _creator_info,
    "list": lambda product: product.call("video/list/?fields=id"),
    "query": lambda product: product.call("video/query/?fields=id"),
    "user": lambda product: product.http.get("/v2/user/info/?fields=open_id"),
    "token": lambda product: product.token(),
    "revoke": lambda product: product.http.post("/v2/oauth/revoke/"),
}


@pytest.mark.parametrize("target", CALLS)
def test_every_call_can_break_down_and_then_nothing_happens(product, target):
    product.sandbox.fault(f"tiktok.{target}", "reject_5xx")
    answer = CALLS[target](product)
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "internal_error")
    assert CALLS[target](product).status_code != 503
    assert product.effects() == [] or target == "upload"
