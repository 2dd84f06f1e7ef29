"""What comes while others like it are being done is done with the next turn: one call, one commit, each its own answer.

An idle process waits for nothing: the first to come is a turn of its own. `docs/decisions/0013-clicks-share-a-commit.md`
says what it is worth, and why nobody is harmed by who else was there.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

import psycopg

One = TypeVar("One")
Result = TypeVar("Result")
Doing = Callable[[Sequence[One], bool], Awaitable[Sequence[Result]]]
"""Does all or nothing, and returns as many results in the same order. Told False, it must not wait for anybody for long."""

MOST = 32
"""So many share a turn; more would wait for each other longer than the commit takes that they save."""


class Together(Generic[One, Result]):
    """One turn at a time. A turn that fails was nobody's: each of it is then done by itself, and finds out for itself."""

    def __init__(self, do: "Doing[One, Result]") -> None:
        self._do = do
        self._waiting: list[tuple[One, asyncio.Future[Result]]] = []
        self._running: asyncio.Task[None] | None = None
        self._alone: set[asyncio.Task[None]] = set()

    async def __call__(self, one: One) -> Result:
        """Raises what `do` raises for this one."""
        answer: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((one, answer))
        if self._running is None:  # a task of its own: whoever came first may hang up, the others' turn goes on
            self._running = asyncio.create_task(self._turns())
        return await answer

    async def _turns(self) -> None:
        try:
            while self._waiting:
                turn, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                await self._turn(turn)
        finally:
            self._running = None

    async def _turn(self, turn: "list[tuple[One, asyncio.Future[Result]]]") -> None:
        try:
            results = await self._do([one for one, _ in turn], False)
        except Exception as error:  # whatever it was: one of them may have caused it, the others must not suffer  # noqa: BLE001
            for one, answer in turn:
                if _may_be_done(error):
                    _fail(answer, error)
                else:
                    self._spawn(one, answer)
        else:
            for (_, answer), result in zip(turn, results, strict=True):
                _settle(answer, result)

    def _spawn(self, one: One, answer: "asyncio.Future[Result]") -> None:
        """Beside the turns: one that has to wait must not hold them up."""
        task = asyncio.create_task(self._by_itself(one, answer))
        self._alone.add(task)
        task.add_done_callback(self._alone.discard)

    async def _by_itself(self, one: One, answer: "asyncio.Future[Result]") -> None:
        try:
            (result,) = await self._do([one], True)
        except Exception as error:  # it goes to whoever asked, as if they had asked the database themselves  # noqa: BLE001
            _fail(answer, error)
        else:
            _settle(answer, result)


def _settle(answer: "asyncio.Future[Result]", result: Result) -> None:
    if not answer.done():  # whoever asked may be gone
        answer.set_result(result)


def _fail(answer: "asyncio.Future[Result]", error: Exception) -> None:
    if not answer.done():
        answer.set_exception(error)


def _may_be_done(error: Exception) -> bool:
    """The connection was lost: perhaps after the commit. To do it again is for those who can tell."""
    if not isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return False
    return error.sqlstate is None or error.sqlstate.startswith(("08", "57P"))
