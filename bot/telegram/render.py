"""Everything Telegram is shown, drawn from views: cards, prompts, answers. Pure; knows no client."""

from bot.telegram.html import escape
from bot.telegram.messages import (
    BACK,
    SURE,
    Button,
    Keyboard,
    TelegramMessage,
    confirm_keyboard,
    fits,
    render_card,
)
from bot.telegram.prompts import (
    Asked,
    TelegramPrompt,
    describe_prompt,
    edit_prompt,
    live_prompt,
    media_prompt,
    regenerate_prompt,
    reject_prompt,
    render_choose,
    render_slots,
)
from bot.telegram.replies import (
    COMMANDS,
    render_analytics,
    render_apps,
    render_help,
    render_people,
    render_queue,
    render_words,
)

__all__ = [
    "BACK",
    "COMMANDS",
    "SURE",
    "Asked",
    "Button",
    "Keyboard",
    "TelegramMessage",
    "TelegramPrompt",
    "confirm_keyboard",
    "describe_prompt",
    "edit_prompt",
    "escape",
    "fits",
    "live_prompt",
    "media_prompt",
    "regenerate_prompt",
    "reject_prompt",
    "render_analytics",
    "render_apps",
    "render_card",
    "render_choose",
    "render_help",
    "render_people",
    "render_queue",
    "render_slots",
    "render_words",
]
