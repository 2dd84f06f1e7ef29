"""Loaded once by the server that forks the workers who die: what every one of them would otherwise do anew."""

import functools

import httpx._transports.default

from publishers.http import open_client
from tests.chaos import child as child  # noqa: PLC0414 - loading it is what this is for

transports = httpx._transports.default
# Every client reads the list of authorities anew, and nobody here speaks TLS.
transports.create_ssl_context = functools.cache(transports.create_ssl_context)  # type: ignore[attr-defined]
open_client()
