from pathlib import Path

from table import table

PAGE = Path(__file__).parents[2] / "docs" / "TEETH.md"


def test_the_page_says_what_the_catalogues_hold():
    assert PAGE.read_text(encoding="utf-8") == table()
