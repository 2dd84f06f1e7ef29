"""The plans: what each costs and allows, as one table that the landing page shows and every limit reads."""

from dataclasses import dataclass
from enum import StrEnum

UNLIMITED = None
"""In a limit's column: no limit."""


class Plan(StrEnum):
    """What a workspace is on."""

    FREE = "free"
    PRO = "pro"
    BUSINESS = "business"
    ENTERPRISE = "enterprise"


class Limit(StrEnum):
    """What a plan counts. Each is a field of `Terms`."""

    WEB_APPS = "web_apps"
    PLATFORMS = "platforms"
    POSTS_A_DAY = "posts_a_day"
    SEATS = "seats"


@dataclass(frozen=True, slots=True)
class Terms:
    """One column of the table. `price` is US dollars a month, None means by agreement; None in a limit is unlimited."""

    plan: Plan
    title: str
    price: int | None
    web_apps: int | None
    platforms: int
    posts_a_day: int | None
    seats: int | None
    writer: str
    images_a_month: int | None
    videos_a_month: int | None
    analytics: str
    experiments: bool
    approval_workflows: str
    custom_branding: bool
    api: bool
    support: str

    def limit(self, limit: Limit) -> int | None:
        """How many the plan allows; None means unlimited."""
        allowed: int | None = getattr(self, limit)
        return allowed

    def allows(self, limit: Limit, count: int) -> bool:
        """Whether `count` of them are within the plan."""
        allowed = self.limit(limit)
        return allowed is None or count <= allowed


ALL_PLATFORMS = 6
"""How many the product speaks of. A plan with fewer lets the workspace choose which."""

PLANS: dict[Plan, Terms] = {
    terms.plan: terms
    for terms in (
        Terms(
            plan=Plan.FREE,
            title="Free",
            price=0,
            web_apps=1,
            platforms=3,
            posts_a_day=3,
            seats=1,
            writer="basic prompts",
            images_a_month=30,
            videos_a_month=5,
            analytics="basic",
            experiments=False,
            approval_workflows="",
            custom_branding=False,
            api=False,
            support="community, and mail within 48 hours",
        ),
        Terms(
            plan=Plan.PRO,
            title="Pro",
            price=29,
            web_apps=5,
            platforms=ALL_PLATFORMS,
            posts_a_day=12,
            seats=1,
            writer="advanced",
            images_a_month=150,
            videos_a_month=30,
            analytics="advanced",
            experiments=True,
            approval_workflows="",
            custom_branding=False,
            api=False,
            support="mail within 24 hours",
        ),
        Terms(
            plan=Plan.BUSINESS,
            title="Business",
            price=99,
            web_apps=UNLIMITED,
            platforms=ALL_PLATFORMS,
            posts_a_day=36,
            seats=5,
            writer="premium, with your own style rules",
            images_a_month=500,
            videos_a_month=100,
            analytics="full",
            experiments=True,
            approval_workflows="yes",
            custom_branding=True,
            api=False,
            support="chat within 4 hours",
        ),
        Terms(
            plan=Plan.ENTERPRISE,
            title="Enterprise",
            price=None,
            web_apps=UNLIMITED,
            platforms=ALL_PLATFORMS,
            posts_a_day=UNLIMITED,
            seats=UNLIMITED,
            writer="any model, your own endpoint",
            images_a_month=UNLIMITED,
            videos_a_month=UNLIMITED,
            analytics="full, with API",
            experiments=True,
            approval_workflows="custom",
            custom_branding=True,
            api=True,
            support="phone, and an account manager",
        ),
    )
}

_LIMIT_WORDS: dict[Limit, tuple[str, str]] = {
    Limit.WEB_APPS: ("web app", "web apps"),
    Limit.PLATFORMS: ("platform", "platforms"),
    Limit.POSTS_A_DAY: ("post a day", "posts a day"),
    Limit.SEATS: ("seat", "seats"),
}


def wall(plan: Plan, limit: Limit) -> str:
    """The sentence for someone who wants more of `limit` than the plan allows: the limit, and the way out."""
    terms = PLANS[plan]
    sentence = f"The {terms.title} plan allows {_counted(terms.limit(limit), limit)}."
    larger = next((other for other in PLANS.values() if _is_more(other.limit(limit), terms.limit(limit))), None)
    if larger is None:
        return f"{sentence} Remove one first."
    more = _counted(larger.limit(limit), limit)
    return f"{sentence} {larger.title} allows {more}: change the plan, or remove one first."


def _is_more(one: int | None, other: int | None) -> bool:
    return other is not None and (one is None or one > other)


def _counted(count: int | None, limit: Limit) -> str:
    single, several = _LIMIT_WORDS[limit]
    return f"unlimited {several}" if count is None else f"{count} {single if count == 1 else several}"
