"""What a card says and offers, whatever the chat."""

import itertools
from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import cards, words
from bot.gallery import samples
from bot.slack import render as slack
from bot.telegram import render as telegram
from domain.card import Face, Place, Surface
from domain.decision import Decision, Outcome, Verdict, answers_in
from domain.platforms import Platform
from domain.post import State
from domain.settings import choices_of


@pytest.mark.parametrize("state", State)
def test_every_state_has_a_status(state: State) -> None:
    assert cards.MARKS[state]
    assert len(cards.status(samples.in_state(state))) > 10
    assert len(cards.status(replace(samples.POST, state=state))) > 5


def test_the_status_names_who_approved_and_when_in_the_web_apps_zone() -> None:
    said = cards.status(samples.in_state(State.APPROVED))
    assert said == "Approved by Ben Osei · 09:14 · goes out Tue 24 Nov, 09:30 (Europe/Berlin)"


def test_a_deadline_is_nobodys_denial() -> None:
    assert cards.status(samples.in_state(State.EXPIRED)) == "system: deadline – nobody decided before the slot"


def test_a_rejection_shows_its_reason() -> None:
    assert cards.status(samples.in_state(State.REJECTED)) == (
        "Rejected by Ben Osei · 09:02: “Off brand: we never say “hustle””"
    )


def test_at_most_four_buttons_stand_in_front_and_all_answers_are_offered() -> None:
    for state in State:
        for post in (samples.TIKTOK, samples.YOUTUBE):
            offered = cards.offer(replace(post, settings=samples.CHOSEN, state=state, can_withdraw=True), whole=True)
            assert len(offered.front) <= 4
            withheld = {Decision.APPROVE} if post is samples.YOUTUBE else set()
            assert {*offered.front, *offered.overflow} == set(answers_in(state)) - withheld


def test_settings_are_offered_where_the_platform_has_any() -> None:
    for state in State:
        offered = cards.offer(replace(samples.POST, state=state, can_withdraw=True), whole=True)
        assert {*offered.front, *offered.overflow} == set(answers_in(state)) - {Decision.CHOOSE}


def test_settings_that_are_missing_take_the_place_of_approve_and_the_card_names_them() -> None:
    assert cards.offer(samples.TIKTOK, whole=True).front == (
        Decision.CHOOSE,
        Decision.EDIT,
        Decision.REGENERATE,
        Decision.REJECT,
    )
    why = cards.why_not_approvable(samples.TIKTOK, whole=True) or ""
    assert "Press Settings" in why
    said = cards.settings_words(samples.TIKTOK) or ""
    for name in ("Who may see it", "What it promotes", "Music Usage Confirmation"):
        assert f"{name}: not chosen yet" in said


def test_settings_that_are_chosen_stand_behind_the_other_buttons() -> None:
    offered = cards.offer(replace(samples.TIKTOK, settings=samples.CHOSEN), whole=True)
    assert Decision.APPROVE in offered.front and offered.overflow == (Decision.CHOOSE, Decision.MEDIA, Decision.MOVE)


def test_what_the_platform_would_refuse_may_lie_in_the_settings() -> None:
    why = cards.why_not_approvable(
        replace(samples.YOUTUBE, objections=("YouTube takes no < and > in the title.",)), whole=True
    )
    assert why == "YouTube would refuse this. Edit it or its settings before it can be approved."


def test_a_card_says_how_long_a_film_is() -> None:
    assert cards.film_words(samples.TIKTOK) == "🎬 Film of 0:24"
    assert cards.film_words(replace(samples.TIKTOK, film_seconds=725.4)) == "🎬 Film of 12:05"
    assert cards.film_words(samples.POST) is None


def test_hidden_letters_of_a_title_are_spelled_out() -> None:
    tricky = replace(samples.YOUTUBE, settings={"title": "p\u0430ypal \u202egnp"})
    said = cards.settings_words(tricky) or ""
    assert "U+0430" in said and "U+202E" in said


def test_a_post_the_platform_would_refuse_offers_everything_but_approve() -> None:
    offered = cards.offer(replace(samples.POST, objections=("too long",)), whole=True)
    assert Decision.APPROVE not in offered.front
    assert Decision.EDIT in offered.front


def test_a_text_that_is_not_shown_whole_cannot_be_approved_and_the_card_says_why() -> None:
    assert Decision.APPROVE not in cards.offer(samples.POST, whole=False).front
    assert "too long to be shown whole" in (cards.why_not_approvable(samples.POST, whole=False) or "")


def test_a_published_post_offers_withdraw_only_where_the_platform_allows_it() -> None:
    post = replace(samples.POST, state=State.PUBLISHED)
    assert cards.offer(post, whole=True).overflow == ()
    assert cards.offer(replace(post, can_withdraw=True), whole=True).overflow == (Decision.WITHDRAW,)


def test_what_cannot_be_taken_back_is_confirmed() -> None:
    asked = {decision for decision, label in cards.LABELS.items() if label.confirm}
    assert asked == {Decision.DROP, Decision.AGAIN, Decision.WITHDRAW}


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_has_a_sentence_for_every_decision_and_state(outcome: Outcome) -> None:
    for decision, state in itertools.product((None, *Decision), (None, *State)):
        said = cards.say(Verdict(outcome, 1042, state, 3, decision, "Ana", "2026-11-24T08:14:00Z", decision), "Ben")
        assert 10 < words.units(said) <= 200
        assert said[0].isupper() or said[0] == "#"
        assert "{" not in said
        assert cards.say(Verdict(outcome, state=state, decision=decision), "Ben")


def test_the_loser_is_told_who_was_first_and_when() -> None:
    verdict = Verdict(
        Outcome.ALREADY_DECIDED,
        number=1042,
        first_by="Ben Osei",
        first_at="2026-11-24T08:14:00+00:00",
        first_decision=Decision.APPROVE,
    )
    assert cards.say(verdict, "Ana Ruiz", "Europe/Berlin") == (
        "Ben Osei was first and approved #1042 at 09:14 Europe/Berlin. Nothing changed."
    )
    assert cards.say(verdict, "Ben Osei").startswith("You already approved #1042 at 08:14 UTC")
    assert cards.say(replace(verdict, first_by="system"), "Ana Ruiz").startswith("Too late: the deadline of #1042")


def test_a_verdict_stays_short_whatever_people_are_called() -> None:
    verdict = Verdict(Outcome.ALREADY_DECIDED, 1042, first_by="😀" * 500, first_at="2026-11-24T08:14:00Z")
    assert words.units(cards.say(verdict, "Ana", "America/Argentina/ComodRivadavia")) <= 200


def test_what_is_wrong_with_an_edited_text_is_said_in_full() -> None:
    objection = "LinkedIn counts 103500 of 3000 characters (some signs count twice). Shorten the text by 100500."
    verdict = Verdict(Outcome.APPLIED, 10_421, State.IN_REVIEW, 13, Decision.EDIT, objection=objection)
    assert objection in cards.say(verdict, "Ben") and cards.say(verdict, "Ben").endswith("Edit it again.")


def test_what_is_wrong_with_chosen_settings_is_said_without_speaking_of_a_text() -> None:
    verdict = Verdict(
        Outcome.APPLIED, 1042, State.IN_REVIEW, 2, Decision.CHOOSE, objection="TikTok takes films up to 600 seconds."
    )
    assert cards.say(verdict, "Ben") == (
        "Your settings are revision 2 of #1042, but it cannot be approved: TikTok takes films up to 600 seconds."
    )


def test_an_old_button_names_the_revision_that_is_here() -> None:
    assert "revision 3 is here" in cards.say(Verdict(Outcome.STALE_REVISION, 1042, revision=3), "Ben")


def test_links_are_shown_with_the_host_they_really_lead_to() -> None:
    text = "https://amarktai.com@evil.example/a, www.example.com http://p\u0430ypal.com/ and https://[broken"
    assert words.hosts(text) == ("evil.example", "www.example.com", "xn--pypal-4ve.com", "a link nobody can read")


@pytest.mark.parametrize(
    "link",
    ["javascript:alert(1)", "https://", "https://a b", 'https://a.com/"x', "tg://user?id=1", "https://p\u0430y.com"],
)
def test_only_plain_web_addresses_become_links(link: str) -> None:
    assert words.safe_link(link) is None


def test_a_button_never_leads_to_this_machine() -> None:
    assert not words.is_public("http://127.0.0.1:8000/x")
    assert not words.is_public("http://localhost/x")
    assert not words.is_public("http://[::1]/x")
    assert words.is_public("https://app.amarktai.com/x")


def test_times_name_the_day_only_when_it_is_another() -> None:
    at = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
    assert words.clock(at, "Europe/Berlin") == "Wed 25 Nov, 00:30"
    assert words.clock(at, "Europe/Berlin", at) == "00:30"
    assert words.long_day(date(2026, 11, 24)) == "Tuesday 24 Nov 2026"


@settings(deadline=None)
@given(st.text(), st.integers(0, 30))
def test_clipping_keeps_to_the_room_and_never_cuts_a_grapheme(text: str, room: int) -> None:
    short = words.clip(text, room)
    assert words.units(short) <= room
    assert short == text or text.startswith(short.removesuffix("…"))


def test_a_family_is_not_cut_in_half() -> None:
    family = "👨‍👩‍👧‍👦"
    assert words.clip(f"ab{family}cd", 6) == "ab…"


def test_a_reply_may_be_the_number_of_a_chip() -> None:
    assert cards.chip_or_words(cards.REGENERATE_CHIPS, " 2 ") == "More playful"
    assert cards.chip_or_words(cards.REGENERATE_CHIPS, "9") == "9"
    assert cards.chip_or_words(cards.REGENERATE_CHIPS, "speak to designers") == "speak to designers"


def test_what_becomes_of_handed_files_stands_before_every_remark() -> None:
    view = replace(samples.POST, handed="Bob handed over a file, which is being prepared.", objections=("Too long.",))
    assert cards.warnings(view)[0].startswith("📎 Bob handed over a file")


def test_a_card_leads_to_every_picture_and_page_that_it_does_not_show() -> None:
    addresses = tuple(f"https://app.example/media/{n}.jpg" for n in range(3))
    view = replace(samples.POST, shows="3 pictures", show_links=addresses)
    assert cards.shown_links(view) == ("🗂 3 pictures", tuple((str(n), one) for n, one in enumerate(addresses, 1)))
    face = Face(UUID(int=1), UUID(int=2), Place(Surface.SLACK, "T1", "C1"), samples.TOKEN, view)
    assert all(one in str(slack.render_card(face, "F1").blocks) for one in addresses)
    assert all(one in telegram.render_card(face).text for one in addresses)
    assert cards.shown_links(samples.POST) is None


def test_a_card_shows_all_of_a_first_comment_even_beside_everything_else_that_may_be_chosen() -> None:
    full = {one.setting.value: "w " * (one.longest // 2) for one in choices_of(Platform.YOUTUBE) if not one.options}
    shown = cards.settings_words(replace(samples.YOUTUBE, settings=full))
    assert shown is not None
    assert ("First comment: " + full["first_comment"].strip()) in shown and not shown.endswith("…")


@pytest.mark.parametrize(
    ("drafted_from", "said"),
    [("edit", "edited by Ana"), ("settings", "settings chosen by Ana"), ("media", "media by Ana")],
)
def test_the_small_print_says_how_a_person_made_the_revision(drafted_from: str, said: str) -> None:
    assert cards.facts(replace(samples.POST, drafted_from=drafted_from, edited_by="Ana"))[-1] == said
