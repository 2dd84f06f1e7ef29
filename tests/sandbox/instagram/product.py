"""The product's side of Instagram: connected through its Page, with its own pictures and films on a web server."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

from tests.sandbox.meta.product import Product as MetaProduct
from tests.sandbox.samples import jpeg, mp4

ACCOUNT = "17841400000000001"
SCOPES = (
    "pages_show_list,pages_read_engagement,instagram_basic,instagram_content_publish,instagram_manage_comments,"
    "instagram_manage_insights,instagram_manage_contents"
)


class Shelf:
    """A web server that shows the files put on it, and remembers who asked for what."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.moved: dict[str, str] = {}
        self.asked: list[str] = []
        shelf = self

        class Shown(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                shelf.asked.append(self.path)
                content = shelf.files.get(self.path)
                if self.path in shelf.moved:
                    self.send_response(302)
                    self.send_header("Location", shelf.moved[self.path])
                else:
                    self.send_response(404 if content is None else 200)
                self.send_header("Content-Length", str(len(content or b"")))
                self.end_headers()
                self.wfile.write(content or b"")

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Shown)
        self.base = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def put(self, name: str, content: bytes) -> str:
        """Show the file; its address."""
        self.files[f"/{name}"] = content
        return f"{self.base}/{name}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class Product(MetaProduct):
    """A product that publishes to sunrise.studio."""

    def __init__(self, sandbox: Any, shelf: Shelf) -> None:
        super().__init__(sandbox)
        self.shelf = shelf

    def connect(self, **changes: str) -> "Product":
        super().connect(**{"scope": SCOPES, **changes})
        return self

    def container(self, **fields: Any) -> httpx.Response:
        flat = {name: json.dumps(value) if isinstance(value, list | bool) else value for name, value in fields.items()}
        return self.http.post(f"/{ACCOUNT}/media", data=flat)

    def made(self, **fields: Any) -> str:
        """A container's id."""
        return str(self.container(**fields).raise_for_status().json()["id"])

    def image(self, content: bytes | None = None, **fields: Any) -> httpx.Response:
        return self.container(image_url=self.shelf.put("a.jpg", jpeg() if content is None else content), **fields)

    def film(self, content: bytes | None = None, media_type: str = "REELS", **fields: Any) -> httpx.Response:
        address = self.shelf.put("a.mp4", mp4() if content is None else content)
        return self.container(video_url=address, media_type=media_type, **fields)

    def status(self, container: str) -> dict[str, Any]:
        return dict(self.read(container, "status_code,status"))

    def publish(self, container: str) -> httpx.Response:
        return self.http.post(f"/{ACCOUNT}/media_publish", data={"creation_id": container})

    def published(self, container: str) -> str:
        return str(self.publish(container).raise_for_status().json()["id"])

    def post_image(self, **fields: Any) -> str:
        """A picture from container to post; the medium's id."""
        return self.published(self.image(**fields).raise_for_status().json()["id"])

    def effects(self, effect: str = "post") -> list[dict[str, Any]]:
        return [entry for entry in self.world.ledger.entries("instagram") if entry["effect"] == effect]
