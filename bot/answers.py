"""What a command is answered with, and who asks: the same for every chat, before any of them lays it out."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from uuid import UUID

from domain.card import Surface
from domain.platforms import Platform
from domain.views import AnalyticsView, AppLine, HelpView, PersonLine, QueueView
from pipeline.ports import Hint
from pipeline.report import DrawChart
from storage.people import Member
from storage.session import Database


@dataclass(frozen=True, slots=True)
class Offers:
    """What the operator has set up: the platforms that accounts can be connected on, and whether Slack workspaces can be added."""

    platforms: tuple[Platform, ...] = tuple(Platform)
    slack: bool = False


@dataclass(frozen=True, slots=True)
class Desk:
    """What commands work with. One a web process. `base_url` is where people reach the web process.

    `telegram_name` gives our bot's user name without the @, or None when Telegram is not configured or silent.
    """

    database: Database
    hint: Hint
    draw_chart: DrawChart
    base_url: str
    telegram_name: Callable[[], Awaitable[str | None]]
    offers: Offers = field(default_factory=Offers)


@dataclass(frozen=True, slots=True)
class Asker:
    """A member who asks. `private`: nobody else reads the answer."""

    workspace_id: UUID
    member: Member
    private: bool


@dataclass(frozen=True, slots=True)
class Meant:
    """Somebody whom the chat itself names: a mention, or whoever wrote the message that is replied to."""

    surface: Surface
    team_ref: str
    user_ref: str
    name: str


@dataclass(frozen=True, slots=True)
class Words:
    """A sentence or two."""

    text: str


@dataclass(frozen=True, slots=True)
class Doors:
    """One-time links, as pairs (label, address). They are as good as the asker's own hand, so only they may see them."""

    text: str
    links: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Queue:
    """What is on its way; what keeps all of it, and what is left of each budget that it is paid from, a sentence each."""

    views: tuple[QueueView, ...]
    budgets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Apps:
    """What is promoted."""

    apps: tuple[AppLine, ...]


@dataclass(frozen=True, slots=True)
class People:
    """Who may do what."""

    people: tuple[PersonLine, ...]


@dataclass(frozen=True, slots=True)
class Help:
    """What can be asked."""

    view: HelpView


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures at once; `chart` draws the PNG, which takes a moment."""

    view: AnalyticsView
    chart: Callable[[], Awaitable[bytes]]


Answer = Words | Doors | Queue | Apps | People | Help | Figures
