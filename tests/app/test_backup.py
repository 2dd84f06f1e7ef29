"""A backup holds everything but the keys; a restore is checked before anything is touched, and marked."""

import io
import json
import stat
import tarfile

import psycopg
import pytest

from app.backup import BackupError, backup, mark_restored, restore
from app.embedded import AlreadyRunning, Embedded, erase


@pytest.fixture
def homes(tmp_path):
    yield [tmp_path / "one", tmp_path / "two"]
    for home in (tmp_path / "one", tmp_path / "two"):
        erase(home)


def silent(_):
    return None


def fill(url):
    """A table as the product has them: hidden from its own owner by row-level security, and owned by a role."""
    with psycopg.connect(url) as connection:
        connection.execute("CREATE ROLE amarktai_doors NOLOGIN")
        connection.execute("CREATE TABLE post (words text)")
        connection.execute("ALTER TABLE post ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        connection.execute("GRANT SELECT ON post TO amarktai_doors")
        connection.execute("CREATE POLICY doors ON post TO amarktai_doors USING (true)")
        connection.execute("CREATE POLICY filling ON post FOR INSERT WITH CHECK (true)")
        connection.execute("CREATE TABLE installation (environment_id uuid DEFAULT uuidv7(), restored_at timestamptz)")
        connection.execute("INSERT INTO post VALUES ('hello')")
        connection.execute("INSERT INTO installation DEFAULT VALUES")


def test_what_was_backed_up_stands_again_in_another_home_and_says_that_it_is_a_copy(homes, tmp_path):
    one, two = homes
    with Embedded(one, say=silent, durable=False) as servers:
        fill(servers.database_url)
        (one / "media" / "ab").mkdir(parents=True)
        (one / "media" / "ab" / "picture.png").write_bytes(b"picture")
        said = []
        file = backup(one, tmp_path / "day.backup", say=said.append)
    assert "master keys" in said[-1]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    restore(two, file, say=silent)
    with Embedded(two, say=silent, durable=False) as servers, psycopg.connect(servers.database_url) as connection:
        assert connection.execute("SELECT count(*) FROM post").fetchone() == (0,), "row-level security came along"
        connection.execute("ALTER TABLE post NO FORCE ROW LEVEL SECURITY")
        assert connection.execute("SELECT words FROM post").fetchall() == [("hello",)]
        assert connection.execute("SELECT restored_at IS NOT NULL FROM installation").fetchall() == [(True,)]
        owner = "SELECT tableowner FROM pg_tables WHERE tablename = 'post'"
        assert connection.execute(owner).fetchone() == ("amarktai_owner",)
        granted = "SELECT has_table_privilege('amarktai_doors', 'post', 'SELECT')"
        assert connection.execute(granted).fetchone() == (True,)
    assert (two / "media" / "ab" / "picture.png").read_bytes() == b"picture"


def test_a_home_with_a_database_is_replaced_only_when_told_to_and_never_while_it_runs(homes, tmp_path):
    one, _ = homes
    with Embedded(one, say=silent, durable=False) as servers:
        with psycopg.connect(servers.database_url) as connection:
            connection.execute("CREATE TABLE before (n int)")
        file = backup(one, tmp_path / "day.backup", say=silent)
        with pytest.raises(BackupError, match="is there already: name another file, or say --yes"):
            backup(one, file, say=silent)
        with psycopg.connect(servers.database_url) as connection:
            connection.execute("CREATE TABLE later (n int)")
        with pytest.raises(AlreadyRunning):
            restore(one, file, yes=True, say=silent)
    with pytest.raises(BackupError, match="holds a database already: say --yes"):
        restore(one, file, say=silent)
    restore(one, file, yes=True, say=silent)
    with Embedded(one, say=silent, durable=False) as servers, psycopg.connect(servers.database_url) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    assert tables == [("before",)]


def archive(path, **files):
    with tarfile.open(path, "w") as out:
        for name, content in files.items():
            member = tarfile.TarInfo(name.replace("__", "."))
            member.size = len(content)
            out.addfile(member, io.BytesIO(content))
    return path


def contents(**changed):
    return json.dumps({"made_at": "today", "postgres": "18", "sums": {}, "format": 1} | changed).encode()


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "does not exist, or is no backup"),
        ({"other": b"x"}, "holds other, which no backup"),
        ({"media/../../escape": b"x"}, "holds media/../../escape, which no backup"),
        ({"contents__json": contents(sums={"media/../../escape": "00"})}, "names files that no backup"),
        ({"contents__json": b"{"}, "is no whole backup"),
        ({"contents__json": contents(format=2)}, "was made by a newer version"),
        ({"contents__json": contents()}, "is damaged"),
        (
            {"contents__json": contents(sums={"database.dump": "00"}), "database__dump": b"x"},
            r"is damaged \(database.dump",
        ),
    ],
)
def test_a_file_that_is_no_whole_backup_is_refused_before_anything_starts(tmp_path, files, words):
    home = tmp_path / "home"
    with pytest.raises(BackupError, match=words):
        restore(home, archive(tmp_path / "file", **files), say=silent)
    assert list(home.iterdir()) == []


def test_a_file_that_is_cut_short_or_missing_is_refused(tmp_path):
    (tmp_path / "short").write_bytes(b"not a tar file")
    for name, words in (("short", "no whole backup"), ("missing", "does not exist")):
        with pytest.raises(BackupError, match=words):
            restore(tmp_path / "home", tmp_path / name, say=silent)


def test_a_database_without_our_schema_needs_no_mark(empty_database_url):
    with psycopg.connect(empty_database_url) as connection:
        mark_restored(connection)
