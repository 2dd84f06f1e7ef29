"""Settings: everything that is wrong is said at once, each with its remedy, and nothing secret is said at all."""

import os
from pathlib import Path

import pytest

from app.settings import GROUPS, HOW, Settings, SettingsUnusable, is_loopback, load
from app.wiring.shared import platform_settings

LOOPBACK = {"X_API_URL": "http://127.0.0.1:4010/x", "LINKEDIN_API_URL": "http://localhost:4010/linkedin"}


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings but those of the test: neither from the environment nor from a `.env` that happens to lie about."""
    for name in os.environ:
        if name.lower() in Settings.model_fields:
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def given(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name, value in values.items():
        monkeypatch.setenv(name, value)


def problems(*needs: str) -> list[str]:
    with pytest.raises(SettingsUnusable) as raised:
        load(needs=needs)
    return raised.value.problems


def test_nothing_configured_means_embedded_servers() -> None:
    settings = load()
    assert settings.embedded and not settings.has_slack and not settings.has_telegram


def test_an_env_file_is_read_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("GRACE_MINUTES=5\nREDIS_URL=redis://file\nSOMETHING_ELSE=1\n")
    given(monkeypatch, REDIS_URL="redis://environment")
    settings = load()
    assert (settings.grace_minutes, settings.redis_url.get_secret_value()) == (5.0, "redis://environment")
    assert not settings.embedded


def test_all_that_is_wrong_is_said_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bad values, missing values, halves of a group and unsafe ones: in one go."""
    given(
        monkeypatch, GRACE_MINUTES="soon", LINKEDIN_VERSION="latest", SETTLE_SECONDS="5", X_CLIENT_ID="x", SLACK_CLIENT_ID="s",
        TELEGRAM_BOT_TOKEN="1:abc",
    )  # fmt: skip
    said = problems("AMARKTAI_KEYS", "DATABASE_URL")
    assert [sentence.split(":")[0].split(" ")[0] for sentence in said] == [
        "GRACE_MINUTES", "LINKEDIN_VERSION", "AMARKTAI_KEYS", "DATABASE_URL", "SLACK_CLIENT_SECRET", "SLACK_SIGNING_SECRET",
        "X_CLIENT_SECRET", "TELEGRAM_WEBHOOK_SECRET", "SETTLE_SECONDS",
    ]  # fmt: skip
    assert all(HOW[name] in sentence for sentence in said for name in HOW if sentence.startswith(f"{name} is missing"))


@pytest.mark.parametrize(("said", "meant"), [("", True), ("yes", True), ("no", False)])
def test_an_app_without_linkedins_pages_asks_for_members_only(
    monkeypatch: pytest.MonkeyPatch, said: str, meant: bool
) -> None:
    given(monkeypatch, LINKEDIN_PAGES=said)
    assert platform_settings(load()).linkedin_pages is meant
    given(monkeypatch, LINKEDIN_PAGES="perhaps")
    assert problems()[0].startswith("LINKEDIN_PAGES: ")


def test_addresses_and_tokens_of_the_wrong_form_are_said_together_and_never_quoted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wrong = {
        "DATABASE_URL": "mysql://owner:hidden@db/app", "DATABASE_APP_URL": "postgresql://hidden@", "REDIS_URL": "http://hidden",
        "AMARKTAI_BASE_URL": "marketing.example.com", "RESEARCH_ALLOW_ORIGIN": "*", "MEDIA_URL": "ftp://hidden",
        "X_API_URL": "http://[hidden", "SLACK_APP_TOKEN": "xoxb-hidden", "TELEGRAM_BOT_TOKEN": "hidden",
        "TELEGRAM_WEBHOOK_SECRET": "hidden and with blanks",
    }  # fmt: skip
    given(monkeypatch, **wrong)
    said = problems()
    assert {line.split()[0] for line in said} == set(wrong)
    assert "hidden" not in " ".join(said)


def test_a_demonstrations_processes_read_no_env_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SLACK_BOT_TOKEN=xoxb-real\n")
    given(monkeypatch, AMARKTAI_ENVIRONMENT_ONLY="1")
    assert not load().slack_bot_token


def test_a_bad_value_does_not_count_as_missing_or_unsafe(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, SETTLE_SECONDS="-1")
    assert [sentence.split(":")[0] for sentence in problems()] == ["SETTLE_SECONDS"]


@pytest.mark.parametrize("group", GROUPS)
def test_half_of_what_belongs_together_names_the_other_half(group: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first, *rest = GROUPS[group]
    given(monkeypatch, **{first: "there"})
    assert [sentence.split(" ")[0] for sentence in problems()] == rest


def test_socket_mode_needs_no_signing_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, SLACK_APP_TOKEN="xapp-1", SLACK_CLIENT_ID="1")
    assert load().has_slack


@pytest.mark.parametrize(
    ("urls", "refused"),
    [
        ({}, "https://api.x.com"),
        ({"X_API_URL": LOOPBACK["X_API_URL"]}, "https://api.linkedin.com"),
        ({**LOOPBACK, "X_API_URL": "http://127.0.0.1.evil.example"}, "evil.example"),
        ({**LOOPBACK, "X_API_URL": "http://localhost@api.x.com"}, "api.x.com"),
    ],
)
def test_a_short_settle_time_is_refused_while_any_platform_is_real(
    urls: dict[str, str], refused: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(monkeypatch, SETTLE_SECONDS="2", **urls)
    (sentence,) = problems()
    assert refused in sentence and "at least 600" in sentence and "twice" in sentence


def test_a_short_settle_time_is_fine_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, SETTLE_SECONDS="2", **LOOPBACK)
    assert load().settle_seconds == 2.0


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://127.0.0.1:1", True), ("http://127.8.9.1", True), ("http://[::1]:80", True), ("http://localhost", True),
        ("http://LOCALHOST", True), ("http://10.0.0.1", False), ("http://0.0.0.0", False), ("https://api.x.com", False), ("", False),
    ],
)  # fmt: skip
def test_only_this_machine_is_this_machine(url: str, here: bool) -> None:
    assert is_loopback(url) is here


def test_no_secret_stands_in_a_repr_or_in_what_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = {
        name.upper(): f"CNRY-{name}"
        for name, known in Settings.model_fields.items()
        if "Secret" in str(known.annotation)
    }
    assert len(secrets) > 10
    secrets |= {
        "DATABASE_URL": "postgresql://o:CNRY@h/d", "DATABASE_APP_URL": "postgresql://o:CNRY@h/d", "REDIS_URL": "redis://:CNRY@h",
        "SLACK_BOT_TOKEN": "xoxb-CNRY", "SLACK_APP_TOKEN": "xapp-CNRY", "TELEGRAM_BOT_TOKEN": "1:CNRY",
    }  # fmt: skip
    given(
        monkeypatch,
        **secrets,
        GRACE_MINUTES="x",
        SLACK_CLIENT_ID="1",
        X_CLIENT_ID="1",
        LINKEDIN_CLIENT_ID="1",
        FACEBOOK_CLIENT_ID="1",
        TIKTOK_CLIENT_KEY="1",
        GOOGLE_CLIENT_ID="1",
    )
    said = "".join(problems())
    monkeypatch.delenv("GRACE_MINUTES")
    assert "CNRY" not in said + repr(load()) + str(load())


def test_settings_do_not_change_once_they_were_read() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load().grace_minutes = 1.0
