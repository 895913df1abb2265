"""Subscribers: how a called number behaves, as configured, as a magic number or by default."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, TypeAlias

from msgspec import Struct
from msgspec.structs import asdict

MAX_SUBSCRIBER_SECONDS = 24 * 3600.0
MIN_NUMBER_DIGITS = 7  # of digits that count as a telephone number
MAX_NUMBER_LENGTH = 64  # of a number that a pattern may match; E.164 has 15 digits
MAX_PATTERNS = 1000  # each is tried for each number of a call
OPTIONAL_FIELDS = ("talks_for", "waits_for")


class _Behaviour(Struct, frozen=True):
    """Base of the subscriber classes, whose fields are seconds."""

    def __post_init__(self) -> None:
        """Raise ``ValueError`` for a field that is not seconds from 0 to a day."""
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if value is None and name in OPTIONAL_FIELDS:
                continue
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise ValueError(f"{name} must be seconds, got {value!r}")  # noqa: TRY004
            if not 0 <= value <= MAX_SUBSCRIBER_SECONDS:
                high = f"{MAX_SUBSCRIBER_SECONDS:g}"
                raise ValueError(f"{name} must be from 0 to {high} seconds, got {value}")


class Answers(_Behaviour, frozen=True):
    """A subscriber who answers.

    Attributes:
        after: Seconds of ringing before the answer.
        talks_for: Seconds after the join until the subscriber hangs up; ``None`` for never.
        waits_for: Seconds after the answer until the subscriber hangs up, unless both sides are
            joined by then; ``None`` for never.
    """

    after: float = 3.0
    talks_for: float | None = 30.0
    waits_for: float | None = None


class Busy(_Behaviour, frozen=True):
    """A busy line; the busy signal comes after ``after`` seconds."""

    after: float = 1.0


class Rejects(_Behaviour, frozen=True):
    """A subscriber who declines the call after ``after`` seconds of ringing."""

    after: float = 3.0


class Unavailable(_Behaviour, frozen=True):
    """A number that is switched off or does not exist; the signal comes after ``after`` seconds."""

    after: float = 2.0


class NeverAnswers(_Behaviour, frozen=True):
    """A subscriber who rings until the timeout."""


Subscriber: TypeAlias = Answers | Busy | Rejects | Unavailable | NeverAnswers

SUBSCRIBER_TYPES: Mapping[str, type[Subscriber]] = {
    "answers": Answers,
    "busy": Busy,
    "rejects": Rejects,
    "unavailable": Unavailable,
    "never_answers": NeverAnswers,
}
DEFAULT_SUBSCRIBER = Answers()
MAGIC_NUMBERS: Mapping[str, Subscriber] = {
    "79000009000": Answers(after=0, talks_for=None),
    "79000009001": Busy(),
    "79000009002": NeverAnswers(),
    "79000009003": Rejects(),
    "79000009004": Unavailable(),
    "79000009005": Answers(waits_for=2),
}
_MAGIC_TIMES = re.compile(r"7900001(\d\d)(\d\d)")
_NUMBER = re.compile(r"\+?[0-9*?]{1,32}")


class SubscriberRegistry(Struct, frozen=True):
    """Subscribers by number or pattern; a leading ``+`` is ignored.

    An exact number wins over patterns, and the pattern that was set last wins over other patterns.
    """

    exact: Mapping[str, Subscriber]
    patterns: tuple[tuple[str, Subscriber], ...] = ()

    def find(self, number: str) -> Subscriber | None:
        """Return the subscriber that is set for ``number``; ``None`` if none is set."""
        number = number.removeprefix("+")
        exact = self.exact.get(number)
        if exact is not None:
            return exact
        for pattern, subscriber in reversed(self.patterns):
            if matches(pattern, number):
                return subscriber
        return None

    def with_number(self, number: str, subscriber: Subscriber) -> SubscriberRegistry:
        """Return a registry with ``number`` set. Raises like ``with_numbers``."""
        return self.with_numbers([(number, subscriber)])

    def with_numbers(self, entries: Iterable[tuple[str, Subscriber]]) -> SubscriberRegistry:
        """Return a registry with ``entries`` set, in their order.

        Raises:
            ValueError: A number is neither a number nor a pattern, or there are too many patterns.
            TypeError: A subscriber is of another type.
        """
        exact, patterns = dict(self.exact), dict(self.patterns)
        for text, subscriber in entries:
            number = check_subscriber(text, subscriber)
            if is_pattern(number):
                patterns.pop(number, None)  # it becomes the last, which is the strongest
                patterns[number] = subscriber
            else:
                exact[number] = subscriber
        check_pattern_count(len(patterns))
        return SubscriberRegistry(exact, tuple(patterns.items()))

    def without(self, number: str) -> SubscriberRegistry:
        """Return a registry without the entry of ``number``; patterns that match it stay."""
        number = number.removeprefix("+")
        return SubscriberRegistry(
            {key: value for key, value in self.exact.items() if key != number},
            tuple(entry for entry in self.patterns if entry[0] != number),
        )

    def entries(self) -> dict[str, Subscriber]:
        """Return the subscribers by number or pattern; the strongest pattern is last."""
        return {**self.exact, **dict(self.patterns)}


EMPTY_REGISTRY = SubscriberRegistry({})


def default_behaviour(number: str) -> Subscriber:
    """Return the behaviour of a number that is not set: magic, or ``Answers()``."""
    return magic_behaviour(number.removeprefix("+")) or DEFAULT_SUBSCRIBER


def magic_behaviour(number: str) -> Subscriber | None:
    """Return the behaviour of a magic number; ``None`` for other numbers.

    ``7900001AATT`` answers after AA seconds and talks for TT; ``MAGIC_NUMBERS`` holds the others.
    """
    times = _MAGIC_TIMES.fullmatch(number)
    if times:
        return Answers(after=int(times[1]), talks_for=int(times[2]))
    return MAGIC_NUMBERS.get(number)


def parse_subscriber(text: str) -> tuple[str, Subscriber]:
    """Parse ``NUMBER=KIND`` or ``NUMBER=KIND:name=value,…`` into a number and its subscriber.

    Raises:
        ValueError: The text is malformed; the message names the part.
    """
    number, _, rest = text.partition("=")
    kind, _, options = rest.partition(":")
    values: dict[str, object] = {"does": kind}
    for option in filter(None, options.split(",")):
        name, _, value = option.partition("=")
        try:
            values[name.strip()] = None if value == "never" else float(value)
        except ValueError:
            raise ValueError(f"{name} must be seconds or never, got {value!r}") from None
    subscriber = subscriber_from_dict(values)
    EMPTY_REGISTRY.with_number(number, subscriber)
    return number, subscriber


def subscriber_from_dict(values: Mapping[str, Any]) -> Subscriber:
    """Return the subscriber of ``values``: ``does`` and the seconds of that kind by name.

    Raises:
        ValueError: A value is wrong; the message names it and the allowed values.
    """
    options = dict(values)
    word = options.pop("does", None)
    kind = SUBSCRIBER_TYPES.get(word) if isinstance(word, str) else None
    if kind is None:
        raise ValueError(f"does must be one of {', '.join(SUBSCRIBER_TYPES)}, got {word!r}")
    known = kind.__struct_fields__
    for name in options:
        if name not in known:
            takes = ", ".join(known) if known else "no seconds"
            raise ValueError(f"{word} has no {name}; it takes {takes}")
    subscriber: Subscriber = kind(**options)
    return subscriber


def subscriber_to_dict(subscriber: Subscriber) -> dict[str, object]:
    """Return ``subscriber`` as a dict for ``subscriber_from_dict``."""
    word = next(word for word, kind in SUBSCRIBER_TYPES.items() if isinstance(subscriber, kind))
    return {"does": word, **asdict(subscriber)}


def check_subscriber(number: str, subscriber: Subscriber) -> str:
    """Return ``number`` normalised, without ``+``; ``*`` and ``?`` make it a pattern.

    Raises:
        ValueError: ``number`` is neither a number nor a pattern.
        TypeError: ``subscriber`` is not a subscriber.
    """
    if not isinstance(number, str) or not _NUMBER.fullmatch(number):
        raise ValueError(
            f"a subscriber's number must be at most 32 digits, * and ? as wildcards, got {number!r}"
        )
    if not isinstance(subscriber, Subscriber):
        raise TypeError(
            "a subscriber must be Answers, Busy, Rejects, Unavailable or NeverAnswers, "
            f"got {subscriber!r}"
        )
    return number.removeprefix("+")


def check_pattern_count(count: int) -> None:
    """Raise ``ValueError`` if a fake would have more than ``MAX_PATTERNS`` patterns."""
    if count > MAX_PATTERNS:
        raise ValueError(
            f"at most {MAX_PATTERNS} numbers may have wildcards, got {count}; delete some, or "
            "give numbers without * and ?"
        )


def is_pattern(number: str) -> bool:
    """Return whether ``number`` has wildcards."""
    return "*" in number or "?" in number


def matches(pattern: str, number: str) -> bool:
    """Return whether ``number``, without ``+``, matches ``pattern``.

    A text longer than ``MAX_NUMBER_LENGTH`` matches no pattern.
    """
    if len(number) > MAX_NUMBER_LENGTH:
        return False
    first, *parts = _parts(pattern)
    if not parts:
        return first.fullmatch(number) is not None
    start = first.match(number)
    if start is None:
        return False
    # Each part at its leftmost position leaves the most text for the others, without backtracking.
    position = start.end()
    *middle, last = parts
    for part in middle:
        match = part.search(number, position)
        if match is None:
            return False
        position = match.end()
    end = len(number) - len(pattern.rpartition("*")[2])
    return end >= position and last.fullmatch(number, end) is not None


@lru_cache(maxsize=MAX_PATTERNS)
def _parts(pattern: str) -> list[re.Pattern[str]]:
    """Return the parts of ``pattern`` between its ``*``, as patterns without repetition."""
    return [re.compile(part.replace("?", "."), re.DOTALL) for part in pattern.split("*")]
