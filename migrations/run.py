"""Runs a revision's SQL files in order. The SQL is the description of the schema; there is no second one to drift from it."""

from pathlib import Path

from alembic import op

SQL = Path(__file__).parent / "sql"


def execute_files(revision: str, *, upwards: bool) -> None:
    """Execute `sql/REVISION/NN_*.sql` in order, or its `down.sql`, inside the revision's transaction."""
    folder = SQL / revision
    files = sorted(folder.glob("[0-9]*.sql")) if upwards else [folder / "down.sql"]
    connection = op.get_bind()
    for file in files:
        connection.exec_driver_sql(file.read_text(encoding="utf-8").replace("%", "%%"))
