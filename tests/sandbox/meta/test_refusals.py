"""Every refusal that Meta's login, door and upload host know fires, in Meta's envelope."""

from contextlib import closing

import httpx
import pytest

from sandbox.meta.accounts import BY_PAGE
from sandbox.meta.refusals import REFUSALS
from tests.sandbox.meta.product import BEN, ELSEWHERE, LABS, MARA, STUDIO, Product
from tests.sandbox.samples import mp4


def _end(reason):
    def fire(product, monkeypatch):
        path = f"{product.sandbox.base_url}/_sandbox/facebook/disconnect"
        assert httpx.post(path, params={"account": MARA, "reason": reason}).json()["tokens"] > 0
        return product.post("hello")

    return fire


def _code_used(product, monkeypatch):
    code = product.answer()["code"]
    product.exchange(code).raise_for_status()
    return product.exchange(code)


def _code_expired(product, monkeypatch):
    code = product.answer()["code"]
    product.world.advance(601)
    return product.exchange(code)


def _token_expired(product, monkeypatch):
    product.world.advance(5184001)
    return product.plain("/me", access_token=product.user_token)


def _role_lost(product, monkeypatch):
    monkeypatch.delitem(BY_PAGE[STUDIO].tasks, MARA)
    return product.post("hello")


def _permission(product, monkeypatch):
    httpx.delete(
        f"{product.http.base_url}me/permissions",
        params={"access_token": product.user_token, "permission": "pages_manage_posts"},
    ).raise_for_status()
    return product.post("hello")


def _task(product, monkeypatch):
    analyst = Product(product.sandbox).connect(_auto=BEN)
    with closing(analyst.http):
        return analyst.post("hello")


def _page_token(product, monkeypatch):
    product.http.headers["Authorization"] = f"Bearer {product.user_token}"
    return product.post("hello")


def _app_limit(product, monkeypatch):
    product.knob("meta.daily_users", 0)
    return product.plain("/me", access_token=product.user_token)


def _page_limit(product, monkeypatch):
    product.knob("meta.engaged_users", 0)
    return product.post("hello")


def _uploading(offset=0, size=None, **headers):
    def fire(product, monkeypatch):
        film = mp4()
        url = product.start_reel()["upload_url"]
        return product.upload(url, film, offset, **({"file_size": size} if size is not None else {}), **headers)

    return fire


def _upload_gone(product, monkeypatch):
    url = product.start_reel()["upload_url"]
    product.world.advance(86401)
    return product.upload(url, mp4())


FIRE = {
    "bad_application": lambda product, _: product.exchange("c", client_id="other"),
    "bad_secret": lambda product, _: product.exchange("c", client_secret="other"),
    "bad_code": lambda product, _: product.exchange("never-given"),
    "code_used": _code_used,
    "code_expired": _code_expired,
    "other_redirect": lambda product, _: product.exchange(
        product.answer()["code"], redirect_uri="http://127.0.0.1:4000/connect/facebook/callback/"
    ),
    "missing_parameter": lambda product, _: product.exchange(""),
    "no_token": lambda product, _: product.plain("/me"),
    "bad_token": lambda product, _: product.plain("/me", access_token="EAAsandbox-of-nobody"),
    "app_removed": _end("app_removed"),
    "checkpoint": _end("checkpoint"),
    "password_changed": _end("password_changed"),
    "token_expired": _token_expired,
    "role_lost": _role_lost,
    "bad_proof": lambda product, _: product.post("hello", appsecret_proof="0" * 64),
    "permission": _permission,
    "task": _task,
    "page_token": _page_token,
    "missing_object": lambda product, _: product.http.get(f"/{ELSEWHERE}"),
    "unknown_edge": lambda product, _: product.http.get(f"/{STUDIO}/nonsense"),
    "unknown_path": lambda product, _: product.http.get(f"/{STUDIO}/feed/more"),
    "bad_version": lambda product, _: httpx.get(f"{product.sandbox.base_url}/facebook/v19.0/me"),
    "bad_parameter": lambda product, _: product.post("hello", published="perhaps"),
    "app_limit": _app_limit,
    "page_limit": _page_limit,
    "upload_gone": _upload_gone,
    "upload_denied": _uploading(Authorization="OAuth EAAsandbox-of-nobody"),
    "upload_header": _uploading(size=""),
    "upload_offset": _uploading(offset=7),
    "upload_too_long": _uploading(size="7"),
    "upload_pull": _uploading(file_url="http://127.0.0.1:9/film.mp4"),
}


def test_every_row_has_its_trigger():
    """The limit of Instagram is fired by the tests of Instagram."""
    assert {*FIRE, "instagram_limit"} == REFUSALS.keys()


@pytest.mark.parametrize("code", FIRE)
def test_the_refusal_fires_in_metas_envelope(code, product, monkeypatch):
    row = REFUSALS[code]
    answer = FIRE[code](product, monkeypatch)
    assert answer.status_code == row.http_status, answer.text
    ((wrapper, wanted),) = row.body.items()
    given = answer.json()[wrapper]
    assert given.keys() == wanted.keys()
    for name, value in wanted.items():
        if "{" not in str(value):
            assert given[name] == value
    assert "{" not in str(given.get("message")), "a placeholder was left open"
    assert product.effects() == []


def test_a_dead_token_is_named_in_the_header(product):
    answer = product.plain("/me", access_token="EAAsandbox-of-nobody")
    assert "invalid_token" in answer.headers["www-authenticate"]
    assert answer.json()["error"]["fbtrace_id"] != product.plain("/me").json()["error"]["fbtrace_id"]


def test_a_throttled_call_says_when_to_come_back_and_lengthens_the_block(product):
    product.knob("meta.engaged_users", 0)

    def minutes():
        headers = product.post("hello").headers
        return httpx.Response(200, text=headers["x-business-use-case-usage"]).json()[STUDIO][0]

    first, second = minutes(), minutes()
    assert first["call_count"] == 100
    assert second["estimated_time_to_regain_access"] > first["estimated_time_to_regain_access"] >= 1440


def test_a_throttle_on_purpose_is_a_400_with_the_code_in_the_body(product):
    product.sandbox.fault("facebook.feed", "429", retry_after=120)
    answer = product.post("hello")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 80001)
    assert '"estimated_time_to_regain_access":2' in answer.headers["x-business-use-case-usage"]
    assert product.effects() == []


def test_trouble_on_purpose_speaks_like_the_graph(product):
    product.sandbox.fault("facebook.feed", "accept_then_500")
    answer = product.post("hello")
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, 1)
    assert len(product.effects()) == 1


@pytest.mark.parametrize("path", [f"/{LABS}", "/999", "/me/accounts"])
def test_a_page_token_sees_only_its_own_page(product, path):
    assert product.http.get(path).json()["error"]["error_subcode"] == 33
