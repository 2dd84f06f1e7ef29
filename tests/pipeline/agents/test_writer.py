"""The template writer over the corpus: it fits, it varies, it claims nothing, it obeys or says why not."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.brief import Angle, Brief, briefs
from domain.critique import critique, fatal
from domain.description import describe
from domain.draft import Draft, WriteRequest, seed_of
from domain.page import Fact, FactKind, Page, Source
from domain.platforms import PLATFORMS, Platform
from domain.publishing import AccountKind
from domain.sameness import RATHER_ALIKE, Memory
from domain.text import clean, length
from pipeline.agents.grammar import GRAMMARS, neutral
from pipeline.agents.writer import NothingToSay, TemplateWriter

Corpus = Callable[[str], Page]
DAY = date(2026, 11, 22)
ENGLISH = ["tidewater", "shiplog", "orrery", "gullible", "plain"]
ALL = [*ENGLISH, "kornblume", "fatoura"]


def request(
    page: Page, platform: Platform = Platform.X, index: int = 0, again: int = 0, day: date = DAY
) -> WriteRequest:
    seed = seed_of("app", day, index, platform, "account", again)
    kind = AccountKind.MEMBER if index % 2 else AccountKind.ORGANISATION
    return WriteRequest(page, platform, kind, day, index, seed, page.url)


async def write(page: Page, platform: Platform = Platform.X, direction: str | None = None, index: int = 0) -> Draft:
    return await TemplateWriter().draft(replace(request(page, platform, index), direction=direction))


async def batch(page: Page, platform: Platform, count: int, memory: Memory, day: date = DAY) -> Sequence[Draft]:
    drafts = []
    for index, brief in enumerate(briefs(page, "app", day, count)):
        wanted = replace(request(page, platform, index, day=day), avoid=memory, brief=brief)
        drafts.append(await TemplateWriter().draft(wanted))
        memory.remember(drafts[-1].text)
    return drafts


@pytest.mark.parametrize("platform", list(Platform))
@pytest.mark.parametrize("name", ALL)
async def test_the_critic_finds_nothing_fatal_in_a_batch(name: str, platform: Platform, corpus: Corpus) -> None:
    page = corpus(name)
    for draft in await batch(page, platform, 6, Memory()):
        assert fatal(critique(draft, page, platform, [])) == (), draft.text


async def test_the_same_request_gives_the_same_draft(corpus: Corpus) -> None:
    page = corpus("tidewater")
    assert await write(page) == await write(page)


async def test_another_regeneration_gives_another_text(corpus: Corpus) -> None:
    page = corpus("tidewater")
    drafts = [await TemplateWriter().draft(request(page, again=again)) for again in range(4)]
    assert len({draft.text for draft in drafts}) == 4


@pytest.mark.parametrize(("days", "a_day", "ceiling"), [(5, 36, RATHER_ALIKE), (90, 3, RATHER_ALIKE)])
async def test_weeks_of_posts_do_not_resemble_each_other(days: int, a_day: int, ceiling: float, corpus: Corpus) -> None:
    """A rich page on X, where there is least room to vary: the largest plan for days, the smallest for a season."""
    page, memory = corpus("tidewater"), Memory()
    for day in (DAY + timedelta(days=n) for n in range(days)):
        for index, brief in enumerate(briefs(page, "app", day, a_day)):
            wanted = replace(request(page, Platform.X, index, day=day), avoid=memory, brief=brief)
            draft = await TemplateWriter().draft(wanted)
            assert memory.nearest(draft.text) < ceiling
            memory.remember(draft.text)
    assert len(memory) == days * a_day


async def test_a_week_of_three_posts_a_day_does_not_even_resemble_itself(corpus: Corpus) -> None:
    page, memory = corpus("tidewater"), Memory()
    for day in range(7):
        for draft in await batch(page, Platform.LINKEDIN, 3, fresh := Memory(), DAY + timedelta(days=day)):
            assert memory.nearest(draft.text) < RATHER_ALIKE
            memory.remember(draft.text)
        assert len(fresh) == 3


async def test_a_batch_takes_different_angles(corpus: Corpus) -> None:
    angles = [draft.angle for draft in await batch(corpus("tidewater"), Platform.X, 8, Memory())]
    assert len(set(angles)) >= 5


async def test_sources_are_the_facts_that_stand_in_the_text(corpus: Corpus) -> None:
    for draft in await batch(corpus("tidewater"), Platform.LINKEDIN, 12, Memory()):
        assert draft.sources
        for fact in draft.facts:
            assert fact.text.rstrip(".") in draft.text


async def test_the_link_is_tagged_for_this_post_and_keeps_the_pages_own_query(corpus: Corpus) -> None:
    page = corpus("tidewater")
    wanted = replace(request(page), link="https://tidewater.example/start?plan=solo&utm_source=old#top")
    draft = await TemplateWriter().draft(wanted)
    tags = parse_qs(urlsplit(draft.link).query)
    assert draft.link in draft.text
    assert tags["plan"] == ["solo"]
    assert tags["utm_source"] == ["x"]
    assert tags["utm_medium"] == ["social"]
    assert tags["utm_campaign"] == ["tidewater-2026-11-22"]
    assert len(tags["utm_content"][0]) == 11
    assert tags["utm_content"][0].startswith("am-")


async def test_hashtags_come_from_the_pages_own_words_and_stay_within_what_is_allowed(corpus: Corpus) -> None:
    page = corpus("tidewater")
    words = "".join(page.words().casefold().split())
    for index in range(12):
        draft = await write(page, index=index)
        assert len(draft.hashtags) <= 2
        assert all(tag.lstrip("#").casefold() in words and tag in draft.text for tag in draft.hashtags)


@pytest.mark.parametrize("platform", list(Platform))
async def test_shorter_is_shorter(platform: Platform, corpus: Corpus) -> None:
    page = corpus("tidewater")
    pairs = [(await write(page, platform, None, i), await write(page, platform, "shorter please", i)) for i in range(8)]
    plain, short = (sum(length(platform, pair[which].text) for pair in pairs) for which in (0, 1))
    assert short < plain * 0.85
    assert all(pair[1].notes == () for pair in pairs)


async def test_mention_the_price_brings_a_price_of_the_page(corpus: Corpus) -> None:
    draft = await write(corpus("tidewater"), direction="Please mention the price")
    assert draft.angle is Angle.PRICE
    assert "€" in draft.text


async def test_a_price_that_the_page_does_not_name_is_not_invented(corpus: Corpus) -> None:
    draft = await write(corpus("gullible"), direction="mention the price")
    assert draft.notes == ("The page names no price.",)


async def test_without_the_price_there_is_none(corpus: Corpus) -> None:
    page = corpus("tidewater")
    for index in range(10):
        for text in ("don't mention the price", "no pricing", "without the price"):
            assert "€" not in (await write(page, Platform.LINKEDIN, text, index)).text


async def test_no_hashtags_means_none(corpus: Corpus) -> None:
    page = corpus("orrery")
    for index in range(8):
        draft = await write(page, direction="no hashtags", index=index)
        assert draft.hashtags == ()
        assert "#" not in draft.text


async def test_playful_and_formal_differ(corpus: Corpus) -> None:
    page = corpus("shiplog")
    playful = await write(page, direction="more playful!")
    formal = [await write(page, direction="more formal", index=index) for index in range(6)]
    assert any(sign in playful.text for sign in ("👉", "→", "👀"))
    assert not any(emoji in draft.text for draft in formal for emoji in ("✨", "🔔", "💌", "👍", "📣", "🎉"))


async def test_a_topic_that_the_page_knows_is_taken_up(corpus: Corpus) -> None:
    assert "Waiting list" in (await write(corpus("tidewater"), direction="talk about the waiting list")).text


async def test_what_templates_cannot_do_is_admitted(corpus: Corpus) -> None:
    page = corpus("tidewater")
    assert "could not follow" in (await write(page, direction="translate into Klingon")).notes[0]
    assert "klingon" in (await write(page, direction="shorter and in Klingon")).notes[0]


async def test_another_angle_is_another_angle(corpus: Corpus) -> None:
    page = corpus("tidewater")
    brief = briefs(page, "app", DAY, 1)[0]
    draft = await TemplateWriter().draft(replace(request(page), brief=brief, direction="try a different angle"))
    assert draft.angle is not brief.angle


async def test_a_page_in_another_language_gets_no_english_phrases(corpus: Corpus) -> None:
    page = corpus("fatoura")
    for draft in await batch(page, Platform.LINKEDIN, 6, Memory()):
        rest = draft.text.replace(draft.link, "").replace(page.host, "")
        assert not any("a" <= sign <= "z" for sign in rest), rest


async def test_a_described_web_app_is_written_about() -> None:
    text = "Rowboat is a spreadsheet that emails you when a cell changes. It costs $5 a month. Watch any cell you like."
    page = describe(text, "https://rowboat.example/", datetime(2026, 11, 22, tzinfo=UTC))
    draft = await write(page)
    assert page.name == "Rowboat"
    assert draft.sources[0][1] == "your description"


async def test_a_page_without_facts_asks_for_a_description() -> None:
    page = Page("https://x.example/", "X", "en", (), datetime(2026, 11, 22, tzinfo=UTC))
    with pytest.raises(NothingToSay, match="describe"):
        await write(page)


@pytest.mark.parametrize(("kind", "angle"), [(FactKind.QUESTION, Angle.QUESTION), (FactKind.FEATURE, Angle.FEATURE)])
async def test_where_an_explanation_does_not_fit_no_colon_promises_one(kind: FactKind, angle: Angle) -> None:
    source = Source("https://x.example/", "h2")
    lead = Fact(kind, "What if nobody answers?", source, "The team is reminded, and then the post expires. " * 8)
    page = Page("https://x.example/", "Tide", "en", (lead,), datetime(2026, 11, 22, tzinfo=UTC))
    for again in range(40):
        wanted = replace(request(page, again=again), brief=Brief(angle, (lead,)))
        text = (await TemplateWriter().draft(wanted)).text
        assert not [one for one in text.split("\n\n") if one.endswith(":")], text


def test_no_phrase_of_ours_claims_anything() -> None:
    """Every template, with nothing but a name in it, must pass the critic's eyes for numbers and claims."""
    page = Page(
        "https://x.example/",
        "Name",
        "en",
        (Fact(FactKind.NAME, "Name", Source("", "")),),
        datetime(2026, 11, 22, tzinfo=UTC),
    )
    slots = {key: "" for key in ("lead", "bare", "detail", "by", "list", "s", "link", "call")} | {
        "name": "Name",
        "host": "x.example",
    }
    for grammar in (*GRAMMARS.values(), neutral.GRAMMAR):
        tables = [
            *grammar.short.values(),
            *grammar.long.values(),
            grammar.supports,
            grammar.list_heads,
            grammar.more,
            grammar.questions,
        ]
        tables += [
            grammar.with_call,
            grammar.playful,
            grammar.pointers,
            grammar.member_openings,
            grammar.organisation_openings,
        ]
        for template in (template for table in tables for template in table):
            draft = Draft(f"{template.format(**slots)} .", (), "", "", Angle.PROMISE, (), None)
            assert fatal(critique(draft, page, Platform.X, [])) == (), template


_words = st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=240)


@settings(max_examples=120, deadline=None)
@given(
    _words,
    _words,
    _words,
    st.sampled_from(list(Platform)),
    st.sampled_from(list(FactKind)),
    st.sampled_from([None, "longer", "playful"]),
)
def test_whatever_the_page_says_the_post_fits_its_platform(
    name: str, text: str, detail: str, platform: Platform, kind: FactKind, direction: str | None
) -> None:
    source = Source("https://x.example/", "h1")
    facts = [
        Fact(each, clean(said) or "x", source, clean(detail))
        for each, said in ((FactKind.NAME, name), (kind, text), (FactKind.FEATURE, detail))
    ]
    page = Page("https://x.example/", "x", "en", tuple(facts), datetime(2026, 11, 22, tzinfo=UTC))
    draft = asyncio.run(write(page, platform, direction))
    assert length(platform, draft.text) <= PLATFORMS[platform].limits.text
    assert (draft.link if PLATFORMS[platform].links_work else "x.example") in draft.text
    assert platform is not Platform.YOUTUBE or not set("<>") & set(draft.text)
