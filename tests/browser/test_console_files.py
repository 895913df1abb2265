"""The console's files over HTTP; these tests need no browser."""

import json
import re
from pathlib import Path

import httpx2
import pytest

import mtt_mock
from mtt_contracts._element_types import spellings
from mtt_mock.domain.faults import FAULT_MEANINGS
from mtt_mock.web.console import console_files

PAGE = Path(mtt_mock.__file__).parent / "web/console/page"


@pytest.fixture
def app():
    with httpx2.Client(
        transport=httpx2.WSGITransport(app=mtt_mock.create_app(control_token="secret").wsgi_app),
        base_url="http://127.0.0.1",
    ) as client:
        yield client


def test_page_and_files_need_no_token(app):
    assert app.get("/_mtt/").headers["Content-Type"] == "text/html; charset=utf-8"
    for name in console_files():
        answer = app.get(f"/_mtt/console/{name}")
        assert (answer.status_code, answer.content) == (200, (PAGE / name).read_bytes())


def test_the_policy_allows_own_files_only(app):
    policy = app.get("/_mtt/").headers["Content-Security-Policy"].split("; ")
    assert policy[0] == "default-src 'none'"
    assert {each.split()[1] for each in policy if each.split()[0].endswith("-src")} == {
        "'none'",
        "'self'",
    }
    assert "frame-ancestors 'none'" in policy
    assert "require-trusted-types-for 'script'" in policy
    assert not [each for each in policy if "unsafe" in each]


def test_an_unchanged_file_is_304(app):
    first = app.get("/_mtt/console/main.js")
    again = app.get("/_mtt/console/main.js", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "name", ["nothing.js", "__init__.py", "../__init__.py", "..%2f__init__.py"]
)
def test_other_files_are_not_served(app, name):
    assert app.get(f"/_mtt/console/{name}").status_code == 404


def test_every_file_of_the_folder_is_handed_out():
    assert {path.name for path in PAGE.iterdir()} == set(console_files())


def test_no_file_names_a_different_host():
    for path in PAGE.iterdir():
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "//" not in re.sub(r"(^|\s)// .*", "", text), path.name


def test_both_languages_have_the_same_texts():
    table = json.loads((PAGE / "strings.json").read_text(encoding="utf-8"))
    assert list(table) == ["en", "ru"]
    assert list(table["en"]) == list(table["ru"])
    places = re.compile(r"\{\w+\}")
    for key, text in table["en"].items():
        assert text, key
        assert set(places.findall(text)) == set(places.findall(table["ru"][key])), key


def test_every_spelling_of_a_type_is_drawn():
    text = (PAGE / "preset.js").read_text(encoding="utf-8")
    drawn = dict(re.findall(r'^  \["(\w+)", "(\w+)"\],$', text, re.MULTILINE))
    assert drawn == spellings()


def test_every_fault_has_its_meaning_in_both_languages():
    table = json.loads((PAGE / "strings.json").read_text(encoding="utf-8"))
    english = {
        key.removeprefix("means_"): text
        for key, text in table["en"].items()
        if key.startswith("means_")
    }
    assert english == {name: text.replace("`", "") for name, text in FAULT_MEANINGS.items()}
    for name in FAULT_MEANINGS:
        assert re.search("[а-я]", table["ru"][f"means_{name}"]), name
        assert ("=SECONDS" in table["ru"][f"means_{name}"]) == (
            "=SECONDS" in FAULT_MEANINGS[name]
        ), name


def test_every_text_is_translated_and_used():
    table = json.loads((PAGE / "strings.json").read_text(encoding="utf-8"))["en"]
    sources = "\n".join(path.read_text(encoding="utf-8") for path in PAGE.glob("*.[hj]*"))
    used = set(
        re.findall(
            r"""(?:\bt\(|data-t=|data-label=|\?\s|:\s|return\s|copy\(|none:\s)["'](\w+)["']""",
            sources,
        )
    )
    started = set(re.findall(r"\bt\(`(\w+_)\$|known\(`(\w+_)\$", sources))
    prefixes = tuple(filter(None, {each for pair in started for each in pair}))
    asked = set(re.findall(r"""(?:\bt\(|data-t=|data-label=)["'](\w+)["']""", sources))
    assert asked <= set(table)
    unused = {key for key in table if key not in sources and not key.startswith(prefixes)}
    assert unused == set()
    assert used
