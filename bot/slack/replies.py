"""Slack's answers to commands, and the App Home."""

from collections.abc import Iterable

from bot.cards import AnalyticsView, AppLine, HelpView, HomeView, PersonLine, QueueView
from bot.replies import (
    Group,
    Reply,
    Row,
    analytics_reply,
    apps_reply,
    help_reply,
    home_groups,
    people_reply,
    queue_reply,
)
from bot.slack.blocks import (
    CARD_ROOM,
    Block,
    SlackMessage,
    bullets,
    escape,
    header,
    link_element,
    rich,
    section,
    shown_weight,
    small,
    stamp,
    text_element,
)
from bot.slack.messages import notice_body, reconnect_button
from bot.words import clip, line, units
from domain.text import visible

COMMANDS: tuple[tuple[str, str], ...] = (
    ("/amarktai apps", "the web apps we promote and their accounts"),
    ("/amarktai add <address>", "promote another web app"),
    ("/amarktai connect", "connect an account"),
    ("/amarktai batch now", "make or finish today's posts"),
    ("/amarktai queue", "what waits and what goes out when"),
    ("/amarktai people", "who may decide; owners grant and revoke roles here"),
    ("/amarktai pause", "hold everything of a web app; resume lets it go on"),
    ("/amarktai stop everything", "nothing goes out any more until you resume"),
    ("/amarktai link", "a one-time code that joins your Telegram"),
    ("/analytics [24h|7d|30d] [app] [platform]", "figures with a chart"),
)

_HOME_ROWS = 15
_HOME_BLOCKS = 100
_MOST_ALARMS = 5
_SPARE = 40


def render_words(text: str) -> SlackMessage:
    """A sentence as an answer: a verdict, a refusal, a confirmation."""
    shown = clip(visible(text), 2_000) or "–"
    return SlackMessage(escape(shown), stamp([rich(section(text_element(shown)))], "words"))


def render_help(view: HelpView, commands: tuple[tuple[str, str], ...] = COMMANDS) -> SlackMessage:
    """`/amarktai help`: the commands that the person may use, each with what it does."""
    return _reply(help_reply(view, commands))


def render_doors(text: str, links: tuple[tuple[str, str], ...]) -> SlackMessage:
    """One-time links, as pairs (label, address). Only whoever asked may see them."""
    runs = [text_element(visible(text))]
    for label, address in links:
        runs += [text_element("\n"), link_element(label, address)]
    return SlackMessage(escape(clip(visible(text), 300)), stamp([rich(section(*runs))], "door"))


def render_queue(views: tuple[QueueView, ...], budgets: tuple[str, ...] = ()) -> SlackMessage:
    """`/amarktai queue`."""
    return _reply(queue_reply(views, budgets))


def render_apps(apps: tuple[AppLine, ...]) -> SlackMessage:
    """`/amarktai apps`."""
    return _reply(apps_reply(apps))


def render_people(people: tuple[PersonLine, ...]) -> SlackMessage:
    """`/amarktai people`."""
    return _reply(people_reply(people))


def render_analytics(view: AnalyticsView, chart_file: str | None = None) -> SlackMessage:
    """`/analytics`; `chart_file` is Slack's id of the uploaded chart."""
    chart: list[Block] = []
    if chart_file:
        alt = line(view.chart_alt or "Chart of the figures below", 500)
        chart.append({"type": "image", "slack_file": {"id": chart_file}, "alt_text": alt})
    return _reply(analytics_reply(view), chart)


def _reply(reply: Reply, before: Iterable[Block] = ()) -> SlackMessage:
    blocks = [header(reply.title), *before]
    left = CARD_ROOM - shown_weight(blocks) - units(reply.small) - _SPARE
    for place, group in enumerate(reply.groups):
        made, used = _group(group, left)
        left -= used
        blocks += made
        if left < _SPARE and place < len(reply.groups) - 1:
            blocks.append(small("… and more than fits here"))
            break
    if reply.small:
        blocks.append(small(reply.small))
    return SlackMessage(escape(clip(reply.title, 300)), stamp(blocks, "reply"))


def _group(group: Group, left: int, most: int = 100) -> tuple[list[Block], int]:
    """The group's blocks as far as `left` reaches, and what they cost."""
    used = units(group.heading) + _SPARE
    if used > left:
        return [], left
    kept: list[list[Block]] = []
    for row in group.rows[:most]:
        cost = shown_weight(_row(row))
        if used + cost > left:
            break
        used += cost
        kept.append(_row(row))
    title = rich(section(text_element(group.heading, bold=True)))
    more = len(group.rows) - len(kept)
    rest = [small(f"… and {more} more")] if more else []
    return [title, *([bullets(kept)] if kept else []), *rest], used


def _row(row: Row) -> list[Block]:
    runs = [text_element(row.strong, bold=True)]
    if row.rest:
        runs.append(text_element(f" — {row.rest}"))
    if row.link:
        runs += [text_element(" · "), link_element(row.link_label, row.link)]
    return runs


def render_home(view: HomeView) -> Block:
    """The App Home view for views.publish: alarms first, then today, accounts, plan and people; at most 100 blocks."""
    blocks: list[Block] = [header(f"{line(view.workspace, 100)} today")]
    for alarm in view.alarms[:_MOST_ALARMS]:
        blocks += [
            rich(section(text_element(f"⚠️ {line(alarm.title, 140)}", bold=True))),
            *notice_body(alarm, buttons=False),
        ]
        if alarm.reconnects:
            blocks.append({"type": "actions", "elements": [reconnect_button(alarm.reconnects)]})
    if len(view.alarms) > _MOST_ALARMS:
        blocks.append(small(f"… and {len(view.alarms) - _MOST_ALARMS} more alarms"))
    if not view.alarms:
        blocks.append(small("No alarms. Everything is running."))
    groups = home_groups(view)
    shown = [*groups[:-3][:20], *groups[-3:]]
    for group in shown:
        blocks += [{"type": "divider"}, *_group(group, CARD_ROOM, _HOME_ROWS)[0]]
    return {"type": "home", "blocks": list(stamp(blocks[:_HOME_BLOCKS], "home"))}
