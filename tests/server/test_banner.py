"""The banner of ``serve`` by options."""

import argparse

import pytest

from mtt_mock import Settings
from mtt_mock.cli.banner import banner, is_loopback

URL = "http://0.0.0.0:8082/index.php"


def text(settings, **options):
    given = argparse.Namespace(**{"host": "127.0.0.1", "workers": 0, "tls_host": [], **options})
    return banner(URL, None, "memory", given, settings).splitlines()


def test_the_banner_shows_a_curl_line():
    lines = text(Settings())
    assert lines[0] == "mtt-mock answers as MTT's CallBack API at http://127.0.0.1:8082/index.php"
    assert "-u login:password" in lines[4]
    assert lines[-2:] == ["State is kept in memory.", "Ctrl-C stops it."]


def test_workers_clock_and_a_foreign_host_are_named():
    lines = text(Settings(clock="20x", control_token="made up"), host="0.0.0.0", workers=4)
    assert lines[-5:] == [
        "Workers: 4.",
        "The clock is 20x.",
        "Other machines can reach it (0.0.0.0).",
        "Token of the control API (/_mtt/): made up",
        "Ctrl-C stops it.",
    ]


def test_a_token_that_was_given_is_not_printed():
    lines = text(Settings(control_token="s3cret"), host="::", control_token="s3cret")
    assert not [line for line in lines if "s3cret" in line]


def test_the_curl_line_uses_the_given_account():
    lines = text(Settings(accounts=["ann:x y:8831405,8831404"]), accounts=["ann:x y"])
    assert "-u 'ann:x y'" in lines[4]
    assert '"customer_name":"8831404"' in lines[4]


def test_a_password_from_a_file_is_not_printed():
    lines = text(Settings(accounts=["ann:s3cret"]))
    assert "-u ann -d" in lines[4]
    assert "s3cret" not in "\n".join(lines)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.9", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("fake.example", False),
    ],
)
def test_a_host_is_this_machine_alone(host, loopback):
    assert is_loopback(host) is loopback
