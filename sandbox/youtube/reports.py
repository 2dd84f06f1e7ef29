"""YouTube Analytics: one table for one question, days behind, about the caller's own videos only."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.metrics import Reach, reach
from sandbox.world import World
from sandbox.youtube import videos
from sandbox.youtube.access import Call, Door, endpoint
from sandbox.youtube.quota import PACIFIC
from sandbox.youtube.refusals import refused

LAG = 2 * 86400  # seconds of audience by which reports are behind [U: two to three days]
LONGEST = 400  # days of one report by day
SECONDS_WATCHED = 21.0  # of one view, on average
UNSUPPORTED = (
    "The query is not supported. Check the documentation at"
    " https://developers.google.com/youtube/analytics/v2/available_reports for supported queries."
)
PARAMETERS = frozenset(
    ("ids", "startDate", "endDate", "metrics", "dimensions", "filters", "sort", "maxResults", "startIndex", "currency")
)
METRICS: dict[str, Callable[[Reach], float]] = {
    "views": lambda now: now.impressions or 0,
    "engagedViews": lambda now: round((now.impressions or 0) * 0.8),
    "likes": lambda now: now.likes or 0,
    "comments": lambda now: now.replies or 0,
    "shares": lambda now: now.reposts or 0,
    "estimatedMinutesWatched": lambda now: round((now.impressions or 0) * SECONDS_WATCHED / 60),
    "subscribersGained": lambda now: (now.profile_visits or 0) // 10,
    "videosAddedToPlaylists": lambda now: now.saves or 0,
}
AVERAGES = {"averageViewDuration": SECONDS_WATCHED, "averageViewPercentage": 64.5}


@dataclass(frozen=True)
class Question:
    """What is asked: from one moment up to another, these metrics, of these videos, by day, by video or in all."""

    first: date
    last: date
    metrics: tuple[str, ...]
    dimension: str
    wanted: tuple[dict[str, Any], ...]


def routes(world: World) -> list[BaseRoute]:
    """GET /v2/reports; the real one stands on a host of its own."""
    door = Door("youtube.reports", ("yt-analytics.readonly",), 0, PARAMETERS)
    handler = endpoint(world, door, _report)
    return [
        Route(path, handler, methods=["GET"]) for path in ("/google/v2/reports", "/google/youtubeanalytics/v2/reports")
    ]


async def _report(call: Call) -> Response:
    question = _question(call)
    dimension = [question.dimension] if question.dimension else []
    headers = [{"name": name, "columnType": "DIMENSION", "dataType": "STRING"} for name in dimension]
    headers += [
        {"name": name, "columnType": "METRIC", "dataType": "FLOAT" if name == "averageViewPercentage" else "INTEGER"}
        for name in question.metrics
    ]
    rows = _rows(call.world, question)
    return JSONResponse({"kind": "youtubeAnalytics#resultTable", "columnHeaders": headers, "rows": rows})


def _question(call: Call) -> Question:
    channel = call.channel_needed()
    if call.parameter("ids") not in ("channel==MINE", f"channel=={channel.id}"):
        raise refused("forbidden")
    first, last = _date(call, "startDate"), _date(call, "endDate")
    if last < first or (last - first).days > LONGEST:
        raise refused("bad_query", value="Invalid value for field parameters.endDate.")
    metrics = tuple(call.parameter("metrics").split(","))
    for name in metrics:
        if name not in METRICS and name not in AVERAGES:
            raise refused("bad_query", value=f"Unknown identifier ({name}) given in field parameters.metrics.")
    dimension = call.parameter("dimensions")
    if dimension not in ("", "day", "video"):
        raise refused("bad_query", value=f"Unknown identifier ({dimension}) given in field parameters.dimensions.")
    if dimension == "video" and not (call.parameter("sort") and call.number("maxResults", 0, 0, 200)):
        raise refused("bad_query", value=UNSUPPORTED)  # a table by video is a list of the best ones
    return Question(first, last, metrics, dimension, tuple(_wanted(call, channel.id)))


def _date(call: Call, name: str) -> date:
    try:
        return date.fromisoformat(call.parameter(name))
    except ValueError:
        raise refused("bad_query", value=f"Invalid value for field parameters.{name}.") from None


def _wanted(call: Call, channel_id: str) -> Iterator[dict[str, Any]]:
    own, filters = videos.of_channel(call.world, channel_id), call.parameter("filters")
    if not filters:
        yield from own
        return
    name, _, ids = filters.partition("==")
    if name != "video" or not ids:
        raise refused("bad_query", value=f"Unknown identifier ({name}) given in field parameters.filters.")
    yield from (video for video in own if video["id"] in ids.split(","))


def _rows(world: World, question: Question) -> list[list[Any]]:
    start, end = _midnight(question.first), _midnight(question.last + timedelta(days=1))
    match question.dimension:
        case "video":
            rows = [
                [video["id"], *row] for video in question.wanted for row in _row(world, question, start, end, [video])
            ]
            return sorted(rows, key=lambda row: -row[1])
        case "day":
            days = [question.first + timedelta(days=n) for n in range((question.last - question.first).days + 1)]
            spans = [(day, _midnight(day), _midnight(day + timedelta(days=1))) for day in days]
            wanted = list(question.wanted)
            return [[str(day), *row] for day, a, b in spans for row in _row(world, question, a, b, wanted)]
        case _:
            return _row(world, question, start, end, list(question.wanted))


def _row(world: World, question: Question, start: float, end: float, wanted: list[dict[str, Any]]) -> list[list[Any]]:
    """One row of metrics; none while YouTube knows nothing yet about any of the videos."""
    until = [_at(world, video, end) for video in wanted]
    if all(now is None or now.impressions is None for now in until):
        return []
    before = [_at(world, video, start) for video in wanted]
    row: list[float] = []
    for name in question.metrics:
        if name in AVERAGES:
            row.append(AVERAGES[name])
            continue
        measure = METRICS[name]
        row.append(sum(measure(now) for now in until if now) - sum(measure(then) for then in before if then))
    return [row]


def _at(world: World, video: dict[str, Any], moment: float) -> Reach | None:
    """What reports say that the video had reached by then; None when nobody could see it."""
    if video["published_at"] is None:
        return None
    past = max(0.0, world.now() - moment)
    return reach(world, video["id"], video["published_at"] + past, LAG)


def _midnight(day: date) -> float:
    return datetime.combine(day, time(), PACIFIC).timestamp()
