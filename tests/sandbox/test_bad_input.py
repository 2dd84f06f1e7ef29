"""Whatever stands in a body, the twins answer in their platform's words: never a 500, never an effect by accident."""

import copy
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

JSON = some.recursive(
    some.none() | some.booleans() | some.integers(-5, 2**70) | some.floats(-1e9, 1e9) | some.text(max_size=8),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
X_POST = {
    "text": "hello",
    "media": {"media_ids": ["1"], "tagged_user_ids": []},
    "reply": {"in_reply_to_tweet_id": "1"},
    "poll": {"options": ["a", "b"], "duration_minutes": 5},
}
LINKEDIN_POST = {
    "author": "urn:li:organization:10420001",
    "commentary": "hello",
    "visibility": "PUBLIC",
    "distribution": {"feedDistribution": "MAIN_FEED"},
    "lifecycleState": "PUBLISHED",
    "content": {"multiImage": {"images": [{"id": "urn:li:image:1", "altText": ""}, {"id": "urn:li:image:2"}]}},
}
ROOMS: dict[str, tuple[str, dict[str, Any]]] = {
    "x post": ("/x/2/tweets", X_POST),
    "x metadata": ("/x/2/media/metadata", {"id": "1", "metadata": {"alt_text": {"text": "a"}}}),
    "x initialize": (
        "/x/2/media/upload/initialize",
        {"media_type": "image/png", "total_bytes": 5, "media_category": "tweet_image"},
    ),
    "linkedin post": ("/linkedin/rest/posts", LINKEDIN_POST),
    "linkedin image": (
        "/linkedin/rest/images?action=initializeUpload",
        {"initializeUploadRequest": {"owner": "urn:li:person:x"}},
    ),
    "fault": ("/_sandbox/faults", {"target": "nobody", "fault": "close", "count": 1, "seed": 1, "probability": 0.5}),
    "clock": ("/_sandbox/clock", {"advance_seconds": 0}),
    "knobs": ("/_sandbox/knobs", {"metrics.speed": 1}),
}


def _holes(document: Any) -> list[tuple[Any, ...]]:
    """The path of every place in the document where something else could stand."""
    paths: list[tuple[Any, ...]] = [()]
    entries = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for key, value in entries:
        paths += [(key, *rest) for rest in _holes(value)]
    return paths


def _filled(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    changed = copy.copy(document)
    changed[path[0]] = _filled(document[path[0]], path[1:], value)
    return changed


@pytest.fixture
def client(sandbox):
    """Holds tokens of both platforms, put there by hand: consent is another test's story."""
    world, life = sandbox.world, sandbox.world.now() + 10**6
    scope = "tweet.read tweet.write users.read media.write w_organization_social w_member_social"
    known = {"user": "1780000000000000001", "sub": "Mara782Lq", "scope": scope, "expires": life, "revoked": False}
    for kind in ("x.access", "linkedin.access"):
        world.state.put(kind, "sandbox-token", {**known, "grant": "g", "token": "sandbox-token"})
    headers = {
        "Authorization": "Bearer sandbox-token",
        "LinkedIn-Version": "202610",
        "X-Restli-Protocol-Version": "2.0.0",
    }
    with httpx.Client(base_url=sandbox.base_url, headers=headers, timeout=10) as connected:
        yield connected


@pytest.mark.parametrize("room", ROOMS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chance=some.data())
def test_odd_json_is_refused_and_never_breaks_a_twin(room, client, sandbox, chance):
    path, body = ROOMS[room]
    hole = chance.draw(some.sampled_from(_holes(body)))
    answer = client.post(path, json=_filled(body, hole, chance.draw(JSON)))
    assert answer.status_code < 500, (hole, answer.request.content, answer.text)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"null", b'"text"', b"[]" * 100])
@pytest.mark.parametrize("room", ROOMS)
def test_a_body_that_is_no_json_object_is_refused(room, client, sandbox, content):
    answer = client.post(ROOMS[room][0], content=content, headers={"Content-Type": "application/json"})
    if room == "knobs":  # nothing to turn is nothing wrong
        assert answer.status_code == 200
    else:
        assert answer.status_code == 400
    assert sandbox.world.ledger.entries() == []
