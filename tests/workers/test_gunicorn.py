"""The fake under gunicorn with the files of docs/how-to/team.md."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path

import pytest

from support.receiver import HeldReceiver
from support.waiting import until
from workers.team import (
    AUTH,
    CUSTOMER,
    LOST,
    NAMES,
    WON,
    call_request,
    control,
    post,
    request,
    set_request,
)

TEAM = (Path(__file__).parents[2] / "docs/how-to/team.md").read_text(encoding="utf-8")
STORE = "postgresql+psycopg://mtt:password@database/mtt"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.process,
    pytest.mark.skipif(os.name != "posix", reason="gunicorn needs fork"),
]


@contextlib.contextmanager
def gunicorn(folder, store):
    """Run the documented command with ``store`` on a free port."""
    for name, text in re.findall(r"```python\n# (\S+\.py)\n(.*?)```", TEAM, re.DOTALL):
        assert name in {"wsgi.py", "gunicorn.conf.py"}
        (folder / name).write_text(text.replace(STORE, store))
    with open(folder / "log", "w+") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "--workers", "2", "--bind", "127.0.0.1:0"],
            cwd=folder,
            env=os.environ | {"HOME": str(folder)},  # newer ones keep a socket there
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            found = until(lambda: re.search(r"Listening at: (\S+)", text_of(log)))
            yield process, f"{found[1]}/index.php"
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def text_of(log):
    return Path(log.name).read_text(encoding="utf-8")


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/team.db"
    return request.getfixturevalue("postgres_url")


def test_gunicorn_workers_share_one_fake(store, tmp_path):
    with HeldReceiver() as receiver, gunicorn(tmp_path, store) as (process, url):
        assert post(url, set_request())["result"] == WON
        assert [post(url, set_request())["result"] for _ in range(20)] == [LOST] * 20
        control(url, "clock", {"clock": "20x"})
        calls = [
            post(url, call_request(receiver.url))["result"]["callBackCall_id"] for _ in range(4)
        ]
        until(lambda: len(receiver.events) >= 16)
        for call in calls:
            assert [name for of, name in receiver.events if of == call] == NAMES
        assert set(Counter(receiver.events).values()) == {1}
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=40) == 0
        assert len(receiver.events) == 16


def test_a_stop_of_gunicorn_hands_over_later_events(tmp_path):
    store = f"sqlite:///{tmp_path}/team.db"
    with HeldReceiver() as receiver:
        receiver.hold()
        with gunicorn(tmp_path, store) as (process, url):
            side_b = {"b_number": "79000012099"}  # answers after 20 seconds
            call = post(url, call_request(receiver.url, **side_b))["result"]["callBackCall_id"]
            until(lambda: receiver.events)
            process.send_signal(signal.SIGTERM)
            until(lambda: "Worker exiting" in (tmp_path / "log").read_text(encoding="utf-8"))
            receiver.release()
            assert process.wait(timeout=40) == 0
        with gunicorn(tmp_path, store) as (process, url):
            control(url, "clock", {"clock": "100x"})
            until(lambda: len(receiver.events) >= 4)
        assert receiver.events == [(call, name) for name in NAMES]


def test_upload_urls_are_those_of_the_balancer_in_front(tmp_path):
    with gunicorn(tmp_path, f"sqlite:///{tmp_path}/team.db") as (_, url):
        asked = request("setCallBackPrompt", customer_name=CUSTOMER, file_name="hello.wav")
        headers = {
            "Authorization": AUTH,
            "X-Forwarded-Proto": "https",
            "X-Forwarded-Host": "mtt.staging.example",
        }
        sent = urllib.request.Request(url, json.dumps(asked).encode(), headers)
        with urllib.request.urlopen(sent) as answer:
            result = json.load(answer)["result"]
    assert result["uploadURL"].startswith("https://mtt.staging.example/upload/")


def test_the_stream_is_not_available(tmp_path):
    with gunicorn(tmp_path, f"sqlite:///{tmp_path}/team.db") as (_, url):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(url.replace("index.php", "_mtt/stream"))
        with contextlib.closing(refused.value):
            assert refused.value.code == 501
