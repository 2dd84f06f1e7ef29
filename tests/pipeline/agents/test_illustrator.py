"""Pictures: one process for a batch, readable in any colour, safe with any text and any share image."""

import io
from dataclasses import replace
from xml.parsers.expat import ParserCreate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from domain.draft import PictureSpec
from pipeline.agents import cell, palette
from pipeline.agents.card import card_svg
from pipeline.agents.chart import Chart, Figure, Series, render_chart, short_number
from pipeline.agents.fonts import drawable, plain, width, wrapped
from pipeline.agents.illustrator import DrawingFailed, draw_chart, illustrate
from pipeline.agents.render import Unfit, shared

SPEC = PictureSpec(
    name="Tidewater",
    headline="Your reception desk, open all night",
    supporting="Clients book themselves in while you sleep.",
    host="tidewater.example",
    colours=("#0f766e", "#f59e0b"),
    seed="app/2026-11-22/0/x/account/0",
    label="Feature",
)
CHART = Chart((Series("X", (120, None, 300)), Series("LinkedIn", (5, 60, 90))), ("Mon", "Tue", "Wed"), "Impressions")
SHARED = replace(SPEC, share_image="https://tidewater.example/og.png")


def well_formed(svg: str) -> None:
    ParserCreate().Parse(svg, True)


def picture(width: int, height: int, kind: str = "PNG", mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    Image.new(mode, (width, height), 200 if mode == "L" else None).save(out, kind)
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


async def test_a_batch_is_drawn_in_order_with_the_size_that_was_promised() -> None:
    drawn = await illustrate([SPEC, replace(SPEC, points=("One", "Two", "Three")), replace(SPEC, quote=True)])
    assert [(one.width, one.height, one.content_type) for one in drawn] == [(1200, 675, "image/png")] * 3
    assert all(opened(one.data).size == (1200, 675) for one in drawn)
    assert len({one.data for one in drawn}) == 3


async def test_the_same_order_gives_the_same_bytes() -> None:
    assert (await illustrate([SPEC]))[0].data == (await illustrate([SPEC]))[0].data


async def test_nothing_to_draw_starts_nothing() -> None:
    assert await illustrate([]) == []


async def test_words_really_reach_the_picture() -> None:
    with_words, without = await illustrate([SPEC, replace(SPEC, supporting="")])
    assert with_words.data != without.data


async def test_the_pages_own_picture_is_used_when_it_is_fit() -> None:
    async def fetch(url: str) -> bytes:
        return picture(1600, 840, "JPEG")

    (drawn,) = await illustrate([SHARED], fetch=fetch)
    assert (drawn.shared, drawn.width, drawn.height, drawn.content_type) == (True, 1200, 630, "image/png")
    assert opened(drawn.data).format == "PNG"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (picture(200, 100), "only 200 × 100"),
        (picture(700, 700), "shape"),
        (b"\x89PNG not really", "broken"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "broken"),
        (picture(20_000, 10_000, "GIF", "L"), "broken"),
    ],
)
async def test_an_unfit_share_picture_gives_our_card_and_says_why(data: bytes, why: str) -> None:
    async def fetch(url: str) -> bytes:
        return data

    (drawn,) = await illustrate([SHARED], fetch=fetch)
    assert (drawn.shared, drawn.width) == (False, 1200)
    assert drawn.note is not None
    assert why in drawn.note


async def test_a_share_picture_that_cannot_be_had_gives_our_card() -> None:
    async def fetch(url: str) -> None:
        return None

    (drawn,) = await illustrate([SHARED], fetch=fetch)
    assert (drawn.shared, drawn.note) == (False, None)


def test_metadata_and_transparency_do_not_survive() -> None:
    data, _, _ = shared(picture(1200, 630, mode="RGBA"))
    assert opened(data).mode == "RGB"
    with pytest.raises(Unfit):
        shared(b"")


async def test_a_drawing_process_that_fails_is_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = replace(SPEC, colours=("#nothex",))
    with pytest.raises(DrawingFailed, match="could not be drawn"):
        await illustrate([broken])


@pytest.mark.parametrize("seed", [f"seed {n}" for n in range(9)])
@pytest.mark.parametrize("change", [{}, {"quote": True}, {"points": ("One & two", "<b>", "Three")}, {"headline": ""}])
def test_every_layout_is_well_formed(seed: str, change: dict[str, object]) -> None:
    well_formed(card_svg(replace(SPEC, seed=seed, **change)))  # type: ignore[arg-type]


_texts = st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc")), max_size=160)


@settings(max_examples=40, deadline=None)
@given(_texts, _texts, _texts, st.booleans())
def test_no_text_breaks_a_card(name: str, headline: str, supporting: str, quote: bool) -> None:
    spec = replace(SPEC, name=name, headline=headline, supporting=supporting, quote=quote, label=name[:20])
    well_formed(card_svg(spec))


def test_markup_in_a_text_stays_text() -> None:
    svg = card_svg(replace(SPEC, headline='</text><image href="http://evil.example/"/>', supporting=""))
    assert "<image" not in svg


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("Ship 🚀 faster ✔️ 1️⃣ with 🧑‍🚀 us", "Ship faster with us"),
        ("Loved ❤️ in 🇩🇪 and 🏴󠁧󠁢󠁥󠁮󠁧󠁿, 🫠 ☕", "Loved in and ,"),
        ("➜ Plan ➤ post ➔ publish", "Plan post publish"),
        ("★ 4.8 → 5 ✓", "★ 4.8 → 5 ✓"),
        ("日本語 ➜ ok", ""),
    ],
)
def test_emoji_and_ornaments_cost_a_headline_nothing_but_themselves(text: str, drawn: str) -> None:
    assert plain(text) == drawn


def test_scripts_that_our_fonts_lack_are_left_out_instead_of_boxes() -> None:
    assert drawable("Grüße, Ελλάδα, Привет – 19 €")
    assert not drawable("فاتورة")
    assert not drawable("日本語")
    svg = card_svg(replace(SPEC, name="فاتورة", headline="فواتيرك جاهزة", supporting="", label="", rtl=True))
    assert "فاتورة" not in svg
    assert "tidewater.example" in svg


@settings(max_examples=80)
@given(st.lists(st.from_regex(r"#[0-9a-f]{6}", fullmatch=True), max_size=3))
def test_words_can_be_read_on_any_pages_colours(colours: list[str]) -> None:
    for chosen in (palette.dark(colours), palette.light(colours)):
        for ground in (chosen.ground, chosen.ground_end):
            assert palette.contrast(chosen.text, ground) >= 7
            assert palette.contrast(chosen.muted, ground) >= 4.5
        assert palette.contrast(chosen.on_accent, chosen.accent) >= 4


@settings(max_examples=50, deadline=None)
@given(st.text(alphabet="abc deWm", max_size=120))
def test_wrapped_lines_fit_and_lose_nothing(text: str) -> None:
    lines = wrapped(text, 60, 800, 300)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(width(line, 60, 800) <= 300 or len(line) < 2 for line in lines)


async def test_a_chart_is_drawn_as_a_picture() -> None:
    assert opened(await draw_chart(CHART)).size == (1200, 675)


def test_what_is_not_known_is_not_drawn_as_zero() -> None:
    assert render_chart(CHART).count('<path d="M') - render_chart(replace(CHART, series=())).count('<path d="M') > 0
    bars = render_chart(replace(CHART, series=(Series("X", (None, 4, 0)),)))
    all_known = render_chart(replace(CHART, series=(Series("X", (1, 4, 0)),)))
    assert all_known.count('fill="#3b5bdb"/>') == bars.count('fill="#3b5bdb"/>') + 1


def test_a_gap_parts_a_line() -> None:
    line = render_chart(replace(CHART, series=(Series("X", (1, None, 3)),), lines=True))
    (path,) = [piece for piece in line.split("<path ") if 'stroke-width="4"' in piece]
    assert path.split('"')[1].count("M") == 2


def test_a_chart_without_figures_says_so() -> None:
    svg = render_chart(Chart((Series("X", (None, None)),), ("Mon", "Tue"), "Clicks", figures=(Figure("Clicks", "–"),)))
    assert "No figures yet" in svg
    well_formed(svg)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.one_of(st.none(), st.floats(0, 1e9)), max_size=40), st.text(max_size=30).filter(str.isprintable))
def test_no_figures_break_a_chart(values: list[float | None], title: str) -> None:
    labels = tuple(str(n) for n in range(len(values)))
    well_formed(render_chart(Chart((Series(title, tuple(values)),), labels, title)))


@pytest.mark.parametrize(("value", "said"), [(0, "0"), (2.5, "2.5"), (950, "950"), (1200, "1.2k"), (3_000_000, "3M")])
def test_axis_figures_are_short(value: float, said: str) -> None:
    assert short_number(value) == said


async def test_a_picture_costs_the_worker_no_imports() -> None:
    """Pillow, resvg, selectolax and trafilatura stay out of the process that asks."""
    program = "tests.pipeline.agents.imports"
    loaded = (await cell.run(program, b"", seconds=30)).decode().split()
    assert "pipeline.agents.illustrator" in loaded
    assert not {"PIL", "resvg_py", "selectolax", "trafilatura", "lxml", "protego"} & set(loaded)
