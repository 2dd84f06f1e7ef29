"""Every refusal in LinkedIn's table fires, with its own status and words, and nothing is accepted by it."""

from datetime import UTC, datetime

import httpx
import pytest

from sandbox.linkedin.refusals import REFUSALS
from tests.sandbox.samples import mp4

FILM = mp4(1280, 720, size=80_000)
BEN = "urn:li:person:Ben114Os"


def _without(header):
    def fire(product, stranger):
        del product.http.headers[header]
        return product.post("hello")

    return fire


def _with(header, value):
    def fire(product, stranger):
        product.http.headers[header] = value
        return product.post("hello")

    return fire


def _bad_code(product, stranger):
    code = product.code()
    product.world.advance(1801)
    return product.token(grant_type="authorization_code", code=code)


def _revoked(product, stranger):
    httpx.post(f"{product.sandbox.base_url}/_sandbox/linkedin/disconnect").raise_for_status()
    return product.post("hello")


def _expired(product, stranger):
    product.world.advance(5184001)
    return product.post("hello")


def _throttled(product, stranger):
    day = datetime.fromtimestamp(product.world.now(), UTC).date().isoformat()
    product.world.state.put("linkedin.days", "Mara782Lq", {"day": day, "number": 150})
    return product.post("hello")


def _duplicate(product, stranger):
    urn = product.post("The same words").headers["x-restli-id"]
    answer = product.post("The same words")
    assert answer.json()["message"] == f"Content is a duplicate of {urn}"
    return answer


def _bad_image(product, stranger):
    return httpx.put(product.initialize()["uploadUrl"], content=b"no picture")


def _upload_gone(product, stranger):
    url = product.initialize()["uploadUrl"]
    product.world.advance(86401)
    return httpx.put(url, content=b"\x89PNG\r\n\x1a\n")


def _document_too_large(product, stranger):
    url = product.initialize(kind="document")["uploadUrl"]
    return httpx.put(url, content=(bytes(1_000_000) for _ in range(101)))


def _bad_part(product, stranger):
    value = product.initialize(kind="video", fileSizeBytes=80_000)
    return httpx.put(value["uploadInstructions"][0]["uploadUrl"], content=bytes(79_999))


def _bad_parts(product, stranger):
    value, tags = product.parts(FILM)
    assert product.finalize(value["video"], tags).status_code == 200
    return product.finalize(value["video"], tags)


def _not_yours(product, stranger):
    urn = stranger.post("Ben's own", author=BEN).headers["x-restli-id"]
    return product.http.delete(product.at(urn))


def _bad_media(product, stranger):
    waiting = product.initialize()["image"]
    return product.post("hello", content={"media": {"id": waiting, "altText": "not there yet"}})


def _analytics(product, stranger):
    query = {"q": "entity", "entity": "(share:urn%3Ali%3Ashare%3A1)", "queryType": "IMPRESSION"}
    return product.http.get("/rest/memberCreatorPostAnalytics", params=query)


def _comment(product, text="First", thread=None, times=1):
    urn = product.post("A post", author=product.member).headers["x-restli-id"]
    body = {"actor": product.member, "object": thread or urn, "message": {"text": text}}
    answers = [product.http.post(product.at(urn, "socialActions") + "/comments", json=body) for _ in range(times)]
    return answers[-1]


def _members_comments(product, stranger):
    urn = product.post("A post", author=product.member).headers["x-restli-id"]
    return product.http.get(product.at(urn, "socialActions") + "/comments")


UNDER_A_POST = ("duplicate", "comment_throttled", "comment_too_long", "other_thread", "members_comments")

FIRE = {
    "bad_client": lambda product, stranger: product.token(grant_type="authorization_code", client_secret="wrong"),
    "bad_grant_type": lambda product, stranger: product.token(grant_type="password"),
    "bad_code": _bad_code,
    "bad_refresh": lambda product, stranger: product.token(grant_type="refresh_token", refresh_token="nothing"),
    "empty_token": _without("Authorization"),
    "invalid_token": _with("Authorization", "Bearer sandbox-nobody"),
    "revoked_token": _revoked,
    "expired_token": _expired,
    "version_missing": _without("LinkedIn-Version"),
    "nonexistent_version": _with("LinkedIn-Version", "202510"),
    "protocol_version": _without("X-Restli-Protocol-Version"),
    "missing_scope": lambda product, stranger: product.connect(scope="openid profile").post("hello"),
    "throttled": _throttled,
    "bad_json": lambda product, stranger: product.http.post("/rest/posts", content=b"[]"),
    "missing_field": lambda product, stranger: product.post("hello", lifecycleState=None),
    "unknown_field": lambda product, stranger: product.post("hello", idempotencyKey="k"),
    "bad_value": lambda product, stranger: product.post("hello", lifecycleState="DRAFT"),
    "too_long": lambda product, stranger: product.post("\\(" * 1501),
    "foreign_author": lambda product, stranger: stranger.post("hello", author=product.organization),
    "bad_media": _bad_media,
    "duplicate": _duplicate,
    "members_cannot_list": lambda product, stranger: product.listing(product.member),
    "bad_urn": lambda product, stranger: product.http.delete(product.at("urn:li:activity:1")),
    "bad_parameter": lambda product, stranger: product.listing(count=0),
    "not_found": lambda product, stranger: product.http.get(product.at("urn:li:share:1")),
    "not_yours": _not_yours,
    "analytics_denied": _analytics,
    "comment_throttled": lambda product, stranger: _comment(product, times=11),
    "comment_too_long": lambda product, stranger: _comment(product, "a" * 1251),
    "other_thread": lambda product, stranger: _comment(product, thread="urn:li:share:1"),
    "members_comments": _members_comments,
    "bad_image": _bad_image,
    "document_too_large": _document_too_large,
    "bad_part": _bad_part,
    "bad_parts": _bad_parts,
    "upload_gone": _upload_gone,
}


def test_every_row_has_its_trigger():
    assert FIRE.keys() == REFUSALS.keys()


@pytest.mark.parametrize("code", REFUSALS)
def test_the_refusal_fires_in_linkedins_own_words(code, product, stranger):
    row = REFUSALS[code]
    answer = FIRE[code](product, stranger)
    body = answer.json()
    assert answer.status_code == row.http_status, body
    assert body.keys() == row.body.keys()
    for name, value in row.body.items():
        if "{" not in str(value):
            assert body[name] == value
    assert "{" not in body.get("message", ""), "a placeholder was left open"
    own = [entry for entry in product.posts_accepted() if entry["account"] != BEN]
    assert len(own) == (1 if code in UNDER_A_POST else 0)


def test_every_answer_of_the_api_carries_an_id_for_support(product):
    assert product.post("hello").headers["x-li-uuid"]
    assert product.post("hello").headers["x-li-uuid"]
