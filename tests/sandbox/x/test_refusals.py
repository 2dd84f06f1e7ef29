"""Every refusal in X's table fires, with its own status and words, and nothing is accepted by it."""

import base64

import httpx
import pytest

from sandbox.x.access import LIMITS
from sandbox.x.refusals import REFUSALS
from tests.sandbox.samples import gif


def _exhausted(product, limit):
    window = {"used": LIMITS[limit], "reset": int(product.world.now()) + 60}
    product.world.state.put("x.windows", f"{limit}:1780000000000000001", window)


def _missing_basic(product, stranger):
    return product.http.post("/2/oauth2/token", data={"grant_type": "refresh_token"}, headers={"Authorization": ""})


def _bad_grant_type(product, stranger):
    return product.exchange(product.code(), grant_type="client_credentials")


def _bad_code(product, stranger):
    code = product.code()
    product.world.advance(31)
    return product.exchange(code)


def _bad_verifier(product, stranger):
    return product.exchange(product.code(), code_verifier="something else")


def _bad_token(product, stranger):
    product.refresh(product.tokens["refresh_token"]).raise_for_status()
    return product.refresh(product.tokens["refresh_token"])


def _unauthorized(product, stranger):
    product.world.advance(7201)
    return product.http.get("/2/users/me")


def _missing_scope(product, stranger):
    return product.connect(scope="tweet.read users.read").post("hello")


def _rate_limited(product, stranger):
    _exhausted(product, "create")
    return product.post("hello")


def _rate_limited_legacy(product, stranger):
    _exhausted(product, "me")
    return product.http.get("/2/users/me")


def _no_credits(product, stranger):
    httpx.post(f"{product.sandbox.base_url}/_sandbox/knobs", json={"x.low_credits": 1}).raise_for_status()
    return product.post("hello")


def _bad_media(product, stranger):
    return product.post("hello", media={"media_ids": [stranger.upload()]})


def _mixed_media(product, stranger):
    moving = product.upload(gif(), "tweet_gif", "image/gif")
    return product.post("hello", media={"media_ids": [product.upload(), moving]})


def _duplicate(product, stranger):
    product.post("The same words").raise_for_status()
    answer = product.post("The same words")
    assert len(product.posts_accepted()) == 1
    return answer


def _reply_not_permitted(product, stranger):
    foreign = stranger.post("A foreign post").json()["data"]["id"]
    return product.post("Me too", reply={"in_reply_to_tweet_id": foreign})


def _not_yours(product, stranger):
    foreign = stranger.post("A foreign post").json()["data"]["id"]
    return product.http.delete(f"/2/tweets/{foreign}")


def _bad_segment(product, stranger):
    announced = {"media_type": "image/png", "media_category": "tweet_image", "total_bytes": 4}
    media_id = product.http.post("/2/media/upload/initialize", json=announced).json()["data"]["id"]
    part = {"segment_index": 1000, "media": base64.b64encode(b"four").decode()}
    return product.http.post(f"/2/media/upload/{media_id}/append", json=part)


def _bad_file(product, stranger):
    with pytest.raises(httpx.HTTPStatusError) as caught:
        product.upload(b"these bytes are no picture")
    return caught.value.response


def _initialize(**changes):
    announced = {"media_type": "image/png", "media_category": "tweet_image", "total_bytes": 10, **changes}
    return lambda product, stranger: product.http.post("/2/media/upload/initialize", json=announced)


FIRE = {
    "missing_basic": _missing_basic,
    "bad_grant_type": _bad_grant_type,
    "bad_code": _bad_code,
    "bad_verifier": _bad_verifier,
    "bad_token": _bad_token,
    "unauthorized": _unauthorized,
    "missing_scope": _missing_scope,
    "rate_limited": _rate_limited,
    "rate_limited_legacy": _rate_limited_legacy,
    "bad_json": lambda product, stranger: product.http.post("/2/tweets", content=b"[1]"),
    "not_found": lambda product, stranger: product.http.delete("/2/tweets/999"),
    "no_credits": _no_credits,
    "unknown_key": lambda product, stranger: product.post("hello", idempotency_key="k"),
    "bad_value": lambda product, stranger: product.post("hello", made_with_ai="yes"),
    "exclusive": lambda product, stranger: product.post("hello", media={"media_ids": ["1"]}, quote_tweet_id="2"),
    "empty": lambda product, stranger: product.post(reply_settings="following"),
    "too_long": lambda product, stranger: product.post("é" * 200 + "漢" * 41),
    "bad_media": _bad_media,
    "mixed_media": _mixed_media,
    "duplicate": _duplicate,
    "cashtags": lambda product, stranger: product.post("$AAPL and $MSFT"),
    "not_permitted": lambda product, stranger: product.post("hello", quote_tweet_id="2"),
    "reply_not_permitted": _reply_not_permitted,
    "not_yours": _not_yours,
    "bad_parameter": lambda product, stranger: product.http.get("/2/users/1780000000000000001/tweets?max_results=4"),
    "unknown_parameter": lambda product, stranger: product.http.get("/2/users/1780000000000000001/tweets?limit=4"),
    "bad_media_type": _initialize(media_type="image/svg+xml"),
    "media_too_large": _initialize(total_bytes=5 * 1024**2 + 1),
    "bad_segment": _bad_segment,
    "bad_file": _bad_file,
    "alt_too_long": lambda product, stranger: product.http.post(
        "/2/media/metadata", json={"id": product.upload(), "metadata": {"alt_text": {"text": "a" * 1001}}}
    ),
}


def test_every_row_has_its_trigger():
    assert FIRE.keys() == REFUSALS.keys()


@pytest.mark.parametrize("code", REFUSALS)
def test_the_refusal_fires_in_xs_own_words(code, product, stranger):
    row = REFUSALS[code]
    before = len(product.posts_accepted())
    answer = FIRE[code](product, stranger)
    body = answer.json()
    assert answer.status_code == row.http_status, body
    assert body.keys() == row.body.keys()
    for name, value in row.body.items():
        if isinstance(value, str | int) and "{" not in str(value):
            assert body[name] == value
    assert "{" not in answer.text.replace('{"', "").replace('":{', ""), "a placeholder was left open"
    own = [entry for entry in product.posts_accepted()[before:] if entry["account"] == "1780000000000000001"]
    assert len(own) == (1 if code == "duplicate" else 0)


def test_rate_limit_headers_stand_on_good_and_bad_answers(product):
    for answer in (product.post("hello"), product.post("hello"), product.http.get("/2/tweets?ids=x")):
        assert int(answer.headers["x-rate-limit-remaining"]) < int(answer.headers["x-rate-limit-limit"])
        assert int(answer.headers["x-rate-limit-reset"]) > product.world.now()


def test_problems_are_problem_json(product):
    assert product.post("hello", nonsense=1).headers["content-type"] == "application/problem+json"
