"""What a number does when it is called: set by tests, by magic numbers, or by default."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any, TypeAlias

_LONGEST = 24 * 3600.0  # seconds
_MAY_BE_NEVER = ("talks_for", "waits_for")


def _check(subscriber: Any) -> None:
    for field in fields(subscriber):
        value = getattr(subscriber, field.name)
        if value is None and field.name in _MAY_BE_NEVER:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"{field.name} must be seconds, got {value!r}")  # noqa: TRY004
        if not 0 <= value <= _LONGEST:
            raise ValueError(f"{field.name} must be from 0 to {_LONGEST:g} seconds, got {value}")


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers ``after`` seconds, talks for ``talks_for`` seconds after the join and hangs up.

    ``talks_for`` ``None``: never hangs up first. ``waits_for``: hangs up so many seconds after
    its answer when the other side has not been joined by then (``None``: waits for ever).
    """

    after: float = 3.0
    talks_for: float | None = 30.0
    waits_for: float | None = None

    def __post_init__(self) -> None:
        _check(self)


@dataclass(frozen=True, slots=True)
class Busy:
    """Is talking to somebody else, which shows ``after`` seconds."""

    after: float = 1.0

    def __post_init__(self) -> None:
        _check(self)


@dataclass(frozen=True, slots=True)
class Rejects:
    """Rings ``after`` seconds, then declines the call."""

    after: float = 3.0

    def __post_init__(self) -> None:
        _check(self)


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Is switched off or does not exist, which shows ``after`` seconds."""

    after: float = 2.0

    def __post_init__(self) -> None:
        _check(self)


@dataclass(frozen=True, slots=True)
class NeverAnswers:
    """Rings until the caller gives up."""


Subscriber: TypeAlias = Answers | Busy | Rejects | Unavailable | NeverAnswers

KINDS: Mapping[str, type[Subscriber]] = {
    "answers": Answers,
    "busy": Busy,
    "rejects": Rejects,
    "unavailable": Unavailable,
    "never_answers": NeverAnswers,
}
DEFAULT = Answers()
MAGIC: Mapping[str, Subscriber] = {
    "79000009000": Answers(after=0, talks_for=None),
    "79000009001": Busy(),
    "79000009002": NeverAnswers(),
    "79000009003": Rejects(),
    "79000009004": Unavailable(),
    "79000009005": Answers(waits_for=2),
}
_MAGIC_PACE = re.compile(r"7900001(\d\d)(\d\d)")
_NUMBER = re.compile(r"\+?[0-9*?]{1,32}")


@dataclass(frozen=True, slots=True)
class SubscriberRegistry:
    """What is set for numbers; a leading ``+`` makes no difference.

    An exact number goes before patterns, the pattern set last before others.
    """

    exact: Mapping[str, Subscriber]
    patterns: tuple[tuple[str, Subscriber], ...] = ()

    def find(self, number: str) -> Subscriber | None:
        """Return what is set for ``number``, ``None`` when nothing is."""
        number = number.removeprefix("+")
        found = self.exact.get(number)
        if found is not None:
            return found
        for pattern, subscriber in reversed(self.patterns):
            if matches(pattern, number):
                return subscriber
        return None

    def with_number(self, number: str, subscriber: Subscriber) -> SubscriberRegistry:
        """Return a directory in which ``number`` does this. Raises as ``check_subscriber``."""
        number = check_subscriber(number, subscriber)
        if not is_pattern(number):
            return SubscriberRegistry({**self.exact, number: subscriber}, self.patterns)
        others = tuple(entry for entry in self.patterns if entry[0] != number)
        return SubscriberRegistry(self.exact, (*others, (number, subscriber)))

    def without(self, number: str) -> SubscriberRegistry:
        """Return a directory in which nothing is set for ``number`` itself."""
        number = number.removeprefix("+")
        return SubscriberRegistry(
            {key: value for key, value in self.exact.items() if key != number},
            tuple(entry for entry in self.patterns if entry[0] != number),
        )

    def entries(self) -> dict[str, Subscriber]:
        """Return what is set, by number or pattern; of patterns the strongest stands last."""
        return {**self.exact, **dict(self.patterns)}


EMPTY_REGISTRY = SubscriberRegistry({})


def default_behaviour(number: str) -> Subscriber:
    """Return what a number does for which nothing is set: its magic, or ``Answers()``."""
    return magic_behaviour(number.removeprefix("+")) or DEFAULT


def magic_behaviour(number: str) -> Subscriber | None:
    """Return what a magic number does, ``None`` for others.

    ``7900001AATT`` answers after AA seconds and talks for TT; the rest stand in ``MAGIC``.
    """
    paced = _MAGIC_PACE.fullmatch(number)
    if paced:
        return Answers(after=int(paced[1]), talks_for=int(paced[2]))
    return MAGIC.get(number)


def parse_subscriber(text: str) -> tuple[str, Subscriber]:
    """Return the number and what it does from ``NUMBER=KIND`` or ``NUMBER=KIND:name=value,…``.

    Raises ``ValueError`` naming what is wrong.
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
    subscriber = subscriber_of(values)
    EMPTY_REGISTRY.with_number(number, subscriber)
    return number, subscriber


def subscriber_of(values: Mapping[str, Any]) -> Subscriber:
    """Return the subscriber that ``values`` describe: ``does`` and the kind's seconds by name.

    Raises ``ValueError`` naming what is wrong and what is possible.
    """
    options = dict(values)
    word = options.pop("does", None)
    kind = KINDS.get(word) if isinstance(word, str) else None
    if kind is None:
        raise ValueError(f"does must be one of {', '.join(KINDS)}, got {word!r}")
    known = [field.name for field in fields(kind)]
    for name in options:
        if name not in known:
            takes = ", ".join(known) if known else "nothing more"
            raise ValueError(f"{word} has no {name}; it takes {takes}")
    subscriber: Subscriber = kind(**options)
    return subscriber


def subscriber_to_dict(subscriber: Subscriber) -> dict[str, object]:
    """Return what ``subscriber_of`` reads."""
    word = next(word for word, kind in KINDS.items() if isinstance(subscriber, kind))
    options = {field.name: getattr(subscriber, field.name) for field in fields(subscriber)}
    return {"does": word, **options}


def check_subscriber(number: str, subscriber: Subscriber) -> str:
    """Return ``number`` (``*`` and ``?`` make it a pattern) as it is kept, without a ``+``.

    Raises ``ValueError`` for what is neither a number nor a pattern, ``TypeError`` for what is no
    subscriber.
    """
    if not isinstance(number, str) or not _NUMBER.fullmatch(number):
        raise ValueError(
            f"a subscriber's number must be digits, * and ? as wildcards, got {number!r}"
        )
    if not isinstance(subscriber, Subscriber):
        raise TypeError(
            "a subscriber must be Answers, Busy, Rejects, Unavailable or NeverAnswers, "
            f"got {subscriber!r}"
        )
    return number.removeprefix("+")


def is_pattern(number: str) -> bool:
    """Return whether ``number`` has wildcards."""
    return "*" in number or "?" in number


def matches(pattern: str, number: str) -> bool:
    """Return whether ``number``, without a ``+``, is one that ``pattern`` means."""
    return _compiled(pattern).fullmatch(number) is not None


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile("".join({"*": ".*", "?": "."}.get(char, char) for char in pattern))
