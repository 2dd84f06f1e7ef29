"""The papers tell the truth: links lead somewhere, commands exist, tables agree with the code, and nothing of a machine is in them."""

import hashlib
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from dotenv import dotenv_values
from pydantic import SecretStr

from app.settings import HOW, Settings
from bot.slack.events import EVENTS
from bot.slack.oauth import SCOPES, oauth_routes
from domain.decision import ANSWERS, Decision
from domain.platforms import Platform
from domain.post import ARROWS, Event, State
from pipeline.accounts import redirect_uri

ROOT = Path(__file__).resolve().parents[1]
TEXTS = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in (
        *(
            ROOT / name
            for name in ("README.md", "CONTRIBUTING.md", "GLOSSARY.md", ".env.example", "Procfile", "Makefile")
        ),
        *sorted(ROOT.glob("docs/**/*.md")),
        *sorted(ROOT.glob("docs/**/*.yaml")),
        *sorted(ROOT.glob("sandbox/*.md")),
        *sorted(ROOT.glob("requirements*.lock")),
        ROOT / "pyproject.toml",
    )
}
MARKDOWN = [name for name in TEXTS if name.endswith(".md")]
README = TEXTS["README.md"]
LINK = re.compile(r"\]\(([^)\s]+)\)")
ENVIRONMENT = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"}


def targets() -> set[str]:
    """What `make` can be asked for."""
    return set(re.findall(r"^([a-z][a-z-]*):", TEXTS["Makefile"], re.M))


def helped(*words: str) -> str:
    """What `amarktai … --help` prints."""
    command = [sys.executable, "-m", "app", *words, "--help"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, env=ENVIRONMENT)
    return found.stdout


def commands(*words: str) -> set[str]:
    """The names of the commands that help lists."""
    return set(re.findall(r"^\W*([a-z][a-z-]+) {2,}\S", helped(*words).partition("Commands")[2], re.M))


def named_in(text: str) -> set[str]:
    """The commands of ours that a paper names: `amarktai …` in code."""
    code = "\n".join(re.findall(r"`[^`]+`|^ {4}.*$", text, re.M))
    return set(
        re.findall(
            r"(?<![/\w])amarktai ((?:keys|audit) [a-z-]+|[a-z][a-z-]+)", code.replace(".venv/bin/amarktai", "amarktai")
        )
    )


def rows(name: str, heading: str) -> list[list[str]]:
    """The cells of the table below a heading of a paper, without its head."""
    part = TEXTS[name].split(f"## {heading}\n", 1)[1].split("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


@pytest.mark.parametrize("name", MARKDOWN)
def test_every_internal_link_leads_to_a_file(name):
    for link in LINK.findall(TEXTS[name]):
        if not link.startswith(("http://", "https://", "#", "mailto:")):
            place = (ROOT / name).parent / link.partition("#")[0]
            assert place.exists(), f"{name} links to {link}"


def test_every_target_of_make_that_a_paper_names_exists():
    for name in MARKDOWN:
        for target in re.findall(r"(?:`| {4})make ([a-z][a-z-]*[a-z])", TEXTS[name]):
            assert target in targets(), f"{name} names make {target}"


def test_help_lists_the_commands_that_the_papers_name():
    known = commands() | {f"{group} {one}" for group in ("keys", "audit") for one in commands(group)}
    named = set().union(*(named_in(text) for name, text in TEXTS.items() if name not in ("Makefile", "pyproject.toml")))
    assert {"doctor", "migrate", "telegram", "restore-accept", "keys rotate", "audit verify"} <= named
    assert named <= known


def test_the_procfile_runs_commands_that_exist():
    lines = dict(line.split(": ", 1) for line in TEXTS["Procfile"].splitlines())
    assert list(lines) == ["release", "web", "worker", "clock"]
    assert {line.split()[1] for line in lines.values()} <= commands()
    assert "--host" in lines["web"] and "--host" in helped("web")


def test_the_example_has_every_setting_and_no_other():
    given = dotenv_values(ROOT / ".env.example", interpolate=False)
    assert {name.lower() for name in given} == set(Settings.model_fields)
    assert set(HOW) <= set(given)


def test_the_example_shows_what_stands_when_nothing_is_set():
    for name, text in dotenv_values(ROOT / ".env.example", interpolate=False).items():
        default = Settings.model_fields[name.lower()].default
        plain = default.get_secret_value() if isinstance(default, SecretStr) else default
        written = (
            {True: "yes", False: "no"}[plain]
            if isinstance(plain, bool)
            else f"{plain:g}"
            if isinstance(plain, float)
            else str("" if plain is None else plain)
        )
        assert text == written, name


def test_every_setting_of_the_example_is_explained_above_it():
    for block in re.split(r"\n(?=#)", TEXTS[".env.example"]):
        if re.search(r"^[A-Z]", block, re.M):
            assert block.startswith("# ")


def test_slacks_manifest_asks_for_what_the_code_uses():
    manifest = yaml.safe_load(TEXTS["docs/slack-app-manifest.yaml"])
    assert manifest["oauth_config"]["scopes"] == {"bot": sorted(SCOPES)}
    assert manifest["settings"]["event_subscriptions"]["bot_events"] == sorted(EVENTS)
    assert [one["command"] for one in manifest["features"]["slash_commands"]] == ["/amarktai", "/analytics"]
    assert manifest["features"]["app_home"]["home_tab_enabled"] and manifest["settings"]["interactivity"]["is_enabled"]


def test_slacks_manifest_leads_to_addresses_that_are_served():
    served = {f"https://marketing.example.com{route.path}" for route in oauth_routes(None).routes}  # type: ignore[arg-type]
    manifest = yaml.safe_load(TEXTS["docs/slack-app-manifest.yaml"])
    assert set(manifest["oauth_config"]["redirect_urls"]) <= served
    told = set(re.findall(r"url: (\S+)", TEXTS["docs/slack-app-manifest.yaml"]))
    assert told == {"https://marketing.example.com/slack/events"}


@pytest.mark.parametrize("platform", Platform)
def test_the_redirect_addresses_are_those_of_the_code(platform):
    assert redirect_uri("https://marketing.example.com", platform) in README.replace("\n", " ")
    assert redirect_uri("https://your-address", platform) in TEXTS[".env.example"]


def test_the_glossary_has_every_state_event_and_decision():
    assert {row[0] for row in rows("GLOSSARY.md", "States of a post")} == set(State)
    assert {row[0] for row in rows("GLOSSARY.md", "Events, and the arrows they are")} == set(Event)
    told = [one for row in rows("GLOSSARY.md", "Decisions") for one in row[0].split(", ")]
    assert sorted(told) == sorted(Decision)


def test_the_glossary_draws_the_arrows_that_there_are():
    drawn = set()
    for event, arrow, *_ in rows("GLOSSARY.md", "Events, and the arrows they are"):
        sources, target = arrow.split(" → ")
        drawn |= {(source, event, target) for source in sources.split(", ")}
    assert drawn == {(arrow.source.value, arrow.event.value, arrow.target.value) for arrow in ARROWS}


def test_the_glossary_offers_the_decisions_where_they_are_offered():
    drawn = set()
    for names, places, _ in rows("GLOSSARY.md", "Decisions"):
        states = re.split(r"[,;] ", places)
        drawn |= {(state, name) for name in names.split(", ") for state in states}
    assert drawn == {(answer.state.value, answer.decision.value) for answer in ANSWERS}


def test_every_decision_record_is_listed_and_has_its_four_parts():
    listed = set(LINK.findall(TEXTS["docs/decisions/README.md"]))
    records = {path.name for path in (ROOT / "docs/decisions").glob("0*.md")}
    assert records == listed
    for name in records:
        text = TEXTS[f"docs/decisions/{name}"]
        assert text.startswith(f"# {name[:4]} ")
        assert re.findall(r"^## (.*)$", text, re.M) == ["Context", "Decision", "Consequences", "Alternatives"]


def test_decision_records_that_the_code_names_are_there():
    sources = [
        path
        for folder in ("app", "bot", "domain", "pipeline", "publishers", "storage")
        for path in (ROOT / folder).rglob("*.py")
    ]
    named = {name for path in sources for name in re.findall(r"docs/decisions/(\d{4}[\w.-]*\.md)", path.read_text())}
    assert named and all((ROOT / "docs/decisions" / name).exists() for name in named)


def test_no_paper_knows_a_machine_or_where_packages_came_from():
    hosts = r"(pypi|registry|mirror|artifactory|nexus|devpi)[\w.-]*\.(?!py\b)[a-z]{2,}"
    places = r"(?<![\w.:/~-])/(home|root|work|Users|tmp|opt|mnt)/\w"
    for name, text in TEXTS.items():
        for pattern in (hosts, places, r"--(extra-)?index-url", r"\b(10|192\.168)\.\d+\.\d+"):
            found = re.search(pattern, text)
            assert found is None, f"{name}: {found and found[0]}"


def test_the_licence_is_apache_2_0_to_the_letter():
    digest = hashlib.sha256((ROOT / "LICENSE").read_bytes()).hexdigest()
    assert digest == "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"


def test_the_picture_of_a_card_is_light_enough_for_a_front_page():
    picture = (ROOT / "docs/pictures/card.png").read_bytes()
    assert picture.startswith(b"\x89PNG") and len(picture) < 200_000


def test_workers_load_no_framework_of_the_chats_or_the_web():
    program = (
        "import sys, app.worker, app.clock, app.wiring.worker, pipeline.actors\n"
        "import bot.slack.surface, bot.telegram.surface\n"  # what the worker loads when the chats are configured
        "print(*sys.modules)"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True, env=ENVIRONMENT
    ).stdout.split()
    assert "dramatiq" in loaded and "telegram" in loaded
    for foreign in (
        "slack_bolt",
        "telegram.ext",
        "fastapi",
        "starlette",
        "uvicorn",
        "sqlalchemy",
        "alembic",
        "sandbox",
    ):
        assert not [name for name in loaded if name == foreign or name.startswith(f"{foreign}.")], foreign
