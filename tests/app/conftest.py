"""A workspace in a real database beneath the entry points; the fixtures are those of storage's tests."""

from tests.storage.conftest import as_owner, as_superuser, as_web, as_worker, house, logins, other, worker  # noqa: F401 - fixtures
