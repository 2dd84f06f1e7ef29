"""Knobs that let a platform be less careful than it is, so that a test sees what it would have hidden."""

from typing import Any

import httpx

from tests.sandbox.conftest import connected_to_x


def test_a_second_send_shows_once_duplicates_are_taken(sandbox: Any) -> None:
    settings = httpx.get(f"{sandbox.base_url}/_sandbox/settings").json()
    with connected_to_x(sandbox.base_url, settings) as client:

        def post() -> int:
            return client.post("/2/tweets", json={"text": "twice"}).status_code

        assert [post(), post()] == [201, 403]
        httpx.post(f"{sandbox.base_url}/_sandbox/knobs", json={"x.takes_duplicates": 1}).raise_for_status()
        assert post() == 201
