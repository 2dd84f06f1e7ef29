"""Telegram's answers to commands."""

from bot.cards import AnalyticsView, AppLine, HelpView, PersonLine, QueueView
from bot.replies import (
    Reply,
    Row,
    analytics_reply,
    apps_reply,
    help_reply,
    people_reply,
    queue_reply,
)
from bot.telegram.html import BREAK, Html, holds, link, strong, tag, words
from bot.telegram.messages import TelegramMessage
from bot.words import clip, is_public, line, safe_link
from domain.text import visible

COMMANDS: tuple[tuple[str, str], ...] = (
    ("/batch", "make or finish today's posts"),
    ("/queue", "what waits and what goes out when"),
    ("/analytics", "figures with a chart; 24h, 7d or 30d, a web app, a platform"),
    ("/apps", "the web apps we promote and their accounts"),
    ("/add", "promote another web app: /add and its address"),
    ("/remove", "promote a web app no more"),
    ("/describe", "say in words what a web app is: /describe, its name and the text"),
    ("/slots", "when its posts go out: /slots 09:00 14:30"),
    ("/zone", "its time zone: /zone Europe/Berlin"),
    ("/budget", "what posts may cost a month: /budget x 20, or /budget x none"),
    ("/connect", "connect an account; /connect slack for Slack"),
    ("/disconnect", "take an account away: /disconnect and its name"),
    ("/people", "who may decide; owners grant and revoke roles here"),
    ("/pause", "hold everything of a web app"),
    ("/resume", "let it go on"),
    ("/stop_everything", "hold everything there is"),
    ("/link", "a one-time code for another Telegram account; /link group for a group"),
    ("/help", "this list"),
)

CAPTION_ROOM = 1_024


def render_words(text: str) -> TelegramMessage:
    """A sentence as an answer: a verdict, a refusal, a confirmation."""
    return TelegramMessage(words(clip(visible(text).strip(), 2_000) or "–").markup)


def render_help(view: HelpView) -> TelegramMessage:
    """`/help`: the commands stay live, because tapping one is the point."""
    reply = help_reply(view, COMMANDS)
    lines = [strong(reply.title)] + [Html(f"{name} – {what}", 0, 1) for name, what in COMMANDS] + [words(reply.small)]
    return TelegramMessage("\n".join(each.markup for each in lines))


def render_queue(views: tuple[QueueView, ...], budgets: tuple[str, ...] = ()) -> TelegramMessage:
    """`/queue`."""
    return _reply(queue_reply(views, budgets))


def render_apps(apps: tuple[AppLine, ...]) -> TelegramMessage:
    """`/apps`."""
    return _reply(apps_reply(apps))


def render_people(people: tuple[PersonLine, ...]) -> TelegramMessage:
    """`/people`."""
    return _reply(people_reply(people))


def render_analytics(view: AnalyticsView) -> TelegramMessage:
    """`/analytics`: figures as text; the chart goes ahead as a photo under `photo_caption`."""
    message = _reply(analytics_reply(view))
    caption = words(line(view.chart_alt, CAPTION_ROOM)).markup if view.chart_alt else None
    return TelegramMessage(message.text, photo_caption=caption)


def _reply(reply: Reply) -> TelegramMessage:
    """The rows as far as one message holds them; what is left out is counted."""
    foot = BREAK + BREAK + words(reply.small) if reply.small else Html("", 0, 0)
    spare = foot + Html("", 60, 2)
    page, left = strong(reply.title), sum(len(group.rows) for group in reply.groups)
    for group in reply.groups:
        opening = BREAK + BREAK + strong(group.heading)
        for row in group.rows:
            longer = page + opening + BREAK + _row(row)
            if not holds(longer + spare):
                page += BREAK + words(f"… and {left} more")
                return TelegramMessage((page + foot).markup)
            page, opening, left = longer, Html("", 0, 0), left - 1
    return TelegramMessage((page + foot).markup)


def _row(row: Row) -> Html:
    made = words(f"• {row.strong}")
    if row.rest:
        made += words(f" — {row.rest}")
    if row.link:
        address = safe_link(row.link)
        public = address is None or is_public(address)
        made += words(" · ") + (link(row.link_label, row.link) if public else tag("code", row.link))
    return made
