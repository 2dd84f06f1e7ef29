"""The consent page of a platform: who are you, and may this application act for you?"""

from collections.abc import Mapping, Sequence
from html import escape
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from starlette.responses import HTMLResponse, RedirectResponse, Response

STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 30rem; margin: 10vh auto; padding: 0 1.5rem; }
h1 { font-size: 1.35rem; } ul { padding-left: 1.2rem; }
button { font: inherit; padding: .6rem 1rem; margin: .3rem .3rem .3rem 0; border: 1px solid #8886;
  border-radius: .6rem; cursor: pointer; }
small { opacity: .7; }
"""


def page(platform: str, scopes: Sequence[str], choices: Mapping[str, str]) -> Response:
    """Ask the person. `choices`: form value → name to act as; the form posts `_auto=value` or `_deny=1` back here."""
    buttons = "".join(
        f'<button name="_auto" value="{escape(value)}">Allow as {escape(name)}</button>'
        for value, name in choices.items()
    )
    wanted = "".join(f"<li><code>{escape(scope)}</code></li>" for scope in scopes)
    return HTMLResponse(
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{escape(platform)} (sandbox)</title>"
        f"<style>{STYLE}</style><h1>Amarktai wants to use your {escape(platform)} account</h1><ul>{wanted}</ul>"
        f'<form method=post>{buttons}<button name="_deny" value="1">Cancel</button></form>'
        f"<p><small>This is the sandbox's {escape(platform)}. Nobody outside this machine is asked.</small></p>"
    )


def wrong(platform: str, reason: str) -> Response:
    """The page that a person sees when the application's request is bad: no redirect, since nobody can be trusted."""
    return HTMLResponse(
        f"<!doctype html><meta charset=utf-8><title>{escape(platform)} (sandbox)</title><style>{STYLE}</style>"
        f"<h1>Something went wrong</h1><p>{escape(reason)}</p>",
        400,
    )


def back(redirect_uri: str, **answer: str) -> Response:
    """Send the person back to the application with the answer added to its own query."""
    parts = urlsplit(redirect_uri)
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *answer.items()])
    return RedirectResponse(urlunsplit(parts._replace(query=query)), 302)


def is_local(redirect_uri: str) -> bool:
    """Whether the address is on this machine; the sandbox sends nobody anywhere else."""
    parts = urlsplit(redirect_uri)
    return parts.scheme in ("http", "https") and parts.hostname in ("127.0.0.1", "localhost", "::1")
