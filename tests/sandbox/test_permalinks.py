"""The links that people click lead to the post as readers see it."""

import httpx

from sandbox.settings import settings
from tests.sandbox.conftest import connected_to_x


def test_a_post_of_x_is_shown_and_harmless_until_it_is_deleted(sandbox):
    with connected_to_x(sandbox.base_url, settings(sandbox.world)) as client:
        post_id = client.post("/2/tweets", json={"text": "<script>alert(1)</script>"}).json()["data"]["id"]
        for path in (f"i/web/status/{post_id}", f"sunrise_app/status/{post_id}", "sunrise_app"):
            page = httpx.get(f"{sandbox.base_url}/x/{path}")
            assert page.status_code == 200
            assert "&lt;script&gt;" in page.text
            assert "<script>" not in page.text
        client.delete(f"/2/tweets/{post_id}")
    assert httpx.get(f"{sandbox.base_url}/x/i/web/status/{post_id}").status_code == 404


def test_the_feed_links_to_pages_that_exist(sandbox):
    with connected_to_x(sandbox.base_url, settings(sandbox.world)) as client:
        client.post("/2/tweets", json={"text": "hello"}).raise_for_status()
    (post,) = httpx.get(f"{sandbox.base_url}/_sandbox/feeds?platform=x").json()["posts"]
    assert httpx.get(post["url"]).status_code == 200


def test_an_unknown_post_of_linkedin_is_not_there(sandbox):
    assert httpx.get(f"{sandbox.base_url}/linkedin/feed/update/urn:li:share:1/").status_code == 404
