"""What a command is answered with, in rows of words that both chats lay out in their own way."""

from dataclasses import dataclass

from bot.statuses import digest_line
from bot.words import clock, count, line
from domain.measures import Metric
from domain.platforms import PLATFORMS
from domain.publishing import AccountKind
from domain.roles import Role
from domain.views import (
    AccountLine,
    AnalyticsRow,
    AnalyticsView,
    AppLine,
    HelpView,
    HomeView,
    PersonLine,
    QueueView,
    TopPost,
    UsageLine,
)


@dataclass(frozen=True, slots=True)
class Row:
    """One line: what is strong, the rest, perhaps a link with its label. Words are visible, not yet escaped."""

    strong: str
    rest: str = ""
    link: str | None = None
    link_label: str = "Open"


@dataclass(frozen=True, slots=True)
class Group:
    """Rows under a heading."""

    heading: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer with its title, its groups and small print."""

    title: str
    groups: tuple[Group, ...]
    small: str = ""


METRIC_WORDS: dict[Metric, str] = {
    Metric.IMPRESSIONS: "impressions",
    Metric.LIKES: "likes",
    Metric.COMMENTS: "comments",
    Metric.SHARES: "shares",
    Metric.CLICKS: "clicks",
    Metric.SAVES: "saves",
}

_ROLE_WORDS: dict[Role, str] = {
    Role.OWNER: "owner – does everything",
    Role.REVIEWER: "reviewer – decides about posts",
    Role.VIEWER: "viewer – looks",
}


def help_reply(view: HelpView, commands: tuple[tuple[str, str], ...]) -> Reply:
    """Each command with what it does."""
    rows = tuple(Row(command, what) for command, what in commands)
    return Reply(
        "What you can ask", (Group("Commands", rows),), f"Plan {line(view.plan)} · support: {line(view.support)}"
    )


def queue_group(view: QueueView) -> Group:
    """One web app's posts that are on their way."""
    rows = tuple(Row(*digest_line(post, view.zone)) for post in view.lines) or (Row("Nothing is waiting."),)
    paused = " · paused" if view.paused else ""
    return Group(f"{line(view.web_app, 80)}{paused} · times in {view.zone}", rows)


def queue_reply(views: tuple[QueueView, ...], budgets: tuple[str, ...] = ()) -> Reply:
    """What is on its way, by web app, and in the small print what is left to pay it from."""
    none = (
        Group(
            "Nothing is on its way",
            (Row("“batch now”", "makes today's posts"), Row("“add”", "and an address promotes a web app")),
        ),
    )
    left = " ".join(line(one, 150) for one in budgets)
    return Reply("The queue", tuple(queue_group(view) for view in views) or none, left)


def account_row(account: AccountLine) -> Row:
    """One connected profile and how it is doing."""
    kind = " (organisation)" if account.kind is AccountKind.ORGANISATION else ""
    mark = "🟢" if account.healthy else "🔴"
    name = f"{mark} {PLATFORMS[account.platform].name} · {line(account.name, 60)}{kind}"
    state = line(account.state, 150)
    if not account.healthy:
        state = f"{state.rstrip('.')}: say “connect {account.platform}”"
    return Row(name, state, account.link, "Profile")


def apps_reply(apps: tuple[AppLine, ...]) -> Reply:
    """Every web app with its accounts."""
    none = (Group("No web app yet", (Row("Add one to get started.", "You need its address and nothing else."),)),)
    return Reply("Web apps", tuple(_app(app) for app in apps) or none)


def _app(app: AppLine) -> Group:
    state = "paused" if app.paused else count(app.posts_a_day, "post a day", "posts a day")
    about = Row(line(app.url, 150), f"{state} · {app.zone}")
    accounts = tuple(account_row(account) for account in app.accounts)
    return Group(line(app.name, 80), (about, *(accounts or (Row("No account is connected yet."),))))


def person_row(person: PersonLine) -> Row:
    """One member, what they may do, where they can be reached."""
    reached = ", ".join(line(surface, 20) for surface in person.surfaces)
    return Row(line(person.name, 60), _ROLE_WORDS[person.role] + (f" · {reached}" if reached else ""))


def people_reply(people: tuple[PersonLine, ...]) -> Reply:
    """Who is in the workspace and may do what."""
    rows = tuple(person_row(person) for person in people) or (Row("Nobody yet."),)
    return Reply("People", (Group(count(len(people), "member", "members"), rows),))


def usage_row(usage: UsageLine) -> Row:
    """What is used of what the plan allows."""
    allowed = f"{usage.used:,} of {usage.limit:,}" if usage.limit is not None else f"{usage.used:,}, no limit"
    wall = " · nothing is left" if usage.limit is not None and usage.used >= usage.limit else ""
    return Row(line(usage.label, 60), allowed + wall)


def analytics_reply(view: AnalyticsView) -> Reply:
    """The period's figures. What a platform does not tell is said, never shown as zero."""
    rows = tuple(_figures(row) for row in view.rows) or (Row("No post was published in this time."),)
    groups = [Group("By account", rows)]
    if view.top:
        groups.append(Group("Top posts", tuple(_top(post) for post in view.top)))
    read = f"as of {clock(view.as_of, view.zone)} ({view.zone})" if view.as_of else "no figures have been read yet"
    return Reply(f"Figures · {line(view.period, 40)} · {line(view.scope, 80)}", tuple(groups), read)


def _figures(row: AnalyticsRow) -> Row:
    name = f"{PLATFORMS[row.platform].name} · {line(row.account_name, 60)} · {count(row.posts, 'post', 'posts')}"
    told = [
        f"{value:,} {METRIC_WORDS[metric]}{_trend(value, row.before.get(metric))}"
        for metric in Metric
        if (value := row.values.get(metric)) is not None
    ]
    silent = [METRIC_WORDS[metric] for metric in Metric if row.values.get(metric) is None]
    return Row(name, " · ".join([*told, *([f"{', '.join(silent)}: not available"] if silent else [])]))


def _trend(now: int, before: int | None) -> str:
    if not before:
        return ""
    change = round((now - before) * 100 / before)
    return f" ({change:+d} %)".replace("-", "−") if change else " (±0 %)"


def _top(post: TopPost) -> Row:
    name = f"#{post.number} · {PLATFORMS[post.platform].name} · {post.value:,} {METRIC_WORDS[post.metric]}"
    return Row(name, line(post.opening, 80), post.permalink, "See it")


def home_groups(view: HomeView) -> tuple[Group, ...]:
    """The dashboard without its alarms: today, accounts, plan, people."""
    return (
        *(queue_group(queue) for queue in view.queues),
        Group("Accounts", tuple(account_row(account) for account in view.accounts) or (Row("None is connected."),)),
        Group(f"Plan {line(view.plan, 40)}", tuple(usage_row(usage) for usage in view.usage)),
        Group("People", tuple(person_row(person) for person in view.people)),
    )
