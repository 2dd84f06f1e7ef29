"""What every part of the Slack twin shares while it runs: paces, triggers, open sockets, and eyes."""

import secrets
from dataclasses import dataclass, field
from typing import Any

import httpx

from sandbox.chats import Bucket, Eyes, Window
from sandbox.slack.refusals import Refused
from sandbox.slack.sockets import Sockets
from sandbox.world import World

TRIGGER_LIFE = 3.0
BURST = 5  # messages that a channel takes at once before one a second
TEAM_MESSAGES = 300  # a minute and team
TIERS = {"special": 600, "4": 100, "3": 50, "2": 20, "1": 1}


@dataclass
class Trigger:
    """The right to open one modal, once, soon."""

    user: str
    team: str
    at: float
    used: bool = False


@dataclass
class Slack:
    """The running twin. Everything that must survive a kill is in `world.state`; triggers and sockets need not."""

    world: World
    eyes: Eyes = field(default_factory=Eyes)
    sockets: Sockets = field(default_factory=Sockets)
    triggers: dict[str, Trigger] = field(default_factory=dict)
    channel_pace: Bucket = field(default_factory=lambda: Bucket(1.0, BURST))
    team_pace: Window = field(default_factory=lambda: Window(TEAM_MESSAGES))
    tiers: dict[str, Window] = field(default_factory=lambda: {tier: Window(most) for tier, most in TIERS.items()})
    _client: httpx.AsyncClient | None = None
    _last_ts: int = 0

    def client(self) -> httpx.AsyncClient:
        """The client that deliveries to the product go through."""
        if self._client is None:
            # No connection is kept: the product may be killed and restarted between two deliveries.
            limits = httpx.Limits(max_keepalive_connections=0)
            self._client = httpx.AsyncClient(trust_env=False, timeout=None, limits=limits)  # noqa: S113 callers time it
        return self._client

    def ts(self) -> str:
        """A message's time and name: unix seconds with six digits, never the same twice."""
        self._last_ts = max(int(self.world.now() * 1_000_000), self._last_ts + 1)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def trigger(self, user: str, team: str) -> str:
        """A new trigger_id for what that person just did."""
        name = f"{secrets.randbelow(10**13)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        self.triggers[name] = Trigger(user, team, self.world.now())
        return name

    def spend(self, trigger_id: str, team: str) -> Trigger:
        """Use a trigger. Raises invalid_trigger_id, exchanged_trigger_id, expired_trigger_id."""
        trigger = self.triggers.get(trigger_id)
        if trigger is None or trigger.team != team:
            raise Refused("invalid_trigger_id")
        if trigger.used:
            raise Refused("exchanged_trigger_id")
        if self.world.now() - trigger.at > TRIGGER_LIFE:
            raise Refused("expired_trigger_id")
        trigger.used = True
        return trigger

    def tell(self, kind: str, **news: Any) -> None:
        """News for the page in the browser."""
        self.world.bus.publish({"type": f"slack.{kind}", **news})
