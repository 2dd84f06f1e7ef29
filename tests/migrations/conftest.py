"""The schema as pg_catalog tells it, and as the superuser may bend it."""

from tests.storage.conftest import as_owner, as_superuser  # noqa: F401 - fixtures
