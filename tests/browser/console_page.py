"""The page object of a fake's console."""

import os
import re
from pathlib import Path

import httpx2
import pytest

import mtt_mock
from mtt_client import File, MttClient, RefusedError, Ringall, Text

PATIENCE = int(os.environ.get("MTT_MOCK_TEST_PATIENCE", "30000"))  # milliseconds; CI is shared
AUTH = ("login", "password")


def rpc(server, method="getCustomerBalance", customer="883140500000000", **params):
    """Call a method of MTT for a customer and return the response."""
    params["customer_name"] = customer
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    return httpx2.post(server.url, json=body, auth=AUTH)


class Console:
    """A page with a fake's console, and its errors."""

    def __init__(self, page, base):
        self.page = page
        self.base = base
        self.excused = []
        self.requests = []
        self.wrong = []
        origin = re.match(r"https?://[^/]+", base).group()
        page.set_default_timeout(PATIENCE)
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))
        page.on("dialog", self._asked)
        page.on("request", lambda request: self._requested(request.url, origin))

    def excuse(self, text):
        """Allow browser console messages that contain ``text``."""
        self.excused.append(text)

    def open(self, query=""):
        self.page.goto(self.base + query)
        return self

    def live(self):
        """Wait until the page follows the fake."""
        self.see("#connection[data-state=live]")
        return self

    def see(self, selector, text=None, count=None):
        """Wait until ``selector`` shows, with ``text`` in it; return the locator."""
        found = self.page.locator(selector)
        if text is not None:
            found = found.filter(has_text=text)
        found.first.wait_for()
        if count is not None:
            self.until(lambda: found.count() == count, f"{count} of {selector}")
        return found.first

    def until(self, condition, what):
        """Wait for ``condition()``, which looks at the page or at the fake."""
        for _ in range(PATIENCE // 50):
            if condition():
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"never came: {what}")

    def settle(self):
        """Wait until the page has sent no request for a second; forget those that it sent."""
        quiet = 0
        for _ in range(PATIENCE // 100):
            before = len(self.requests)
            self.page.wait_for_timeout(100)
            quiet = quiet + 1 if len(self.requests) == before else 0
            if quiet == 11:  # a part is loaded again after a second at the latest
                self.requests.clear()
                return
        raise AssertionError(f"the page never rests: {self.requests[-10:]}")

    def picture(self, name):
        folder = os.environ.get("MTT_MOCK_SCREENSHOTS")
        if folder:
            path = Path(folder) / f"{name}.png"
            self.page.screenshot(path=path, full_page=True)

    def _said(self, message):
        text = f"{message.type}: {message.text}"
        if message.type in ("error", "warning") and not any(each in text for each in self.excused):
            self.wrong.append(text)

    def _asked(self, dialog):
        self.wrong.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _requested(self, url, origin):
        self.requests.append(url)
        if not url.startswith((f"{origin}/", f"blob:{origin}/")):
            self.wrong.append(f"request: {url}")


def fill(fake):
    """Let the fake have refused requests, calls, a failed event, a fault and a subscriber."""
    with MttClient(fake.url, "login", "password", "883140500000000") as client:
        elements = [Ringall("79684881033", timeout=5), Text("Hold", side="A"), File("x", side="B")]
        client.set_callback_followme(elements, caller_id="7495")
        with pytest.raises(RefusedError):
            client.set_callback_followme([Ringall("79684881033")])
        client.make_callback_call_followme(
            b_number="79000009001", callback_url="http://127.0.0.1:9/"
        )
        fake.clock.advance(60)
        client.make_callback_call_followme(b_number="79000010020")
        fake.clock.advance(6)
    httpx2.post(fake.url, content=b"{", auth=("a", "b"))
    fake.faults.add("delay=1@9")
    fake.subscribers["7900*"] = mtt_mock.Busy()


def base_of(server):
    return server.url.removesuffix("index.php") + "_mtt/"
