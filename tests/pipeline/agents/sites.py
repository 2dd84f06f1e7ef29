"""Real little HTTP servers that play web apps, kind and hostile."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

Answer = bytes | Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Site:
    """A server on one loopback address. What is asked for is in `asked`; an unknown path is a 404."""

    host: str
    port: int = 0
    routes: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def page(self, path: str, body: bytes, *, status: str = "200 OK", kind: str = "text/html", extra: str = "") -> None:
        head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        head += f"{extra}Connection: close\r\n\r\n"
        self.routes[path] = head.encode() + body

    def forward(self, path: str, to: str) -> None:
        self.page(path, b"", status="302 Found", extra=f"Location: {to}\r\n")

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await reader.readuntil(b"\r\n\r\n")
            path = request.split(b" ")[1].decode()
            self.asked.append(path)
            answer = self.routes.get(path.partition("?")[0], b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            if isinstance(answer, bytes):
                writer.write(answer)
                await writer.drain()
            else:
                await answer(writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client had seen enough: that is what some tests are about
        finally:
            writer.close()


StartSite = Callable[..., Awaitable[Site]]
