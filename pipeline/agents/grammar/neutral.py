"""No language: the page's own words, set with signs only, for pages in a language we have no phrases for."""

from domain.brief import Angle
from pipeline.agents.grammar.shape import Grammar

_FACT = (
    "{lead} {detail}",
    "{name}: {lead} {detail}",
    "{bare}\n\n{detail}",
    "{lead} {detail}\n\n— {name}",
    "{detail}\n\n{name}: {bare}",
    "{name}\n\n{lead} {detail}",
)
_PLAIN = ("{lead}", "{name}: {lead}", "{lead}\n\n— {name}", "{name}\n\n{lead}", "{host}: {lead}", "• {lead}")
_LIST = ("{name}:\n{list}", "{name}\n\n{list}", "{host}\n{list}", "{list}\n\n— {name}")
_QUOTE = ("“{bare}” — {by}", "{by}: “{bare}”", "“{bare}”\n\n{by}", "{name}: “{bare}” ({by})")
_HEAD = ("{name}", "{name}:", "{host}", "{name} · {host}", "— {name} —")

GRAMMAR = Grammar(
    language="",
    short={
        "promise": _PLAIN,
        "feature": _FACT,
        "list": _LIST,
        "steps": _LIST,
        "quote": _QUOTE,
        "said": _PLAIN,
        "price": _FACT,
        "offer": _PLAIN,
        "audience": _PLAIN,
        "question": _FACT,
    },
    long={
        "promise": _HEAD,
        "feature": _HEAD,
        "list": _HEAD,
        "steps": _HEAD,
        "quote": _HEAD,
        "said": _HEAD,
        "price": _HEAD,
        "offer": _HEAD,
        "audience": _HEAD,
        "question": _HEAD,
    },
    supports=("{s}", "• {s}", "+ {s}", "— {s}"),
    list_heads=("+", "…", "—"),
    more=("{link}", "→ {link}", "{name} → {link}", "{name}: {link}"),
    with_call=("{call}: {link}", "{call} → {link}", "{call}\n{link}"),
    questions=(),
    member_openings=(),
    organisation_openings=(),
    playful=("✨", "👀", "☕", "📣"),
    pointers=("👉 {link}",),
    labels=dict.fromkeys(Angle, ""),
    sharing_alt="{host}: {headline}",
    card_alt="{name}: “{headline}”. {supporting} {host}",
)
