"""axe finds no violation on the console: languages, themes, widths, forced colours.

`npm install --prefix build/axe axe-core@4` puts axe where this test looks for it.
"""

from pathlib import Path

import httpx2
import pytest
from console_page import base_of

import mtt_mock
from mtt_client import File, MttClient, RefusedError, Ringall, Text

AXE = Path(__file__).parents[2] / "build/axe/node_modules/axe-core/axe.min.js"

pytestmark = [
    pytest.mark.skipif(not AXE.exists(), reason="axe-core is not in build/axe"),
    pytest.mark.slow,
]

LOOKS = [
    {"color_scheme": scheme, "viewport": {"width": width, "height": 900}, "locale": locale}
    for scheme in ("light", "dark")
    for width in (1400, 800, 380)
    for locale in ("en-GB", "ru-RU")
] + [{"forced_colors": "active"}]


def fill(fake):
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


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: "-".join(map(str, look.values())))
def test_axe_finds_no_violation(opened, fake, look):
    fill(fake)
    console = opened(base_of(fake), bypass_csp=True, **look).open().live()
    console.see("article.call")
    for line in console.page.locator(".entry .line").all()[:4]:
        line.click()
    # In one step: a click on one summary may hide the next.
    console.page.evaluate(
        "document.querySelectorAll('details').forEach((each) => each.open = true)"
    )
    console.page.evaluate(AXE.read_text(encoding="utf-8"))
    result = console.page.evaluate(
        "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"
    )
    found = [
        (violation["id"], [node["html"] for node in violation["nodes"]])
        for violation in result["violations"]
    ]
    assert found == []


def test_axe_finds_no_violation_on_an_empty_page(opened, fake):
    console = opened(base_of(fake), bypass_csp=True).open().live()
    console.page.evaluate(AXE.read_text(encoding="utf-8"))
    result = console.page.evaluate("axe.run(document)")
    assert [violation["id"] for violation in result["violations"]] == []
