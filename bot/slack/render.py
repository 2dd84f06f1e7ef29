"""Everything Slack is shown, drawn from views: cards, dialogs, answers, the App Home. Pure; knows no client."""

from bot.slack.blocks import Block, SlackMessage, escape
from bot.slack.messages import fits, render_card
from bot.slack.modals import (
    CHIPS,
    LINK,
    SLOT,
    TEXT,
    WORDS,
    describe_modal,
    edit_modal,
    live_modal,
    loading_modal,
    message_modal,
    move_modal,
    regenerate_modal,
    reject_modal,
)
from bot.slack.replies import (
    render_analytics,
    render_apps,
    render_doors,
    render_help,
    render_home,
    render_people,
    render_queue,
    render_words,
)

__all__ = [
    "CHIPS",
    "LINK",
    "SLOT",
    "TEXT",
    "WORDS",
    "Block",
    "SlackMessage",
    "describe_modal",
    "edit_modal",
    "escape",
    "fits",
    "live_modal",
    "loading_modal",
    "message_modal",
    "move_modal",
    "regenerate_modal",
    "reject_modal",
    "render_analytics",
    "render_apps",
    "render_card",
    "render_doors",
    "render_help",
    "render_home",
    "render_people",
    "render_queue",
    "render_words",
]
