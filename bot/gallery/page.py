"""Puts Slack's and Telegram's drawing of the same view side by side on one page that needs nothing else."""

import base64
from html import escape
from importlib.resources import files

from bot.gallery import samples
from bot.gallery.emoji import drawn
from bot.gallery.slack_html import blocks_html, modal_html
from bot.slack import render as slack
from bot.telegram import render as telegram
from domain.card import DigestView, NoticeView, PostView, Surface
from domain.decision import Decision
from domain.post import State

_PICTURE = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 336"><defs><linearGradient id="g" x2="1" y2="1">
<stop stop-color="#2f5bea"/><stop offset="1" stop-color="#7b3ff2"/></linearGradient></defs>
<rect width="640" height="336" fill="url(#g)"/><circle cx="560" cy="60" r="150" fill="#fff" opacity=".09"/>
<g font-family="Inter,Manrope,Helvetica,Arial,sans-serif" fill="#fff"><text x="44" y="148" font-size="46"
font-weight="700">One daily approval</text><text x="44" y="196" font-size="25" opacity=".85">is all the work that
 is left</text><text x="44" y="296" font-size="19" opacity=".8">amarktai.com</text></g></svg>"""
_CHART = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 250"><rect width="640" height="250" fill="#fff"/>
<g stroke="#e6e8ee"><path d="M40 40H610M40 90H610M40 140H610M40 190H610"/></g><g fill="none" stroke-width="4"
stroke-linejoin="round"><path stroke="#2f5bea" d="M50 150 140 138 230 144 320 110 410 96 500 88 590 52"/>
<path stroke="#12a37a" d="M50 186 140 182 230 188 320 180 410 184 500 178 590 181"/></g><g font-family="sans-serif"
font-size="15" fill="#5b6270"><text x="50" y="226">Impressions a day</text><text x="470" y="226">X · LinkedIn</text></g>
</svg>"""


def _uri(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


_PICTURES = {"F-PICTURE": _uri(_PICTURE), "F-CHART": _uri(_CHART)}
_PAGE = "https://app.amarktai.com/settings?code=k3Zq8VbT1mXw0LrYcPd5Ag"
_ASKED = telegram.Asked(4711, "Ben Osei")


def page() -> str:
    """The whole gallery: a self-contained HTML document."""
    sections = [
        ("Cards", "the same post in both chats, in every state it can be in", _cards()),
        ("Asking for more", "dialogs in Slack, replies in Telegram", _dialogs()),
        ("Answers", "what commands are answered with, and the App Home", _answers()),
    ]
    links = "".join(f'<a href="#{name.split()[0].lower()}">{name}</a>' for name, _, _ in sections)
    body = "".join(
        f'<h2 id="{name.split()[0].lower()}">{name} <small>{about}</small></h2>{rows}' for name, about, rows in sections
    )
    shell = files("bot.gallery").joinpath("page.html").read_text()
    style = files("bot.gallery").joinpath("page.css").read_text()
    return shell.replace("{style}", style).replace("{links}", links).replace("{body}", drawn(body))


def _row(title: str, left: str, right: str) -> str:
    return f'<section><h3>{escape(title)}</h3><div class="pair">{left}{right}</div></section>'


def _slack(inside: str) -> str:
    who = '<div class="who"><b>Amarktai</b><span class="app">APP</span><time>09:02</time></div>'
    return f'<div class="slack"><div class="face">A</div><div class="msg">{who}{inside}</div></div>'


def _slack_message(message: slack.SlackMessage) -> str:
    return _slack(blocks_html(message.blocks, _PICTURES))


def _telegram(message: telegram.TelegramMessage, picture: str = "F-PICTURE") -> str:
    photo = ""
    if message.photo_caption is not None:
        image = f'<img src="{_PICTURES[picture]}" alt="">'
        photo = f'<div class="bubble photo">{image}<span>{message.photo_caption}</span></div>'
    rows = "".join(
        '<div class="keys">' + "".join(f"<span>{escape(key.text)}</span>" for key in row) + "</div>"
        for row in message.keyboard
    )
    text = message.text.replace("\n<pre>", "<pre>").replace("</pre>\n", "</pre>")  # a block needs no line end around it
    return f'<div class="telegram">{photo}<div class="bubble">{text}<time>09:02</time></div>{rows}</div>'


def _prompt(prompt: telegram.TelegramPrompt) -> str:
    reply = f'<div class="reply"><b>Reply to Amarktai</b><i>{escape(prompt.placeholder)}</i></div>'
    text = prompt.text.replace("\n<pre>", "<pre>")
    return f'<div class="telegram"><div class="bubble">{text}<time>09:02</time></div>{reply}</div>'


def _cards() -> str:
    return "".join(_card(title, view) for title, view in samples.CARDS.items())


def _card(title: str, view: PostView | DigestView | NoticeView) -> str:
    pictured = isinstance(view, PostView) and view.picture_digest is not None
    left = slack.render_card(samples.face(view), "F-PICTURE" if pictured else None)
    return _row(title, _slack_message(left), _telegram(telegram.render_card(samples.face(view, Surface.TELEGRAM))))


def _dialogs() -> str:
    post, token = samples.POST, samples.TOKEN
    drop = telegram.TelegramMessage(
        telegram.render_card(samples.face(samples.in_state(State.MISSED))).text,
        telegram.confirm_keyboard(Decision.DROP, token),
    )
    pairs = [
        ("Edit", slack.edit_modal(post, token), _prompt(telegram.edit_prompt(post, _ASKED))),
        (
            "Settings",
            slack.choose_modal(samples.TIKTOK, token),
            _telegram(telegram.render_choose(samples.TIKTOK, _PAGE)),
        ),
        ("Settings of a film", slack.choose_modal(samples.YOUTUBE, token), ""),
        ("First comment", slack.choose_modal(samples.FACEBOOK, token), ""),
        ("Own media", slack.media_modal(post, token), _prompt(telegram.media_prompt(post, _ASKED))),
        ("Regenerate", slack.regenerate_modal(post, token), _prompt(telegram.regenerate_prompt(post, _ASKED))),
        ("Reject", slack.reject_modal(post, token), _prompt(telegram.reject_prompt(post, _ASKED))),
        ("It is live", slack.live_modal(post, token), _prompt(telegram.live_prompt(post, _ASKED))),
        (
            "Move slot",
            slack.move_modal(post, token, samples.SLOTS),
            _telegram(telegram.render_slots(post, token, samples.SLOTS)),
        ),
        (
            "Describe",
            slack.describe_modal("Amarktai", token),
            _prompt(telegram.describe_prompt("Amarktai", _ASKED)),
        ),
        ("Loading; and are you sure?", slack.loading_modal("Edit the post"), _telegram(drop)),
    ]
    return "".join(_row(title, modal_html(view, _PICTURES), right) for title, view, right in pairs)


def _answers() -> str:
    late = "Ben Osei was first and approved #1042 at 09:14 Europe/Berlin. Nothing changed."
    pairs = [
        ("Too late", slack.render_words(late), telegram.render_words(late)),
        ("Help", slack.render_help(samples.HELP), telegram.render_help(samples.HELP)),
        ("Queue", slack.render_queue((samples.QUEUE,)), telegram.render_queue((samples.QUEUE,))),
        ("Web apps", slack.render_apps(samples.APPS), telegram.render_apps(samples.APPS)),
        ("People", slack.render_people(samples.PEOPLE), telegram.render_people(samples.PEOPLE)),
        ("Figures", slack.render_analytics(samples.ANALYTICS, "F-CHART"), telegram.render_analytics(samples.ANALYTICS)),
    ]
    rows = [_row(title, _slack_message(left), _telegram(right, "F-CHART")) for title, left, right in pairs]
    home = blocks_html(slack.render_home(samples.HOME)["blocks"], _PICTURES)
    rows.append(f'<section><h3>App Home</h3><div class="home">{home}</div></section>')
    return "".join(rows)
