"""The tables: migrations, rights, and refused versions."""

from __future__ import annotations

import json
import shutil
import threading

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from mtt_mock.service.state import StoreError
from mtt_mock.storage.sql import open_database
from mtt_mock.storage.sql.migrate import MIGRATIONS, VERSION, migrate, version_of
from mtt_mock.storage.sql.tables import prefix_of, schema_of, tables_of

NEXT = """
import sqlalchemy as sa
from alembic import op
from mtt_mock.storage.sql.tables import prefix_of, schema_of

revision = "next"
down_revision = "{version}"


def upgrade():
    dialect = op.get_bind().dialect.name
    table, schema = prefix_of(dialect) + "customers", schema_of(dialect)
    op.add_column(table, sa.Column("colour", sa.Text), schema=schema)
"""


@pytest.fixture
def engine(database_url):
    made = sa.create_engine(database_url)
    yield made
    made.dispose()


@pytest.fixture
def newer(tmp_path):
    """A folder with the migrations and one more, "next"."""
    folder = tmp_path / "100% newer"
    shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "next.py").write_text(NEXT.format(version=VERSION))
    return folder


def scripts():
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return ScriptDirectory.from_config(config)


def names(engine):
    """Return the tables, with their schema where there is one."""
    look = sa.inspect(engine)
    return {
        table if schema is None else f"{schema}.{table}"
        for schema in ({None, "mtt_mock"} if engine.dialect.name == "postgresql" else {None})
        for table in look.get_table_names(schema)
    }


def test_the_tables_match_the_migrations(database_url, engine):
    open_database(database_url).close()
    dialect = engine.dialect.name

    def is_ours(name, kind, parents):
        if kind == "schema":
            return name == schema_of(dialect)
        return kind != "table" or name != f"{prefix_of(dialect)}version"

    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_schemas": True,
                "include_name": is_ours,
                "compare_type": True,
                "compare_server_default": True,
            },
        )
        assert compare_metadata(context, tables_of(dialect).metadata) == []
        assert version_of(connection) == VERSION


def test_the_version_is_that_of_the_last_migration():
    assert scripts().get_heads() == [VERSION]


@pytest.mark.parametrize("start", [each.revision for each in scripts().walk_revisions()])
def test_tables_of_older_versions_are_migrated(engine, newer, start):
    with engine.begin() as connection:
        migrate(connection, start)
        assert version_of(connection) == start
    with engine.begin() as connection:
        migrate(connection, "next", newer)
        assert version_of(connection) == "next"
        customers = prefix_of(engine.dialect.name) + "customers"
        found = sa.inspect(connection).get_columns(customers, schema_of(engine.dialect.name))
        assert "colour" in [each["name"] for each in found]


def test_a_migration_keeps_the_state(database_url, engine, newer):
    state = open_database(database_url)
    secret = state.secret
    state.store.change_balance("1", lambda _: 7)
    state.close()
    with engine.begin() as connection:
        migrate(connection, "next", newer)
        table = f"{schema_of(engine.dialect.name) or 'main'}.{prefix_of(engine.dialect.name)}"
        [row] = connection.execute(sa.text(f"SELECT balance, colour FROM {table}customers")).all()
        assert tuple(row) == ("7", None)
    assert len(secret) == 32


ELEMENT = {"kind": "Ringall", "side": "A", "fields": {"redirect_number": "79000000001"}}
PRESET = {"elements": [ELEMENT], "caller_id": "7495", "default_b_number": None}
CALL = {
    "id": "1000001",
    "started": 1000,
    "order": {
        "customer": "1", "elements": [ELEMENT], "b_number": "79000000002", "caller_id": "7495",
        "first": "A", "duration": None, "recorded": True, "callback_url": None,
        "client_caller_id": None, "description": "",
    },
    "plan": {
        "timeline": [[0, "rings", "A", "79000000001"]],
        "legs": {"A": {"number": "79000000001", "rung": 0, "answered": None, "ended": None}},
        "ended": 30000, "joined": None, "failure": ["timeout", "A"],
    },
}  # fmt: skip


def test_presets_and_calls_of_development_versions_are_read(database_url, engine):
    with engine.begin() as connection:
        migrate(connection, "0002")
        tables = tables_of(engine.dialect.name)
        for table, column, value, row in (
            (tables.customers, "followme", PRESET, {"customer": "1", "name": '"1"'}),
            (tables.calls, "body", CALL, {"id": "1000001", "number": 1, "customer": "1",
                                          "next_step": 0, "retained": True}),
        ):  # fmt: skip
            plain = sa.table(table.name, *map(sa.column, (*row, column)), schema=table.schema)
            connection.execute(plain.insert().values({**row, column: json.dumps(value)}))
    state = open_database(database_url)
    preset, call = state.store.followme("1"), state.store.call("1000001")
    state.close()
    assert preset.caller_id == "7495"
    assert [element.kind for element in preset.elements] == ["Ringall"]
    assert call.plan.legs["A"].number == "79000000001"
    assert (call.order.b_number, call.plan.failure) == ("79000000002", ("timeout", "A"))


def test_tables_with_other_columns_are_refused(database_url, engine):
    with engine.begin() as connection:
        migrate(connection, "0002")
        changes = tables_of(engine.dialect.name).changes.fullname
        connection.execute(sa.text(f'ALTER TABLE {changes} RENAME COLUMN "count" TO made'))
    with pytest.raises(StoreError, match="a development version of mtt-mock whose tables have"):
        open_database(database_url)


def test_a_failed_migration_changes_nothing(database_url, newer):
    state = open_database(database_url)
    state.store.change_balance("1", lambda _: 7)
    migration = newer / "versions" / "next.py"
    migration.write_text(migration.read_text() + "    raise ZeroDivisionError\n")
    database = state.store._database
    with pytest.raises(ZeroDivisionError):
        database.write(lambda connection: migrate(connection, "next", newer))
    assert database.read(version_of) == VERSION
    customers = database.tables.customers
    found = sa.inspect(database.engine).get_columns(customers.name, customers.schema)
    assert "colour" not in [each["name"] for each in found]
    assert state.store.balance("1") == 7
    state.close()


def test_tables_of_a_newer_version_are_refused(database_url, engine, newer):
    with engine.begin() as connection:
        migrate(connection, "next", newer)
    with pytest.raises(StoreError) as refused:
        open_database(database_url)
    assert str(refused.value) == (
        "the database has tables of version next, made by a newer mtt-mock; this one knows version "
        "0003: upgrade mtt-mock, or use another database"
    )
    with engine.connect() as connection:
        assert version_of(connection) == "next"


def test_tables_of_an_application_are_unchanged(database_url, engine):
    mine = ["customers", "calls", "journal", "version", "alembic_version"]
    with engine.begin() as connection:
        for name in mine:
            connection.execute(sa.text(f"CREATE TABLE {name} (mine TEXT)"))
            connection.execute(sa.text(f"INSERT INTO {name} VALUES ('{name}')"))
    state = open_database(database_url)
    state.store.change_balance("1", lambda _: 7)
    assert state.store.known_customers() == ["1"]
    state.store.clear()
    state.close()
    with engine.connect() as connection:
        for name in mine:
            assert connection.execute(sa.text(f"SELECT mine FROM {name}")).scalar() == name
    own = names(engine) - set(mine)
    assert len(own) == 13
    if engine.dialect.name == "postgresql":
        assert {each.partition(".")[0] for each in own} == {"mtt_mock"}
    else:
        assert all(each.startswith("mtt_mock_") for each in own)


def test_concurrent_threads_migrate_an_empty_database(database_url):
    barrier, opened, failed = threading.Barrier(8), [], []

    def start():
        barrier.wait()
        try:
            opened.append(open_database(database_url))
        except StoreError as error:
            failed.append(error)

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len({state.secret for state in opened}) == 1
    for state in opened:
        state.close()


def test_two_processes_migrate_an_empty_database(database_url, fakes):
    first, second = fakes.start(database_url, 2)
    preset = [{"type": "Ringall", "redirect_number": "79000000001"}]
    assert first.call("setCallBackFollowme", callBackFollowmeStruct=preset) == {"success": 1}
    assert second.call("getCallBackFollowme") == {"callBackFollowmeStruct": preset}
