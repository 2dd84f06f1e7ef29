"""The twin of linkedin."""

from starlette.routing import BaseRoute

from sandbox.world import World


def routes(world: World) -> list[BaseRoute]:
    """Its routes."""
    return []
