"""The page object of a fake's console."""

import os
import re
from pathlib import Path

PATIENCE = int(os.environ.get("MTT_MOCK_TEST_PATIENCE", "30000"))  # milliseconds; CI is shared


class Console:
    """A page with a fake's console, and its errors."""

    def __init__(self, page, base):
        self.page = page
        self.base = base
        self.excused = []
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
        if not url.startswith((f"{origin}/", f"blob:{origin}/")):
            self.wrong.append(f"request: {url}")


def base_of(server):
    return server.url.removesuffix("index.php") + "_mtt/"
