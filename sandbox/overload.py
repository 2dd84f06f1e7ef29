"""Overload and breakdown in the words of each platform: the bodies and headers of 5xx and 429."""

from typing import Any

from starlette.responses import JSONResponse, Response


def broken(target: str, status: int) -> Response:
    """A 5xx in the words of the platform; a wildcard target gets plain words."""
    bodies: dict[str, dict[str, Any]] = {
        "x": {"title": "Service Unavailable", "detail": "Service Unavailable", "type": "about:blank", "status": status},
        "linkedin": {"status": status, "code": "INTERNAL_SERVER_ERROR", "message": "Internal Server Error"},
        "telegram": {"ok": False, "error_code": status, "description": "Internal Server Error"},
        "slack": {"ok": False, "error": "internal_error" if status == 500 else "service_unavailable"},
    }
    return JSONResponse(bodies.get(target.split(".", maxsplit=1)[0], {"error": "internal error"}), status)


def throttled(target: str, retry_after: int, now: float) -> Response:
    """A 429 in the words of the platform, with its headers."""
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
        "telegram": {
            "ok": False,
            "error_code": 429,
            "description": f"Too Many Requests: retry after {retry_after}",
            "parameters": {"retry_after": retry_after},
        },
        "slack": {"ok": False, "error": "ratelimited"},
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
    }
    twin = target.split(".", maxsplit=1)[0]
    return JSONResponse(bodies.get(twin, {"error": "rate limited"}), 429, headers=headers.get(twin))
