"""The console by keyboard, on a phone, in both themes and languages, after a restart."""

import httpx2
import pytest
from console_page import base_of
from console_page import fill as fill_with_problems

import mtt_mock
from mtt_client import File, Linear, MttClient, Ringall, Text
from mtt_mock.server.live_server import LiveServer

pytestmark = pytest.mark.slow


def fill(fake, receiver):
    """Let the fake have something of everything."""
    with MttClient(fake.url, "login", "password", "883140500000000") as client:
        client.set_callback_followme(
            [
                Ringall("79684881033", order=1, timeout=25, name="sales"),
                Ringall("79522222222", order=1, timeout=5, name="sales_" * 12),
                Linear("79636793312", order=2, timeout=15),
                Text("Please hold " * 10, side="A"),
                File("for_all_sales", side="B"),
            ],
            caller_id="74951001010",
            default_b_number="79511234567",
        )
        client.make_callback_call_followme(callback_url=receiver.url)
    body = {"jsonrpc": "2.0", "id": 1, "method": "noSuchMethod" * 20, "params": {"x": "y" * 300}}
    httpx2.post(fake.url, json=body, auth=("login", "password"))
    fake.subscribers["7900*"] = mtt_mock.Busy()
    fake.clock.advance(16)


def test_a_phone_does_not_scroll_sideways(opened, fake, mtt_receiver):
    fill(fake, mtt_receiver)
    console = opened(base_of(fake), viewport={"width": 360, "height": 740}, has_touch=True)
    console.open().live().see("article.call")
    console.see(".entry")
    for line in console.page.locator(".entry .line").all():
        line.click()
    for summary in console.page.locator("summary").all():
        if summary.is_visible():
            summary.click()
    assert console.page.evaluate("document.documentElement.scrollWidth") == 360
    console.picture("phone")


def test_both_themes_have_contrast(opened, fake, mtt_receiver):
    fill(fake, mtt_receiver)
    console = opened(base_of(fake), viewport={"width": 1400, "height": 900})
    console.open().live().see("article.call")
    console.see(".entry.bad .line").click()
    for scheme, name in (("light", "desktop"), ("dark", "dark")):
        console.page.emulate_media(color_scheme=scheme)
        for selector in (
            "body", ".card", ".quiet", ".badge", ".entry.bad .outcome", ".why", "button",
        ):  # fmt: skip
            assert contrast(console, selector) >= 4.5, (scheme, selector)
        ground = brightness(
            console.page.evaluate("getComputedStyle(document.body).backgroundColor")
        )
        assert ground > 0.8 if scheme == "light" else ground < 0.1
        console.picture(name)


def test_no_width_or_theme_scrolls_sideways(console, fake, mtt_receiver):
    fill(fake, mtt_receiver)
    console.see("article.call")
    console.see(".entry.bad .line").click()
    for width in (1400, 800, 380):
        console.page.set_viewport_size({"width": width, "height": 900})
        for scheme in ("light", "dark"):
            console.page.emulate_media(color_scheme=scheme)
            assert console.page.evaluate("document.documentElement.scrollWidth") == width
            console.picture(f"{scheme}-{width}")


def contrast(console, selector):
    """Return the contrast of a text by WCAG: 1 for none, 21 for black on white."""
    ink, ground = console.page.locator(selector).first.evaluate(
        """(element) => {
          const ink = getComputedStyle(element).color;
          let at = element;
          while (at && getComputedStyle(at).backgroundColor === "rgba(0, 0, 0, 0)") at = at.parentElement;
          return [ink, getComputedStyle(at ?? document.body).backgroundColor];
        }"""
    )
    low, high = sorted([brightness(ink), brightness(ground)])
    return (high + 0.05) / (low + 0.05)


def brightness(colour):
    channels = [int(each) / 255 for each in colour[colour.index("(") + 1 : -1].split(",")[:3]]
    red, green, blue = (
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_language_follows_the_browser_and_the_switch(opened, fake, mtt_receiver):
    fill(fake, mtt_receiver)
    console = opened(base_of(fake), locale="ru-RU").open().live()
    console.see("article.call", "идёт")
    assert console.page.locator("html").get_attribute("lang") == "ru"
    assert console.page.locator("#content h2").all_inner_texts() == [
        "Журнал", "Звонки", "Клиенты", "Сбои", "Абоненты",
    ]  # fmt: skip
    assert console.page.locator("#fault-meaning").inner_text().startswith("запрос выполнен")
    console.picture("russian")
    console.page.get_by_label("Язык").select_option("English")
    console.see("article.call", "in progress")
    assert console.page.locator("#fault-meaning").inner_text().startswith("the request is applied")
    console.page.reload()
    console.live().see("article.call", "in progress")


@pytest.mark.parametrize("access", ["get", "value"], ids=["blocked", "full"])
def test_the_console_works_without_storage(opened, fake, access):
    script = {
        "get": "for (const name of ['localStorage', 'sessionStorage'])"
        " Object.defineProperty(window, name, {get() { throw new DOMException('', 'SecurityError') }})",
        "value": "Storage.prototype.setItem = () => { throw new DOMException('', 'QuotaExceededError') }",
    }
    console = opened(base_of(fake))
    console.page.add_init_script(script[access])
    console.open().live()


def test_the_console_works_by_keyboard(opened, fake, mtt_receiver):
    fill(fake, mtt_receiver)
    console = opened(base_of(fake)).open().live()
    console.see("article.call")
    console.see(".entry")
    page = console.page
    wanted = page.evaluate(
        """() => [...document.querySelectorAll("a[href], button, input, select, summary")]
          .filter((each) => each.checkVisibility() && !each.disabled).length"""
    )
    seen = []
    for _ in range(wanted + 5):
        page.keyboard.press("Tab")
        seen.append(page.evaluate(FOCUSED))
        if len(seen) > 1 and seen[-1]["place"] in (-1, seen[0]["place"]):
            break
    places = [each["place"] for each in seen if each["place"] >= 0]
    assert seen[0]["text"] == "Skip to the journal"
    assert len(set(places)) == wanted
    assert [each for each in seen if each["place"] >= 0 and not each["outlined"]] == []
    assert [each for each in seen if each["place"] >= 0 and not each["named"]] == []

    page.locator(".skip").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "journal"
    page.locator(".entry .line").first.focus()
    page.keyboard.press("Enter")
    console.see(".entry .details dl")
    # A redrawn row keeps the focus.
    assert page.evaluate("document.activeElement.className") == "line"
    page.get_by_role("button", name="Reset all").focus()
    page.keyboard.press("Enter")
    console.see("#ask")
    page.keyboard.press("Escape")
    console.until(lambda: not page.locator("#ask").is_visible(), "the question is gone")
    assert len(fake.journal) > 0


FOCUSED = """() => {
  const all = [...document.querySelectorAll("a[href], button, input, select, summary")];
  const active = document.activeElement;
  const style = getComputedStyle(active);
  return {
    place: all.indexOf(active),
    text: active.textContent.trim(),
    outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0,
    named: Boolean(active.textContent.trim() || active.labels?.[0]?.textContent.trim() || active.ariaLabel),
  };
}"""


def test_the_page_has_landmarks_and_every_field_a_label(console):
    for role, name in (("banner", None), ("navigation", "Sections"), ("main", None)):
        assert console.page.get_by_role(role, **({"name": name} if name else {})).count() == 1
    unlabelled = console.page.evaluate(
        """() => [...document.querySelectorAll("input, select")]
          .filter((each) => !each.labels?.length).map((each) => each.outerHTML)"""
    )
    assert unlabelled == []


def test_ten_thousand_entries_are_usable_and_searchable(opened, fake):
    ask = {"jsonrpc": "2.0", "method": "getCustomerBalance", "id": 1}
    answer = fake.live.fake.answer
    for number in range(100):
        batch = [
            ask | {"params": {"customer_name": f"8831405{number:04}{each:03}"}}
            for each in range(100)
        ]
        answer("Basic bG9naW46cGFzc3dvcmQ=", httpx2.Request("POST", "http://x", json=batch).read())
    assert len(fake.journal) == 10_000

    console = opened(base_of(fake))
    console.page.add_init_script("window.opened = performance.now()")
    console.open()
    console.see(".entry", "88314050099099")
    assert console.page.evaluate("performance.now() - window.opened") < 15_000
    console.see("#journal-count", "10,000 of 10,000")
    assert console.page.evaluate("document.querySelectorAll('*').length") < 3000

    console.page.locator("#filter-customer").fill("88314050000000")
    console.see("#journal-count", "1 of 10,000")
    assert console.page.locator(".entry").count() == 1
    console.page.locator("#filter-customer").fill("")
    console.page.get_by_role("button", name="Older").click()
    console.see("#journal-page", "Page 2 of 200")
    top = console.page.locator(".entry .whose").first.inner_text()

    # An older page does not move; new entries are offered.
    httpx2.post(fake.url, json=ask | {"params": {"customer_name": "new"}}, auth=("a", "b"))
    console.see("#journal-fresh", "New: 1")
    assert console.page.locator(".entry .whose").first.inner_text() == top
    console.page.locator("#journal-fresh").click()
    console.see("#journal-page", "Page 1 of")
    assert console.page.locator(".entry .whose").first.inner_text() == "new"


def test_the_journal_can_be_filtered(console, fake, mtt_receiver):
    fill(fake, mtt_receiver)
    console.see("article.call")
    page = console.page
    shown = page.locator(".entry .what")
    console.until(lambda: shown.count() == 5, "a set, a call, an unknown method, two events")
    page.locator("#filter-method").select_option("makeCallBackCallFollowme")
    console.until(lambda: shown.all_inner_texts() == ["makeCallBackCallFollowme"], "the call")
    page.locator("#filter-method").select_option("event")
    names = ["start_side_B", "start_side_A"]
    console.until(lambda: list(map(str.strip, shown.all_inner_texts())) == names, "the events")
    page.locator("#filter-method").select_option("")
    page.get_by_label("Problems only").check()
    console.until(lambda: shown.count() == 2, "the set with a note, and the unknown method")
    page.get_by_label("Problems only").uncheck()
    page.get_by_label("Text", exact=True).fill("FOR_ALL_SALES")
    console.until(lambda: shown.all_inner_texts() == ["setCallBackFollowme"], "the set")
    page.get_by_label("Text", exact=True).fill("no such thing")
    console.see("#journal-list", "Nothing matches.")


def test_the_console_reports_a_restart_and_reloads(opened):
    with LiveServer(mtt_mock.create_app()) as first:
        port = int(first.url.rsplit(":", 1)[1].split("/")[0])
        with MttClient(first.url, "login", "password", "111") as client:
            client.set_callback_followme([Ringall("79000000001")])
        console = opened(base_of(first))
        console.excuse("Failed to load resource")
        console.excuse("ERR_")
        console.open().live().see("article.customer", "111")
    console.see("#connection", "the fake is away, retrying")
    with LiveServer(mtt_mock.create_app(), port=port) as second:
        with MttClient(second.url, "login", "password", "222") as client:
            client.set_callback_followme([Ringall("79000000002")])
        console.live().see("article.customer", "222")
        assert console.page.locator("article.customer").count() == 1
        console.until(lambda: console.page.locator(".entry").count() == 1, "one entry")
        console.page.close()


def test_the_policy_forbids_text_as_html(console):
    console.excuse("TrustedHTML")
    console.excuse("policy")
    console.excuse("Content Security Policy")
    refused = console.page.evaluate(
        "() => { try { document.body.innerHTML = '<b>x</b>'; return ''; } catch (e) { return e.name; } }"
    )
    assert refused == "TypeError"


ENGLISH_IN_RUSSIAN = """() => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!element.checkVisibility() || element.closest("pre, code, .mono, q, kbd, td, option")) continue;
    const language = element.closest("[lang]").getAttribute("lang");
    if (language === "ru" && /[a-z]{2,} [a-z]{2,}/i.test(texts.currentNode.data)) {
      found.push(texts.currentNode.data);
    }
  }
  return found;
}"""


def test_english_sentences_on_a_russian_page_are_marked(opened, fake):
    fill_with_problems(fake)
    console = opened(base_of(fake), locale="ru-RU").open().live()
    console.excuse("400")
    console.see("article.call")
    console.see(".entry", "makeCallBackCallFollowme")
    for line in console.page.locator(".entry .line").all():
        line.click()
    console.page.evaluate(
        "document.querySelectorAll('details').forEach((each) => { each.open = true; })"
    )
    console.page.locator("#fault-text").fill("nonsense")
    console.page.keyboard.press("Enter")
    console.see("#fault-text-error", "unknown fault")
    assert console.page.evaluate(ENGLISH_IN_RUSSIAN) == []
    console.see("article.call .timeline", "Connection refused")


def test_russian_numbers_have_a_decimal_comma(opened, fake):
    fake.subscribers["7900*"] = mtt_mock.Busy(after=4.5)
    console = opened(base_of(fake), locale="ru-RU").open().live()
    console.see("#subscribers-list li", "через 4,5 с")
