"""What a card shows is what the row says, in the words of every chat."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from bot.cards import why_not_approvable
from domain.budget import Budget, Purse
from domain.platforms import Platform
from domain.post import State
from domain.publishing import AccountKind
from pipeline.faces import post_view
from storage.cards import PostCard

VIDEO: dict[str, Any] = {
    "digest": "ab" * 32, "content_type": "video/mp4", "width": 1080, "height": 1920, "size": 900, "seconds": 23.6, "rate": 30.0,
    "video_codec": "avc1", "audio_codec": "mp4a", "alt": "One daily approval", "still": "cd" * 32,
}  # fmt: skip


def row(video: dict[str, Any] | None) -> PostCard:
    return PostCard(
        id=UUID(int=1), number=1001, state=State.IN_REVIEW, slot=datetime(2026, 11, 24, 8, tzinfo=UTC), revision_n=1,
        trouble=None, trouble_link=None, permalink=None, direction=None, withdraw_wanted=None, reminded_at=None,
        platform=Platform.TIKTOK, account_kind=AccountKind.MEMBER, account_name="@tide", account_link=None, options={}, scopes=[],
        account_id=UUID(int=2), remote_account="42", posts_a_day=None, slot_times=[],
        web_app="Tidewater", zone="UTC", quorum=1, text="text", pictures=[], video=video, document=None, handed=None,
        settings={"privacy": "SELF_ONLY"},
        drafted_from="templates", length=4, sources=[], warnings=[], objections=[], edited_by=None, approvals=0,
        sent_at=None, said=[], chats=["slack"], parts=[],
    )  # fmt: skip


def test_a_film_shows_its_still_its_length_and_where_it_can_be_watched() -> None:
    view = post_view(row(VIDEO), lambda digest, content_type: f"https://app.example/{content_type}/{digest[:4]}")
    assert (view.film_seconds, view.film_link) == (23.6, "https://app.example/video/mp4/abab")
    assert (view.picture_digest, view.picture_alt) == ("cd" * 32, "One daily approval")
    assert view.settings == {"privacy": "SELF_ONLY"}


def test_without_somebody_who_makes_links_a_film_has_none() -> None:
    view = post_view(row(VIDEO))
    assert (view.film_seconds, view.film_link) == (23.6, None)


def test_a_post_without_a_film_has_no_length_and_no_link() -> None:
    view = post_view(row(None), lambda digest, content_type: "https://app.example/")
    assert (view.film_seconds, view.film_link, view.picture_digest) == (None, None, None)


def purse(limit: str, spent: str) -> Purse:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    return Purse(Platform.X, Budget(Decimal(limit), Decimal(spent)), Budget(None), now)


def test_a_card_says_what_the_post_costs_where_a_budget_pays_it() -> None:
    post = replace(row(None), platform=Platform.X, text="See tidewater.com")
    assert post_view(post, None, purse("20", "1")).cost == "$0.20"
    assert post_view(post).cost is None


def test_a_card_says_before_anybody_approves_that_the_money_is_gone() -> None:
    post = replace(row(None), platform=Platform.X, text="See tidewater.com", warnings=["long"])
    said, other = post_view(post, None, purse("20", "19.90")).warnings
    assert said.startswith("X's budget of $20 for November is used up") and other == "long"
    assert post_view(replace(post, text="Good morning"), None, purse("20", "19.90")).warnings == ("long",)


def test_a_card_says_before_anybody_approves_that_the_account_may_not_comment() -> None:
    settings = {"first_comment": "The guide: https://tidewater.example/"}
    scopes = ["pages_show_list", "pages_read_engagement", "pages_manage_posts"]
    post = replace(row(None), platform=Platform.FACEBOOK, account_name="Tidewater", settings=settings, scopes=scopes)
    [objection] = post_view(post).objections
    assert objection.startswith("Tidewater was connected without the right to comment.")
    assert why_not_approvable(post_view(post), whole=True) is not None
    assert post_view(replace(post, scopes=[*scopes, "pages_manage_engagement"])).objections == ()
    assert post_view(replace(post, settings={})).objections == ()
    assert post_view(replace(post, state=State.PUBLISHED)).objections == ()
