"""Where PostgreSQL's programs are looked for, and in which order."""

import pytest

from postgres.cluster import PROGRAMS, ClusterError, find_binaries


def install(folder, *, without=None):
    folder.mkdir(parents=True, exist_ok=True)
    for program in PROGRAMS:
        if program != without:
            script(folder / program, "exit 0")
    return folder


def script(path, line):
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)


@pytest.fixture
def machine(tmp_path):
    """A machine with PostgreSQL in every place: ``machine(PATH=…)`` looks there."""
    install(tmp_path / "named")
    install(tmp_path / "on_path")
    install(tmp_path / "configured")
    (tmp_path / "tools").mkdir()
    script(tmp_path / "tools/pg_config", f'[ "$1" = --bindir ] && echo {tmp_path}/configured')
    for version in ("9.6", "13", "16"):
        install(tmp_path / "debian" / version / "bin")
    install(tmp_path / "debian/17/bin", without="initdb")
    (tmp_path / "debian/lib/bin").mkdir(parents=True)

    def look(**environment):
        found = find_binaries(environment, installed=tmp_path / "debian")
        return found and found.relative_to(tmp_path).as_posix()

    look.folder = tmp_path
    look.path = f"{tmp_path}/tools:{tmp_path}/on_path"
    return look


def test_the_variable_comes_first(machine):
    named = str(machine.folder / "named")
    assert machine(PATH=machine.path, MTT_MOCK_TEST_POSTGRES_BIN=named) == "named"


def test_initdb_on_the_path_comes_second(machine):
    assert machine(PATH=machine.path, MTT_MOCK_TEST_POSTGRES_BIN="") == "on_path"


def test_a_link_on_the_path_leads_to_where_the_other_programs_are(machine):
    (machine.folder / "tools/initdb").symlink_to(machine.folder / "configured/initdb")
    (machine.folder / "tools/pg_config").unlink()
    assert machine(PATH=f"{machine.folder}/tools") == "configured"


def test_links_to_different_places_are_taken_where_they_stand_together(machine):
    linked = machine.folder / "linked"
    linked.mkdir()
    for program in PROGRAMS:
        elsewhere = machine.folder / "store" / program
        elsewhere.mkdir(parents=True)
        script(elsewhere / program, "exit 0")
        (linked / program).symlink_to(elsewhere / program)
    assert machine(PATH=str(linked)) == "linked"


def test_pg_config_comes_third(machine):
    assert machine(PATH=f"{machine.folder}/tools") == "configured"


def test_debians_newest_complete_version_comes_last(machine):
    assert machine(PATH="/nowhere") == "debian/16/bin"


@pytest.mark.parametrize("line", ["exit 1", "echo /nowhere", "echo"])
def test_a_pg_config_that_leads_nowhere_is_passed_over(machine, line):
    script(machine.folder / "tools/pg_config", line)
    assert machine(PATH=f"{machine.folder}/tools") == "debian/16/bin"


def test_initdb_without_the_others_is_passed_over(machine):
    (machine.folder / "on_path/psql").unlink()
    assert machine(PATH=f"{machine.folder}/on_path") == "debian/16/bin"


def test_where_there_is_nothing_nothing_is_found(tmp_path):
    assert find_binaries({"PATH": str(tmp_path)}, installed=tmp_path) is None


def test_a_variable_that_names_another_folder_is_an_error(machine, tmp_path):
    with pytest.raises(ClusterError) as refused:
        machine(PATH=machine.path, MTT_MOCK_TEST_POSTGRES_BIN=f"{tmp_path}/tools")
    assert str(refused.value) == (
        "MTT_MOCK_TEST_POSTGRES_BIN: initdb, pg_ctl, postgres, psql are not all in "
        f"{tmp_path}/tools"
    )
