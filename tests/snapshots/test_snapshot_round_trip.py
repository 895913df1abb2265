"""Round trips of snapshots: any state is equal after export, import and export."""

from __future__ import annotations

from generated_state import do, fake, steps
from hypothesis import HealthCheck, given, settings

from mtt_mock.service.state import in_memory
from mtt_mock.storage.snapshots import dump_json, export_dict, import_dict
from support.profiles import examples

few = settings(
    max_examples=examples(50),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def made(drawn):
    source = fake(calls_kept=2)
    try:
        for step in drawn:
            do(source, step)
        return export_dict(source.store)
    finally:
        source.close()


def assert_round_trip(values, store):
    import_dict(store, values, replace=True)
    # An export is complete, so equal bytes mean equal states.
    again = export_dict(store.store)
    assert dump_json(again) == dump_json(values)
    back = in_memory()
    import_dict(back, dump_json(again), replace=True)
    assert dump_json(export_dict(back.store)) == dump_json(values)


@few
@given(steps)
def test_snapshots_round_trip_in_memory(drawn):
    values = made(drawn)
    empty = in_memory()
    empty.clock.initialise(0)
    import_dict(empty, values)
    assert dump_json(export_dict(empty.store)) == dump_json(values)


@few
@given(steps)
def test_snapshots_round_trip_in_sqlite(sqlite, drawn):
    assert_round_trip(made(drawn), sqlite)


@settings(few, max_examples=examples(25))
@given(steps)
def test_snapshots_round_trip_in_postgresql(postgres, drawn):
    assert_round_trip(made(drawn), postgres)
