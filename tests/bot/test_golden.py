"""Every card, dialog and answer of the gallery looks as it did when somebody last looked."""

import json
from collections.abc import Callable

import pytest

from bot.gallery import samples
from bot.slack import render as slack
from bot.telegram import render as telegram
from domain.card import DigestView, NoticeView, PostView, Surface
from domain.post import State

Golden = Callable[[str, str], None]
View = PostView | DigestView | NoticeView

MODALS = {
    "edit": slack.edit_modal(samples.POST, samples.TOKEN),
    "settings of TikTok": slack.choose_modal(samples.TIKTOK, samples.TOKEN),
    "settings of YouTube": slack.choose_modal(samples.YOUTUBE, samples.TOKEN),
    "settings of Facebook": slack.choose_modal(samples.FACEBOOK, samples.TOKEN),
    "own media for X": slack.media_modal(samples.POST, samples.TOKEN),
    "own media for YouTube": slack.media_modal(samples.YOUTUBE, samples.TOKEN),
    "regenerate": slack.regenerate_modal(samples.POST, samples.TOKEN),
    "reject": slack.reject_modal(samples.POST, samples.TOKEN),
    "live": slack.live_modal(samples.POST, samples.TOKEN),
    "move": slack.move_modal(samples.POST, samples.TOKEN, samples.SLOTS),
    "describe": slack.describe_modal("Amarktai", samples.TOKEN),
    "loading": slack.loading_modal("Edit the post"),
    "home": slack.render_home(samples.HOME),
}
ASKED = telegram.Asked(4711, "Ben Osei")
PROMPTS = {
    "edit": telegram.edit_prompt(samples.POST, ASKED),
    "regenerate": telegram.regenerate_prompt(samples.POST, ASKED),
    "reject": telegram.reject_prompt(samples.POST, ASKED),
    "live": telegram.live_prompt(samples.POST, ASKED),
    "own media": telegram.media_prompt(samples.POST, ASKED),
    "own media for YouTube": telegram.media_prompt(samples.YOUTUBE, ASKED),
    "describe": telegram.describe_prompt("Amarktai", ASKED),
}
SLACK_ANSWERS = {
    "words": slack.render_words("Ben Osei was first."),
    "help": slack.render_help(samples.HELP),
    "queue": slack.render_queue((samples.QUEUE,)),
    "apps": slack.render_apps(samples.APPS),
    "people": slack.render_people(samples.PEOPLE),
    "analytics": slack.render_analytics(samples.ANALYTICS, "F-CHART"),
}
TELEGRAM_ANSWERS = {
    "words": telegram.render_words("Ben Osei was first."),
    "help": telegram.render_help(samples.HELP),
    "queue": telegram.render_queue((samples.QUEUE,)),
    "apps": telegram.render_apps(samples.APPS),
    "people": telegram.render_people(samples.PEOPLE),
    "analytics": telegram.render_analytics(samples.ANALYTICS),
    "settings": telegram.render_choose(samples.TIKTOK, "https://app.amarktai.com/settings?code=k3Zq8VbT"),
    "settings on this machine": telegram.render_choose(samples.TIKTOK, "http://127.0.0.1:8000/settings?code=k3Zq8VbT"),
    "slots": telegram.render_slots(samples.POST, samples.TOKEN, samples.SLOTS),
}


def as_json(message: slack.SlackMessage) -> str:
    return json.dumps({"text": message.text, "blocks": message.blocks}, indent=1, ensure_ascii=False) + "\n"


def as_text(message: telegram.TelegramMessage) -> str:
    rows = ["".join(f"[ {key.text} | {key.data or key.url} ]" for key in row) for row in message.keyboard]
    photo = [f"(photo) {message.photo_caption}", ""] if message.photo_caption is not None else []
    return "\n".join([*photo, message.text, *rows]) + "\n"


def test_there_is_a_card_for_every_state() -> None:
    assert {view.state for view in samples.CARDS.values() if isinstance(view, PostView)} == set(State)


@pytest.mark.parametrize("name", samples.CARDS)
def test_a_slack_card_looks_as_it_did(name: str, golden: Golden) -> None:
    view = samples.CARDS[name]
    pictured = isinstance(view, PostView) and view.picture_digest is not None
    golden(f"slack/{name}.json", as_json(slack.render_card(samples.face(view), "F-PICTURE" if pictured else None)))


@pytest.mark.parametrize("name", samples.CARDS)
def test_a_telegram_card_looks_as_it_did(name: str, golden: Golden) -> None:
    golden(f"telegram/{name}.txt", as_text(telegram.render_card(samples.face(samples.CARDS[name], Surface.TELEGRAM))))


@pytest.mark.parametrize("name", MODALS)
def test_a_slack_view_looks_as_it_did(name: str, golden: Golden) -> None:
    golden(f"slack/view {name}.json", json.dumps(MODALS[name], indent=1, ensure_ascii=False) + "\n")


@pytest.mark.parametrize("name", PROMPTS)
def test_a_telegram_prompt_looks_as_it_did(name: str, golden: Golden) -> None:
    golden(f"telegram/prompt {name}.txt", f"{PROMPTS[name].text}\n({PROMPTS[name].placeholder})\n")


@pytest.mark.parametrize("name", SLACK_ANSWERS)
def test_a_slack_answer_looks_as_it_did(name: str, golden: Golden) -> None:
    golden(f"slack/answer {name}.json", as_json(SLACK_ANSWERS[name]))


@pytest.mark.parametrize("name", TELEGRAM_ANSWERS)
def test_a_telegram_answer_looks_as_it_did(name: str, golden: Golden) -> None:
    golden(f"telegram/answer {name}.txt", as_text(TELEGRAM_ANSWERS[name]))
