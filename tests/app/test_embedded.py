"""The embedded servers: what a fresh home gets, and what every later start finds again."""

import os
import stat
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import redis

from app.embedded import Embedded, EmbeddedError, attend, erase
from app.embedded.credentials import Credentials
from app.embedded.ground import place_of
from app.embedded.remains import free_port


@pytest.fixture
def home(tmp_path):
    yield tmp_path / "home"
    erase(tmp_path / "home")


def quiet(home: Path) -> Embedded:
    return Embedded(home, say=lambda _: None, durable=False)


def test_the_owner_is_no_superuser_and_may_create_roles(database_url):
    with psycopg.connect(database_url) as connection:
        row = connection.execute(
            "SELECT rolname, rolsuper, rolcreaterole FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
    assert row == ("amarktai_owner", False, True)


def test_a_wrong_password_is_refused_by_both(servers):
    database, queue = urlsplit(servers.database_url), urlsplit(servers.redis_url)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(
            host="127.0.0.1", port=database.port, user=database.username, password="guess", dbname="amarktai"
        )
    with redis.Redis(port=queue.port, password="guess") as client, pytest.raises(redis.AuthenticationError):
        client.ping()


def test_valkey_evicts_nothing_and_appends_every_change(redis_url):
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        settings = client.config_get("appendonly", "appendfsync", "maxmemory-policy", "save", "bind")
    assert (settings["appendonly"], settings["appendfsync"], settings["save"]) == ("yes", "everysec", "")
    assert (settings["maxmemory-policy"], settings["bind"]) == ("noeviction", "127.0.0.1")


def test_every_test_has_a_database_and_keys_of_its_own(database_url, empty_database_url, redis_url):
    assert len({database_url, empty_database_url}) == 2
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0


def test_the_second_start_finds_what_the_first_one_stored_at_the_same_address(home):
    with quiet(home) as first:
        with psycopg.connect(first.database_url) as connection:
            connection.execute("CREATE TABLE note (words text)")
            connection.execute("INSERT INTO note VALUES ('kept')")
        with redis.Redis.from_url(first.redis_url) as client:
            client.set("note", "kept")
    with quiet(home) as second:
        assert second == first
        with psycopg.connect(second.database_url) as connection:
            assert connection.execute("SELECT words FROM note").fetchone() == ("kept",)
        with redis.Redis.from_url(second.redis_url) as client:
            assert client.get("note") == b"kept"


def test_passwords_are_readable_by_the_owner_alone_and_hidden_in_text(home):
    known = Credentials.fresh(home)
    (home / "embedded").mkdir(parents=True)
    known.write(home)
    assert stat.S_IMODE((home / "embedded" / "servers.json").stat().st_mode) == 0o600
    assert Credentials.read(home) == known
    assert known.owner_password not in repr(known)


def test_a_taken_port_gives_the_next_one_and_is_said_aloud(home):
    import socket

    said = []
    with socket.socket() as stranger:
        wanted = Credentials.fresh(home).postgres_port
        stranger.bind(("127.0.0.1", wanted))
        stranger.listen()
        with Embedded(home, say=said.append, durable=False) as servers:
            assert (
                urlsplit(servers.database_url).port == free_port(wanted + 1) - 2
                or urlsplit(servers.database_url).port > wanted
            )
    assert any("port is taken" in line for line in said)


def test_a_second_process_is_told_who_runs_the_servers_and_a_command_may_share_them(home):
    with quiet(home) as servers:
        with pytest.raises(EmbeddedError, match=f"Process {os.getpid()} already runs the servers of"):
            quiet(home).start()
        with attend(home, say=lambda _: None) as shared:
            assert shared.database_url == servers.database_url


def test_data_of_another_major_version_is_refused_with_the_way_out(home):
    with quiet(home):
        pass
    (place_of(home) / "postgres" / "PG_VERSION").write_text("15\n")
    with pytest.raises(
        EmbeddedError, match=r"written by PostgreSQL 15, this version brings PostgreSQL \d+: make a backup"
    ):
        quiet(home).start()


def test_a_half_made_cluster_is_made_anew(home):
    (home / "embedded").mkdir(parents=True)
    with quiet(home):
        pass
    place = place_of(home)
    (place / "postgres").rename(place / "postgres.new")
    (place / "postgres.new" / "PG_VERSION").unlink()
    with quiet(home) as servers, psycopg.connect(servers.database_url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_home_that_is_a_file_is_refused_in_one_sentence(tmp_path):
    (tmp_path / "home").write_text("not a folder")
    with pytest.raises(EmbeddedError, match=r"is not a folder: set AMARKTAI_HOME to a folder\.$"):
        quiet(tmp_path / "home").start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
def test_a_full_disk_is_refused_in_one_sentence(tmp_path):
    import subprocess

    home = tmp_path / "home"
    (home / "embedded").mkdir(parents=True)
    place = place_of(home)
    with quiet(home):
        pass
    place.rename(place.with_suffix(".aside"))
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)], check=False).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        with pytest.raises(
            EmbeddedError, match=r"has \d MB left and the servers need .* MB: free some room and start again\.$"
        ):
            quiet(home).start()
    finally:
        subprocess.run(["umount", str(place)], check=True)
        place.rmdir()
        place.with_suffix(".aside").rename(place)
        erase(home)
