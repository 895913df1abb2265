"""The commands ``state export``, ``state import`` and ``serve --state``."""

from __future__ import annotations

import io
import json
import subprocess
import sys

import pytest
from snapshot_examples import FULL, HEAD, TEAM, call, snapshot

from mtt_mock.cli.main import main
from mtt_mock.server.handles import serve
from support.one_response import answering
from support.processes import MTT_MOCK, serving

CUSTOMER = "883140500000000"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "team.json"
    path.write_text(json.dumps(FULL))
    return str(path)


@pytest.fixture
def store(tmp_path):
    return f"sqlite:///{tmp_path}/state.db"


def test_an_imported_snapshot_is_exported_unchanged(capsys, file, store):
    assert main(["state", "import", store, file]) == 0
    printed = capsys.readouterr()
    assert printed.out == "imported 1 customer, 1 subscriber, 1 fault, 1 call\n"
    assert printed.err == ("mtt-mock: note: customers[0].prompts[0] has no known audio format\n")
    assert main(["state", "export", store]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    assert json.loads(printed.out) == FULL
    assert printed.out.startswith('{\n  "mtt_mock": "state",\n  "version": 1,\n  "customers": [\n')


def test_replacing_is_reported(capsys, file, store):
    main(["state", "import", store, file])
    assert main(["state", "import", store, file]) == 2
    assert "ids are there already: 1000007; replace" in capsys.readouterr().err
    assert main(["state", "import", store, file, "--replace"]) == 0
    assert capsys.readouterr().out == (
        "imported 1 customer, 1 subscriber, 1 fault, 1 call; all other state is deleted\n"
    )


@pytest.mark.unmeasured
def test_a_pipe_copies_one_store_to_another(file, store, tmp_path):
    subprocess.run([*MTT_MOCK, "state", "import", store, file], check=True, capture_output=True)
    other = f"sqlite:///{tmp_path}/other.db"
    with subprocess.Popen([*MTT_MOCK, "state", "export", store], stdout=subprocess.PIPE) as export:
        command = [*MTT_MOCK, "state", "import", other]
        done = subprocess.run(command, stdin=export.stdout, capture_output=True, check=True)
    assert done.stdout == b"imported 1 customer, 1 subscriber, 1 fault, 1 call\n"
    command = [*MTT_MOCK, "state", "export", other]
    done = subprocess.run(command, capture_output=True, check=True)
    assert json.loads(done.stdout) == FULL


def test_standard_input_is_the_default_file(capsys, monkeypatch, store):
    given = json.dumps(TEAM).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
    assert main(["state", "import", store]) == 0
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"{")))
    assert main(["state", "import", store, "-"]) == 2
    assert "mtt-mock: standard input: this is not JSON: " in capsys.readouterr().err


def test_a_partial_export_is_written_to_a_file(capsys, file, store, tmp_path):
    main(["state", "import", store, file])
    capsys.readouterr()
    out = tmp_path / "out.json"
    command = ["state", "export", store, "-o", str(out), "--customer", CUSTOMER]
    assert main([*command, "--without-calls"]) == 0
    assert json.loads(out.read_text()) == HEAD | {"customers": TEAM["customers"]}
    assert capsys.readouterr() == ("", "")


def test_exporting_an_unknown_customer_is_an_error(capsys, file, store):
    main(["state", "import", store, file])
    capsys.readouterr()
    assert main(["state", "export", store, "--customer", "8831"]) == 2
    assert capsys.readouterr() == ("", "mtt-mock: there is no state of customer 8831\n")


@pytest.mark.parametrize("end", ["", "/", "/index.php"])
def test_a_running_fake_is_a_source_and_a_target(capsys, file, end):
    with serve(clock="manual") as server:
        url = server.url.removesuffix("/index.php") + end
        assert main(["state", "import", url, file]) == 0
        printed = capsys.readouterr()
        assert printed.out == "imported 1 customer, 1 subscriber, 1 fault, 1 call\n"
        assert "note: customers[0].prompts[0]" in printed.err
        assert main(["state", "export", url]) == 0
        printed = capsys.readouterr()
        assert (json.loads(printed.out), printed.err) == (FULL, "")
        assert main(["state", "export", url, "--customer", CUSTOMER, "--without-calls"]) == 0
        assert json.loads(capsys.readouterr().out) == HEAD | {"customers": TEAM["customers"]}


def test_refusals_of_a_running_fake_are_reported(capsys, file, tmp_path):
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps(snapshot(customers=[{}])))
    with serve(clock="manual") as server:
        main(["state", "import", server.url, file])
        capsys.readouterr()
        assert main(["state", "import", server.url, file]) == 2
        refused = f"mtt-mock: {server.url} refuses: "
        assert capsys.readouterr().err.startswith(f"{refused}calls with these ids are there")
        assert main(["state", "import", server.url, str(wrong)]) == 2
        assert capsys.readouterr().err == f"{refused}customers[0].customer_name is required\n"
        assert main(["state", "export", server.url, "--customer", "nobody"]) == 2
        assert capsys.readouterr().err == f"{refused}there is no state of customer nobody\n"
        assert main(["state", "import", server.url, file, "--replace"]) == 0


def test_the_control_token_is_sent(capsys, monkeypatch, file):
    with serve(control_token="s3cret") as server:
        assert main(["state", "export", server.url]) == 2
        assert capsys.readouterr().err == (
            "mtt-mock: 127.0.0.1 requires its control token: put it into the variable "
            "MTT_MOCK_CONTROL_TOKEN\n"
        )
        monkeypatch.setenv("MTT_MOCK_CONTROL_TOKEN", "s3cret")
        assert main(["state", "import", server.url, file]) == 0


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (404, b'{"error": "404 Not Found"}', "is an mtt-mock without snapshots: upgrade it"),
        (404, b"<h1>Not Found</h1>", "answers with status 404: is it mtt-mock?"),
        (200, b"hello", "answers with status 200: is it mtt-mock?"),
        (200, b"[]", "answers with status 200: is it mtt-mock?"),
        (200, b'{"mtt_mock": 1, "imported": 1}', "answers with status 200: is it mtt-mock?"),
        (200, b"[" * 100_000, "answers with status 200: is it mtt-mock?"),
        (500, b'{"error": "so it is"}', "refuses: so it is"),
        (302, b"", "answers with status 302: is it mtt-mock?"),
    ],
)
@pytest.mark.parametrize("action", ["export", "import"])
def test_urls_of_other_services_are_refused(capsys, file, action, status, body, message):
    with answering(status, "application/json", body) as url:
        assert main(["state", action, url, *([file] if action == "import" else [])]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert err.count("\n") == 1


def test_other_snapshot_versions_give_a_warning(capsys):
    body = b'{"mtt_mock": "state", "version": 2}'
    with answering(200, "application/json", body) as url:
        assert main(["state", "export", url]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out) == {"mtt_mock": "state", "version": 2}
    assert err == "mtt-mock: this is version 2, of another mtt-mock\n"


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("nonsense", "'nonsense' is not a URL; give a store's URL (sqlite:///file.db"),
        ("mysql://host/db", "unknown database mysql"),
        ("sqlite:///nowhere/x.db", ""),
        ("sqlite://", ""),
        ("http://127.0.0.1:1", "http://127.0.0.1:1 does not answer"),
        ("http://", "not an http(s) URL: http://"),
        ("http://a b/", "does not answer"),
        ("http://[::1", "http://[::1"),
        ("http://127.0.0.1:x", "not an http(s) URL: http://127.0.0.1:x ("),
    ],
)
@pytest.mark.parametrize("action", ["export", "import"])
def test_invalid_locations_are_refused(capsys, file, action, where, message):
    assert main(["state", action, where, *([file] if action == "import" else [])]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert err.count("\n") == 1


def test_a_file_in_place_of_the_target_is_refused_before_standard_input_is_read(
    capsys, monkeypatch
):
    monkeypatch.setattr(sys, "stdin", None)  # reading it would raise
    assert main(["state", "import", "state.json"]) == 2
    assert "'state.json' is not a URL; give a store's URL" in capsys.readouterr().err


def test_files_that_are_not_databases_are_refused(capsys, file, tmp_path):
    (tmp_path / "text.db").write_bytes(b"no database at all" * 99)
    assert main(["state", "import", f"sqlite:///{tmp_path}/text.db", file]) == 2
    assert "cannot be used: file is not a database" in capsys.readouterr().err


def test_exporting_a_missing_store_creates_none(capsys, store, tmp_path):
    assert main(["state", "export", store]) == 2
    assert capsys.readouterr().err == f"mtt-mock: {store}: no such file\n"
    assert list(tmp_path.glob("*.db")) == []


def test_an_unwritable_output_is_reported(capsys, file, store, tmp_path):
    main(["state", "import", store, file])
    capsys.readouterr()
    assert main(["state", "export", store, "-o", f"{tmp_path}/no/such"]) == 2
    assert capsys.readouterr().err == f"mtt-mock: {tmp_path}/no/such: No such file or directory\n"


def test_serve_imports_the_file(file, capsys):
    with serving("--state", file, "--clock", "manual") as process:
        assert main(["state", "export", process.url]) == 0
        assert json.loads(capsys.readouterr().out) == FULL


def test_serve_refuses_invalid_snapshots(run_main, tmp_path):
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps(snapshot(calls=[call(pending_steps=[9])])))
    done = run_main("serve", "--port", "0", "--state", str(wrong))
    assert (done.returncode, done.stdout) == (2, "")
    assert (
        done.stderr
        == f"mtt-mock: --state: {wrong}: calls[0].pending_steps must hold indexes below 5, got 9\n"
    )
