"""Transactions: the only place that begins and commits one, and that says for which workspace.

Every statement stands in a query module of this package, with its parameters bound by psycopg; none is put together from
strings. `docs/decisions/0002-sql-as-written.md` says why there is no ORM in between.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from enum import StrEnum
from functools import cache, partial
from typing import Any, TypeVar, cast, get_args, get_type_hints
from uuid import UUID

from psycopg import AsyncConnection, AsyncCursor
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

from storage.together import Together

T = TypeVar("T")
Params = Mapping[str, object]

open_transaction: ContextVar[bool] = ContextVar("open_transaction", default=False)
"""True inside `transaction()`. The tests refuse every network call while it is."""


LONGEST_SILENCE = "15s"
"""A transaction in which nothing is asked for so long is ended by the server: its process froze or its machine is gone, and others
wait for what it locked. Ours never wait for anybody else in there."""
_BEGIN = "SELECT set_config('app.workspace', %s, true), set_config('idle_in_transaction_session_timeout', %s, true)"


class Transaction:
    """One open transaction of one workspace (or of none, for the tables that stand before any tenant)."""

    def __init__(self, connection: AsyncConnection[Any], workspace_id: UUID | None) -> None:
        self._connection = connection
        self.workspace_id = workspace_id
        self.callbacks: list[Callable[[], None]] = []

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call `callback` once the transaction has committed; not at all if it rolls back. It must not raise."""
        self.callbacks.append(callback)

    def _bound(self, params: Params | None) -> Params:
        return {"workspace_id": self.workspace_id, **(params or {})}

    async def run(self, statement: str, params: Params | None = None) -> int:
        """Execute and return how many rows were touched. `workspace_id` is always among the parameters."""
        cursor = await self._connection.execute(statement, self._bound(params))
        return cursor.rowcount

    async def rows(self, shape: type[T], statement: str, params: Params | None = None) -> list[T]:
        """All rows, each as a `shape`: a dataclass whose fields are the columns; those typed as a StrEnum become its members."""
        async with self._connection.cursor(row_factory=_shaped(shape)) as cursor:
            await cursor.execute(statement, self._bound(params))
            return await cursor.fetchall()

    async def row(self, shape: type[T], statement: str, params: Params | None = None) -> T | None:
        """The first row as a `shape`, or None."""
        found = await self.rows(shape, statement, params)
        return found[0] if found else None

    async def dicts(self, statement: str, params: Params | None = None) -> list[dict[str, Any]]:
        """All rows as dictionaries, for reports whose columns are only passed on."""
        async with self._connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(statement, self._bound(params))
            return await cursor.fetchall()

    async def value(self, statement: str, params: Params | None = None) -> Any:
        """The first column of the first row, or None."""
        cursor = await self._connection.execute(statement, self._bound(params))
        found = await cursor.fetchone()
        return found[0] if found else None


class Database:
    """A pool of connections of one login. Open it inside the event loop that uses it."""

    def __init__(self, url: str, *, size: int = 8) -> None:
        self._pool = AsyncConnectionPool(
            url,
            min_size=1,
            max_size=size,
            open=False,
            timeout=10,
            max_idle=300,
            # The pool waits twice as long after each try: given up early, the next who asks makes it try at once.
            reconnect_timeout=3,
            kwargs={"autocommit": True},
            check=None,
        )
        self._shared: dict[Callable[..., Any], Together[Any, Any]] = {}

    async def open(self) -> None:
        await self._pool.open()

    async def close(self) -> None:
        await self._pool.close()

    @asynccontextmanager
    async def transaction(self, workspace_id: UUID | None = None) -> AsyncIterator[Transaction]:
        """BEGIN and the tenant travel in one round trip; COMMIT at the end of the block, ROLLBACK when it raises."""
        async with self._pool.connection() as connection:
            transaction = Transaction(connection, workspace_id)
            token = open_transaction.set(True)
            try:
                async with connection.transaction():
                    if workspace_id is not None:
                        await connection.execute(_BEGIN, (str(workspace_id), LONGEST_SILENCE), prepare=True)
                    yield transaction
            finally:
                open_transaction.reset(token)
        for callback in transaction.callbacks:
            callback()

    async def call(self, statement: str, params: Params) -> Any:
        """One statement that is its own transaction: the click path. Returns the first column of its first row."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(statement, params, prepare=True)
            found = await cursor.fetchone()
            return found[0] if found else None

    async def shared(self, do: "Callable[[Database, Sequence[T], bool], Awaitable[Sequence[Any]]]", one: T) -> Any:
        """What `do` answers to `one`, in one call with what others bring meanwhile. `storage.together` has the contract."""
        if do not in self._shared:
            self._shared[do] = Together(partial(do, self))
        return await self._shared[do](one)


@cache
def _words(shape: Any) -> dict[str, type[StrEnum]]:
    """The fields of a dataclass that hold a word of the domain, with the enumeration it is from."""
    found: dict[str, type[StrEnum]] = {}
    for name, hint in get_type_hints(shape).items():
        for part in (hint, *get_args(hint)):
            if isinstance(part, type) and issubclass(part, StrEnum):
                found[name] = part
    return found


def _shaped(shape: type[T]) -> Callable[[AsyncCursor[Any]], Callable[[Sequence[Any]], T]]:
    """A row factory of psycopg that makes `shape`s."""
    words = _words(cast(Any, shape))

    def of_cursor(cursor: AsyncCursor[Any]) -> Callable[[Sequence[Any]], T]:
        names = [column.name for column in cursor.description or ()]
        readers = [words.get(name) for name in names]

        def of_row(values: Sequence[Any]) -> T:
            read = (
                reader(value) if reader and value is not None else value
                for reader, value in zip(readers, values, strict=True)
            )
            return shape(**dict(zip(names, read, strict=True)))

        return of_row

    return of_cursor
