"""The project's day in YouTube's buckets, which all channels share and which begins anew at midnight in California."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sandbox.knobs import knob
from sandbox.world import World

PACIFIC = ZoneInfo("America/Los_Angeles")
CAPS = {"units": "youtube.daily_units", "inserts": "youtube.daily_uploads", "batch": "youtube.daily_batches"}
REFUSALS = {"units": "quotaExceeded", "inserts": "uploads_per_day", "batch": "batch_per_day"}
STORED = "youtube.quota"


def used(world: World, bucket: str) -> int:
    """What today's calls have used of the bucket."""
    stored = world.state.get(STORED, bucket)
    return int(stored["used"]) if stored is not None and stored["day"] == _today(world) else 0


def fits(world: World, bucket: str, cost: int) -> bool:
    """Whether a call of that cost may still be made today."""
    return used(world, bucket) + cost <= knob(world, CAPS[bucket])


def spend(world: World, bucket: str, cost: int) -> None:
    """Count it. A refused call costs one, a good one its whole price."""
    world.state.put(STORED, bucket, {"day": _today(world), "used": used(world, bucket) + cost})


def _today(world: World) -> str:
    return datetime.fromtimestamp(world.now(), PACIFIC).date().isoformat()
