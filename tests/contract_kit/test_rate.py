"""The default rate of a run of the conformance suite."""

import socket

import pytest

from mtt_mock.cli.main import main
from mtt_mock.conformance.rate import default_rate


@pytest.mark.parametrize(
    ("url", "rate"),
    [
        ("http://127.0.0.1:8082/index.php", None),
        ("http://[::1]:8082/index.php", None),
        ("http://10.1.2.3/index.php", None),
        ("http://192.168.0.7/index.php", None),
        ("https://1.1.1.1/index.php", 5.0),
        ("https://[2606:4700::1111]/index.php", 5.0),
        ("https://no-such-host.invalid/index.php", 5.0),
    ],
)
def test_only_public_hosts_have_a_default_rate(url, rate):
    assert default_rate(url) == rate


@pytest.mark.parametrize(
    ("addresses", "rate"), [(["10.0.0.5", "127.0.0.1"], None), (["10.0.0.5", "1.1.1.1"], 5.0)]
)
def test_a_public_address_makes_a_name_public(monkeypatch, addresses, rate):
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: found)
    assert default_rate("https://fake.example/index.php") == rate


def test_a_run_on_this_machine_is_not_throttled(mtt_server, monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MTT_PASSWORD", "password")
    monkeypatch.setattr("time.sleep", lambda seconds: pytest.fail(f"slept {seconds} s"))
    monkeypatch.setattr("mtt_mock.cli.commands.verify._PROGRESS_INTERVAL", 0)
    code = main(
        f"verify {mtt_server.url} --login login --password-env MTT_PASSWORD --yes "
        "--customer 883140500000000 --fact transport.endpoint --fact set.atomic".split()
    )
    progress = [line for line in capsys.readouterr().err.splitlines() if " checks, " in line]
    assert code == 0
    assert progress[0].startswith("0 of ")
    assert len(progress) >= 2
