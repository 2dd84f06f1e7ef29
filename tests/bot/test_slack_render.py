"""What Slack is shown is taken by Slack, shows the text whole, and lets nothing in it ping, link or format."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cards import HomeView
from bot.gallery import samples
from bot.slack import render
from bot.slack.blocks import CARD_ROOM, POST_ROOM, pieces, shown_weight
from bot.words import units
from domain.card import DigestView, NoticeView, PostView, Said
from domain.decision import Decision, answers_in
from domain.platforms import Platform
from domain.post import State
from domain.text import visible
from sandbox.slack.blocks import problems_of

NASTY = st.sampled_from(
    [
        "<!channel>",
        "<@U1>",
        "@here",
        "*b*",
        "&amp;",
        "<b>",
        "\u202e",
        "\u200b",
        "\n",
        ":smile:",
        "https://a.b@c.d/",
        "👩‍👧",
    ]
)
TEXTS = st.lists(st.one_of(NASTY, st.text(max_size=40), st.text("x &<", max_size=900)), max_size=9).map("".join)


def walk(part: Any) -> list[dict[str, Any]]:
    """Every object inside blocks."""
    if isinstance(part, list | tuple):
        return [each for inner in part for each in walk(inner)]
    return [part, *walk(list(part.values()))] if isinstance(part, dict) else []


def buttons(message: render.SlackMessage) -> set[str]:
    """The answers a message offers, those of its overflow included."""
    front = {each["action_id"] for each in walk(message.blocks) if each.get("type") == "button"}
    options = {each["value"].split(":")[0] for each in walk(message.blocks) if set(each) == {"text", "value"}}
    return front | options


def quoted(message: render.SlackMessage) -> str:
    """The post's text as the card shows it."""
    quotes = [each for each in walk(message.blocks) if each.get("type") == "rich_text_quote"]
    return "".join(run["text"] for each in quotes for run in each["elements"])


def check(message: render.SlackMessage, room: int = CARD_ROOM) -> None:
    """What holds for every message."""
    json.loads(json.dumps(message.blocks))
    assert problems_of(list(message.blocks), file_ready=lambda _: True) == []
    assert 0 < units(message.text) <= 3_000
    assert "<" not in message.text
    assert ">" not in message.text
    assert shown_weight(message.blocks) <= room
    assert not [
        each for each in walk(message.blocks) if each.get("type") in ("mrkdwn", "user", "broadcast", "usergroup")
    ]
    assert len({block["block_id"] for block in message.blocks}) == len(message.blocks)


@pytest.mark.parametrize("name", samples.CARDS)
def test_slack_takes_every_card(name: str) -> None:
    check(render.render_card(samples.face(samples.CARDS[name]), "F-PICTURE"), POST_ROOM)


@pytest.mark.parametrize("state", State)
def test_a_card_offers_exactly_the_answers_of_its_state(state: State) -> None:
    message = render.render_card(samples.face(replace(samples.YOUTUBE, state=state, can_withdraw=True)))
    assert buttons(message) - {"more"} == {decision.value for decision in answers_in(state)}


@pytest.mark.parametrize(
    "view", [samples.TIKTOK, samples.YOUTUBE, replace(samples.YOUTUBE, platform=Platform.INSTAGRAM)]
)
def test_the_dialog_of_settings_is_one_that_slack_takes(view: PostView) -> None:
    assert not problems_of(render.choose_modal(view, samples.TOKEN)["blocks"], "modal")


def test_a_platform_without_settings_has_no_dialog() -> None:
    modal = render.choose_modal(samples.POST, samples.TOKEN)
    assert "nothing to choose for a post on X" in json.dumps(modal) and "submit" not in modal


def test_a_title_and_tags_of_any_length_leave_a_card_that_slack_takes() -> None:
    settings = {**samples.YOUTUBE.settings, "title": "t" * 100, "tags": ",".join(["tag"] * 125)}
    message = render.render_card(samples.face(replace(samples.YOUTUBE, settings=settings)))
    shown = json.dumps(message.blocks)
    assert not problems_of(list(message.blocks)) and "t" * 100 in shown and settings["tags"] in shown


def test_buttons_carry_the_token_and_nothing_else() -> None:
    message = render.render_card(samples.face(samples.POST))
    values = [each["value"] for each in walk(message.blocks) if each.get("type") == "button"]
    assert set(values) == {samples.TOKEN}
    assert f"move:{samples.TOKEN}" in json.dumps(message.blocks)


def test_dropping_asks_first() -> None:
    message = render.render_card(samples.face(samples.in_state(State.NEEDS_HUMAN)))
    drop = next(each for each in walk(message.blocks) if each.get("action_id") == Decision.DROP)
    assert drop["confirm"]["title"]["text"] == "Drop this post?"
    assert "style" not in next(each for each in walk(message.blocks) if each.get("action_id") == Decision.LIVE)


def test_a_new_revision_has_new_block_ids() -> None:
    first = render.render_card(samples.face(samples.POST)).blocks
    second = render.render_card(samples.face(replace(samples.POST, revision=2))).blocks
    assert not {block["block_id"] for block in first} & {block["block_id"] for block in second}
    assert all(block["block_id"].startswith("r2-") for block in second)


def test_the_picture_is_shown_when_slack_has_it_and_said_to_be_missing_otherwise() -> None:
    there = render.render_card(samples.face(samples.POST), "F1")
    assert {"id": "F1"} in [block.get("slack_file") for block in there.blocks]
    assert "not shown here: picture: “A blue card" in json.dumps(
        render.render_card(samples.face(samples.POST)).blocks, ensure_ascii=False
    )


def test_a_text_too_long_for_one_block_goes_on_in_the_next() -> None:
    view = replace(samples.ORGANISATION, text="word " * 450, picture_digest=None, picture_alt=None, sources=())
    message = render.render_card(samples.face(view))
    assert sum(1 for each in walk(message.blocks) if each.get("type") == "rich_text_quote") == 2
    assert quoted(message) == view.text
    assert "approve" in buttons(message)


def test_a_linkedin_post_of_full_length_is_shown_whole_beside_its_picture_and_can_be_approved() -> None:
    view = replace(samples.ORGANISATION, text="word " * 600, picture_alt="alt " * 270, warnings=("w" * 200,) * 5)
    message = render.render_card(samples.face(view), "F1")
    check(message, POST_ROOM)
    assert quoted(message) == view.text
    assert "approve" in buttons(message)
    assert len(json.dumps(message.blocks)) < 12_000


def test_a_text_too_long_for_the_card_is_not_approvable_and_says_so() -> None:
    view = samples.VARIANTS["too long for the chat"]
    message = render.render_card(samples.face(view))
    check(message, POST_ROOM)
    assert not render.fits(samples.face(view))
    assert "approve" not in buttons(message)
    assert "too long to be shown whole" in json.dumps(message.blocks)
    assert "more characters]" in quoted(message)


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
    message = render.render_card(samples.face(view), "F1")
    check(message, POST_ROOM)
    assert ("approve" in buttons(message)) == (state is State.IN_REVIEW and render.fits(samples.face(view)))
    if render.fits(samples.face(view)):
        assert quoted(message) == visible(text)


@settings(deadline=None)
@given(st.text(), st.integers(1, 50))
def test_pieces_of_a_text_are_the_text(text: str, room: int) -> None:
    parts = pieces(text, max(room, 2))
    assert "".join(parts) == text
    assert all(units(part) <= max(room, 2) for part in parts)


@settings(max_examples=60, deadline=None)
@given(text=TEXTS, many=st.integers(0, 60))
def test_any_digest_and_notice_is_taken(text: str, many: int) -> None:
    lines = tuple(replace(samples.LINES[0], opening=text, account_name=text) for _ in range(many))
    digest: DigestView = replace(
        samples.DIGEST, web_app=text, url=text, lines=lines, dropped=(text,) * many, problem=text or None
    )
    check(render.render_card(samples.face(digest)))
    check(render.render_card(samples.face(NoticeView(text, text, text or None, text or None, asks_description=True))))


@settings(max_examples=40, deadline=None)
@given(text=TEXTS, many=st.integers(0, 60))
def test_any_answer_and_home_is_taken(text: str, many: int) -> None:
    queue = replace(samples.QUEUE, web_app=text, lines=(replace(samples.LINES[0], opening=text),) * many)
    accounts = (replace(samples.ACCOUNTS[0], name=text, state=text, link=text or None),) * many
    people = (replace(samples.PEOPLE[0], name=text),) * many
    home = HomeView(text, text, (queue,) * many, accounts, (NoticeView(text, text),) * many, (), people)
    view = render.render_home(home)
    assert len(view["blocks"]) <= 100
    assert problems_of(view["blocks"], "home") == []
    check(render.render_queue((queue,) * many))
    check(render.render_apps((replace(samples.APPS[0], name=text, url=text, accounts=accounts),)))
    check(render.render_people(people))
    check(render.render_analytics(replace(samples.ANALYTICS, scope=text, rows=samples.ANALYTICS.rows * many)))
    check(render.render_words(text))


def modals(view: PostView) -> list[dict[str, Any]]:
    slots = tuple(samples.SLOT + timedelta(hours=hour) for hour in range(120))
    token = samples.TOKEN
    return [
        render.edit_modal(view, token),
        render.media_modal(view, token),
        render.regenerate_modal(view, token),
        render.reject_modal(view, token),
        render.live_modal(view, token),
        render.move_modal(view, token, slots),
        render.move_modal(view, token, ()),
        render.describe_modal(view.web_app, token),
        render.loading_modal(view.account_name),
        render.message_modal(view.account_name, view.text),
    ]


@settings(max_examples=60, deadline=None)
@given(text=TEXTS)
def test_any_dialog_is_taken(text: str) -> None:
    for view in modals(replace(samples.POST, text=text, account_name=text, web_app=text)):
        assert problems_of(view["blocks"], "modal") == []
        assert 1 <= len(view["title"]["text"]) <= 24
        assert view.get("private_metadata", samples.TOKEN) == samples.TOKEN
        has_input = any(block["type"] == "input" for block in view["blocks"])
        assert has_input == ("submit" in view) == ("callback_id" in view)


def test_editing_starts_from_the_exact_text_and_warns_of_what_hides_in_it() -> None:
    view = render.edit_modal(replace(samples.POST, text="pay\u200bpal"), samples.TOKEN)
    asked = view["blocks"][1]
    assert asked["element"]["initial_value"] == "pay\u200bpal"
    assert "hidden characters" in asked["hint"]["text"]


def test_a_figure_that_is_not_available_is_not_zero() -> None:
    shown = json.dumps(render.render_analytics(samples.ANALYTICS).blocks, ensure_ascii=False)
    assert "0 likes · impressions, comments, shares, clicks, saves: not available" in shown
    assert "18,240 impressions (+21 %)" in shown
