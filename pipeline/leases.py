"""A lease that is renewed while its work lasts: short, so that what a killed worker had in hand goes on within seconds."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import structlog
from psycopg import InterfaceError, OperationalError
from psycopg_pool import PoolTimeout

log = structlog.get_logger(__name__)

LEASE_SECONDS = 15.0
"""With the clock's scan and the start of a worker it stays well below the 30 seconds in which work must go on."""
RENEW_SECONDS = 4.0


@contextlib.asynccontextmanager
async def kept(renew: Callable[[], Awaitable[object]]) -> AsyncIterator[None]:
    """Call `renew` every few seconds as long as the block lasts. Enter it with no transaction open.

    Losing the lease anyway is no harm: whoever records the result checks in the same statement whose it is.
    """
    keeper = asyncio.create_task(_keep(renew))
    try:
        yield
    finally:
        keeper.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeper


async def _keep(renew: Callable[[], Awaitable[object]]) -> None:
    while True:
        await asyncio.sleep(RENEW_SECONDS)
        try:
            await renew()
        except (OperationalError, InterfaceError, PoolTimeout) as error:
            log.warning("a lease was not renewed; trying again", why=str(error).strip())
