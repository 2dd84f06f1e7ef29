"""Cards in Telegram: the day's digest, one post, a notice.

A card is always one text message, never a photo with a caption. A caption holds 1,024 units, a message 4,096; a photo
cannot become a text again when an edit makes it longer; and a redraw must change text and buttons in one call. So the
picture goes ahead as a photo of its own, and the card that follows shows the whole text, the alt text and the buttons.
"""

from dataclasses import dataclass

from bot.cards import (
    DESCRIBE,
    LABELS,
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
from bot.telegram.html import BREAK, NOTHING, ROOM, Html, holds, joined, link, strong, tag, words
from bot.words import clip, count, host_of, is_public, line, long_day, safe_link, units
from domain.card import DigestView, Face, NoticeView, PostView
from domain.decision import Decision

_SPARE = 60
"""Room kept for "… and 12 more"."""

SURE, BACK = "sure", "back"
"""`sure:drop:{token}` confirms what cannot be taken back; `back:{token}` shows the card's own buttons again."""


@dataclass(frozen=True, slots=True)
class Button:
    """An inline button: it has either `data` (1 to 64 bytes) or a `url`."""

    text: str
    data: str | None = None
    url: str | None = None


Keyboard = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True)
class TelegramMessage:
    """A text message, to be sent with parse_mode HTML and link previews off.

    `photo_caption` is the caption (HTML) of the photo that goes ahead of it, None when the card has no picture.
    """

    text: str
    keyboard: Keyboard = ()
    photo_caption: str | None = None


def render_card(face: Face) -> TelegramMessage:
    """A card. The text of a post is shown whole, or the card has no approve button."""
    view = face.view
    if isinstance(view, PostView):
        return _post(view, face.token)
    if isinstance(view, DigestView):
        return _digest(view, face.token)
    return _notice(view, face.token)


def fits(face: Face) -> bool:
    """Whether the card shows the post's whole text and every remark about it; only then can it be approved here."""
    return not isinstance(face.view, PostView) or holds(_essentials(face.view, post_text(face.view)))


# --- a post ----------------------------------------------------------------------------------------------------------


def _post(view: PostView, token: str) -> TelegramMessage:
    text = post_text(view)
    whole = holds(_essentials(view, text))
    page = _essentials(view, text if whole else _beginning(view, text))
    for extra in _extras(view):
        if holds(page + BREAK + extra):
            page += BREAK + extra
    caption = (words("🖼 Picture of ") + strong(heading(view))).markup if view.picture_digest else None
    return TelegramMessage(page.markup, keyboard(view, token, whole=whole), caption)


def _essentials(view: PostView, shown: str) -> Html:
    """What must be seen before anyone decides; a card that cannot be approved does with less."""
    whole = shown == post_text(view)
    why = why_not_approvable(view, whole=whole)
    lines = [strong(heading(view)), words(f"{MARKS[view.state]} {status(view)}")]
    lines += [words(f"⛔ {why}")] if why else []
    lines += [*_film(view), *_shown(view)]
    lines += [link(label, address) for label, address in _links(view)]
    lines += [tag("pre", shown)]
    lines += [words(remark) for remark in warnings(view, 5 if whole else 2)]
    lines += [words(one) for one in (settings_words(view), parts_words(view), " · ".join(facts(view))) if one]
    if whole and (alt := picture_words(view)):
        lines.append(words(alt))
    return _lines(lines)


def _film(view: PostView) -> list[Html]:
    """Its length, and where it can be watched. Telegram drops links to this machine: then the address is shown."""
    said = film_words(view)
    if said is None:
        return []
    if view.film_link is None:
        return [words(said)]
    public = safe_link(view.film_link) is None or is_public(view.film_link)
    watch = link("Watch it", view.film_link) if public else plain_address("Watch it", view.film_link)
    return [words(f"{said} · ") + watch]


def _shown(view: PostView) -> list[Html]:
    """Several pictures or a document, and where they can be seen."""
    shown = shown_links(view)
    if shown is None:
        return []
    said = words(shown[0])
    for label, address in shown[1]:
        public = safe_link(address) is None or is_public(address)
        said += words(" · ") + (link(label, address) if public else plain_address(label, address))
    return [said]


def _links(view: PostView) -> list[tuple[str, str]]:
    pairs = (("See the post", view.permalink), ("Look at the account", view.account_link))
    return [(label, address) for label, address in pairs if address]


def _lines(lines: list[Html]) -> Html:
    made = NOTHING
    for place, each in enumerate(lines):
        made += BREAK + each if place else each
    return made


def _beginning(view: PostView, text: str) -> str:
    """What of a text that is too long can be shown; how much is missing is said."""
    frame = _essentials(view, "")
    room = max(ROOM - frame.units - _SPARE * 2, 0)
    short = clip(text, room)
    return f"{short} [{count(max(units(text) - units(short), 1), 'more character', 'more characters')}]"


def _extras(view: PostView) -> list[Html]:
    """Who answered, then what each fact rests on, as far as the room reaches."""
    said = history(view)
    rests = [f"“{line(fact, 120)}” – {line(where, 80)}" for fact, where in view.sources[:4]]
    return [words(extra) for extra in (said, *rests) if extra]


def keyboard(view: PostView, token: str, *, whole: bool) -> Keyboard:
    """The card's own buttons: what stands in front two in a row, then the rest."""
    offered = offer(view, whole=whole)
    return (*_rows(offered.front, token), *_rows(offered.overflow, token))


def _rows(decisions: tuple[Decision, ...], token: str) -> Keyboard:
    made = [Button(f"{LABELS[each].mark} {LABELS[each].text}", f"{each.value}:{token}") for each in decisions]
    return tuple(tuple(made[place : place + 2]) for place in range(0, len(made), 2))


def confirm_keyboard(decision: Decision, token: str) -> Keyboard:
    """Buttons that replace the card's own when someone presses a decision whose label has a `confirm`."""
    confirm = LABELS[decision].confirm
    if confirm is None:
        return ()
    yes = Button(f"{LABELS[decision].mark} {confirm.yes}", f"{SURE}:{decision.value}:{token}")
    return ((yes, Button(confirm.no, f"{BACK}:{token}")),)


# --- a day -----------------------------------------------------------------------------------------------------------


def _digest(view: DigestView, token: str) -> TelegramMessage:
    origin = f"drafted from {line(view.drafted_from.removeprefix('drafted from '), 80)}"
    planned = f"{count(len(view.lines), 'post', 'posts')} · times in {view.zone} · {origin}"
    about = "No post could be written." if view.problem and not view.lines else planned
    top = [strong(f"{line(view.web_app, 80)} · {long_day(view.local_date)}"), words(about), words(line(view.url, 200))]
    if view.problem:
        top.append(words(f"⚠️ We could not read the page. {line(view.problem, 600)}"))
    tail = [words(f"Not written: {line(reason, 150)}") for reason in view.dropped[:3]]
    tail += [words(f"… and {len(view.dropped) - 3} more")] if len(view.dropped) > 3 else []
    tail += [words(f"Seal of the audit trail: {line(view.seal, 60)}")] if view.seal else []
    page = joined([*top, *_digest_lines(view, _lines([*top, *tail])), *tail])
    return TelegramMessage(page.markup, ((_describe(token),),) if view.problem else ())


def _digest_lines(view: DigestView, frame: Html) -> list[Html]:
    lines: list[Html] = []
    for post in view.lines:
        name, rest = digest_line(post, view.zone)
        each = words(name) + BREAK + words(rest)
        if not holds(_lines([frame, *lines, each, Html("", _SPARE, 0)])):
            return [*lines, words(f"… and {len(view.lines) - len(lines)} more")]
        lines.append(each)
    return lines


def _describe(token: str) -> Button:
    return Button("✏️ Describe it in words", f"{DESCRIBE}:{token}")


# --- a notice --------------------------------------------------------------------------------------------------------


def _notice(view: NoticeView, token: str) -> TelegramMessage:
    lines = [strong(f"{notice_mark(view)} {line(view.title, 200)}"), words(line(view.text, 2_000))]
    rows: list[tuple[Button, ...]] = []
    address, label = safe_link(view.link), line(view.link_label or "Open", 40)
    if address and is_public(address):
        rows.append((Button(f"{label} ({clip(host_of(address) or '', 40)})", url=address),))
    elif view.link:
        lines.append(link(label, view.link) if address is None else plain_address(label, address))
    if view.asks_description:
        rows.append((_describe(token),))
    if view.resumes:
        rows.append((Button("▶️ Resume", f"{RESUME}:{view.resumes}"),))
    if view.reconnects:
        rows.append((Button(reconnect_label(view.reconnects), f"{RECONNECT}:{view.reconnects}"),))
    return TelegramMessage(_lines(lines).markup, tuple(rows))


def plain_address(label: str, address: str) -> Html:
    """Telegram drops links to this machine, so the address itself is shown, to be copied."""
    return words(f"{label}: ") + tag("code", address)
