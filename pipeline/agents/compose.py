"""Puts one post together from a brief and a grammar, within the platform's length."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial

import regex

from domain.brief import Angle, Brief
from domain.draft import WriteRequest, tagged_link
from domain.hidden import EMOJI
from domain.page import Fact, FactKind, Page
from domain.platforms import PLATFORMS, Platform
from domain.publishing import AccountKind
from domain.text import clean, graphemes, length, shorten
from pipeline.agents.direction import Direction, Wish
from pipeline.agents.grammar.shape import Grammar

_ENDS = (".", "!", "?", "…", ":", "。", "！", "？", "؟", "।")
_TAG_PARTS = regex.compile(r"[\p{L}\p{M}\p{N}]+")
_WORDLIKE = regex.compile(r"[\p{L}\p{N}\p{M})%]")
_EMPTY_LINES = regex.compile(r"\n{3,}")
_LEADS_TO_DETAIL = regex.compile(r":\s*\{detail\}")
_LISTS = frozenset({Angle.LIST, Angle.STEPS})
_LONGEST_LINKEDIN = 1_300
"""LinkedIn allows 3,000; longer than this nobody reads on from a template."""


@dataclass(frozen=True, slots=True)
class Composed:
    """A text and what went into it."""

    text: str
    hashtags: tuple[str, ...]
    link: str
    facts: tuple[Fact, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """How much goes in: the lead's explanation, how many supports, how many hashtags."""

    detail: bool
    supports: int
    tags: int


def compose(
    request: WriteRequest, brief: Brief, direction: Direction, grammar: Grammar, throws: random.Random
) -> Composed:
    """One post that fits its platform, always.

    The richest of the thrown plans that fits is taken; else the lead is cut.
    """
    link = tagged_link(request.link, request.platform, request.page.name, request.local_date, request.seed)
    tags = hashtags(request, direction, throws)
    shown = link if PLATFORMS[request.platform].links_work else request.page.host
    call = closing(request.page, direction, grammar, throws, shown)
    limit = PLATFORMS[request.platform].limits.text
    measure = partial(length, request.platform)
    if request.platform is Platform.LINKEDIN:
        limit = _LONGEST_LINKEDIN
    state = throws.getstate()
    for plan in _plans(request, brief, direction, len(tags), throws.random()):
        throws.setstate(state)  # every plan sees the same throws: only its size differs
        body, facts = _body(request, brief, plan, direction, grammar, throws)
        text = _printable(_joined(body, call, tags[: plan.tags], request.platform), request.platform)
        if measure(text) <= limit:
            return Composed(text, tags[: plan.tags], link, facts)
    text = cut_to_fit(_printable(body, request.platform), call, limit, measure)
    return Composed(text, (), link, facts, ("The fact was too long for this platform and was cut.",))


def cut_to_fit(body: str, call: str, limit: int, measure: Callable[[str], int]) -> str:
    """The body shortened until it stands with the closing line within the limit; the closing line goes last of all."""
    room = limit - measure(f"\n\n{call}")
    return f"{shorten(body, room, measure)}\n\n{call}" if room > 0 else shorten(call, limit, measure)


def _printable(text: str, platform: Platform) -> str:
    """Without the signs that the platform refuses."""
    return text.translate(dict.fromkeys(map(ord, PLATFORMS[platform].refused_signs)))


def _plans(request: WriteRequest, brief: Brief, direction: Direction, tags: int, die: float) -> Iterator[Plan]:
    """From the richest to the poorest. Half of X's posts carry a support, LinkedIn's carry one to three."""
    some = len(brief.facts) - 1
    if Wish.SHORTER in direction:
        most = 0
    elif Wish.LONGER in direction:
        most = some
    elif request.platform is Platform.LINKEDIN:
        most = min(some, 1 + int(die * 3))
    else:
        most = min(some, 1 if die < 0.5 else 0)
    if brief.angle in _LISTS:
        most = some
    detail = Wish.SHORTER not in direction or brief.angle in (Angle.QUESTION, Angle.PROOF)
    for supports in range(most, -1, -1):
        for count in range(tags, -1, -1):
            yield Plan(detail, supports, count)
    yield Plan(False, 0, min(1, tags))
    yield Plan(False, 0, 0)


def _body(
    request: WriteRequest, brief: Brief, plan: Plan, direction: Direction, grammar: Grammar, throws: random.Random
) -> tuple[str, tuple[Fact, ...]]:
    supports = brief.facts[1 : 1 + plan.supports]
    key = _table(brief)
    slots = _slots(request.page, brief, plan, direction)
    if request.platform is Platform.X:
        lines = [_fill(throws.choice(_standing(_terse(grammar.short[key], direction), slots)), slots)]
        joint = throws.choice(grammar.supports)
        if brief.angle not in _LISTS:
            lines += [joint.format(s=_support(fact, direction)) for fact in supports]
    else:
        lines = _long(request, brief, plan, direction, grammar, throws, slots)
    if Wish.PLAYFUL in direction:
        lines.insert(0, throws.choice(grammar.playful))
    return "\n\n".join(line for line in lines if line), (brief.lead, *supports)


def _long(
    request: WriteRequest,
    brief: Brief,
    plan: Plan,
    direction: Direction,
    grammar: Grammar,
    throws: random.Random,
    slots: dict[str, str],
) -> list[str]:
    """LinkedIn's manner:
    an opening line, the lead on its own, its explanation, the rest as points, perhaps a question.
    """
    person = request.account_kind is AccountKind.MEMBER
    own = grammar.member_openings if person else grammar.organisation_openings
    pool = (*grammar.long[_table(brief)], *(own if brief.angle is Angle.PROMISE else ()))
    lines = [_fill(throws.choice(_terse(pool, direction)), slots)]
    if brief.angle in _LISTS:
        lines.append(slots["list"])
    else:
        if _table(brief) == "quote":
            lines += [f"“{slots['bare']}”", f"— {slots['by']}"]
        else:
            lines += [slots["bare" if slots["detail"] else "lead"], slots["detail"]]
        points = [_point(fact, direction) for fact in brief.facts[1 : 1 + plan.supports]]
        head, joint = throws.choice(grammar.list_heads), throws.choice(grammar.supports)
        if len(points) > 1:
            lines.append(f"{head}\n" + "\n".join(f"• {point}" for point in points))
        elif points:
            lines.append(joint.format(s=ended(points[0])))
    asks = Wish.ASK in direction or (throws.random() < (0.6 if person else 0.35) and Wish.SHORTER not in direction)
    if asks and grammar.questions:
        lines.append(throws.choice(grammar.questions))
    return lines


def _terse(templates: tuple[str, ...], direction: Direction) -> tuple[str, ...]:
    """All templates, or their shortest third when that was asked for."""
    return tuple(sorted(templates, key=len)[: len(templates) // 3 + 1]) if Wish.SHORTER in direction else templates


def _standing(templates: tuple[str, ...], slots: dict[str, str]) -> tuple[str, ...]:
    """Those that say something with these slots: a colon leads to an explanation, and there may be no room for one."""
    if slots["detail"]:
        return templates
    return tuple(one for one in templates if not _LEADS_TO_DETAIL.search(one)) or templates


def _table(brief: Brief) -> str:
    if brief.angle is not Angle.PROOF:
        return brief.angle.value
    return "quote" if _is_quote(brief.lead) else "said"


def _slots(page: Page, brief: Brief, plan: Plan, direction: Direction) -> dict[str, str]:
    lead, detail = _toned(brief.lead.text, direction), _toned(brief.lead.detail, direction)
    return {
        "name": page.name,
        "host": page.host,
        "lead": ended(lead),
        "bare": lead.rstrip("".join(_ENDS[:1])) if not lead.endswith("..") else lead,
        "detail": ended(detail) if plan.detail and brief.angle is not Angle.PROOF else "",
        "by": detail,
        "list": "\n".join(
            f"{f'{place}.' if brief.angle is Angle.STEPS else '•'} {_toned(fact.text, direction)}"
            for place, fact in enumerate(brief.facts[: 1 + plan.supports], 1)
        ),
    }


def _fill(template: str, slots: dict[str, str]) -> str:
    """A template with its slots filled; blanks that an empty slot leaves are closed."""
    lines = [" ".join(line.split()) for line in template.format(**slots).strip().split("\n")]
    return str(_EMPTY_LINES.sub("\n\n", "\n".join(lines))).strip()


def _support(fact: Fact, direction: Direction) -> str:
    """A supporting fact as a sentence. Somebody's words keep their quotation marks and their author."""
    text = _toned(fact.text, direction)
    return f"“{text.rstrip('.')}” — {_toned(fact.detail, direction)}" if _is_quote(fact) else ended(text)


def _point(fact: Fact, direction: Direction) -> str:
    """A supporting fact as a line of a list; a bare heading takes its explanation along."""
    if _is_quote(fact) or not fact.detail or len(fact.text.split()) > 5:
        return _support(fact, direction).rstrip(".")
    return f"{_toned(fact.text, direction).rstrip('.:')}: {_toned(fact.detail, direction)}"


def _is_quote(fact: Fact) -> bool:
    return fact.kind is FactKind.PROOF and bool(fact.detail)


def _toned(text: str, direction: Direction) -> str:
    if Wish.NO_EMOJI in direction or Wish.SOBER in direction:
        return " ".join(EMOJI.sub("", text).split())
    return text


def ended(text: str) -> str:
    """The text with a full stop, unless it ends with a mark, an emoji or a quotation mark of its own."""
    last = graphemes(text)[-1:] or [""]
    return text if not text or text.endswith(_ENDS) or not _WORDLIKE.match(last[0]) else f"{text}."


def closing(page: Page, direction: Direction, grammar: Grammar, throws: random.Random, link: str) -> str:
    """The line with the link: our words, or the page's own call to action before it."""
    calls = [fact.text for fact in page.of(FactKind.CALL)]
    if Wish.PLAYFUL in direction:
        template = throws.choice(grammar.pointers)
    elif calls and throws.random() < 0.4 and Wish.SHORTER not in direction:
        template = throws.choice(grammar.with_call)
    else:
        template = throws.choice(_terse(grammar.more, direction))
    return template.format(link=link, name=page.name, call=clean(calls[0]) if calls else "")


def hashtags(request: WriteRequest, direction: Direction, throws: random.Random) -> tuple[str, ...]:
    """Tags from the page's own words: its name, its short feature names, its telling words."""
    most = min(request.hashtags, PLATFORMS[request.platform].limits.hashtags)
    if most <= 0 or Wish.NO_HASHTAGS in direction:
        return ()
    short = [fact.text for fact in request.page.of(FactKind.FEATURE) if 1 < len(fact.text.split()) <= 2]
    name = [tag] if (tag := as_tag(request.page.name)) else []
    words = [tag for word in (*request.page.vocabulary[:12], *short) if (tag := as_tag(word)) and tag not in name]
    count = most if Wish.HASHTAGS in direction else throws.randint(1, most)
    chosen = throws.sample(words, min(len(words), count))
    if name and throws.random() < 0.3:
        chosen = [*name, *chosen[: count - 1]]
    unique = {tag.casefold(): tag for tag in chosen}
    return tuple(unique.values())


@lru_cache(maxsize=4096)
def as_tag(words: str) -> str:
    """#CamelCase of letters and digits, or "" when that gives no good tag (over 24 characters, no letter in front)."""
    joined = "".join(part[:1].upper() + part[1:] for part in _TAG_PARTS.findall(words))
    return f"#{joined}" if joined[:1].isalpha() and 2 < len(joined) <= 24 else ""


def _joined(body: str, call: str, tags: tuple[str, ...], platform: Platform) -> str:
    gap = "\n" if platform is Platform.X and len(body) < 120 else "\n\n"
    return f"{body}\n\n{call}" + (f"{gap}{' '.join(tags)}" if tags else "")
