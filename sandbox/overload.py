"""Overload and breakdown in the words of each platform: the bodies and headers of 5xx and 429."""

from math import ceil
from typing import Any

import orjson
from starlette.responses import JSONResponse, Response

# On Meta's one host: the code and the type in the header, and for whom the header speaks
GRAPH_LIMITS = {"facebook": (80001, "pages", "102030405060701"), "instagram": (80002, "instagram", "17841400000000001")}

LOG_ID = "202611230000000101890000000000000000"  # TikTok names every answer; a fault's name needs no meaning


def broken(target: str, status: int) -> Response:
    """A 5xx in the words of the platform; a wildcard target gets plain words."""
    bodies: dict[str, dict[str, Any]] = {
        "x": {"title": "Service Unavailable", "detail": "Service Unavailable", "type": "about:blank", "status": status},
        "linkedin": {"status": status, "code": "INTERNAL_SERVER_ERROR", "message": "Internal Server Error"},
        "facebook": _graph_trouble(status),
        "instagram": _graph_trouble(status),
        "youtube": _google(status, "internalError" if status == 500 else "backendError", "Backend Error"),
        "telegram": {"ok": False, "error_code": status, "description": "Internal Server Error"},
        "slack": {"ok": False, "error": "internal_error" if status == 500 else "service_unavailable"},
        "tiktok": {
            "data": {},
            "error": {"code": "internal_error", "message": "Internal error. Please try again later.", "log_id": LOG_ID},
        },
    }
    return JSONResponse(bodies.get(target.split(".", maxsplit=1)[0], {"error": "internal error"}), status)


def throttled(target: str, retry_after: int, now: float) -> Response:
    """A 429 in the words of the platform, with its headers; Meta says it with a 400."""
    twin = target.split(".", maxsplit=1)[0]
    if twin in GRAPH_LIMITS:
        return _graph_throttled(twin, retry_after)
    bodies: dict[str, dict[str, Any]] = {
        "x": {
            "title": "Too Many Requests",
            "detail": "Too Many Requests",
            "type": "https://api.x.com/2/problems/rate-limit-exceeded",
            "status": 429,
        },
        "linkedin": {
            "status": 429,
            "code": "TOO_MANY_REQUESTS",
            "message": "Resource level throttle limit for calls to this resource is reached.",
            "serviceErrorCode": 101,
        },
        "youtube": _google(429, "rateLimitExceeded", "Rate Limit Exceeded"),
        "telegram": {
            "ok": False,
            "error_code": 429,
            "description": f"Too Many Requests: retry after {retry_after}",
            "parameters": {"retry_after": retry_after},
        },
        "slack": {"ok": False, "error": "ratelimited"},
        "tiktok": {  # no header tells when the minute is over
            "data": {},
            "error": {"code": "rate_limit_exceeded", "message": "The API rate limit was exceeded.", "log_id": LOG_ID},
        },
    }
    headers = {
        "x": {
            "x-rate-limit-limit": "100",
            "x-rate-limit-remaining": "0",
            "x-rate-limit-reset": str(int(now) + retry_after),
        },
        "slack": {"Retry-After": str(retry_after)},
        "telegram": {"Retry-After": str(retry_after)},
        "linkedin": {"Retry-After": str(retry_after)},
        "youtube": {"Retry-After": str(retry_after)},
    }
    return JSONResponse(bodies.get(twin, {"error": "rate limited"}), 429, headers=headers.get(twin))


def _graph_trouble(status: int) -> dict[str, Any]:
    """Meta's own two: 1 when it broke, 2 when it is away for a while."""
    code, message = (1, "An unknown error has occurred.") if status == 500 else (2, "Service temporarily unavailable")
    transient = {"message": message, "type": "OAuthException", "is_transient": True, "code": code}
    return {"error": {**transient, "fbtrace_id": "AsandboxTroubleAsandbox"}}


def _graph_throttled(twin: str, retry_after: int) -> Response:
    code, kind, identity = GRAPH_LIMITS[twin]
    used = {"type": kind, "call_count": 100, "total_cputime": 25, "total_time": 33}
    usage = {identity: [{**used, "estimated_time_to_regain_access": ceil(retry_after / 60)}]}
    message = f"(#{code}) There have been too many calls to this account. Wait a bit and try again."
    error = {"message": message, "type": "OAuthException", "code": code, "error_subcode": 2446079}
    headers = {"x-business-use-case-usage": orjson.dumps(usage).decode()}
    return JSONResponse({"error": {**error, "fbtrace_id": "AsandboxThrottleAsandb"}}, 400, headers=headers)


def _google(status: int, reason: str, message: str) -> dict[str, Any]:
    states = {429: "RESOURCE_EXHAUSTED", 500: "INTERNAL", 503: "UNAVAILABLE"}
    error = {"message": message, "domain": "global", "reason": reason}
    return {"error": {"code": status, "message": message, "errors": [error], "status": states[status]}}
