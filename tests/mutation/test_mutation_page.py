from pathlib import Path

from table import table

PAGE = Path(__file__).parents[2] / "docs/explanation/mutation-tests.md"


def test_the_page_matches_the_catalogues():
    assert PAGE.read_text(encoding="utf-8") == table()
