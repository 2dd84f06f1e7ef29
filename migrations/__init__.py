"""The schema and its history. `upgrade` and `downgrade` are all that others call; both need the owner's URL."""

import re
from pathlib import Path
from typing import Any

CODE_VERSION = 1
"""Compared with the schema's recorded `min_code`: a process below it refuses to start, so that n-1 runs beside n."""

REVISIONS = ("0001",)
"""Every revision this code knows, oldest first, numbered in that order. It needs the last; one with a higher number is newer."""


def upgrade(owner_url: str, revision: str = "head") -> None:
    """Bring the database at `owner_url` (postgresql://…) up to `revision`. Blocking; safe to run twice and at once."""
    _run(owner_url, lambda command, config: command.upgrade(config, revision))


def downgrade(owner_url: str, revision: str = "base") -> None:
    """Take the database back to `revision`; "base" is empty. Blocking."""
    _run(owner_url, lambda command, config: command.downgrade(config, revision), empty=revision == "base")


def _run(owner_url: str, action: Any, *, empty: bool = False) -> None:
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import create_engine, pool, text

    engine = create_engine(re.sub("^postgres(ql)?://", "postgresql+psycopg://", owner_url), poolclass=pool.NullPool)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT pg_advisory_lock(hashtext('amarktai migrate'))"))
            connection.commit()
            config.attributes["connection"] = connection
            action(command, config)
            if empty:
                connection.execute(text("DROP TABLE IF EXISTS alembic_version"))
            connection.commit()
    finally:
        engine.dispose()
