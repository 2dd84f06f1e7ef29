"""The page behind a video's link: it plays what anybody may see."""

from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.world import World
from sandbox.youtube.feed import feed

STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 44rem; margin: 3rem auto; padding: 0 1.25rem; }
video { width: 100%; max-height: 75vh; border-radius: .75rem; background: #000; }
p { white-space: pre-wrap; overflow-wrap: anywhere; } small { opacity: .7; }
"""
HEAD = f"<!doctype html><html lang=en><meta charset=utf-8><title>YouTube (sandbox)</title><style>{STYLE}</style>"


def routes(world: World) -> list[BaseRoute]:
    """/watch?v=, /shorts/{id} and the channel by its handle or id."""

    async def watch(request: Request) -> Response:
        wanted = request.path_params.get("id") or request.query_params.get("v")
        found = [video for video in feed(world) if video["id"] == wanted and not video["deleted"]]
        if not found or found[0]["visibility"] == "private":
            return HTMLResponse(f"{HEAD}<h1>Video unavailable</h1><p>It is private, or it was removed.</p>", 404)
        video = found[0]
        poster = f' poster="{escape(video["media"][0]["poster"])}"' if video["media"][0]["poster"] else ""
        said = "".join(f"<p>💬 {escape(words)}</p>" for words in video["comments"])
        return HTMLResponse(
            f'{HEAD}<video controls playsinline{poster} src="{escape(video["media"][0]["url"])}"></video>'
            f"<h1>{escape(video['title'])}</h1><p><strong>{escape(video['account_name'])}</strong>"
            f" <small>YouTube, sandbox · {escape(video['state'])}</small></p><p>{escape(video['text'])}</p>{said}"
        )

    async def channel(request: Request) -> Response:
        videos = [one for one in feed(world) if one["visibility"] == "public" and not one["deleted"]]
        links = "".join(f'<p><a href="{escape(one["url"])}">{escape(one["title"])}</a></p>' for one in reversed(videos))
        return HTMLResponse(f"{HEAD}<h1>Videos</h1>{links or '<p>Nothing yet.</p>'}")

    return [
        Route("/google/watch", watch),
        Route("/google/shorts/{id}", watch),
        Route("/google/channel/{channel}", channel),
    ]
