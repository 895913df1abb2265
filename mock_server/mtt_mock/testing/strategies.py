"""Hypothesis strategies for subscribers: the behaviour of a called number. Needs hypothesis."""

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
    """Return a strategy for subscribers of every kind, with times in whole seconds.

    Args:
        max_seconds: The largest time, from 0 to 3600 seconds.

    Returns:
        A strategy that shrinks to a subscriber who answers at once.

    Raises:
        TypeError: ``max_seconds`` is not an integer.
        ValueError: ``max_seconds`` is out of range.
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
