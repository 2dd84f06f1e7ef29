"""What every part of the Telegram twin shares while it runs: paces, updates, and eyes."""

from dataclasses import dataclass, field
from typing import Any

from sandbox.chats import Bucket, Eyes, Window
from sandbox.telegram.refusals import slow_down
from sandbox.telegram.updates import Updates
from sandbox.world import World

BURST = 3  # messages that a chat takes at once before one a second
GROUP_MINUTE = 20  # messages and edits a minute in a group
OVERALL = 30  # messages a second of the whole bot


@dataclass
class Telegram:
    """The running twin. Everything that must survive a kill is in `world.state`."""

    world: World
    updates: Updates
    eyes: Eyes = field(default_factory=Eyes)
    chat_pace: Bucket = field(default_factory=lambda: Bucket(1.0, BURST))
    group_pace: Window = field(default_factory=lambda: Window(GROUP_MINUTE))
    overall_pace: Window = field(default_factory=lambda: Window(OVERALL, 1.0))

    def pace(self, chat: dict[str, Any], edit: bool = False) -> None:
        """Count one message or edit. Raises too_many with the seconds to wait."""
        now, key = self.world.now(), str(chat["id"])
        wait = self.overall_pace.take("bot", now)
        if not wait and not edit:
            wait = self.chat_pace.take(key, now)
        if not wait and chat["type"] != "private":
            wait = self.group_pace.take(key, now)
        if wait:
            raise slow_down(wait)

    def tell(self, kind: str, **news: Any) -> None:
        """News for the page in the browser."""
        self.world.bus.publish({"type": f"telegram.{kind}", **news})
