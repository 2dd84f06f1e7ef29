"""How a post's numbers grow: a curve over its age, seeded by the post, so the same post always tells the same story."""

import math
import random
from dataclasses import dataclass

from sandbox.knobs import knob
from sandbox.world import World

HALF_LIFE = 6 * 3600.0  # half of what a post will ever reach, it has reached after six hours


@dataclass(frozen=True)
class Reach:
    """What a post has reached by now. None: the platform does not know yet, which is not zero."""

    impressions: int | None
    clicks: int | None
    likes: int | None
    replies: int | None
    reposts: int | None
    saves: int | None
    profile_visits: int | None


UNKNOWN = Reach(None, None, None, None, None, None, None)


def reach(world: World, post_id: str, created_at: float, lag: float) -> Reach:
    """The post's numbers now. `lag`: seconds of audience by which the platform's counters are behind.

    Until the lag has passed nothing is known. About one post in eight never tells its saves and profile visits.
    """
    age = (world.now() - created_at) * knob(world, "metrics.speed") - lag
    if age < 0:
        return UNKNOWN
    chance = random.Random(post_id)
    audience = chance.lognormvariate(6.2, 0.7)  # a median of 490 people, now and then some thousands
    share = 1 - math.exp(-age * math.log(2) / HALF_LIFE)
    rates = [chance.uniform(low, high) for low, high in RATES]
    secretive = chance.random() < 0.125
    impressions = audience * share
    clicks, likes, replies, reposts, saves, visits = (int(impressions * rate) for rate in rates)
    return Reach(
        impressions=int(impressions),
        clicks=clicks,
        likes=likes,
        replies=replies,
        reposts=reposts,
        saves=None if secretive else saves,
        profile_visits=None if secretive else visits,
    )


RATES = ((0.008, 0.05), (0.01, 0.06), (0.001, 0.01), (0.001, 0.015), (0.001, 0.01), (0.002, 0.02))
