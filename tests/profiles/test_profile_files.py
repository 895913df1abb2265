"""Profile files: reading, validation, writing."""

from __future__ import annotations

import json

import jsonschema
import pytest

from mtt_contracts.fact_values import defaults, profile_schema, settable_facts
from mtt_mock import Settings
from mtt_mock.cli.main import main
from mtt_mock.service.profile import EvidenceWarning, Profile, ProfileError, read_profile


@pytest.fixture
def write(tmp_path):
    def written(text):
        path = tmp_path / "mtt.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return written


def test_a_profile_overrides_facts_by_id(write):
    profile = read_profile(
        write(
            '[facts]\n"transport.status.error" = 200\n'
            '"get.nothing" = { code = -32001, message = "Data not found", data = "No structure" }\n'
            '[source]\nendpoint = "webapicommon.mtt.ru"\n'
        )
    )
    assert profile["transport.status.error"] == 200
    error = profile.error("get.nothing")
    assert (error.code, error.message, error.data) == (-32001, "Data not found", "No structure")
    assert profile["info.currency"] == "RUB"
    assert profile.source == {"endpoint": "webapicommon.mtt.ru"}


def test_a_setting_takes_the_path_of_a_profile(write):
    path = write('version = 1\n[facts]\n"transport.status.error" = 400\n')
    assert Settings(profile=path).error_status == 400


def test_omitted_members_keep_their_default():
    profile = Profile({"set.conflict.rule": {"any": True}})
    assert profile["set.conflict.rule"] == {"first": "A", "any": True}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[facts", "is not TOML"),
        (f"# {'x' * 1048576}", "is larger than 1048576 bytes"),
        ("version = 2", "has version 2; this mtt-mock reads 1. Upgrade mtt-mock"),
        ("[fact]", "unknown key 'fact'"),
        ("facts = 1", "facts and source must be tables"),
        ('[facts]\n"get.nothin" = 1', "no fact 'get.nothin' can be set; did you mean get.nothing?"),
        (
            '[facts]\n"transport.status.error" = 99',
            'allowed: {"type": "integer", "minimum": 200, "maximum": 599, '
            '"not": {"enum": [204, 205, 304]}}',
        ),
        ('[facts]\n"get.nothing" = { code = "x" }', "get.nothing.code: "),
        ('[facts]\n"call.id.form" = "roman"', 'allowed: {"enum": ["digits", "uuid"]}'),
    ],
)
def test_an_invalid_profile_is_refused_with_its_path(write, text, message):
    with pytest.raises(ProfileError) as refused:
        read_profile(write(text))
    assert message in str(refused.value)
    assert "mtt.toml" in str(refused.value)


def test_a_file_that_is_missing_is_refused(tmp_path):
    with pytest.raises(ProfileError, match=r"gone\.toml: No such file"):
        read_profile(tmp_path / "gone.toml")


def test_comments_of_a_profile_are_one_line_each():
    profile = Profile({"call.id.form": "uuid"})
    text = profile.to_toml({"call.id.form": ("HTTP 405: <p>No\n</p>\n", "\x1b[2J")})
    assert "# HTTP 405: <p>No </p>\n# \ufffd[2J\n" in text


def test_overriding_evidence_warns_with_its_source(write):
    path = write('[facts]\n"set.conflict" = { error = 2, error_description = "no" }\n')
    with pytest.warns(EvidenceWarning, match=r"set\.conflict is overridden.*doc: MTT page"):
        read_profile(path)


def test_profiles_round_trip(write):
    values = {
        "transport.status.error": 418,
        "get.nothing": {"code": 7, "message": 'quoted "text"\\', "data": "строка"},
        "delete.both": ["A"],
        "balance.shape": {"sum": "{balance}"},
    }
    profile = Profile(values, {"version": "0.1.0"})
    assert read_profile(write(profile.to_toml())) == profile


def test_every_default_is_valid():
    for fact_id, value in defaults().items():
        assert Profile({fact_id: value})[fact_id] == value


def test_every_settable_fact_has_one_sentence_of_help():
    for fact in settable_facts().values():
        assert fact.help.endswith("."), fact.id


def test_the_editor_schema_accepts_valid_profiles_only():
    schema = profile_schema()
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    assert validator.is_valid({"facts": {"get.nothing": {"code": 1}}})
    assert not validator.is_valid({"facts": {"get.nothing": {"code": "1"}}})
    assert not validator.is_valid({"facts": {"get.nothin": 1}})


def test_the_command_shows_checks_and_compares(write, capsys):
    path = str(write('[facts]\n"info.currency" = "USD"\n'))
    assert main(["profile", "check", path]) == 0
    assert capsys.readouterr().out == f"{path}: 1 fact set\n"
    assert main(["profile", "diff", path]) == 1
    assert capsys.readouterr().out == 'info.currency: "USD" != "RUB"\n'
    assert main(["profile", "diff", path, path]) == 0
    assert main(["profile", "show", path]) == 0
    assert '* info.currency = "USD"\n' in capsys.readouterr().out
    assert main(["profile", "schema"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "mtt-mock profile"


def test_a_check_refuses_what_the_fake_would_refuse(write, capsys):
    path = write('[facts]\n"event.where" = ["10.0.0.1/8"]')
    assert main(["profile", "check", str(path)]) == 2
    assert "profile: event.where: callback_allow: '10.0.0.1/8' has host" in capsys.readouterr().err


def test_a_check_names_the_evidence_that_is_overridden(write, capsys):
    path = str(write('[facts]\n"set.conflict" = { error = 2, error_description = "no" }\n'))
    assert main(["profile", "check", path]) == 0
    assert "set.conflict is overridden, though its evidence is doc" in capsys.readouterr().err


def test_the_command_refuses_a_broken_profile(write, capsys):
    assert main(["profile", "check", str(write("[facts"))]) == 2
    assert "is not TOML" in capsys.readouterr().err
