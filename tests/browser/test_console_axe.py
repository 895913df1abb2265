"""axe finds no violation on the console: languages, themes, widths, forced colours.

`npm install --prefix build/axe axe-core@4` puts axe where this test looks for it.
"""

from pathlib import Path

import httpx2
import pytest
from console_page import base_of

import mtt_mock
from mtt_client import File, MttClient, RefusedError, Ringall, Text
from mtt_mock import LiveServer

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

STATE_LOOKS = [
    {"color_scheme": "light", "viewport": {"width": 1400, "height": 900}, "locale": "en-GB"},
    {"color_scheme": "dark", "viewport": {"width": 380, "height": 900}, "locale": "ru-RU"},
    {"forced_colors": "active"},
]


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


def violations(console):
    result = console.page.evaluate(
        "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"
    )
    return [
        (violation["id"], [node["html"] for node in violation["nodes"]])
        for violation in result["violations"]
    ]


@pytest.mark.parametrize("look", STATE_LOOKS, ids=lambda look: "-".join(map(str, look.values())))
def test_axe_finds_no_violation_in_any_state(opened, look):
    """The states that ``fill`` does not show: token, dialogs, errors, a search, a lost fake."""
    found = {}
    axe = AXE.read_text(encoding="utf-8")
    with LiveServer(mtt_mock.create_app(clock="manual", control_token="s3cret")) as server:
        console = opened(base_of(server), bypass_csp=True, **look).open()
        console.excuse("Failed to load resource")
        console.excuse("ERR_")
        page = console.page
        page.evaluate(axe)
        console.see("#token-value").fill("wrong")
        page.locator("#token button").click()
        console.see("#token-value[aria-invalid]")
        found["token"] = violations(console)
        page.locator("#token-value").fill("s3cret")
        page.locator("#token button").click()
        console.live()
        console.see("#start summary")
        found["first screen"] = violations(console)
        with MttClient(server.url, "login", "password", "883140500000000") as client:
            client.set_callback_followme([Ringall("79684881033")])
        console.see(".entry .line").click()
        page.keyboard.press("?")
        console.see("#keys")
        found["shortcuts"] = violations(console)
        page.keyboard.press("Escape")
        page.locator("#reset").click()
        console.see("#ask")
        found["question"] = violations(console)
        page.keyboard.press("Escape")
        page.locator("#filter-text").fill("nothing like it")
        console.until(lambda: page.locator(".entry").count() == 0, "no entry")
        found["nothing found"] = violations(console)
        page.locator("#filter-text").fill("")
        page.locator("#fault-text").fill("nonsense")
        page.keyboard.press("Enter")
        console.see("#fault-text[aria-invalid]")
        found["refused fault"] = violations(console)
    console.see("#connection[data-state=lost]")
    found["lost"] = violations(console)
    page.close()
    assert {state: problems for state, problems in found.items() if problems} == {}
