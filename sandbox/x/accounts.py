"""The accounts that exist on the twin of X, and the identities that its posts and uploads get."""

from dataclasses import dataclass
from typing import Any

from sandbox.world import World

EPOCH_MS = 1288834974657  # milliseconds; snowflake ids count from here


@dataclass(frozen=True)
class Account:
    """One account of X."""

    id: str
    username: str
    name: str
    created_at: str

    def public(self) -> dict[str, Any]:
        """As GET /2/users/me shows it."""
        return {"id": self.id, "username": self.username, "name": self.name}


ACCOUNTS = (
    Account("1780000000000000001", "sunrise_app", "Sunrise Studio", "2024-04-15T21:20:14.000Z"),
    Account("1780000000000000002", "moonrise_app", "Moonrise Works", "2024-04-15T21:20:14.000Z"),
)
BY_ID = {account.id: account for account in ACCOUNTS}
BY_USERNAME = {account.username: account for account in ACCOUNTS}


def snowflake(world: World) -> str:
    """A new id: 42 bits of milliseconds since X's epoch, then a counter; later ids are larger."""
    milliseconds = int(world.now() * 1000) - EPOCH_MS
    return str(milliseconds << 22 | world.state.next("x.snowflake") & 0x3FFFFF)
