"""The examples of docs/how-to/snapshots.md: the file, the fixture, the commands."""

from __future__ import annotations

import json
import re
from pathlib import Path

from mtt_mock.cli.main import main
from mtt_mock.server.handles import serve

TEXT = (Path(__file__).parents[2] / "docs/how-to/snapshots.md").read_text(encoding="utf-8")
SECTION = TEXT


def block(language):
    [found] = re.findall(rf"```{language}\n(.*?)```", SECTION, re.DOTALL)
    return found


def test_the_documented_file_round_trips(tmp_path, capsys):
    file = tmp_path / "team.json"
    file.write_text(block("json"))
    store = f"sqlite:///{tmp_path}/team.db"
    assert main(["state", "import", store, str(file)]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    assert printed.out in block("console")
    assert main(["state", "export", store]) == 0
    busy = {"subscribers": [{"number": "7900*", "does": "busy", "after": 1}]}
    assert json.loads(capsys.readouterr().out) == json.loads(block("json")) | busy


def test_the_fixture_seeds_every_test(pytester):
    pytester.makeconftest(block("python"))
    pytester.path.joinpath("team.json").write_text(block("json"))
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("time", [1, 2])
        def test_it(mtt_client, mtt_server, time):
            assert str(mtt_server.balance("883140500000000")) == "950.00"
            mtt_client.delete_callback_followme()
        """
    )
    pytester.runpytest_inprocess("-p", "no:randomly").assert_outcomes(passed=2)


def test_the_page_documents_every_key():
    with serve(clock="manual") as server:
        server.import_state(json.loads(block("json")))
        assert server.export_state(calls=False).keys() == json.loads(block("json")).keys()
