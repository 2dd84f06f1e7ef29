"""Logging: one line an event, readable on a terminal, JSON otherwise; no URL of an HTTP client ever (tokens are in some)."""

import logging
import sys

import structlog

LEAST = {
    **dict.fromkeys(("httpx", "httpcore", "urllib3", "hpack", "h2", "aiohttp.client"), logging.WARNING),
    **dict.fromkeys(("aiohttp.access", "uvicorn.access", "telegram", "slack_sdk", "slack_bolt"), logging.WARNING),
    # Dramatiq logs the arguments of what fails, which are ids; its debug lines are of no use to anybody.
    "dramatiq": logging.WARNING,
}
"""Below these levels the libraries tell addresses, headers and bodies, and tokens are in some of them."""


def configure(*, readable: bool | None = None) -> None:
    """Route the standard library's logging and ours through one formatter to standard error."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    plain = sys.stderr.isatty() if readable is None else readable
    last: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer() if plain else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    handler = logging.StreamHandler()
    handler.addFilter(_may_be_told)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                last,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for name, least in LEAST.items():
        logging.getLogger(name).setLevel(least)


def set_level(level: str) -> None:
    """Log from this level on: debug, info, warning or error. What `LEAST` names stays as it is."""
    logging.getLogger().setLevel(level.upper())


def _may_be_told(record: logging.LogRecord) -> bool:
    """Also where somebody set a library's level lower, or one of its loggers has a level of its own."""
    least = max((least for name, least in LEAST.items() if f"{record.name}.".startswith(f"{name}.")), default=0)
    return record.levelno >= least
