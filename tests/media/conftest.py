from __future__ import annotations

from hypothesis import settings

settings.register_profile("mtt", deadline=None, max_examples=100, print_blob=True)
settings.load_profile("mtt")
