"""Declares one setting of a fake as a dataclass field with metadata.

The metadata is the only place that describes a setting. The command line's options, pytest's
options and ini keys, their help, the checks and the table in the documentation are made from it.
"""

from __future__ import annotations

import dataclasses
import enum
from typing import Any, NamedTuple

_METADATA_KEY = "mtt_mock.setting"


class _NotGiven(enum.Enum):
    """The value of a setting that is a short name of a fact, until its default is known."""

    NOT_GIVEN = "the value of the profile"


NOT_GIVEN: Any = _NotGiven.NOT_GIVEN


class Setting(NamedTuple):
    """Describes one setting.

    Args:
        type: Type of one value in text form: ``str``, ``int``, ``float`` or ``bool``.
        group: Heading under which ``mtt-mock serve --help`` lists the option.
        help: What the setting does, without its default.
        metavar: Placeholder of the value, with its unit where it has one. Empty for switches.
        default_text: The default as the help shows it.
        default_in_tests: The default in pytest where it differs.
        choices: The values allowed, where they are few.
        repeatable: The setting is a list; its option may be given several times.
        at_limit: What happens when the limit that the setting sets is reached; empty for others.
        minimum: Smallest value of a number; for ``float`` the value must be larger.
        maximum: Largest value of a number.
        fact: The id of the fact that the setting is a short name of; empty for others.
        default: The value where neither the caller nor a profile gives one.
        name: Name of the field. ``settings_metadata`` fills it in.
    """

    type: type
    group: str
    help: str
    metavar: str = ""
    default_text: str = ""
    default_in_tests: str | None = None
    choices: tuple[str, ...] = ()
    repeatable: bool = False
    at_limit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    fact: str = ""
    default: Any = None
    name: str = ""

    @property
    def option(self) -> str:
        """The name of the command-line option without dashes: one item where it repeats."""
        name = self.name.removesuffix("s") if self.repeatable else self.name
        return name.replace("_", "-")

    def check(self, value: Any) -> None:
        """Raise ``ValueError`` unless ``value`` has the declared type and range."""
        if self.type is bool and not isinstance(value, bool):
            raise ValueError(f"{self.name} must be true or false, got {value!r}")
        if self.choices and value not in self.choices:
            allowed = " or ".join(f'"{choice}"' for choice in self.choices)
            raise ValueError(f"{self.name} must be {allowed}, got {value!r}")
        if self.type is int:
            self._check_int(value)
        elif self.type is float:
            self._check_number(value)

    def _check_int(self, value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError(f"{self.name} must be an integer, got {value!r}")  # noqa: TRY004
        too_large = self.maximum is not None and value > self.maximum
        if self.minimum is not None and (value < self.minimum or too_large):
            bounds = f"at least {self.minimum}"
            if self.maximum is not None:
                bounds = f"from {self.minimum} to {self.maximum}"
            raise ValueError(f"{self.name} must be {bounds}, got {value}")

    def _check_number(self, value: Any) -> None:
        unit = self.metavar.lower()
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(  # noqa: TRY004  # one class for every bad value
                f"{self.name} must be a number of {unit}, got {value!r}"
            )
        low, high = self.minimum or 0, self.maximum or float("inf")
        if not low < value <= high:
            raise ValueError(
                f"{self.name} must be more than {low} and at most {high} {unit}, got {value}"
            )


def setting(default: Any, **metadata: Any) -> Any:
    """Return a dataclass field with ``default`` that ``metadata`` (see ``Setting``) describes.

    ``type`` and, where it is not given, ``default_text`` are derived from the default. A short name
    of a fact is ``NOT_GIVEN`` by default, because a profile may replace ``default``.
    """
    kind = type(default) if isinstance(default, bool | int | float) else str
    text = "off" if default is False else f"{default:g}" if kind is float else f"{default}"
    declared = Setting(kind, default=default, **{"default_text": text, **metadata})
    return dataclasses.field(
        default=NOT_GIVEN if declared.fact else default, metadata={_METADATA_KEY: declared}
    )


def settings_metadata(settings: Any) -> tuple[Setting, ...]:
    """Return the declarations of the dataclass ``settings``, in the order of its fields."""
    return tuple(
        field.metadata[_METADATA_KEY]._replace(name=field.name)
        for field in dataclasses.fields(settings)
        if _METADATA_KEY in field.metadata
    )
