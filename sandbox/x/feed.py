"""The feed of x as people see it."""

from typing import Any

from sandbox.world import World


def feed(world: World) -> list[dict[str, Any]]:
    """Its posts."""
    return []
