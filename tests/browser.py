"""Drives a real Chromium over its DevTools protocol: go somewhere, click, type, wait, look. For tests of pages."""

import base64
import itertools
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import httpx
import pytest
import websocket

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATIENCE = 10.0  # seconds for anything to appear
KEYS = {"Enter": ("\r", 13), "Escape": ("", 27), "Tab": ("", 9), "ArrowDown": ("", 40), "ArrowUp": ("", 38)}
FLAGS = (
    "--headless",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    "--remote-debugging-port=0",
    "--window-size=1600,1000",
)


class NotThere(AssertionError):
    """What a test waited for did not come in time."""


def find_chromium() -> str | None:
    """The program named in CHROMIUM, or the first of the usual names on the path; None when there is none."""
    named = os.environ.get("CHROMIUM")
    return named if named else next((found for name in NAMES if (found := shutil.which(name))), None)


class Browser:
    """One page in a headless Chromium. Selectors are CSS; the first element that matches is meant."""

    def __init__(self, program: str, profile: Path) -> None:
        as_root = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium refuses its own sandbox to root
        self._process = subprocess.Popen(
            [program, *FLAGS, *as_root, f"--user-data-dir={profile}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            self._port = _port_of(self._process, profile)
            self._numbers = itertools.count(1)
            self._socket = _connected(self._port)
            self.errors: list[str] = []
            for domain in ("Page", "Runtime", "Log"):
                self.call(f"{domain}.enable")
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the browser; asked politely first, so that its children end too."""
        if hasattr(self, "_socket"):
            self._socket.close()
        self._process.terminate()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """One command of the DevTools protocol. Raises RuntimeError with the browser's own words."""
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            told = json.loads(self._socket.recv())
            self._hear(told)
            if told.get("id") != number:
                continue
            if "error" in told:
                raise RuntimeError(f"{method}: {told['error']['message']}")
            return dict(told["result"])

    def _hear(self, told: dict[str, Any]) -> None:
        """What went wrong in the page is kept in `errors`: exceptions, refused scripts, failed files."""
        match told.get("method"):
            case "Runtime.exceptionThrown":
                details = told["params"]["exceptionDetails"]
                self.errors.append(details.get("exception", {}).get("description") or details["text"])
            case "Log.entryAdded" if told["params"]["entry"]["level"] == "error":
                self.errors.append(f"{told['params']['entry']['text']} ({told['params']['entry'].get('url', '')})")

    def goto(self, url: str) -> None:
        """Open a page and wait until it is parsed."""
        told = self.call("Page.navigate", url=url)
        if told.get("errorText"):
            raise NotThere(f"{url}: {told['errorText']}")
        self.wait_for_js("document.readyState !== 'loading' && location.href !== 'about:blank'")

    def js(self, expression: str) -> Any:
        """The value of a JavaScript expression (awaited when it is a promise). Raises RuntimeError when it throws."""
        told = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in told:
            raise RuntimeError(told["exceptionDetails"].get("exception", {}).get("description", expression))
        return told["result"].get("value")

    def wait_for_js(self, expression: str, patience: float = PATIENCE) -> Any:
        """The first true value of the expression. Raises NotThere."""
        until = time.monotonic() + patience
        while True:
            try:
                value = self.js(expression)
            except RuntimeError as error:  # the page is being replaced: its context is gone for a moment
                if "context" not in str(error):
                    raise
                value = None
            if value:
                return value
            if time.monotonic() > until:
                raise NotThere(f"never true within {patience:g} s: {expression}; the page's errors: {self.errors}")
            time.sleep(0.03)

    def wait_for(self, selector: str, patience: float = PATIENCE) -> None:
        """Wait until an element is there and can be seen."""
        self.wait_for_js(f"!!({_element(selector)})?.checkVisibility()", patience)

    def wait_gone(self, selector: str, patience: float = PATIENCE) -> None:
        """Wait until no such element can be seen."""
        self.wait_for_js(f"!({_element(selector)})?.checkVisibility()", patience)

    def text(self, selector: str) -> str:
        """What an element says, as it is laid out."""
        self.wait_for(selector)
        return str(self.js(f"{_element(selector)}.innerText"))

    def count(self, selector: str) -> int:
        """How many such elements there are."""
        return int(self.js(f"document.querySelectorAll({json.dumps(selector)}).length"))

    def click(self, selector: str) -> None:
        """Press an element with the mouse, once nothing lies over it and it has stopped moving."""
        self.wait_for(selector)
        point = self.wait_for_js(_POINT.replace("ELEMENT", _element(selector)))
        where = {"x": point[0], "y": point[1], "button": "left", "clickCount": 1}
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, **where)

    def fill(self, selector: str, text: str) -> None:
        """Replace what stands in a field, as if typed."""
        self.wait_for(selector)
        self.js(f"(e => (e.focus(), e.select?.()))({_element(selector)})")
        if text:
            self.call("Input.insertText", text=text)
        else:
            self.press("Backspace")

    def choose(self, selector: str, value: str) -> None:
        """Choose an option of a menu by its value."""
        self.wait_for(selector)
        change = "e.dispatchEvent(new Event('input', {bubbles: true})), e.dispatchEvent(new Event('change', {bubbles: true}))"
        self.js(f"(e => (e.value = {json.dumps(value)}, {change}))({_element(selector)})")

    def press(self, key: str) -> None:
        """Press a key, such as Enter, where the focus is."""
        text, code = KEYS.get(key, ("", 8))
        common = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        self.call("Input.dispatchKeyEvent", type="keyDown", **common, **({"text": text} if text else {}))
        self.call("Input.dispatchKeyEvent", type="keyUp", **common)

    def resize(self, width: int, height: int, *, dark: bool = False) -> None:
        """The size of the window, and whether the person likes it dark."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])

    def screenshot(self, path: Path | str) -> Path:
        """A PNG of the window."""
        picture = self.call("Page.captureScreenshot", format="png")["data"]
        Path(path).write_bytes(base64.b64decode(picture))
        return Path(path)


# The middle of the element once it lies on top there and stands still, else null.
_POINT = """(async (e) => {
  if (!e) return null;
  e.scrollIntoView({ block: "center", inline: "nearest", behavior: "instant" });
  const a = e.getBoundingClientRect();
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const b = e.getBoundingClientRect();
  const [x, y] = [b.left + b.width / 2, b.top + b.height / 2];
  const top = document.elementFromPoint(x, y);
  return a.top === b.top && a.left === b.left && top && (e.contains(top) || top.contains(e)) ? [x, y] : null;
})(ELEMENT)"""


def _element(selector: str) -> str:
    return f"document.querySelector({json.dumps(selector)})"


def _port_of(process: "subprocess.Popen[bytes]", profile: Path) -> int:
    """The port that Chromium chose; it writes it into its profile when it is ready."""
    file = profile / "DevToolsActivePort"
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if process.poll() is not None:
            raise NotThere(f"Chromium ended at once with code {process.returncode}.")
        if file.exists() and (lines := file.read_text().splitlines()):
            return int(lines[0])
        time.sleep(0.05)
    raise NotThere("Chromium did not open its DevTools port within 30 s.")


def _connected(port: int) -> "websocket.WebSocket":
    with httpx.Client(trust_env=False, timeout=10) as client:
        targets = client.get(f"http://127.0.0.1:{port}/json/list").json()
    address = next(target["webSocketDebuggerUrl"] for target in targets if target["type"] == "page")
    return websocket.create_connection(address, timeout=30, suppress_origin=True)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests. Without Chromium its tests are skipped, in words."""
    program = find_chromium()
    if program is None:
        pytest.skip(f"no Chromium found: none of {', '.join(NAMES)} is on the path, and CHROMIUM names none")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile, Browser(program, Path(profile)) as browser:
        yield browser


@pytest.fixture
def browser(chromium: Browser) -> Iterator[Browser]:
    """The browser as good as new: light, wide, no page, nothing remembered."""
    chromium.resize(1600, 1000)
    chromium.errors.clear()
    yield chromium
    chromium.call("Storage.clearDataForOrigin", origin="*", storageTypes="all")
    chromium.goto("about:blank#done")
