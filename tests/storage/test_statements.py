"""Every statement that storage knows is prepared against the schema as a worker: a renamed column fails here, not at night."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import errors

import storage
from tests.conftest import Cluster
from tests.pipeline.conftest import PASSWORD, login_url
from tests.storage.conftest import Connection, connected

BEGINS = re.compile(r"\s*(--[^\n]*\n\s*)*(SELECT|INSERT|UPDATE|DELETE|WITH|MERGE|VALUES)\s", re.IGNORECASE)
PARAMETER = re.compile(r"%\((\w+)\)s|%s|%%")
PLACES = ("storage", "app", "pipeline", "bot")


def numbered(statement: str) -> str:
    """The statement as PostgreSQL's PREPARE takes it: $1, $2 for named parameters."""
    names: list[str] = []

    def number(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return "%"
        name = found[1] or f"unnamed {len(names)}"
        if name not in names:
            names.append(name)
        return f"${names.index(name) + 1}"

    typed = PARAMETER.sub(number, statement)
    return re.sub(r"(now\(\) [-+] \$\d+)(?!\d|::)", r"\1::interval", typed)  # psycopg sends a timedelta as what it is


def constants() -> Iterator[tuple[str, str]]:
    """Every SQL string of storage: module constants by import, and those written in place, in any package, by reading the source."""
    for module in pkgutil.iter_modules(storage.__path__):
        for name, value in vars(importlib.import_module(f"storage.{module.name}")).items():
            if isinstance(value, str) and BEGINS.match(value):
                yield f"storage.{module.name}.{name}", value


def literals() -> Iterator[tuple[str, str]]:
    root = Path(storage.__file__).parent.parent
    for place in PLACES:
        for file in sorted((root / place).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and is_sql(node.value):
                    yield f"{file.relative_to(root)}:{node.lineno}", node.value


def is_sql(text: str) -> bool:
    return (
        bool(BEGINS.match(text))
        and re.search(r"\b(FROM|INTO|SET|door_\w+|SELECT \w+\()", text) is not None
        and text.strip()[:6].isupper()
    )


OWNERS = ("installation",)
"""What only the owner writes: statements that change these are prepared as the owner."""
STATEMENTS = {text: place for place, text in (*literals(), *constants())}


@dataclass(frozen=True, slots=True)
class Schema:
    """One database for all of these tests, as a worker and as the owner see it."""

    worker: Connection
    owner: Connection


@pytest.fixture(scope="module")
def schema(cluster: Cluster, template: str) -> Iterator[Schema]:
    url = cluster.create("test_statements", template)
    with connected(url) as owner:
        owner.execute(psycopg.sql.SQL("ALTER ROLE amarktai_worker PASSWORD {}").format(psycopg.sql.Literal(PASSWORD)))
        with connected(login_url(url, "amarktai_worker")) as worker:
            worker.execute("SET plan_cache_mode = force_generic_plan")
            worker.prepare_threshold = owner.prepare_threshold = None
            yield Schema(worker, owner)
    cluster.drop("test_statements")


@pytest.mark.parametrize("statement", STATEMENTS, ids=list(STATEMENTS.values()))
def test_the_schema_has_what_is_named_in(statement: str, schema: Schema) -> None:
    changed = re.match(r"\s*UPDATE (\w+)", statement)
    connection = schema.owner if changed and changed[1] in OWNERS else schema.worker
    connection.execute("DEALLOCATE ALL")
    try:
        connection.execute(f"PREPARE checked AS {numbered(statement)}")
    except (errors.AmbiguousParameter, errors.IndeterminateDatatype):
        connection.execute(f"PREPARE checked AS {untyped(numbered(statement))}")
    arguments = connection.execute(
        "SELECT cardinality(parameter_types) FROM pg_prepared_statements WHERE name = 'checked'"
    ).fetchall()[0][0]
    given = f"({', '.join(['NULL'] * arguments)})" if arguments else ""
    connection.execute(f"EXPLAIN EXECUTE checked{given}")  # this also asks for the rights of the login


def untyped(statement: str) -> str:
    """Parameters that PostgreSQL cannot type by themselves are texts, as psycopg sends its strings."""
    return re.sub(r"(\$\d+)(?!\d|::)", r"\1::text", statement)


def test_the_search_finds_statements_in_every_module_that_speaks_sql() -> None:
    modules = {found[1] for place in STATEMENTS.values() if (found := re.match(r"storage[./](\w+)", place))}
    assert len(STATEMENTS) > 150 and len(modules) > 15


def test_a_column_that_is_not_there_is_found(schema: Schema) -> None:
    with pytest.raises(errors.UndefinedColumn):
        schema.worker.execute(f"PREPARE checked AS {numbered('SELECT headline FROM posts WHERE id = %(id)s')}")
