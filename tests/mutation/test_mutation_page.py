"""The page of mutation tests lists the catalogues."""

from pathlib import Path

from mutation_page import page

PAGE = Path(__file__).parents[2] / "docs/explanation/mutation-tests.md"


def test_the_page_matches_the_catalogues():
    assert PAGE.read_text(encoding="utf-8") == page()
