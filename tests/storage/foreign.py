"""Operations at random as one workspace with the ids of another: each must come out as with an id that nobody has.

Every function of storage and pipeline that works in a workspace's transaction and takes ids is called twice, once with foreign
ids and once with fresh ones in their place, and each time undone. The tables raise as soon as a foreign row is touched.
"""

import contextlib
import importlib
import inspect
import pkgutil
import random
import re
import types
import typing
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from types import ModuleType
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

import pipeline
import storage
from bot.verdicts import say
from domain.decision import Outcome, Verdict
from domain.ids import uuid7
from domain.secret import Secret
from storage.session import Database, Transaction
from storage.vault import Vault
from tests.storage.conftest import Connection, House

Answer = tuple[str, str]
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
GUARD = """
CREATE OR REPLACE FUNCTION tests_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(NEW.workspace_id, OLD.workspace_id) = TG_ARGV[0]::uuid OR OLD.workspace_id = TG_ARGV[0]::uuid THEN
        RAISE EXCEPTION 'a foreign row of % was touched', TG_TABLE_NAME;
    END IF;
    RETURN coalesce(NEW, OLD);
END $$
"""


class CannotMake(Exception):
    """A parameter of a kind that no value is known for."""


class Undone(Database):
    """A database in which nothing stays."""

    @contextlib.asynccontextmanager
    async def transaction(self, workspace_id: UUID | None = None) -> AsyncIterator[Transaction]:
        async with super().transaction(workspace_id) as tx:
            yield tx
            tx.callbacks.clear()
            raise psycopg.Rollback


@dataclass
class Intruder:
    """Works under `mine`, and knows every id of `theirs`."""

    mine: House
    theirs: House
    database: Undone
    vault: Vault
    dice: random.Random
    foreign: dict[str, list[UUID]] = field(default_factory=dict)
    own: dict[str, list[UUID]] = field(default_factory=dict)
    tokens: list[str] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    left_out: set[str] = field(default_factory=set)

    def learn(self, superuser: Connection, tables: list[str]) -> None:
        """Read all ids of both, and put the guard on every table."""
        superuser.execute(GUARD)
        for table in tables:
            name = sql.Identifier(table)
            columns = superuser.execute(
                "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND atttypid = 'uuid'::regtype AND attnum > 1",
                (table,),
            ).fetchall()
            for (column,) in columns:
                for house, ids in ((self.theirs, self.foreign), (self.mine, self.own)):
                    found = superuser.execute(
                        sql.SQL("SELECT DISTINCT {} FROM {} WHERE workspace_id = %s AND {} IS NOT NULL").format(
                            sql.Identifier(column), name, sql.Identifier(column)
                        ),
                        (house.id,),
                    ).fetchall()
                    called = (
                        f"{table.removesuffix('es' if table == 'batches' else 's')}_id" if column == "id" else column
                    )
                    ids.setdefault(called, []).extend(row[0] for row in found)
            superuser.execute(
                sql.SQL(
                    "CREATE TRIGGER tests_guard BEFORE INSERT OR UPDATE OR DELETE ON {} FOR EACH ROW EXECUTE FUNCTION tests_guard({})"
                ).format(name, sql.Literal(str(self.theirs.id)))
            )
        rows = superuser.execute("SELECT token FROM card_faces WHERE workspace_id = %s", (self.theirs.id,))
        self.tokens = [row[0] for row in rows.fetchall()]

    async def try_one(self) -> str | None:
        """One operation; None when it came out alike, else what differed."""
        if self.dice.random() < 0.15:
            return await self._press()
        name, function = self.dice.choice(OPERATIONS)
        seed = self.dice.random()
        try:
            foreign = await self._come_out(name, function, seed, fresh=False)
            fresh = await self._come_out(name, function, seed, fresh=True)
        except CannotMake:
            self.left_out.add(name)
            return None
        self.done[name] += 1
        return None if foreign == fresh else f"{name}: a foreign id gives {foreign}, one that nobody has {fresh}"

    async def _press(self) -> str | None:
        """A button of theirs, pressed in our chat, and one that nobody ever drew."""
        decision = self.dice.choice(("approve", "reject", "undo", "withdraw", "move", "live"))
        said = []
        for token in (self.dice.choice(self.tokens), uuid7().hex):
            click = self.mine.pressed(token, decision, self.dice.choice(("bob", "ann", "nobody")))
            try:
                [verdict] = await self.database.call("SELECT decide(%(clicks)s, '0')", {"clicks": Jsonb([click])})
            except psycopg.errors.RaiseException as touched:
                said.append(str(touched).splitlines()[0])
            else:
                said.append(say(Verdict(Outcome(verdict["outcome"])), "Bob"))
        self.done["bot: a pressed button"] += 1
        return None if said[0] == said[1] else f"a foreign button says {said[0]!r}, an unknown one {said[1]!r}"

    async def _come_out(self, name: str, function: Callable[..., Any], seed: float, *, fresh: bool) -> Answer:
        values = Values(self, random.Random(seed), fresh)
        arguments = values.arguments(function)
        try:
            if name.startswith("storage"):
                async with self.database.transaction(self.mine.id) as tx:
                    answer = await function(tx, **arguments)
            else:
                answer = await function(self.database, **arguments)
        except CannotMake:
            raise
        except Exception as error:  # what it raises is what it answers  # noqa: BLE001
            return values.plain(f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"), ""
        return "", values.plain(repr(answer))


@dataclass
class Values:
    """Arguments for one call: the same for the same dice, but for the ids that are replaced by fresh ones."""

    intruder: Intruder
    dice: random.Random
    fresh: bool
    used: list[UUID] = field(default_factory=list)

    def arguments(self, function: Callable[..., Any]) -> dict[str, Any]:
        hints = typing.get_type_hints(function)
        names = list(inspect.signature(function).parameters.values())[1:]
        return {
            each.name: self.of(hints[each.name], each.name)
            for each in names
            if each.default is each.empty or self.dice.random() < 0.5
        }

    def ident(self, name: str) -> UUID:
        if name == "workspace_id":
            return self.intruder.mine.id
        if name in ("by", "member_id", "actor") and self.dice.random() < 0.7:
            return self.intruder.mine.people["ann"]
        ids = self.intruder.foreign
        fitting = ids.get(name) or ids.get(f"{name}_id") or []
        anything = [ident for known in ids.values() for ident in known]
        own = self.intruder.own.get(name, [])
        chosen = self.dice.choice(fitting if fitting and self.dice.random() < 0.8 else anything)
        if own and self.used and self.dice.random() < 0.5:  # theirs beside ours
            return self.dice.choice(own)
        self.used.append(chosen)
        return UUID(int=chosen.int ^ (1 << 70)) if self.fresh else chosen

    def plain(self, text: str) -> str:
        """Without what must differ: the ids that were put in, and what is made anew at every call."""
        for ident in self.used:
            for each in (ident, UUID(int=ident.int ^ (1 << 70))):
                text = text.replace(str(each), "ID")
        text = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "NEW", text)
        text = re.sub(r"datetime\.datetime\([^)]*\)+|datetime\.timedelta\([^)]*\)", "TIME", text)
        return re.sub(r"0x[0-9a-f]+|\d+\.\d+|[\w-]{22,}", "…", text)

    def of(self, kind: Any, name: str) -> Any:
        if typing.get_origin(kind) in (types.UnionType, typing.Union):
            inner = [each for each in typing.get_args(kind) if each is not type(None)]
            return self.of(inner[0], name) if name.endswith("id") or self.dice.random() < 0.5 else None
        if kind is UUID:
            return self.ident(name)
        if typing.get_origin(kind) in (list, tuple):
            inner = typing.get_args(kind)
            if typing.get_origin(kind) is tuple and inner[-1] is not Ellipsis:
                return tuple(self.of(each, name) for each in inner)
            made = [self.of(inner[0], name)]
            return tuple(made) if typing.get_origin(kind) is tuple else made
        if isinstance(kind, type) and issubclass(kind, StrEnum):
            return self.dice.choice(list(kind))
        if kind in SIMPLE:
            return SIMPLE[kind]
        if kind is Vault:
            return self.intruder.vault
        if is_dataclass(kind):
            given = {each.name for each in fields(kind) if each.default is MISSING and each.default_factory is MISSING}
            hints = typing.get_type_hints(kind)
            return typing.cast(Any, kind)(**{each: self.of(hints[each], each) for each in given})
        if kind == HINT:
            return lambda stage, workspace_id, ident: None
        if typing.get_origin(kind) in (dict, Mapping) or kind is Mapping:
            return {}
        raise CannotMake(f"{name}: {kind}")


HINT = Callable[[str, UUID | None, UUID | None], None]
SIMPLE: dict[Any, Any] = {
    str: "https://t.example", int: 3, float: 60.0, bool: True, bytes: b"\x01", datetime: NOON, date: NOON.date(), time: time(9),
    timedelta: timedelta(hours=1), Decimal: Decimal(5), Secret: Secret("of the tests"), Any: None, object: None,
}  # fmt: skip
NOT_THESE = {
    "storage.session", "pipeline.verify", "pipeline.anchor",
}  # fmt: skip


def operations() -> list[tuple[str, Callable[..., Any]]]:
    """Every function that works in a workspace and takes an id besides it."""
    found: list[tuple[str, Callable[..., Any]]] = []
    for package, first in ((storage, Transaction), (pipeline, Database)):
        for module in pkgutil.iter_modules(package.__path__):
            found += _of(importlib.import_module(f"{package.__name__}.{module.name}"), first)
    return found


def _of(module: ModuleType, first: type) -> list[tuple[str, Callable[..., Any]]]:
    found = []
    for name, function in vars(module).items():
        if name.startswith("_") or not inspect.iscoroutinefunction(function) or function.__module__ != module.__name__:
            continue
        hints, names = typing.get_type_hints(function), list(inspect.signature(function).parameters)
        takes = [
            each for each in names[1:] if "UUID" in str(hints[each]) and each != "workspace_id" and hints[each] != HINT
        ]
        works = first is Transaction or "workspace_id" in names
        if names and hints[names[0]] is first and takes and works and module.__name__ not in NOT_THESE:
            found.append((f"{module.__name__}.{name}", function))
    return found


OPERATIONS = operations()


async def intrude(intruder: Intruder, count: int) -> list[str]:
    """So many operations, and what came out otherwise than for an id that nobody has."""
    found = [await intruder.try_one() for _ in range(count)]
    return [each for each in found if each is not None]
