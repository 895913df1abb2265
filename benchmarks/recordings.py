"""Downloads the recording of an hour's call: time to the first byte, seconds, peak memory.

    python benchmarks/recordings.py

The fake runs in its own process. Memory is that process's peak above its size before the download.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

import httpx2

CALL = {
    "customer_name": "883140500000000",
    "b_number": "79000009000",
    "caller_id": "74951001010",
    "duration": 3600,
    "simpleCallBackFollowmeStruct": [{"type": "Ringall", "redirect_number": "79000009000"}],
}


def peak_kib(pid: int) -> int:
    """Return the peak resident memory of a process."""
    return int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1])


def main() -> None:
    """Print the figures."""
    command = [sys.executable, "-m", "mtt_mock", "serve", "--port", "0", "--clock", "manual"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        url = None
        while url is None:
            url = re.search(r"http://127\.0\.0\.1:\d+/", server.stdout.readline())
        client = httpx2.Client(base_url=url[0], auth=("login", "password"), timeout=120)

        def call(method: str, **params: object) -> dict:
            request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
            return client.post("index.php", json=request).json()["result"]

        made = call("makeCallBackCallFollowme", **CALL)
        client.post("_mtt/clock", json={"until": "idle"})
        info = call("getCallBackFollowmeCallInfo", customer_name=CALL["customer_name"], **made)
        struct = info["callBackFollowmeCallInfoStruct"]
        download = struct["call_back_record_URL_A"]["downloadURL"]
        client.get(download, headers={"Range": "bytes=0-99"})
        before = peak_kib(server.pid)
        for _ in range(3):
            began, first, size = time.perf_counter(), 0.0, 0
            with client.stream("GET", download) as answer:
                for chunk in answer.iter_raw():
                    first = first or time.perf_counter() - began
                    size += len(chunk)
            took = time.perf_counter() - began
            print(
                f"{size / 1e6:.1f} MB, first byte after {first * 1000:.1f} ms, {took:.2f} s, peak "
                f"memory +{(peak_kib(server.pid) - before) / 1024:.1f} MB"
            )
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
