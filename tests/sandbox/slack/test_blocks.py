"""Block Kit: what is accepted to the last character, and what is refused one character later."""

from typing import Any

import pytest

from sandbox.slack.blocks import problems_of
from sandbox.slack.mrkdwn import links_of, pings_of


def plain(length: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": "x" * length}


def button(**changed: Any) -> dict[str, Any]:
    return {"type": "button", "action_id": "a", "text": plain(1), **changed}


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


def buttons(count: int) -> dict[str, Any]:
    return actions(*(button(action_id=f"a{number}") for number in range(count)))


def options(count: int, **changed: Any) -> list[dict[str, Any]]:
    return [{"text": plain(1), "value": f"v{number}", **changed} for number in range(count)]


def overflow(**changed: Any) -> dict[str, Any]:
    return actions({"type": "overflow", "action_id": "o", **changed})


def field(**changed: Any) -> dict[str, Any]:
    element = {"type": "plain_text_input", "action_id": "t", **changed.pop("element", {})}
    return {"type": "input", "label": plain(1), "element": element, **changed}


LIMITS: list[tuple[str, Any, Any]] = [
    ("section text 3000", {"type": "section", "text": plain(3000)}, {"type": "section", "text": plain(3001)}),
    ("section field 2000", {"type": "section", "fields": [plain(2000)]}, {"type": "section", "fields": [plain(2001)]}),
    ("10 fields", {"type": "section", "fields": [plain(1)] * 10}, {"type": "section", "fields": [plain(1)] * 11}),
    ("section says something", {"type": "section", "text": plain(1)}, {"type": "section"}),
    ("no empty text", {"type": "section", "text": plain(1)}, {"type": "section", "text": plain(0)}),
    ("header 150", {"type": "header", "text": plain(150)}, {"type": "header", "text": plain(151)}),
    (
        "header is plain",
        {"type": "header", "text": plain(1)},
        {"type": "header", "text": {"type": "mrkdwn", "text": "x"}},
    ),
    (
        "10 in a context",
        {"type": "context", "elements": [plain(1)] * 10},
        {"type": "context", "elements": [plain(1)] * 11},
    ),
    ("25 actions", buttons(25), buttons(26)),
    ("button text 75", actions(button(text=plain(75))), actions(button(text=plain(76)))),
    ("button value 2000", actions(button(value="v" * 2000)), actions(button(value="v" * 2001))),
    ("button url 3000", actions(button(url="u" * 3000)), actions(button(url="u" * 3001))),
    ("button style", actions(button(style="danger")), actions(button(style="pink"))),
    ("action_id 255", actions(button(action_id="a" * 255)), actions(button(action_id="a" * 256))),
    ("block_id 255", {**buttons(1), "block_id": "b" * 255}, {**buttons(1), "block_id": "b" * 256}),
    ("5 in an overflow", overflow(options=options(5)), overflow(options=options(6))),
    ("option text 75", overflow(options=options(1, text=plain(75))), overflow(options=options(1, text=plain(76)))),
    ("option value 150", overflow(options=options(1, value="v" * 150)), overflow(options=options(1, value="v" * 151))),
    ("image needs alt_text", {"type": "image", "image_url": "u", "alt_text": "x"}, {"type": "image", "image_url": "u"}),
    (
        "alt_text 2000",
        {"type": "image", "image_url": "u", "alt_text": "x" * 2000},
        {"type": "image", "image_url": "u", "alt_text": "x" * 2001},
    ),
    ("label 2000", field(label=plain(2000)), field(label=plain(2001))),
    ("max_length 3000", field(element={"max_length": 3000}), field(element={"max_length": 3001})),
    ("placeholder 150", field(element={"placeholder": plain(150)}), field(element={"placeholder": plain(151)})),
    ("known types", {"type": "divider"}, {"type": "dividers"}),
    ("known fields", {"type": "divider"}, {"type": "divider", "colour": "red"}),
    ("markdown 12000", {"type": "markdown", "text": "x" * 12_000}, {"type": "markdown", "text": "x" * 12_001}),
]


@pytest.mark.parametrize(("good", "bad"), [row[1:] for row in LIMITS], ids=[row[0] for row in LIMITS])
def test_the_limit_is_accepted_and_one_more_is_refused(good: Any, bad: Any) -> None:
    assert problems_of([good]) == []
    assert problems_of([bad]) != []


def test_a_message_has_fifty_blocks_and_a_modal_a_hundred() -> None:
    blocks = [{"type": "divider"}] * 101
    assert problems_of(blocks[:50]) == problems_of(blocks[:100], "modal") == []
    assert problems_of(blocks[:51]) == ["no more than 50 items allowed [json-pointer:/blocks]"]
    assert problems_of(blocks, "home", "/view/blocks") == ["no more than 100 items allowed [json-pointer:/view/blocks]"]


def test_ids_are_unique_a_block_id_in_the_message_and_an_action_id_in_its_block() -> None:
    twice = actions(button(), button())
    assert problems_of([twice]) == ['`action_id` "a" already exists [json-pointer:/blocks/0/elements/1/action_id]']
    assert problems_of([actions(button()), actions(button())]) == []
    named = [{"type": "divider", "block_id": "b"}] * 2
    assert problems_of(named) == ['`block_id` "b" already exists [json-pointer:/blocks/1/block_id]']


def test_markdown_is_counted_over_all_its_blocks() -> None:
    assert problems_of([{"type": "markdown", "text": "x" * 6001}] * 2) != []


@pytest.mark.parametrize("junk", [None, 7, "x", {"type": "divider"}, [None], [[]], [{"text": "x"}], [{"type": {}}]])
def test_junk_is_refused_and_never_breaks_the_twin(junk: Any) -> None:
    assert problems_of(junk) != []


@pytest.mark.parametrize("kind", ["section", "actions", "input", "context", "image", "header", "rich_text", "markdown"])
@pytest.mark.parametrize("junk", [None, 7, "x", [], {}, [7], {"type": []}])
def test_junk_inside_a_block_is_refused_too(kind: str, junk: Any) -> None:
    names = ("text", "elements", "element", "accessory", "fields", "slack_file", "label")
    assert problems_of([{"type": kind, **dict.fromkeys(names, junk)}]) != []


def test_a_ping_is_found_where_it_notifies_and_nowhere_else() -> None:
    def section(kind: str, text: str) -> dict[str, Any]:
        return {"type": "section", "text": {"type": kind, "text": text}}

    loud = [section("mrkdwn", "<!channel> hi <@U0BEN|ben>"), section("plain_text", "<!here>")]
    assert pings_of({"text": "<!subteam^S1>", "blocks": loud}) == ["!subteam^S1", "!channel", "@U0BEN"]
    assert pings_of({"text": "&lt;!channel&gt; @channel `<!channel>`"}) == []
    assert pings_of({"text": "@channel"}, parse_full=True) == ["!channel"]
    rich = {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": [{"type": "broadcast", "range": "here"}]}],
    }
    assert pings_of({"blocks": [rich]}) == ["!here"]
    assert links_of({"text": "<https://evil.example|bank>"}) == [{"url": "https://evil.example", "label": "bank"}]
