"""Hypothesis strategies for what numbers do when the fake calls them. Needs hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st

from mtt_mock.domain.subscribers import (
    Answers,
    Busy,
    NeverAnswers,
    Rejects,
    Subscriber,
    Unavailable,
)

MAX_SECONDS = 3600


def subscribers(*, max_seconds: int = 60) -> st.SearchStrategy[Subscriber]:
    """Return subscribers of every kind, whose times are whole seconds up to ``max_seconds``.

    Shrinks to one that answers at once. Raises ``ValueError`` when ``max_seconds`` is not within 0
    and 3600, ``TypeError`` when it is no integer.
    """
    if not isinstance(max_seconds, int) or isinstance(max_seconds, bool):
        raise TypeError(f"max_seconds must be an integer, got {max_seconds!r}")
    if not 0 <= max_seconds <= MAX_SECONDS:
        raise ValueError(f"max_seconds must be from 0 to {MAX_SECONDS}, got {max_seconds}")
    seconds = st.integers(0, max_seconds)
    return st.one_of(
        st.builds(
            Answers, after=seconds, talks_for=st.none() | seconds, waits_for=st.none() | seconds
        ),
        st.builds(Busy, after=seconds),
        st.just(NeverAnswers()),
        st.builds(Rejects, after=seconds),
        st.builds(Unavailable, after=seconds),
    )
