"""The option ``serve --store``: refused stores, and its import cost."""

import socket
import sqlite3
import subprocess
import sys

import pytest

from mtt_mock.cli.main import main
from support.processes import serving

WRITE = "write sqlite:///file.db or postgresql+psycopg://host/database"


@pytest.mark.parametrize("workers", [[], ["--workers", "2"]])
@pytest.mark.parametrize(
    ("store", "message"),
    [
        ("", f"'' is not a database URL; {WRITE}"),
        ("team.db", f"'team.db' is not a database URL; {WRITE}"),
        ("someone:hidden@host/team", f"the store is not a database URL; {WRITE}"),
        ("postgresql:/someone:hidden@host/team", f"the store is not a database URL; {WRITE}"),
        ("postgresql://someone:hidden@host:x/team", f"the store is not a database URL; {WRITE}"),
        ("mysql://someone:hidden@host/team", f"unknown database mysql; {WRITE}"),
        (
            "postgresql+asyncpg://someone:hidden@host/team",
            f"unknown database postgresql+asyncpg; {WRITE}",
        ),
        ("sqlite://", "SQLite needs a file: sqlite:///file.db"),
        ("sqlite:///:memory:", "SQLite needs a file: sqlite:///file.db"),
        (
            "sqlite:////no/such/folder/team.db",
            "the store sqlite:////no/such/folder/team.db cannot be used: ",
        ),
        ("sqlite:////", "the store sqlite://// cannot be used: "),
        ("sqlite:///team\0.db", "the store sqlite:///team%00.db cannot be used: "),
        (
            "postgresql://someone:hidden@127.0.0.1:PORT/team?password=hidden&colour=red",
            "the store postgresql+psycopg://***@127.0.0.1:PORT/team cannot be used: ",
        ),
        (
            "postgresql+psycopg://someone:hidden@127.0.0.1:PORT/team",
            "the store postgresql+psycopg://***@127.0.0.1:PORT/team cannot be used: ",
        ),
        (
            "postgresql+psycopg://someone:hidden@127.0.0.1:PORT/team?password=hidden",
            "the store postgresql+psycopg://***@127.0.0.1:PORT/team cannot be used: ",
        ),
    ],
)
def test_store_errors_are_one_line_without_the_password(store, message, workers, capsys):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # without a listener
        port = str(unused.getsockname()[1])
        store, message = store.replace("PORT", port), message.replace("PORT", port)
        assert main(["serve", "--port", "0", "--store", store, *workers]) == 2
    out, err = capsys.readouterr()
    # The text after the colon is the database's.
    assert err.startswith(f"mtt-mock: --store: {message}")
    assert (out, err.count("\n")) == ("", 1)
    assert message.endswith(": ") or err == f"mtt-mock: --store: {message}\n"
    assert "hidden" not in err


def test_other_files_are_unchanged(tmp_path, capsys):
    file = tmp_path / "notes.txt"
    file.write_text("these are notes, and no database\n" * 100)
    assert main(["serve", "--port", "0", "--store", f"sqlite:///{file}"]) == 2
    reason = f"mtt-mock: --store: the store sqlite:///{file} cannot be used: "
    assert capsys.readouterr().err.startswith(reason)
    assert file.read_text().startswith("these are notes")


def test_a_newer_database_is_refused_once(tmp_path, capsys):
    file = tmp_path / "team.db"
    with sqlite3.connect(file) as newer:
        newer.execute("CREATE TABLE mtt_mock_version (version_num TEXT)")
        newer.execute("INSERT INTO mtt_mock_version VALUES ('9999')")
    newer.close()
    assert main(["serve", "--port", "0", "--workers", "4", "--store", f"sqlite:///{file}"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(
        "mtt-mock: --store: the database has tables of version 9999, made by a newer mtt-mock"
    )
    assert printed.err.count("\n") == 1


def test_workers_need_a_store(capsys):
    assert main(["serve", "--port", "0", "--workers", "2"]) == 2
    assert capsys.readouterr() == (
        "",
        "mtt-mock: --workers needs --store: workers share no memory, so their state must be in a "
        "database\n",
    )


@pytest.mark.parametrize("number", ["0", "65", "-1", "many", "", "1.5"])
def test_workers_are_1_to_64(number, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["serve", "--store", "sqlite:///team.db", f"--workers={number}"])
    assert ended.value.code == 2
    assert (
        f"argument --workers: {number!r} is not a number of workers; give a number from 1 to 64"
        in capsys.readouterr().err
    )


@pytest.mark.parametrize("missing", ["sqlalchemy", "alembic", "psycopg"])
def test_a_missing_extra_is_named(missing, tmp_path):
    store = "postgresql://127.0.0.1:1/x" if missing == "psycopg" else f"sqlite:///{tmp_path}/x.db"
    code = (
        f"import sys; sys.modules[{missing!r}] = None\n"
        f"from mtt_mock.cli.main import main; sys.exit(main(['serve', '--port=0', '--store={store}']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == (
        f"mtt-mock: --store: {missing} is not installed; a database needs: "
        'pip install "mtt-mock[sql]"\n'
    )


def test_memory_imports_no_database_library():
    timed = (sys.executable, "-X", "importtime", "-m", "mtt_mock")
    with serving(program=timed) as server:
        assert "State is kept in memory, and gone at the end." in server.banner
        assert server.stop()[0] == 0
    lines = [*server.banner, *server.lines]
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}
    assert "uvicorn" in imported
    assert imported & {"sqlalchemy", "alembic", "psycopg", "mako"} == set()
