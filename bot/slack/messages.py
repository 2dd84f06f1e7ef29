"""Cards in Slack: the day's digest, one post, a notice."""

from bot.cards import (
    DESCRIBE,
    MARKS,
    RECONNECT,
    RESUME,
    digest_line,
    facts,
    film_words,
    heading,
    history,
    notice_mark,
    offer,
    parts_words,
    picture_words,
    post_text,
    reconnect_label,
    settings_words,
    shown_links,
    status,
    warnings,
    why_not_approvable,
)
from bot.slack.blocks import (
    CARD_ROOM,
    POST_ROOM,
    Block,
    SlackMessage,
    bullets,
    button,
    escape,
    header,
    link_element,
    overflow,
    plain,
    quote,
    rich,
    section,
    shown_weight,
    small,
    stamp,
    text_element,
    url_button,
)
from bot.words import clip, count, is_public, line, long_day, safe_link, units
from domain.card import DigestView, Face, NoticeView, PostView

_FALLBACK_OPENING = 150
_SPARE = 40
"""Room kept for the words "… and 12 more" and the like."""


def render_card(face: Face, picture_file: str | None = None) -> SlackMessage:
    """A card as chat.postMessage and chat.update take it. `picture_file` is Slack's id of the uploaded picture.

    Unfurling is for the caller to switch off. The text of a post is shown whole, or the card has no approve button.
    """
    view = face.view
    if isinstance(view, PostView):
        return _post(view, face.token, picture_file)
    if isinstance(view, DigestView):
        return _digest(view, face.token)
    return _notice(view, face.token)


def fits(face: Face) -> bool:
    """Whether the card shows the post's whole text and every remark about it; only then can it be approved here."""
    return not isinstance(face.view, PostView) or _room_left(face.view, whole=True) >= 0


# --- a post ----------------------------------------------------------------------------------------------------------


def _post(view: PostView, token: str, picture_file: str | None) -> SlackMessage:
    text = post_text(view)
    whole = _room_left(view, whole=True) >= 0
    left = _room_left(view, whole=whole)
    pictured = picture_file is not None and view.picture_digest is not None
    blocks = [header(heading(view)), _status(view, whole), *quote(text if whole else _beginning(text, left))]
    if picture_file is not None and pictured:
        blocks.append(_picture(view, picture_file))
    blocks += [*_remarks(view, whole), *_small_print(view, whole, pictured=pictured)]
    blocks += [*(_extras(view, left) if whole else []), *_actions(view, token, whole)]
    fallback = f"{MARKS[view.state]} {heading(view)}: {status(view)} — {line(view.text, _FALLBACK_OPENING)}"
    return SlackMessage(escape(clip(fallback, 500)), stamp(blocks, f"r{view.revision}"))


def _beginning(text: str, room: int) -> str:
    """As much of a text that is too long as `room` holds; how much is missing is said."""
    short = clip(text, max(room - _SPARE, 1))
    return f"{short} [{count(max(units(text) - units(short), 1), 'more character', 'more characters')}]"


def _status(view: PostView, whole: bool) -> Block:
    first = text_element(f"{MARKS[view.state]} {status(view)}", bold=True)
    why = why_not_approvable(view, whole=whole)
    return rich(section(first, *([text_element(f"\n⛔ {why}")] if why else []), *_where(view)))


def _where(view: PostView) -> list[Block]:
    links = []
    if film := film_words(view):
        links.append(text_element(f"\n{film}"))
        links += [text_element(" · "), link_element("Watch it", view.film_link)] if view.film_link else []
    if shown := shown_links(view):
        links.append(text_element(f"\n{shown[0]}"))
        for label, address in shown[1]:
            links += [text_element(" · "), link_element(label, address)]
    if view.permalink:
        links += [text_element("\n"), link_element("See the post", view.permalink)]
    if view.account_link:
        links += [text_element("\n"), link_element("Look at the account", view.account_link)]
    return links


def _picture(view: PostView, picture_file: str) -> Block:
    alt = f"The picture of #{view.number}; its description stands below"
    return {"type": "image", "slack_file": {"id": picture_file}, "alt_text": alt}


def _small_print(view: PostView, whole: bool, *, pictured: bool) -> list[Block]:
    """Settings, facts, and the alt text in full, because it is published too; a card that cannot be approved goes without."""
    chosen, follows = settings_words(view), parts_words(view)
    words = picture_words(view) if whole else None
    unseen = "" if pictured else "not shown here: "
    lines = (chosen, follows, " · ".join(facts(view)), unseen + words if words else None)
    return [small(one) for one in lines if one]


def _remarks(view: PostView, whole: bool) -> list[Block]:
    remarks = warnings(view, 5 if whole else 2)
    return [bullets([[text_element(remark)] for remark in remarks])] if remarks else []


def _extras(view: PostView, left: int) -> list[Block]:
    """Who answered, then what each fact rests on, as far as the room reaches; never at the text's expense."""
    lines = [history(view)] + [f"“{line(fact, 120)}” – {line(where, 80)}" for fact, where in view.sources[:4]]
    kept: list[str] = []
    for extra in lines:
        if extra and units(extra) <= left:
            kept.append(extra)
            left -= units(extra)
    return [small(extra) for extra in kept]


def _actions(view: PostView, token: str, whole: bool) -> list[Block]:
    offered = offer(view, whole=whole)
    elements = [button(decision, token) for decision in offered.front]
    if offered.overflow:
        elements.append(overflow(offered.overflow, token))
    return [{"type": "actions", "elements": elements}] if elements else []


def _room_left(view: PostView, *, whole: bool) -> int:
    """Room for more once everything that must stand does: the text too, if `whole`. Negative when it does not fit."""
    frame = [header(heading(view)), _status(view, whole), _picture(view, "F"), *_remarks(view, whole)]
    frame += [*_small_print(view, whole, pictured=False), *_actions(view, "", whole)]
    return POST_ROOM - shown_weight(frame) - (units(post_text(view)) if whole else 0)


# --- a day -----------------------------------------------------------------------------------------------------------


def _digest(view: DigestView, token: str) -> SlackMessage:
    title = f"{line(view.web_app, 80)} · {long_day(view.local_date)}"
    origin = f"drafted from {line(view.drafted_from.removeprefix('drafted from '), 80)}"
    planned = f"{count(len(view.lines), 'post', 'posts')} · times in {view.zone} · {origin}"
    about = "No post could be written" if view.problem and not view.lines else planned
    blocks = [header(title), small(f"{about} · from {line(view.url, 200)}")]
    if view.problem:
        blocks += _problem(line(view.problem, 600), token)
    left = CARD_ROOM - shown_weight(blocks) - 500
    blocks += _digest_lines(view, left)
    if view.dropped:
        kept = [f"Not written: {line(reason, 150)}" for reason in view.dropped[:3]]
        blocks.append(small(*kept, *_more(len(view.dropped) - 3)))
    if view.seal:
        blocks.append(small(f"Seal of the audit trail: {line(view.seal, 60)}"))
    fallback = f"{title}: " + (line(view.problem, 300) if view.problem else about)
    return SlackMessage(escape(clip(fallback, 500)), stamp(blocks, "day"))


def _problem(problem: str, token: str) -> list[Block]:
    say = rich(section(text_element("⚠️ We could not read the page. ", bold=True), text_element(problem)))
    return [say, {"type": "actions", "elements": [_describe(token)]}]


def _describe(token: str) -> Block:
    label = plain("Describe it in words")
    return {"type": "button", "action_id": DESCRIBE, "text": label, "value": token, "style": "primary"}


def _digest_lines(view: DigestView, left: int) -> list[Block]:
    lines: list[list[Block]] = []
    for post in view.lines:
        name, rest = digest_line(post, view.zone)
        left -= units(name) + units(rest) + 1
        if left < 0:
            break
        lines.append([text_element(name, bold=True), text_element(f"\n{rest}")])
    return ([bullets(lines)] if lines else []) + [small(more) for more in _more(len(view.lines) - len(lines))]


def _more(number: int) -> tuple[str, ...]:
    return (f"… and {number} more",) if number > 0 else ()


# --- a notice --------------------------------------------------------------------------------------------------------


def _notice(view: NoticeView, token: str) -> SlackMessage:
    blocks = [header(f"{notice_mark(view)} {line(view.title, 140)}"), *notice_body(view)]
    elements: list[Block] = []
    link = safe_link(view.link)
    if link and is_public(link):
        elements.append(url_button(line(view.link_label or "Open", 30), link))
    if view.asks_description:
        elements.append(_describe(token))
    if view.resumes:
        elements.append({"type": "button", "action_id": RESUME, "text": plain("▶️ Resume"), "value": view.resumes})
    if view.reconnects:
        elements.append(reconnect_button(view.reconnects))
    if elements:
        blocks.append({"type": "actions", "elements": elements})
    fallback = f"{line(view.title, 140)}: {line(view.text, 300)}"
    return SlackMessage(escape(fallback), stamp(blocks, "notice"))


def reconnect_button(platform: str) -> Block:
    """Gives an owner the link to connect an account again."""
    return {"type": "button", "action_id": RECONNECT, "text": plain(reconnect_label(platform)), "value": platform}


def notice_body(view: NoticeView, *, buttons: bool = True) -> list[Block]:
    """What a notice says, with its link in words where no button carries it."""
    runs = [text_element(line(view.text, 1_500))]
    link = safe_link(view.link)
    if view.link and not (buttons and link and is_public(link)):
        label = line(view.link_label or "Open", 60)
        runs += [text_element("\n"), link_element(label, view.link)]
    return [rich(section(*runs))]
