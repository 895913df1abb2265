"""Profiles: values of a service that replace the defaults of the contract's facts."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from mtt_contracts import facts
from mtt_contracts.fact_values import defaults, settable_facts, value_problem
from mtt_mock.domain.errors import MttMockError
from mtt_mock.domain.text import printable
from mtt_mock.service.toml_file import read_toml

if TYPE_CHECKING:
    from mtt_mock.jsonrpc.errors import TemplateError

VERSION = 1
MAX_FILE_BYTES = 1024 * 1024
MAX_REMARK_CHARACTERS = 300
_MESSAGE = "rpc.error.method_failed"
_PARSE_ERROR = -32700
_STANDARD_CODES = frozenset((_PARSE_ERROR, -32600, -32601, -32602, -32603))


class ProfileError(MttMockError, ValueError):
    """A profile cannot be used. The message names the fact, its place and the allowed values."""


class EvidenceWarning(UserWarning):
    """A profile contradicts a fact that MTT's page or an observation supports."""


class Profile(Struct, frozen=True, dict=True):  # a dict for the cached property
    """The values of the contract's settable facts.

    ``overrides`` maps fact ids to the values that differ from the defaults. ``source`` says what
    they were learned from: free text by name.
    """

    overrides: Mapping[str, Any] = field(default_factory=dict)
    source: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raise ``ProfileError`` for an unknown fact or a value that its schema refuses."""
        known = settable_facts()
        for fact_id, value in self.overrides.items():
            if fact_id not in known:
                reasons = {fact.id: fact.fixed for fact in facts() if fact.fixed}
                if fact_id in reasons:
                    raise ProfileError(f"{fact_id} cannot be set: {reasons[fact_id]}")
                from difflib import get_close_matches  # noqa: PLC0415 -- for a wrong id only

                near = get_close_matches(fact_id, known, n=1)
                hint = f"; did you mean {near[0]}?" if near else ""
                raise ProfileError(f"no fact {fact_id!r} can be set{hint}")
            problem = value_problem(fact_id, value)
            if problem is not None:
                raise ProfileError(problem)

    @cached_property
    def _values(self) -> Mapping[str, Any]:
        return defaults() | _completed(self.overrides)

    def __getitem__(self, fact_id: str) -> Any:
        """Return the value that holds of a fact."""
        return self._values[fact_id]

    def error(self, fact_id: str, **names: str) -> TemplateError:
        """Return the error of a fact; ``names`` fill the ``{…}`` in its data."""
        return _error_type()(self._values[fact_id], **names)

    def contradictions(self) -> list[str]:
        """Return a sentence for each override of a fact with more evidence than an assumption."""
        known = settable_facts()
        return [
            f"{fact_id} is overridden, though its evidence is {known[fact_id].evidence}: "
            f"{known[fact_id].source}"
            for fact_id in self.overrides
            if known[fact_id].evidence != "assumption"
            and self._values[fact_id] != known[fact_id].default
        ]

    def to_toml(self, comments: Mapping[str, Sequence[str]] | None = None) -> str:
        """Return the profile as TOML, with ``comments`` above facts; equal ones give equal text."""
        import tomli_w  # noqa: PLC0415 -- only writers of profiles need it

        in_order = [fact_id for fact_id in settable_facts() if fact_id in self.overrides]
        # Tables come last, else the facts after a table would belong to it.
        in_order.sort(key=lambda fact_id: isinstance(self.overrides[fact_id], Mapping))
        # TOML has no null. A member that is null has the same meaning as an absent one.
        parts = [tomli_w.dumps({"version": VERSION, "source": _without_null(self.source)})]
        parts.append("\n[facts]\n")
        for fact_id in in_order:
            value = _without_null(self.overrides[fact_id])
            lines = [
                f"# {printable(' '.join(line.splitlines()), MAX_REMARK_CHARACTERS)}\n"
                for line in (comments or {}).get(fact_id, ())
            ]
            is_table = isinstance(value, Mapping)
            text = tomli_w.dumps({"facts": {fact_id: value}} if is_table else {fact_id: value})
            parts += ["\n" if is_table or lines else "", *lines, text]
        return "".join(parts)


def read_profile(path: str | Path) -> Profile:
    """Return the profile of a TOML file.

    Warns with ``EvidenceWarning`` about each fact that is overridden against evidence.

    Raises:
        ProfileError: The file cannot be read, is not TOML, is of a newer version, or names an
            unknown fact or a value that is not allowed.
    """
    document = read_toml(path, version=VERSION, max_bytes=MAX_FILE_BYTES, error_type=ProfileError)
    facts, source = document.pop("facts", {}), document.pop("source", {})
    if document:
        raise ProfileError(f"{path}: unknown key {next(iter(document))!r}; known are source, facts")
    if not isinstance(facts, dict) or not isinstance(source, dict):
        raise ProfileError(f"{path}: facts and source must be tables")
    try:
        profile = Profile(facts, source)
    except ProfileError as error:
        raise ProfileError(f"{path}: {error}") from error
    for sentence in profile.contradictions():
        warnings.warn(f"{path}: {sentence}", EvidenceWarning, stacklevel=2)
    return profile


@cache
def _error_type() -> type[TemplateError]:
    # Late: the command line makes settings before it knows that the server extra is there.
    from mtt_mock.jsonrpc.errors import TemplateError  # noqa: PLC0415

    return TemplateError


def _completed(overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``overrides`` with the members that an object leaves out, from its default."""
    known = settable_facts()
    completed = {
        fact_id: {**known[fact_id].default, **value}
        if isinstance(value, Mapping) and "properties" in (known[fact_id].schema or {})
        else value
        for fact_id, value in overrides.items()
    }
    message = overrides.get(_MESSAGE)
    if message is not None:
        completed |= {
            fact_id: {"message": message, **value}
            for fact_id, value in (defaults() | completed).items()
            if isinstance(value, Mapping) and value.get("code", _PARSE_ERROR) not in _STANDARD_CODES
        }
    return completed


def filled(template: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a template of a profile; ``values`` replace placeholders such as ``{url}``."""
    return {
        name: values.get(value, value) if isinstance(value, str) else value
        for name, value in template.items()
    }


def _without_null(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _without_null(item) for name, item in value.items() if item is not None}
    return value
