"""Faults over TLS and on uploads, and requests that do not count."""

from __future__ import annotations

import httpx2
import pytest

from mtt_client import MttClient, TransportError
from mtt_mock.server.handles import MttServer, serve


def _ask(server: MttServer, url: str, **options: object) -> httpx2.Response:
    params = {"customer_name": "a"}
    request = {"jsonrpc": "2.0", "id": 1, "method": "getCustomerBalance", "params": params}
    with httpx2.Client(verify=False, timeout=20) as client:
        return client.post(url, json=request, **{"auth": server.credentials, **options})


@pytest.mark.parametrize("fault", ["reset-before", "reset-after", "truncated"])
def test_faults_apply_over_tls(fault: str) -> None:
    with serve(faults=[f"{fault}@1", "trickle=0.1@2"]) as server:
        url = server.live.tls_url(server.live.tls_port(("127.0.0.1",)))
        with pytest.raises(httpx2.TransportError):
            _ask(server, url)
        assert _ask(server, url).json()["id"] == 1


@pytest.mark.parametrize(("fault", "kept"), [("reset-before", 0), ("reset-after", 1)])
def test_a_fault_applies_to_uploads(
    mtt_server: MttServer, mtt_client: MttClient, mtt_customer: str, fault: str, kept: int
) -> None:
    mtt_server.faults.add(f"upload:{fault}@1")
    with pytest.raises(TransportError):
        mtt_client.upload_prompt("a.wav", b"RIFF")
    assert len(mtt_server.prompts(mtt_customer)) == kept
    assert mtt_server.journal[-1].fault == f"upload:{fault}@1"


def test_requests_without_credentials_do_not_count(mtt_server: MttServer) -> None:
    fault = mtt_server.faults.add("http-503@1")
    assert _ask(mtt_server, mtt_server.url, auth=None).status_code == 401
    assert fault.triggered == 0
    assert _ask(mtt_server, mtt_server.url).status_code == 503
