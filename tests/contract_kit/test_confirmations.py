"""Confirmations: ``verify`` stores facts of the real service, ``contract fidelity`` shows them."""

import json

import pytest
from endpoints import verify_arguments

import mtt_contracts
from mtt_mock.cli.main import main
from mtt_mock.conformance import confirmations
from mtt_mock.server.handles import serve


def fidelity(capsys, *arguments):
    assert main(["contract", "fidelity", *arguments]) == 0
    return capsys.readouterr().out


def row(table, start):
    return next(line for line in table.splitlines() if line.startswith(f"| {start}"))


def test_no_fact_is_confirmed_yet(capsys):
    for fact in mtt_contracts.facts():
        assert fact.evidence in {"doc", "observed", "assumption"}
        assert fact.source
        assert fact.confirmed is None
    rows = [line for line in fidelity(capsys).split("## Fields")[0].splitlines() if "**: " in line]
    assert len(rows) == len(mtt_contracts.facts())
    assert {line.rsplit("|", 2)[1].strip() for line in rows} == {"never"}


def test_a_run_updates_the_table(tmp_path, monkeypatch, capsys):
    # The fake takes the part of the real service: its address is made to count as another one.
    monkeypatch.setattr(confirmations, "addresses_of", lambda _url: [])
    monkeypatch.setenv("MTT_PASSWORD", "password")
    monkeypatch.chdir(tmp_path)
    noted = tmp_path / "noted.json"
    noted.write_text('{"smd.get": {"date": "2025-01-31", "verdict": "confirmed"}}')
    with serve(error_status=200) as server:
        facts = [
            "--fact",
            "transport.status.error",
            "--fact",
            "set.success",
            "--fact",
            "ring.linear",
        ]
        code = main(verify_arguments(server.url, "--yes", "--confirmations", str(noted), *facts))
    assert code == 1
    rows = json.loads(noted.read_text())
    today = rows["set.success"]["date"]
    assert rows == {
        "set.success": {"date": today, "verdict": "confirmed"},
        "smd.get": {"date": "2025-01-31", "verdict": "confirmed"},
        "transport.status.error": {"date": today, "verdict": "refuted"},
    }
    capsys.readouterr()
    table = fidelity(capsys, "--confirmations", str(noted))
    assert row(table, "Success is").endswith(f"| {today} |")
    assert row(table, "A single error envelope").endswith(f"| **refuted** {today} |")
    assert row(table, "GET with credentials").endswith("| 2025-01-31 |")
    assert row(table, "GET with ?smd").endswith("| never |")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1.2.3", "[::1]"])
def test_an_endpoint_on_this_machine_confirms_nothing(tmp_path, host):
    with pytest.raises(ValueError, match="is this machine: a fake here confirms nothing"):
        confirmations.check(f"http://{host}:8082/index.php", tmp_path / "noted.json")


def test_other_hosts_can_be_confirmed(tmp_path):
    confirmations.check("http://192.0.2.1/index.php", tmp_path / "noted.json")
    confirmations.check("https://no-such-host.invalid/index.php", tmp_path / "noted.json")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is not a file of confirmations"),
        ("[]", "is not a file of confirmations"),
        ("[" * 100_000, "is not a file of confirmations"),
        (
            '{"smd.get": {"date": "today", "verdict": "confirmed"}}',
            "is not a file of confirmations",
        ),
        (
            '{"smd.get": {"date": "2025-01-31", "verdict": "maybe"}}',
            "is not a file of confirmations",
        ),
        ('{"smd.got": {"date": "2025-01-31", "verdict": "refuted"}}', "has no fact smd.got"),
    ],
    ids=["empty", "list", "deep", "no date", "no verdict", "unknown"],
)
def test_an_invalid_file_is_refused_before_the_run(tmp_path, capsys, content, message):
    file = tmp_path / "noted.json"
    file.write_text(content)
    assert main(["contract", "fidelity", "--confirmations", str(file)]) == 2
    assert message in capsys.readouterr().err
    url = "http://192.0.2.1/index.php"
    assert main(verify_arguments(url, "--yes", "--confirmations", str(file))) == 2
    assert message in capsys.readouterr().err
    assert file.read_text() == content


def test_a_missing_file_is_reported_in_one_line(tmp_path, capsys):
    missing = str(tmp_path / "none.json")
    assert main(["contract", "fidelity", "--confirmations", missing]) == 2
    assert capsys.readouterr().err == (
        f"mtt-mock: cannot read {missing}: No such file or directory\n"
    )
