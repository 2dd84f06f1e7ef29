"""Draws Slack's blocks and dialogs as HTML, the way Slack shows them."""

from collections.abc import Callable
from html import escape
from typing import Any

Block = dict[str, Any]


def blocks_html(blocks: tuple[Block, ...] | list[Block], pictures: dict[str, str]) -> str:
    """Blocks as HTML. `pictures` maps Slack's file ids to data URIs."""
    return "".join(_BLOCKS[block["type"]](block, pictures) for block in blocks)


def modal_html(view: Block, pictures: dict[str, str]) -> str:
    """A dialog with its title, blocks and buttons."""
    submit = f'<b class="go">{_text(view["submit"])}</b>' if "submit" in view else ""
    foot = f'<footer><span class="btn">{_text(view["close"])}</span>{submit}</footer>'
    body = blocks_html(view["blocks"], pictures)
    return f'<div class="modal"><header>{_text(view["title"])}<i>×</i></header><div>{body}</div>{foot}</div>'


def _text(made: Block) -> str:
    return escape(made["text"])


def _runs(elements: list[Block]) -> str:
    return "".join(_run(element) for element in elements)


def _run(element: Block) -> str:
    words = escape(element["text"]).replace("\n", "<br>")
    if element["type"] == "link":
        return f'<a href="{escape(element["url"])}">{words}</a>'
    return f"<b>{words}</b>" if element.get("style", {}).get("bold") else words


def _rich(block: Block, pictures: dict[str, str]) -> str:
    return "".join(_paragraph(paragraph) for paragraph in block["elements"])


def _paragraph(paragraph: Block) -> str:
    if paragraph["type"] == "rich_text_list":
        return "<ul>" + "".join(f"<li>{_runs(item['elements'])}</li>" for item in paragraph["elements"]) + "</ul>"
    name = "blockquote" if paragraph["type"] == "rich_text_quote" else "p"
    return f"<{name}>{_runs(paragraph['elements'])}</{name}>"


def _image(block: Block, pictures: dict[str, str]) -> str:
    return f'<img src="{pictures[block["slack_file"]["id"]]}" alt="{escape(block["alt_text"])}">'


def _context(block: Block, pictures: dict[str, str]) -> str:
    return '<div class="small">' + "".join(f"<span>{_text(element)}</span>" for element in block["elements"]) + "</div>"


def _actions(block: Block, pictures: dict[str, str]) -> str:
    return '<div class="row">' + "".join(_element(element) for element in block["elements"]) + "</div>"


def _element(element: Block) -> str:
    if element["type"] == "overflow":
        options = "".join(f"<li>{_text(option['text'])}</li>" for option in element["options"])
        return f'<span class="btn more">⋯</span><ul class="menu">{options}</ul>'
    sure = f' title="{_text(element["confirm"]["title"])}"' if "confirm" in element else ""
    return f'<span class="btn {element.get("style", "")}"{sure}>{_text(element["text"])}</span>'


def _input(block: Block, pictures: dict[str, str]) -> str:
    element = block["element"]
    optional = " <em>(optional)</em>" if block.get("optional") else ""
    hint = f'<div class="small">{_text(block["hint"])}</div>' if "hint" in block else ""
    return f"<label>{_text(block['label'])}{optional}</label>{_INPUTS[element['type']](element)}{hint}"


def _box(element: Block) -> str:
    value = escape(element.get("initial_value", "")).replace("\n", "<br>")
    empty = f"<i>{_text(element['placeholder'])}</i>" if "placeholder" in element else "&nbsp;"
    return f'<div class="box{" tall" if element.get("multiline") else ""}">{value or empty}</div>'


def _choices(element: Block) -> str:
    kind = "checkbox" if element["type"] == "checkboxes" else "radio"
    return "".join(
        f'<div class="choice"><i class="{kind}"></i>{_text(option["text"])}</div>' for option in element["options"]
    )


def _select(element: Block) -> str:
    options = "".join(f"<li>{_text(option['text'])}</li>" for option in element["options"])
    now = element.get("initial_option")
    box = _text(now["text"]) if now else f"<i>{_text(element['placeholder'])}</i>"
    return f'<div class="box">{box} ▾</div><ul class="menu open">{options}</ul>'


def _files(element: Block) -> str:
    most = element["max_files"]
    return f'<div class="box"><span class="btn">Add {"files" if most > 1 else "a file"}</span> <i>or drop them here</i></div>'


_INPUTS: dict[str, Callable[[Block], str]] = {
    "plain_text_input": _box,
    "file_input": _files,
    "checkboxes": _choices,
    "radio_buttons": _choices,
    "static_select": _select,
}
_BLOCKS: dict[str, Callable[[Block, dict[str, str]], str]] = {
    "header": lambda block, pictures: f"<h4>{_text(block['text'])}</h4>",
    "divider": lambda block, pictures: "<hr>",
    "rich_text": _rich,
    "image": _image,
    "context": _context,
    "actions": _actions,
    "input": _input,
}
