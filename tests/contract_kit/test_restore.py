"""``verify`` restores the structure of an endpoint that misbehaves."""

import json

import httpx2
import pytest
from endpoints import CUSTOMER, ELEMENTS

from mtt_mock import Settings
from mtt_mock.conformance import reports
from mtt_mock.conformance.backup import Backup
from mtt_mock.conformance.probe_client import Target
from mtt_mock.conformance.restore import OriginalState
from mtt_mock.conformance.runner import verify
from mtt_mock.web.app import create_app, fake_of

TARGET = Target(
    url="http://mtt.example/index.php",
    login="login",
    password="password",
    customer=CUSTOMER,
    rate=100_000,
)


class Service:
    """A fake behind a wire that ``wrong(method, count)`` breaks: an answer, an error or nothing."""

    def __init__(self, wrong):
        self.app = create_app(Settings(clock="manual", callback_allow=["none"]))
        self.client = self.app.test_client()
        self.wrong = wrong
        self.methods = []

    def __call__(self, request):
        body = json.loads(request.content or b"null")
        method = body.get("method", "") if isinstance(body, dict) else ""
        self.methods.append(method)
        broken = self.wrong(method, self.methods.count(method))
        if isinstance(broken, dict):
            return httpx2.Response(200, json={"jsonrpc": "2.0", "id": 1, **broken})
        if isinstance(broken, bytes):
            return httpx2.Response(200, content=broken)
        if isinstance(broken, str):
            return httpx2.Response(502, html=broken)
        answer = self.client.open(
            request.url.path,
            method=request.method,
            data=request.content,
            headers=dict(request.headers),
        )
        if broken:
            raise broken
        return httpx2.Response(
            answer.status_code, content=answer.data, headers=dict(answer.headers)
        )

    def preset(self):
        params = {"customer_name": CUSTOMER, "callBackFollowmeStruct": ELEMENTS}
        body = {"jsonrpc": "2.0", "id": 1, "method": "setCallBackFollowme", "params": params}
        self.client.post("/index.php", json=body, auth=("login", "password"))

    @property
    def elements(self):
        return [each.fields for each in fake_of(self.app).followme(CUSTOMER).elements]


@pytest.fixture
def run(tmp_path):
    def run(service, *facts):
        messages, slept = [], []
        report = verify(
            TARGET,
            only=facts or ["set.success"],
            transport=httpx2.MockTransport(service),
            say=messages.append,
            sleep=slept.append,
            backup=tmp_path / "copy.json",
        )
        fake_of(service.app).close()
        return report, messages, slept

    return run


def test_a_hidden_structure_is_not_changed(run):
    conflict = {"result": {"error": 1, "error_description": "Side A not clear"}}
    nothing = {"error": {"code": 1, "message": "", "data": ""}}
    answers = {"getCallBackFollowme": nothing, "setCallBackFollowme": conflict}
    service = Service(lambda method, _count: answers.get(method))
    report, messages, _ = run(service)
    assert "a run could not restore the state, so nothing was changed" in report.abort_reason
    assert service.methods == ["getCallBackFollowme", "setCallBackFollowme"]
    assert (report.exit_code, messages) == (2, [])


def test_a_lost_first_set_is_rolled_back(run):
    lost = httpx2.ReadTimeout("")
    service = Service(lambda method, _count: lost if method == "setCallBackFollowme" else None)
    report, _, _ = run(service)
    assert report.abort_reason == "no response to a first set: ReadTimeout"
    assert service.elements == []
    assert service.methods[-1] == "deleteCallBackFollowme"


def test_html_in_answer_to_a_first_set_stops_the_run(run):
    service = Service(
        lambda method, _count: "<h1>Bad Gateway</h1>" if method == "setCallBackFollowme" else None
    )
    report, _, _ = run(service)
    expected = 'no response to a first set: body: seen "<h1>Bad Gateway</h1>", expected "JSON"'
    assert (report.abort_reason, report.exit_code) == (expected, 2)


def test_a_set_answered_true_is_a_success(run):
    def wrong(method, _count):
        if method != "setCallBackFollowme":
            return None
        service.preset()
        return {"result": True}

    service = Service(wrong)
    service.preset()
    report, _, _ = run(service)
    assert (report.unrestored, service.elements) == (None, ELEMENTS)
    service = Service(lambda method, _count: {"result": True} if "set" in method else None)
    report, _, _ = run(service)
    assert (report.abort_reason, report.unrestored) == (None, None)


def test_a_structure_with_a_lone_surrogate_is_restored(run):
    element = rb'{"type": "text", "side": "A", "value": "\ud800"}'
    stored = rb'{"jsonrpc": "2.0", "id": 1, "result": {"callBackFollowmeStruct": [%s]}}' % element
    service = Service(
        lambda method, _count: stored if "get" in method else {"result": {"success": 1}}
    )
    report, _, _ = run(service)
    assert (report.abort_reason, report.unrestored) == (None, None)
    assert report.restored == "restored: the structure of 1 element"


def test_an_interrupted_first_set_is_rolled_back(run):
    service = Service(
        lambda method, _count: KeyboardInterrupt() if method == "setCallBackFollowme" else None
    )
    report, _, _ = run(service)
    assert (report.abort_reason, service.elements) == ("interrupted", [])


def test_a_short_outage_delays_the_restore(run, tmp_path):
    # The first delete is the check's; the second and third ones restore.
    def wrong(method, count):
        out = method == "deleteCallBackFollowme" and count in {2, 3}
        return httpx2.ConnectError("refused") if out else None

    service = Service(wrong)
    service.preset()
    report, messages, slept = run(service)
    assert report.exit_code == 0
    assert service.elements == ELEMENTS
    assert slept == [0.5, 2.0]
    assert messages == ["restored: the structure of 2 elements"]
    assert not (tmp_path / "copy.json").exists()


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"error": {"code": -32602, "message": "no", "data": None}}, "the set was answered {"),
        ({"result": 7}, 'it now holds {"callBackFollowmeStruct": []}'),
        ({"result": {"success": 1}}, "it now holds {"),
        (httpx2.ReadTimeout(""), "cannot reach http://mtt.example/index.php: ReadTimeout"),
    ],
    ids=["refused", "shape", "forgotten", "lost"],
)
def test_a_failed_restore_keeps_the_backup(run, tmp_path, wrong, reason):
    # The first set is the check's.
    service = Service(
        lambda method, count: wrong if method == "setCallBackFollowme" and count > 1 else None
    )
    if isinstance(wrong, Exception):
        service.wrong = lambda method, count: (
            wrong if method == "getCallBackFollowme" and count > 1 else None
        )
    service.preset()
    report, messages, _ = run(service)
    assert report.exit_code == 2
    assert messages[0].startswith(f"COULD NOT RESTORE the original state: {reason}")
    assert json.loads(report.unrestored) == {"callBackFollowmeStruct": ELEMENTS}
    kept = json.loads((tmp_path / "copy.json").read_text("utf-8"))
    assert kept["params"] == {"customer_name": CUSTOMER, "callBackFollowmeStruct": ELEMENTS}
    assert messages[2] == f"The backup is {tmp_path / 'copy.json'}. To restore it:"


def test_a_refuted_fact_decides_the_exit_code(run, tmp_path):
    def wrong(method, _count):
        return {"result": {"success": 1}} if method == "deleteCallBackFollowme" else None

    service = Service(wrong)  # it forgets deletes
    service.preset()
    report, messages, _ = run(service, "delete.both")
    assert [finding.fact.id for finding in report.of("refuted")] == ["delete.both"]
    assert report.exit_code == 1
    assert messages[0].startswith("COULD NOT RESTORE the original state: ")
    assert json.loads(report.unrestored) == {"callBackFollowmeStruct": ELEMENTS}
    lines = list(reports.lines(report))
    assert any(line.startswith("  REFUTED  delete.both") for line in lines)
    assert any(line.startswith("NOT RESTORED: {") for line in lines)


def test_the_remedy_without_a_backup_is_a_delete(run, tmp_path):
    gone = httpx2.ConnectError("refused")
    service = Service(
        lambda method, count: gone if method == "deleteCallBackFollowme" and count > 1 else None
    )
    report, messages, _ = run(service)
    assert report.exit_code == 2
    assert messages[2] == "No structure was set before. To delete the current one:"
    assert messages[3].startswith("  curl -u login -d '{")
    assert not (tmp_path / "copy.json").exists()


def test_nothing_is_changed_without_a_backup(tmp_path):
    service = Service(lambda _method, _count: None)
    service.preset()
    report = verify(
        TARGET, transport=httpx2.MockTransport(service), backup=tmp_path / "no such folder" / "copy"
    )
    fake_of(service.app).close()
    assert report.abort_reason.endswith("No such file or directory; nothing was changed")
    assert service.methods == ["getCallBackFollowme"]


def test_a_refuted_case_does_not_stop_a_check(run):
    taken = {"result": {"success": 1}}
    service = Service(
        lambda method, count: taken if method == "setCallBackFollowme" and count > 1 else None
    )
    report, _, _ = run(service, "set.element.invalid")
    [finding] = report.findings
    assert finding.status == "refuted"
    asked = [each for each in finding.exchanges if "setCallBackFollowme" in each.request]
    assert len(asked) == 8  # the first one shows the error for a profile
    assert finding.why.count("expected an error") + finding.why.count('expected "an error"') == 7


class InterruptedState(OriginalState):
    """A state during whose writing Ctrl-C comes."""

    __slots__ = ()

    @property
    def params(self):
        raise KeyboardInterrupt


def test_an_interrupted_backup_leaves_no_file(tmp_path):
    target = Target(url="http://127.0.0.1:1/", login="a", password="b", customer=CUSTOMER)
    backup = Backup(tmp_path / "copy.json", target)
    with pytest.raises(KeyboardInterrupt):
        backup.write(InterruptedState(ELEMENTS, {}))
    assert (tmp_path / "copy.json").exists()
    backup.remove()
    assert not (tmp_path / "copy.json").exists()
