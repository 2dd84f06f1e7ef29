"""What films did on YouTube. Views stand for impressions; clicks, saves and shares are not told to us."""

from collections.abc import Mapping
from typing import Any

from domain.measures import Metric
from publishers.contract import Account, Reading
from publishers.youtube.api import Api, is_id
from publishers.youtube.find import details

_FIGURES: dict[Metric, str | None] = {
    Metric.IMPRESSIONS: "viewCount",
    Metric.LIKES: "likeCount",
    Metric.COMMENTS: "commentCount",
    Metric.SHARES: None,
    Metric.CLICKS: None,
    Metric.SAVES: None,
}
_LARGEST = 18


async def measure(api: Api, account: Account, remote_ids: tuple[str, ...]) -> tuple[Reading, ...]:
    """A reading for each id, in order, one call for fifty. The owner sees private films too: what is missing is gone."""
    asked = list(dict.fromkeys(one for one in remote_ids if is_id(one)))
    told = await details(api, account.token, asked, "statistics")
    return tuple(
        Reading(one, _values(told.get(one, {}).get("statistics")), gone=is_id(one) and one not in told)
        for one in remote_ids
    )


def _values(statistics: object) -> Mapping[str, int | None]:
    """A counter that the channel hides is absent from the answer, and None here."""
    known: Mapping[str, Any] = statistics if isinstance(statistics, dict) else {}
    return {metric.value: _figure(known.get(name)) if name else None for metric, name in _FIGURES.items()}


def _figure(written: object) -> int | None:
    """YouTube writes its numbers as strings."""
    plausible = isinstance(written, str) and written.isascii() and written.isdigit() and len(written) <= _LARGEST
    return int(str(written)) if plausible else None
