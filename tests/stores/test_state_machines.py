"""The state machines of calls and followmes on every store."""

from __future__ import annotations

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from test_calls_against_model import Calls
from test_followme_against_model import Presets

from support.profiles import examples

# Databases are slower, and details of calls do not depend on them.
EXAMPLES = {"memory": 20, "sqlite": 6, "postgresql": 4}
# Explaining and shrinking would take minutes on a database.
PHASES = [Phase.explicit, Phase.reuse, Phase.generate]


@pytest.mark.unmeasured
@pytest.mark.parametrize(("machine", "steps"), [(Presets, 20), (Calls, 15)])
def test_the_state_machines_pass_on_every_store(stores, machine, steps):
    run_state_machine_as_test(
        lambda: machine(stores.fresh()),
        settings=settings(
            max_examples=examples(EXAMPLES[stores.kind]),
            stateful_step_count=steps,
            deadline=None,
            phases=PHASES,
        ),
    )
