"""What Slack accepts as blocks: the shape of every block type, and the refusal in Slack's own words."""

from collections.abc import Callable
from typing import Any

from sandbox.slack.elements import ACCESSORY, ACTION, CONTEXT, FEEDBACK, IMAGE_FIELDS, INPUT, image_source
from sandbox.slack.schema import Check, Field, Report, anything, boolean, items, may, must, one_of, shape, string, text

MOST_BLOCKS = {"message": 50, "modal": 100, "home": 100}
MARKDOWN_TOTAL = 12_000
MOST_OF_TYPE = {"table": 1, "data_visualization": 2}


def _block(**fields: Field) -> Check:
    return shape({"block_id": may(string(255)), **fields}, also=("type",))


_SECTION = _block(
    text=may(text(3000)), fields=may(items(10, text(2000))), accessory=may(ACCESSORY), expand=may(boolean)
)
_IMAGE = _block(**IMAGE_FIELDS, title=may(text(2000, "plain_text")))
_MARKDOWN = _block(text=must(string(MARKDOWN_TOTAL)))
_INPUT = _block(
    label=must(text(2000, "plain_text")),
    element=must(INPUT),
    dispatch_action=may(boolean),
    hint=may(text(2000, "plain_text")),
    optional=may(boolean),
)
_RICH = items(
    3000,
    shape(
        {
            "type": must(one_of("rich_text_section", "rich_text_list", "rich_text_preformatted", "rich_text_quote")),
            "elements": must(items(3000, anything, least=0)),
            "style": may(anything),
            "indent": may(anything),
            "offset": may(anything),
            "border": may(anything),
            "language": may(anything),
        }
    ),
    least=0,
)


def _section(value: Any, pointer: str, report: Report) -> None:
    _SECTION(value, pointer, report)
    if "text" not in value and "fields" not in value:
        report.say("must define either `text` or `fields`", f"{pointer}/type")


def _image(value: Any, pointer: str, report: Report) -> None:
    _IMAGE(value, pointer, report)
    image_source(value, pointer, report)


def _markdown(value: Any, pointer: str, report: Report) -> None:
    _MARKDOWN(value, pointer, report)
    before = report.markdown_length
    report.markdown_length += len(value["text"]) if isinstance(value.get("text"), str) else 0
    if before <= MARKDOWN_TOTAL < report.markdown_length and before:
        report.say(f"must be less than {MARKDOWN_TOTAL + 1} characters", f"{pointer}/text")


_CELLS = items(100, items(20, anything))
BLOCKS: dict[str, Check] = {
    "section": _section,
    "header": _block(text=must(text(150, "plain_text")), level=may(anything)),
    "divider": _block(),
    "image": _image,
    "actions": _block(elements=must(items(25, ACTION))),
    "context": _block(elements=must(items(10, CONTEXT))),
    "context_actions": _block(elements=must(items(5, FEEDBACK))),
    "input": _INPUT,
    "rich_text": _block(elements=must(_RICH)),
    "markdown": _markdown,
    "table": _block(rows=must(_CELLS), column_settings=may(items(20, anything))),
    "video": _block(
        alt_text=must(string(2000)),
        title=must(text(200, "plain_text")),
        thumbnail_url=must(string(3000)),
        video_url=must(string(3000)),
        **{
            name: may(anything)
            for name in ("author_name", "description", "provider_icon_url", "provider_name", "title_url")
        },
    ),
    "file": _block(external_id=must(string(255)), source=must(one_of("remote"))),
}
NOT_ON: dict[str, set[str]] = {"message": set(), "modal": {"file", "table"}, "home": {"file", "table"}}


def problems_of(
    blocks: Any, surface: str = "message", pointer: str = "/blocks", file_ready: Callable[[str], bool] | None = None
) -> list[str]:
    """Everything that Slack would say against these blocks; empty when it would take them.

    `surface` is message, modal or home. `file_ready` answers whether an uploaded picture can be shown yet.
    The words are Slack's, e.g. "must be less than 3001 characters [json-pointer:/blocks/0/text/text]".
    """
    report = Report(surface, file_ready or (lambda _file_id: False))
    if not isinstance(blocks, list):
        report.say("must be an array", pointer)
        return report.problems
    if len(blocks) > MOST_BLOCKS[surface]:
        report.say(f"no more than {MOST_BLOCKS[surface]} items allowed", pointer)
        return report.problems
    for place, block in enumerate(blocks):
        _one(block, f"{pointer}/{place}", report)
    return report.problems


def _one(block: Any, pointer: str, report: Report) -> None:
    if not isinstance(block, dict):
        report.say("must be an object", pointer)
        return
    kind = str(block.get("type"))
    check = BLOCKS.get(kind)
    if check is None or kind in NOT_ON[report.surface]:
        report.say(f"unsupported type: {block.get('type')}", f"{pointer}/type")
        return
    report.action_ids.clear()
    check(block, pointer, report)
    _unique(block, pointer, report)
    report.counts[kind] = report.counts.get(kind, 0) + 1
    if report.counts[kind] > MOST_OF_TYPE.get(kind, len(BLOCKS) * 100):
        report.say(f"only {MOST_OF_TYPE[kind]} {kind} block(s) allowed", pointer)


def _unique(block: dict[str, Any], pointer: str, report: Report) -> None:
    block_id = block.get("block_id")
    if not isinstance(block_id, str):
        return
    if block_id in report.block_ids:
        report.say(f'`block_id` "{block_id}" already exists', f"{pointer}/block_id")
    report.block_ids.add(block_id)
