"""Our own processes as the stories start them: beside a stub that plays both chat and platform."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.stage import SIGNING_SECRET, Scene, free_port, running


@dataclass
class Ours:
    """A scene's processes. Each lives as long as the block in which it was started."""

    scene: Scene
    stub: int
    stack: contextlib.ExitStack

    def environment(self, login: str) -> dict[str, str]:
        """Slack and X are the stub; Telegram is not configured."""
        stub = f"http://127.0.0.1:{self.stub}"
        return self.scene.environment(
            login,
            SLACK_SIGNING_SECRET=SIGNING_SECRET,
            SLACK_CLIENT_ID="1.1",
            SLACK_CLIENT_SECRET="nobody's",
            SLACK_API_URL=f"{stub}/api/",
            X_API_URL=stub,
            X_AUTHORIZE_URL=f"{stub}/authorize",
            X_CLIENT_ID="x",
            X_CLIENT_SECRET="nobody's either",
            LINKEDIN_API_URL=stub,
            LINKEDIN_OAUTH_URL=stub,
        )

    def start(self, name: str, *arguments: str) -> int:
        """`amarktai NAME` until the block ends; its process id."""
        login = "amarktai_web" if name == "web" else "amarktai_worker"
        return self.program(name, login, "-m", "app", name, *arguments)

    def program(self, name: str, login: str, *argv: str) -> int:
        return self.stack.enter_context(running(name, self.environment(login), self.scene.home, *argv))


@contextlib.contextmanager
def opened(scene: Scene) -> Iterator[Ours]:
    """The stub runs; what the caller starts ends with the block."""
    with contextlib.ExitStack() as stack:
        ours = Ours(scene, free_port(), stack)
        ours.program("stub", "amarktai_web", "-m", "benchmarks.stub", str(ours.stub))
        yield ours
