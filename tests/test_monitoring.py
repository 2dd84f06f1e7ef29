"""What watches the house: the dashboard and the rules name only figures that are exported, with labels that these have."""

import json
import re
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from bot.http.figures import NAMES, Clicks, exposition
from storage.sight import Count, Seen

DEPLOY = Path(__file__).resolve().parent.parent / "deploy"
BOARD: dict[str, Any] = json.loads((DEPLOY / "grafana-dashboard.json").read_text(encoding="utf-8"))
RULES: dict[str, Any] = yaml.safe_load((DEPLOY / "prometheus-alarms.yml").read_text(encoding="utf-8"))
SCRAPES: dict[str, Any] = yaml.safe_load((DEPLOY / "prometheus.yml").read_text(encoding="utf-8"))
SCRAPED = {"job", "instance"}
"""Labels that Prometheus adds itself."""


def exported() -> dict[str, set[str]]:
    """Every sample's name, with its labels, of a house in which everything has happened once."""
    counts = [Count(figure, "x", "ok", 1.0) for figure in NAMES]
    clicks = Clicks()
    clicks.took(0.01)
    text = exposition(Seen(1.0, False, 1, 301.0, [["draw", 1, 301.0]]), counts, clicks).decode()
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {sample.name: set(sample.labels) for sample in samples}


def expressions() -> list[str]:
    panels = [target["expr"] for panel in BOARD["panels"] for target in panel["targets"]]
    return panels + [rule["expr"] for group in RULES["groups"] for rule in group["rules"]]


@pytest.mark.parametrize("expression", expressions())
def test_each_figure_that_is_named_is_exported_with_the_labels_that_are_named(expression: str) -> None:
    known = exported()
    named = re.findall(r"\b((?:amarktai|process)_\w+)(?:\{([^}]*)\})?", expression)
    assert named or expression.startswith("up{")
    for name, braces in named:
        assert name in known
        assert set(re.findall(r"(\w+)\s*[=!]", braces)) <= known[name] | SCRAPED
    grouped = {label.strip() for labels in re.findall(r"by \(([^)]*)\)", expression) for label in labels.split(",")}
    assert grouped <= {label for name, _ in named for label in known[name]}


def test_every_figure_of_ours_is_on_the_dashboard() -> None:
    shown = " ".join(expressions())
    ours = {name for name in exported() if name.startswith("amarktai_") and not name.endswith(("_created", "_sum"))}
    assert {name for name in ours if name not in shown} == set()


def test_the_dashboard_is_one_that_grafana_loads() -> None:
    assert BOARD["schemaVersion"] >= 39 and BOARD["title"] and BOARD["uid"] and "id" not in BOARD
    panels = BOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    for panel in panels:
        place = panel["gridPos"]
        assert panel["type"] in {"stat", "timeseries"} and panel["title"] and panel["description"].endswith(".")
        assert place["x"] >= 0 and place["x"] + place["w"] <= 24
        assert panel["datasource"]["uid"] == "${datasource}"
        letters = [target["refId"] for target in panel["targets"]]
        assert letters and len(set(letters)) == len(letters)
    for one, other in combinations((panel["gridPos"] for panel in panels), 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        assert beside or one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]


def test_every_rule_says_what_happened_and_what_to_do() -> None:
    rules = [rule for group in RULES["groups"] for rule in group["rules"]]
    assert len({rule["alert"] for rule in rules}) == len(rules)
    for rule in rules:
        assert set(rule) == {"alert", "expr", "for", "labels", "annotations"}
        assert rule["labels"]["severity"] in {"page", "ticket"} and re.fullmatch(r"\d+[mhd]", rule["for"])
        assert rule["annotations"]["summary"] and rule["annotations"]["description"].endswith(".")
    (job,) = SCRAPES["scrape_configs"]
    assert job["metrics_path"] == "/metrics" and SCRAPES["rule_files"] == ["prometheus-alarms.yml"]
    assert 'job="amarktai"' in " ".join(expressions()) and job["job_name"] == "amarktai"
