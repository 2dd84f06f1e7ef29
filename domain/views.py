"""What people ask to see besides cards: the home page, the queue, web apps, people, help and figures."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from domain.card import DigestLine, NoticeView
from domain.measures import Metric
from domain.platforms import Platform
from domain.publishing import AccountKind
from domain.roles import Role


@dataclass(frozen=True, slots=True)
class QueueView:
    """Posts that are still on their way, by web app. `zone` is the IANA zone that their slots are shown in."""

    web_app: str
    zone: str
    lines: tuple[DigestLine, ...]
    paused: bool = False


@dataclass(frozen=True, slots=True)
class AccountLine:
    """A connected profile. `state` is a sentence ("connected", "reconnect: X no longer accepts our token")."""

    platform: Platform
    name: str
    kind: AccountKind
    state: str
    healthy: bool = True
    link: str | None = None


@dataclass(frozen=True, slots=True)
class AppLine:
    """A web app that is promoted."""

    name: str
    url: str
    zone: str
    posts_a_day: int
    accounts: tuple[AccountLine, ...] = ()
    paused: bool = False


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A member, where they can be reached, and what they may do."""

    name: str
    role: Role
    surfaces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UsageLine:
    """What the plan allows and what is used. `limit` is None when there is none."""

    label: str
    used: int
    limit: int | None


@dataclass(frozen=True, slots=True)
class HomeView:
    """The dashboard. `queues` hold today's posts only."""

    workspace: str
    plan: str
    queues: tuple[QueueView, ...] = ()
    accounts: tuple[AccountLine, ...] = ()
    alarms: tuple[NoticeView, ...] = ()
    usage: tuple[UsageLine, ...] = ()
    people: tuple[PersonLine, ...] = ()


@dataclass(frozen=True, slots=True)
class HelpView:
    """Who asks decides what is offered; `support` is the plan's promise in words."""

    plan: str
    support: str


@dataclass(frozen=True, slots=True)
class AnalyticsRow:
    """Totals of one account. A metric that is None, or not named at all, is not available; it is not zero."""

    platform: Platform
    account_name: str
    posts: int
    values: Mapping[Metric, int | None]
    before: Mapping[Metric, int | None] = field(default_factory=dict)
    """The same totals for the period before."""


@dataclass(frozen=True, slots=True)
class TopPost:
    """A post that did well (or badly) by `metric`."""

    number: int
    platform: Platform
    opening: str
    metric: Metric
    value: int
    permalink: str | None = None


@dataclass(frozen=True, slots=True)
class AnalyticsView:
    """A period's figures. `as_of` (UTC) is when the newest of them was read, None when there is none yet."""

    period: str
    rows: tuple[AnalyticsRow, ...]
    zone: str
    as_of: datetime | None = None
    scope: str = "all web apps"
    top: tuple[TopPost, ...] = ()
    chart_alt: str = ""
