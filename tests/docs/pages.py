"""The documents and their code blocks."""

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("**/[a-z]*.md")))
NAMES = [str(page.relative_to(ROOT)) for page in PAGES if page.parent.name != "_generated"]


class Block(NamedTuple):
    """A fenced block: its language and its text."""

    language: str
    text: str


def read(name):
    """Return the text of a page, by its path in the repository."""
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(name, language=None):
    """Return the fenced blocks of a page, in order."""
    fences = re.findall(r"^```(\S*)[^\n]*\n(.*?)^```$", read(name), re.MULTILINE | re.DOTALL)
    return [Block(*fence) for fence in fences if language in (None, fence[0])]


def commands(name):
    """Return the commands of a page's console blocks with the output that is shown below each."""
    text = "".join(block.text for block in blocks(name, "console"))
    return re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", text, re.MULTILINE)
