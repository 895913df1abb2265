"""What shows without text: edges, bars and marks in both themes and forced colours, and the order."""

import pytest
from console_page import base_of, fill, rpc
from test_console_environments import brightness

pytestmark = pytest.mark.slow

BARS = ["rings", "hears", "waits", "talks"]


def colour(console, selector, name):
    return console.page.locator(selector).first.evaluate(
        "(element, name) => getComputedStyle(element)[name]", name
    )


def custom_property(console, name):
    value = console.page.evaluate(
        "(name) => getComputedStyle(document.body).getPropertyValue(name).trim()", name
    )
    channels = [int(value[start : start + 2], 16) for start in (1, 3, 5)]
    return f"rgb({', '.join(map(str, channels))})"


def ratio(first, second):
    low, high = sorted([brightness(first), brightness(second)])
    return (high + 0.05) / (low + 0.05)


def test_edges_and_bars_have_a_contrast_of_3(opened, fake):
    fill(fake)
    console = opened(base_of(fake), viewport={"width": 1400, "height": 900})
    console.open().live().see("article.call").locator("summary").first.click()
    for scheme in ("light", "dark"):
        console.page.emulate_media(color_scheme=scheme)
        check_edges(console)


def check_edges(console):
    ground = colour(console, "body", "backgroundColor")
    for field in ("button:not(.line):visible", "input:visible", "select:visible"):
        edge = colour(console, field, "borderTopColor")
        assert ratio(edge, ground) >= 3, (field, "ground")
        assert ratio(edge, colour(console, ".card", "backgroundColor")) >= 3, (field, "card")
    track = colour(console, ".track", "backgroundColor")
    for bar in BARS:
        assert ratio(custom_property(console, f"--{bar}"), track) >= 3, bar


def test_call_sounds_differ_in_grey(opened, fake):
    fill(fake)
    console = opened(base_of(fake)).open().live()
    console.see("article.call").locator("summary").first.click()
    # Neighbours are parted by an edge in the colour of the card, whatever their own colours are.
    assert colour(console, ".segment", "borderRightWidth") == "2px"
    assert colour(console, ".segment", "borderRightColor") == colour(
        console, ".card", "backgroundColor"
    )


def test_forced_colours_keep_bars_and_marks(opened, fake):
    fill(fake)
    console = opened(base_of(fake), forced_colors="active").open().live()
    console.see("article.call").locator("summary").first.click()
    for selector in (*(f".swatch.{bar}" for bar in BARS), ".segment", ".mark"):
        image = colour(console, selector, "backgroundImage")
        painted = colour(console, selector, "backgroundColor")
        assert "gradient" in image or painted != "rgba(0, 0, 0, 0)", selector
        assert colour(console, selector, "forcedColorAdjust") == "none", selector
    assert colour(console, ".track", "borderTopWidth") == "1px"


def test_the_journal_comes_first(console, fake):
    fill(fake)
    for number in range(20):
        fake.set_balance(f"88314051{number:07}", 1)
    console.see(".entry")
    for width in (1400, 800, 380):
        console.page.set_viewport_size({"width": width, "height": 900})
        tops = console.page.evaluate(
            "Object.fromEntries(['journal', 'calls', 'customers', 'faults', 'subscribers']"
            ".map((id) => [id, document.getElementById(id).getBoundingClientRect().top + scrollY]))"
        )
        assert tops["journal"] == min(tops.values()), width
        assert tops["journal"] < 900, width
    sections = console.page.evaluate(
        "[...document.querySelectorAll('main section')].map((each) => each.id)"
    )
    assert sections[0] == "journal"


def test_the_page_follows_a_clock_set_back(opened, fake):
    import httpx2

    console = opened(base_of(fake)).open().live()
    fill(fake)
    console.see(".entry")
    before = httpx2.get(f"{base_of(fake)}clock").json()["now"]
    # A browser whose clock is a day behind, and a fake whose time is earlier than before.
    console.page.evaluate("const now = Date.now; Date.now = () => now() - 86_400_000;")
    httpx2.post(f"{base_of(fake)}reset", json={})
    assert httpx2.get(f"{base_of(fake)}clock").json()["now"] <= before
    fill(fake)
    entries = httpx2.get(f"{base_of(fake)}journal").json()["entries"]
    console.until(lambda: console.page.locator(".entry").count() == len(entries), "all entries")
    calls = httpx2.get(f"{base_of(fake)}calls").json()["calls"]
    console.until(lambda: console.page.locator("article.call").count() == len(calls), "all calls")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_paper_is_white_and_shows_whole_texts(opened, fake, scheme):
    rpc(fake)
    console = opened(base_of(fake), color_scheme=scheme).open().live()
    console.see(".entry .line").click()
    console.see(".entry summary", "JSON").click()
    console.page.emulate_media(media="print")
    look = "selector => getComputedStyle(document.querySelector(selector))"
    assert console.page.evaluate(f"({look})('body').color") == "rgb(27, 33, 41)"
    assert console.page.evaluate(f"({look})('.entry pre').maxHeight") == "none"
    assert not console.page.locator("#faults-add").is_visible()
