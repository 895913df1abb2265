"""The tables of the reference match the code."""

import importlib.util
import re
import subprocess
import sys

import mtt_contracts.fidelity
from docs.pages import ROOT, blocks, read
from mtt_mock import Settings
from mtt_mock.domain.faults import FAULT_MEANINGS, parse_fault
from mtt_mock.service.settings import SETTINGS


def load_tables():
    spec = importlib.util.spec_from_file_location("tables", ROOT / "docs/tables.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TABLES = load_tables()


def serve_help():
    command = [sys.executable, "-m", "mtt_mock", "serve", "--help"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_every_option_of_serve_is_in_the_table():
    options = set(re.findall(r"--[a-z-]+", serve_help())) - {"--help"}
    assert len(options) >= 25
    table = TABLES.serve_options()
    assert {option for option in options if f"`{option}" not in table} == set()


def test_the_table_of_settings_lists_every_setting():
    table = TABLES.settings().splitlines()
    assert table[0] == "| setting | option of `serve` | default | meaning |"
    assert [row.split("`")[1] for row in table[2:]] == list(Settings.__dataclass_fields__)
    rows = {row.split("`")[1]: row for row in table[2:]}
    clock = "| `clock` | `--clock CLOCK` | real (in tests: manual) | real, a speed"
    assert rows["clock"].startswith(clock)
    account = "| `accounts` | `--account LOGIN:PASSWORD[:CUSTOMER,…]` | any login"
    assert rows["accounts"].startswith(account)


def test_the_table_of_limits_has_every_setting_that_limits():
    rows = {
        cells[3].strip(" `"): cells[2].strip()
        for cells in (line.split("|") for line in TABLES.limits().splitlines())
    }
    assert rows["--max-body"] == "1,048,576 bytes"
    assert rows["--max-prompts"] == "104,857,600 bytes"
    assert rows["--event-timeout"] == "5 seconds"
    options = {f"--{setting.option}" for setting in SETTINGS if setting.at_limit}
    assert options < set(rows)
    bounded = {setting.option for setting in SETTINGS if setting.name.startswith("max_")}
    assert bounded == {
        "max-body",
        "max-batch",
        "max-prompt",
        "max-prompts",
        "max-running-calls",
        "max-customers",
    }
    assert all(setting.at_limit for setting in SETTINGS if setting.name.startswith("max_"))


def test_the_table_of_limits_matches_the_code():
    table = TABLES.limits()
    assert "| time for a request's head | 20 seconds |" in table
    assert "| requests and answers in the journal | 8,388,608 bytes |" in table


def test_every_fault_is_in_the_table():
    rows = dict(re.findall(r"^\| `([a-z0-9-]+)` \| (.+) \|$", TABLES.faults(), re.MULTILINE))
    assert rows == dict(FAULT_MEANINGS)


def test_every_control_path_is_in_the_table():
    table = TABLES.control_paths()
    for request in ("GET /_mtt/clock", "DELETE /_mtt/state/{customer}", "POST /_mtt/reset"):
        assert f"`{request}`" in table


def test_every_unchanged_program_is_in_the_table():
    table = TABLES.programs()
    assert "| C | libcurl | works | works |" in table
    assert table.count("\n| ") >= 20


def test_the_tools_beside_are_in_the_table():
    assert "| pytest-freezer | works |  |" in TABLES.compatibility()


def test_every_command_is_in_the_table():
    rows = re.findall(r"^\| `mtt-mock (\w+)` \|", TABLES.commands(), re.MULTILINE)
    assert {"serve", "exec", "proxy", "env", "verify", "record", "drift", "watch"} <= set(rows)


def test_every_fixture_is_in_the_reference():
    page = read("docs/reference/fixtures.md")
    plugin = read("mock_server/mtt_mock/testing/plugin.py")
    fixtures = re.findall(r"^def (mtt_\w+)\(", plugin, re.MULTILINE)
    assert len(fixtures) == 13
    for name in fixtures:
        assert f"| `{name}` |" in page, name


def test_every_documented_fault_is_valid():
    text = read("docs/reference/faults.md") + read("docs/how-to/faults.md")
    examples = re.findall(r"`([\w*/]+:[a-z-]+[^`]*|[a-z-]+[=@*~][^` ]*)`", text)
    assert len(examples) >= 20
    for example in examples:
        parse_fault(example)


def test_the_fidelity_page_is_generated_from_the_contract():
    assert read("docs/explanation/fidelity.md") == mtt_contracts.fidelity.table()


def test_every_switch_of_the_fidelity_page_is_an_option():
    switches = {fact.switch for fact in mtt_contracts.facts() if fact.switch}
    assert switches == {
        "--account",
        "--balance",
        "--callback-allow",
        "--calls-kept",
        "--error-status",
        "--event-timeout",
        "--lengths-as-text",
        "--max-batch",
        "--max-body",
        "--max-prompt",
        "--missing-prompts",
        "--refuse-at-zero",
        "--ring-timeout",
        "--tariff",
        "--text-speed",
    }
    text = serve_help()
    assert all(switch in text for switch in switches)


def test_the_magic_numbers_are_on_the_page_of_calls():
    assert "| `7900001AATT` |" in read("docs/explanation/calls.md")


def test_the_fault_syntax_matches_the_message():
    from mtt_mock.domain import faults

    [syntax] = blocks("docs/reference/faults.md", "text")
    assert syntax.text.strip() == faults._GRAMMAR
