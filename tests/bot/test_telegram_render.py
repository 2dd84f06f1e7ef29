"""What Telegram is shown is taken by Telegram, shows the text whole, and brings nothing in it to life."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.gallery import samples
from bot.telegram import render
from bot.words import units
from domain.card import DigestView, NoticeView, PostView, Said, Surface
from domain.decision import Decision, answers_in
from domain.post import State
from domain.text import visible
from sandbox.telegram.entities import detected, parse_html, slice_units
from sandbox.telegram.keyboards import check as check_keyboard

NASTY = st.sampled_from(
    [
        "<!channel>",
        "@here ",
        " @durov",
        "/start ",
        "#tag ",
        "&lt;",
        "<b>",
        "</pre>",
        "\u202e",
        "\n",
        "https://a.b@c.d/",
        "👩‍👧",
    ]
)
TEXTS = st.lists(st.one_of(NASTY, st.text(max_size=40), st.text("x &<", max_size=900)), max_size=9).map("".join)
ASKED = render.Asked(4711, "Ben @osei <b>")


def face(view: PostView | DigestView | NoticeView) -> Any:
    return samples.face(view, Surface.TELEGRAM)


def data(message: render.TelegramMessage) -> list[str]:
    return [key.data for row in message.keyboard for key in row if key.data]


def check(markup: str, room: int = 4_096) -> tuple[str, list[dict[str, Any]]]:
    """The message as Telegram reads it: within its limits, and nothing live in it that we did not put there."""
    text, entities = parse_html(markup)
    assert 1 <= units(text) <= room
    assert len(entities) <= 100
    live = [each for each in detected(text, entities) if each["type"] in ("mention", "bot_command", "hashtag", "email")]
    assert live == []
    assert all(
        each["url"].startswith(("https://", "http://", "tg://user?id=4711")) for each in entities if "url" in each
    )
    return text, entities


def check_message(message: render.TelegramMessage) -> None:
    check(message.text)
    if message.photo_caption is not None:
        check(message.photo_caption, 1_024)
    rows = [
        [{"text": key.text} | ({"url": key.url} if key.url else {"callback_data": key.data}) for key in row]
        for row in message.keyboard
    ]
    check_keyboard({"inline_keyboard": rows})
    assert all(len(value.encode()) <= 64 for value in data(message))


def shown(message: render.TelegramMessage) -> str:
    """The post's text as the card shows it."""
    text, entities = parse_html(message.text)
    return "".join(slice_units(text, each["offset"], each["length"]) for each in entities if each["type"] == "pre")


@pytest.mark.parametrize("name", samples.CARDS)
def test_telegram_takes_every_card(name: str) -> None:
    check_message(render.render_card(face(samples.CARDS[name])))


@pytest.mark.parametrize("state", State)
def test_a_card_offers_exactly_the_answers_of_its_state(state: State) -> None:
    message = render.render_card(face(replace(samples.YOUTUBE, state=state, can_withdraw=True)))
    assert sorted(data(message)) == sorted(f"{decision.value}:{samples.TOKEN}" for decision in answers_in(state))


def test_a_card_is_one_text_message_and_its_picture_goes_ahead() -> None:
    message = render.render_card(face(samples.ORGANISATION))
    assert shown(message) == samples.LONG
    assert message.photo_caption is not None
    assert "A blue card that says" in message.text
    assert render.render_card(face(replace(samples.POST, picture_digest=None))).photo_caption is None


def test_a_text_too_long_for_a_message_is_not_approvable_and_says_so() -> None:
    view = samples.VARIANTS["too long for the chat"]
    message = render.render_card(face(view))
    check_message(message)
    assert not render.fits(face(view))
    assert f"approve:{samples.TOKEN}" not in data(message)
    assert "too long to be shown whole" in message.text
    assert "more characters]" in shown(message)


def test_a_text_that_only_slack_shows_whole_is_said_to_be_approvable_there() -> None:
    view = samples.VARIANTS["whole in Slack only"]
    assert "Approve it in Slack" in render.render_card(face(view)).text
    assert "Approve it in Slack" not in render.render_card(face(replace(view, chats=()))).text
    assert "Approve it in Slack" not in render.render_card(face(replace(view, text=view.text * 3))).text


def test_a_linkedin_post_of_full_length_can_be_approved() -> None:
    view = replace(samples.ORGANISATION, text="word " * 600, picture_digest=None)
    assert f"approve:{samples.TOKEN}" in data(render.render_card(face(view)))


def test_what_cannot_be_taken_back_is_asked_twice() -> None:
    (row,) = render.confirm_keyboard(Decision.DROP, samples.TOKEN)
    assert [key.data for key in row] == [f"sure:drop:{samples.TOKEN}", f"back:{samples.TOKEN}"]
    assert render.confirm_keyboard(Decision.APPROVE, samples.TOKEN) == ()
    assert all(
        len(key.data.encode()) <= 64
        for decision in Decision
        for row in render.confirm_keyboard(decision, samples.TOKEN)
        for key in row
        if key.data
    )


@settings(max_examples=150, deadline=None)
@given(text=TEXTS, small=TEXTS, state=st.sampled_from(State), many=st.integers(0, 8))
def test_any_text_is_shown_whole_and_inert_or_cannot_be_approved(
    text: str, small: str, state: State, many: int
) -> None:
    view = replace(
        samples.POST,
        state=state,
        text=text,
        account_name=small,
        picture_alt=small,
        warnings=(small,) * many,
        trouble=small or None,
        direction=small or None,
        permalink=small or None,
        account_link=small or None,
        edited_by=small,
        drafted_from=small,
        sources=((small, small),) * many,
        said=(Said(small, Decision.REJECT, samples.NINE, small), Said(small, Decision.APPROVE, samples.NINE)),
    )
    message = render.render_card(face(view))
    check_message(message)
    approvable = f"approve:{samples.TOKEN}" in data(message)
    assert approvable == (state is State.IN_REVIEW and render.fits(face(view)))
    if render.fits(face(view)):
        assert shown(message) == visible(text)


@settings(max_examples=60, deadline=None)
@given(text=TEXTS, many=st.integers(0, 60))
def test_any_digest_and_notice_is_taken(text: str, many: int) -> None:
    lines = tuple(replace(samples.LINES[0], opening=text, account_name=text) for _ in range(many))
    digest = replace(samples.DIGEST, web_app=text, url=text, lines=lines, dropped=(text,) * many, problem=text or None)
    check_message(render.render_card(face(digest)))
    check_message(render.render_card(face(NoticeView(text, text, text or None, text or None, asks_description=True))))


@settings(max_examples=40, deadline=None)
@given(text=TEXTS, many=st.integers(0, 60))
@example(text="\U0003d000/start \U0003d000#tag", many=1)  # a letter of Unicode 18, which older libraries do not know
def test_any_answer_is_taken(text: str, many: int) -> None:
    queue = replace(samples.QUEUE, web_app=text, lines=(replace(samples.LINES[0], opening=text),) * many)
    accounts = (replace(samples.ACCOUNTS[0], name=text, state=text, link=text or None),) * many
    check_message(render.render_queue((queue,) * many))
    check_message(render.render_apps((replace(samples.APPS[0], name=text, url=text, accounts=accounts),)))
    check_message(render.render_people((replace(samples.PEOPLE[0], name=text),) * many))
    rows = samples.ANALYTICS.rows * many
    check_message(render.render_analytics(replace(samples.ANALYTICS, scope=text, rows=rows, chart_alt=text)))
    check_message(render.render_words(text))


@settings(max_examples=60, deadline=None)
@given(text=TEXTS)
def test_any_prompt_is_taken_and_names_only_the_person_asked(text: str) -> None:
    view = replace(samples.POST, text=text, account_name=text)
    for prompt in (
        render.edit_prompt(view, ASKED),
        render.regenerate_prompt(view, ASKED),
        render.reject_prompt(view, ASKED),
        render.live_prompt(view, ASKED),
        render.media_prompt(view, ASKED),
        render.describe_prompt(text, ASKED),
    ):
        _, entities = check(prompt.text)
        assert [each["url"] for each in entities if "url" in each] == ["tg://user?id=4711"]
        assert 1 <= units(prompt.placeholder) <= 64


def test_slots_fit_into_buttons() -> None:
    message = render.render_slots(samples.POST, samples.TOKEN, samples.SLOTS)
    check_message(message)
    assert data(message)[0] == f"move:{samples.TOKEN}:{int(samples.SLOTS[0].timestamp())}"
    check_message(render.render_slots(samples.POST, samples.TOKEN, ()))


def test_help_keeps_its_commands_live() -> None:
    text, entities = parse_html(render.render_help(samples.HELP).text)
    found = [slice_units(text, each["offset"], each["length"]) for each in detected(text, entities)]
    assert {name for name, _ in render.COMMANDS} <= set(found)


def test_a_link_to_this_machine_stands_as_text_because_telegram_refuses_it() -> None:
    notice = replace(
        samples.RECONNECT, reconnects=None, link_label="Reconnect", link="http://127.0.0.1:8040/connect/x/9f2c"
    )
    message = render.render_card(face(notice))
    assert message.keyboard == ()
    assert "<code>http://127.0.0.1:8040/connect/x/9f2c</code>" in message.text
