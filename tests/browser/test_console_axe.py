"""axe finds no violation on the console: every state, in both languages and themes, at three
widths, with forced colours; the page with something of everything in every combination of them.
Six states in a row are seen in every combination.

`npm install --prefix build/axe axe-core@4` puts axe where this test looks for it.
"""

from pathlib import Path

import httpx2
import pytest
from console_page import base_of, fill

import mtt_mock
from mtt_client import MttClient

AXE = Path(__file__).parents[2] / "build/axe/node_modules/axe-core/axe.min.js"
TOKEN = "s3cret"
PAGE = None  # all of the page, not the part that is in the state

pytestmark = [
    pytest.mark.skipif(not AXE.exists(), reason="axe-core is not in build/axe"),
    pytest.mark.slow,
]

AUDIT = """async ([scope, look]) => {
  for (const [id, value] of Object.entries(look)) {
    const field = document.getElementById(id);
    if (field.value === value) continue;
    field.value = value;
    field.dispatchEvent(new Event("change"));
  }
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const element = scope === null ? document : document.querySelector(scope);
  if (scope !== null && !element.checkVisibility()) throw new Error(`${scope} is not visible`);
  const { violations } = await axe.run(element, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    resultTypes: ["violations"], preload: false,
  });
  return violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)]);
}"""
WIDTHS = (380, 800, 1400)
COLOURS = (("light", "active"), ("dark", "none"), ("light", "none"))  # theme, forced colours
LANGUAGES = ("ru", "en")
ALL_LOOKS = [
    (width, theme, language, forced)
    for width in WIDTHS
    for theme, forced in COLOURS
    for language in LANGUAGES
]


def few_looks(state):
    """Return three looks with each width, theme, language and forced colours.

    They change with the number of the state: any six states in a row have all 18 looks.
    """
    looks = []
    for number, width in enumerate(WIDTHS, state):
        theme, forced = COLOURS[number % 3]
        looks.append((width, theme, LANGUAGES[number % 2], forced))
    return sorted(looks, key=lambda look: look[2] == "en")  # the next state is entered in English


def violations(page, scope, looks):
    """Return the violations in `scope`, a selector, in `looks`."""
    found = []
    for width, theme, language, forced in looks:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(forced_colors=forced)
        problems = page.evaluate(AUDIT, [scope, {"theme": theme, "language": language}])
        found += [(width, theme, language, forced, *problem) for problem in problems]
    return found


def wrong_token(console, _):
    console.see("#token-value").fill("wrong")
    console.page.locator("#token button").click()
    console.see("#token-value[aria-invalid]")


def first_screen(console, _):
    console.page.locator("#token-value").fill(TOKEN)
    console.page.locator("#token button").click()
    console.live().see("#start[open]")


def data(console, fake):
    customer = "883140500000000"
    fill(fake)
    with MttClient(fake.url, "login", "password", customer) as client:
        client.upload_prompt("x", b"not audio")
    invalid = {"customer_name": customer, "callBackFollowmeStruct": [{"type": "text", "side": "А"}]}
    request = {"jsonrpc": "2.0", "id": 1, "method": "setCallBackFollowme", "params": invalid}
    httpx2.post(fake.url, json=request, auth=("login", "password"))
    fake.stubs.add("getCustomerBalance", http=[503], nth=9)
    console.see("#stubs-list li", "503")
    console.see("article.call", "in progress")
    console.until(
        lambda: console.page.locator(".entry").count() == fake.live.fake.journal.last,
        "all entries",
    )


def details_open(console, _):
    click_all(console, ".entry .line[aria-expanded=false]")
    open_all(console, "#journal-list details")
    others = console.page.locator("#journal-list details[data-key=other] select")
    for place in range(others.count()):
        others.nth(place).select_option(index=1)
    console.see("table.diff")


def calls_open(console, _):
    click_all(console, ".entry .line[aria-expanded=true]")
    open_all(console, "#calls details")
    console.see("#calls-list svg")


def open_all(console, selector):
    console.page.evaluate(
        "(all) => document.querySelectorAll(all).forEach((each) => { each.open = true; })", selector
    )


def click_all(console, selector):
    console.page.evaluate(
        "(all) => document.querySelectorAll(all).forEach((each) => each.click())", selector
    )
    console.until(lambda: console.page.locator(selector).count() == 0, f"no {selector}")


def found_words(console, _):
    console.page.locator("#filter-text").fill("busy")
    console.see(".entry mark")


def found_nothing(console, _):
    console.page.locator("#filter-text").fill("nothing like it")
    console.until(lambda: console.page.locator(".entry").count() == 0, "no entry")


def paused(console, fake):
    console.page.locator("#filter-text").fill("")
    console.see(".entry")
    console.page.locator("#journal-pause").click()
    with MttClient(fake.url, "login", "password", "883140500000000") as client:
        client.get_customer_balance()
    console.see("#journal-fresh")


def send_dialog(console, _):
    console.see(".entry .line", "setCallBackFollowme").click()
    console.see(".entry button", "Edit and send").click()
    console.page.locator("#send-body").fill('{"jsonrpc": "2.0", "id": 1, "method": "nope"}')
    console.see("#send-problems li:not(.quiet)")


def sent(console, _):
    console.page.locator("#send-form button[type=submit]").click()
    console.see("#send-answer", "HTTP")


def shortcuts(console, _):
    console.page.keyboard.press("Escape")
    console.page.locator("#journal-title").click()
    console.page.keyboard.press("?")
    console.see("#keys")


def question(console, _):
    console.page.keyboard.press("Escape")
    console.page.locator("#reset").click()
    console.see("#ask")


def refused_field(name):
    def enter(console, _):
        console.page.keyboard.press("Escape")
        console.page.locator(f"#{name}").fill("nonsense")
        console.page.keyboard.press("Enter")
        console.see(f"#{name}[aria-invalid]")

    return enter


def database_away(console, _):
    answer = {"status": 503, "json": {"error": "the database does not answer"}}
    console.page.route("**/_mtt/*", lambda route: route.fulfill(**answer))
    console.page.locator("#clock-advance button[type=submit]").click()
    console.see("#toast.bad")


def lost(console, fake):
    fake.live.stop()
    console.see("#connection[data-state=lost]")


# The states in the order in which the page goes through them, and the part that each changes.
STATES = {
    "token wanted": (lambda console, _: console.see("#token-value"), PAGE),
    "token refused": (wrong_token, PAGE),
    "first screen, nothing there": (first_screen, PAGE),
    "something of everything": (data, PAGE),
    "rows open, differences, wire": (details_open, "#journal-list"),
    "diagrams and timelines": (calls_open, "#calls-list"),
    "words found": (found_words, "#journal"),
    "nothing found": (found_nothing, "#journal"),
    "paused": (paused, "#journal"),
    "send dialog with problems": (send_dialog, "#send"),
    "send dialog with an answer": (sent, "#send"),
    "shortcuts": (shortcuts, "#keys"),
    "question": (question, "#ask"),
    "fault refused": (refused_field("fault-text"), "#faults"),
    "stub refused": (refused_field("stub-text"), "#faults"),
    "subscriber refused": (refused_field("subscriber-number"), "#subscribers"),
    "database away": (database_away, PAGE),
    "fake away": (lost, PAGE),
}


@pytest.mark.timeout(600)
def test_axe_finds_no_violation_in_any_state_and_look(opened):
    found = []
    with mtt_mock.serve(clock="manual", control_token=TOKEN) as fake:
        console = opened(base_of(fake), bypass_csp=True).open()
        for text in ("Failed to load resource", "ERR_"):
            console.excuse(text)
        console.page.evaluate(AXE.read_text(encoding="utf-8"))
        for number, (state, (enter, scope)) in enumerate(STATES.items()):
            enter(console, fake)
            looks = ALL_LOOKS if enter is data else few_looks(number)
            found += [(state, *each) for each in violations(console.page, scope, looks)]
        console.page.close()
    assert not found, "\n".join(map(str, found))
