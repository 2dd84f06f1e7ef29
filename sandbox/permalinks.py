"""The pages that people open: a single post, and everything an account has published, on X, on LinkedIn and on Facebook."""

from collections.abc import Awaitable, Callable
from functools import partial
from html import escape
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

import sandbox.facebook.feed
import sandbox.instagram.feed
import sandbox.linkedin.feed
import sandbox.tiktok.feed
import sandbox.x.feed
from sandbox.linkedin.accounts import ORGANIZATION, PERSON
from sandbox.world import World
from sandbox.x.accounts import BY_ID

Posts = list[dict[str, Any]]
View = Callable[[Request], Awaitable[Response]]
Find = Callable[[World, Request], Posts]
STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 36rem; margin: 3rem auto; padding: 0 1.25rem; }
article { border: 1px solid #8884; border-radius: 1rem; padding: 1rem 1.25rem; margin-bottom: 1rem; }
p { white-space: pre-wrap; overflow-wrap: anywhere; } img, video { max-width: 100%; border-radius: .75rem; }
small { opacity: .7; }
"""


def routes(world: World) -> list[BaseRoute]:
    """Where the permalinks and profile links of the platforms lead."""
    return [Route(path, _view(partial(find, world))) for path, find in _PATHS.items()]


def _x(world: World, request: Request) -> Posts:
    wanted, posts = request.path_params, sandbox.x.feed.feed(world)
    if "id" in wanted:
        return [post for post in posts if post["id"] == wanted["id"]]
    account = BY_ID.get(wanted.get("user", ""))
    return [post for post in posts if post["account"] == (account.username if account else wanted.get("username"))]


def _linkedin(world: World, request: Request) -> Posts:
    wanted, posts = request.path_params, sandbox.linkedin.feed.feed(world)
    if "urn" in wanted:
        return [post for post in posts if post["id"] == wanted["urn"]]
    if "organization" in wanted:
        return [post for post in posts if post["account"] == ORGANIZATION + wanted["organization"]]
    name = request.query_params.get("keywords")
    return [post for post in posts if post["account"].startswith(PERSON) and post["account_name"] == name]


def _facebook(world: World, request: Request) -> Posts:
    wanted, posts = request.path_params, sandbox.facebook.feed.feed(world)
    if "video" in wanted:
        file = f"/video-{wanted['video']}"
        return [post for post in posts if any(shown["url"].endswith(file) for shown in post["media"])]
    own = [post for post in posts if post["account"] == wanted["page"]]
    return [post for post in own if wanted.get("post") in (None, post["id"].partition("_")[2])]


def _instagram(world: World, request: Request) -> Posts:
    wanted, posts = request.url.path.rstrip("/"), sandbox.instagram.feed.feed(world)
    own = [post for post in posts if wanted == f"/instagram/{post['account_name']}" and "/stories/" not in post["url"]]
    return own or [post for post in posts if post["url"].rstrip("/").endswith(wanted)]


def _tiktok(world: World, request: Request) -> Posts:
    wanted = request.path_params
    posts = [post for post in sandbox.tiktok.feed.feed(world) if post["privacy"] == "PUBLIC_TO_EVERYONE"]
    own = [post for post in posts if wanted.get("username") in (None, post["account"])]
    return [post for post in own if wanted.get("id") in (None, post["id"])]


_PATHS: dict[str, Find] = {
    "/x/i/web/status/{id}": _x,
    "/x/{username}/status/{id}": _x,
    "/x/i/user/{user}": _x,
    "/x/{username}": _x,
    "/facebook/{page}": _facebook,
    "/facebook/{page}/posts/{post}": _facebook,
    "/facebook/{page}/videos/{video}/": _facebook,
    "/facebook/reel/{video}/": _facebook,
    "/instagram/{username}/": _instagram,
    "/instagram/p/{code}/": _instagram,
    "/instagram/reel/{code}/": _instagram,
    "/instagram/stories/{username}/{id}/": _instagram,
    "/tiktok/@{username}": _tiktok,
    "/tiktok/@{username}/video/{id}": _tiktok,
    "/tiktok/@{username}/photo/{id}": _tiktok,
    "/tiktok/embed/v2/{id}": _tiktok,
    "/linkedin/feed/update/{urn}/": _linkedin,
    "/linkedin/company/{organization}/": _linkedin,
    "/linkedin/company/{organization}/posts/": _linkedin,
    "/linkedin/search/results/people/": _linkedin,
}


def _view(find: Callable[[Request], Posts]) -> View:
    async def view(request: Request) -> Response:
        posts = [post for post in reversed(find(request)) if not post["deleted"]]
        body = "".join(_article(post) for post in posts)
        missing = "<h1>Nothing is here</h1><p>The post was deleted, or it never was.</p>"
        head = f"<!doctype html><html lang=en><meta charset=utf-8><title>Sandbox</title><style>{STYLE}</style>"
        return HTMLResponse(head + (body or missing), 200 if posts else 404)

    return view


def _article(post: dict[str, Any]) -> str:
    pictures = "".join(_shown(one) for one in post["media"])
    figures = " · ".join(f"{value} {name}" for name, value in post["metrics"].items() if value is not None)
    return (
        f"<article><strong>{escape(post['account_name'])}</strong> <small>{escape(post['platform'])}, sandbox</small>"
        f"<p>{escape(post['text'])}</p>{pictures}<p><small>{escape(figures)}</small></p></article>"
    )


def _shown(media: dict[str, Any]) -> str:
    url, alt = escape(media["url"]), escape(media["alt"])
    if media.get("type", "").startswith("video/"):
        return f'<video src="{url}" title="{alt}" controls preload="metadata"></video>'
    return f'<img src="{url}" alt="{alt}">'
