"""Sphinx configuration: MyST pages, the furo theme, tables generated from the code."""

from __future__ import annotations

import sys
from pathlib import Path

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS))

import tables  # noqa: E402

from mtt_mock import __version__  # noqa: E402

project = "mtt-mock"
author = "The mtt-mock maintainers"
copyright = "The mtt-mock maintainers"  # noqa: A001
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
exclude_patterns = ["_generated"]
nitpicky = False

smartquotes = False  # "--tls" is an option, not a dash

html_theme = "furo"
html_title = f"mtt-mock {release}"
html_copy_source = False
html_show_sourcelink = False

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_default_options = {"members": True, "inherited-members": True}

tables.write(DOCS / "_generated")
