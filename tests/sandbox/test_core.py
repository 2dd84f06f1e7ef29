"""The core of the sandbox: what it remembers, what it refuses, what it shows."""

import httpx


async def test_settings_name_the_products_environment(sandbox):
    answer = httpx.get(f"{sandbox.base_url}/_sandbox/settings").json()
    assert answer["X_API_URL"] == f"{sandbox.base_url}/x"
