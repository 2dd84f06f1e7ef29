"""One process of ours for the deploys: as it is, but without the limits of accounts, which a hundred restarts would use up.

Started as `python -m tests.storm.deploy_child worker …`; everything else is the product's own command line.
"""

import sys
from dataclasses import replace
from typing import Any


def without_limits() -> None:
    import app.wiring.worker as wiring

    build = wiring.build

    def built(*given: Any, **named: Any) -> Any:
        registry = build(*given, **named)
        unbounded = {name: replace(one, windows=()) for name, one in registry.publishers.items()}  # type: ignore[type-var]
        return replace(registry, publishers=unbounded)

    wiring.build = built


if __name__ == "__main__":
    if sys.argv[1] == "worker":
        without_limits()
    import app.cli

    sys.argv = ["amarktai", *sys.argv[1:]]
    app.cli.main()
