"""Reads a TOML file of a known version, bounded in size."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mtt_mock.domain.text import error_text


def read_toml(
    path: str | Path, *, version: int, max_bytes: int, error_type: type[Exception]
) -> dict[str, Any]:
    """Return the tables of a TOML file, without its key ``version``.

    Raises ``error_type``, whose message names the file, if it cannot be read, has more than
    ``max_bytes`` bytes, is not TOML or has another version than ``version``.
    """
    import tomllib  # noqa: PLC0415 -- a start without a file does not need it

    try:
        with open(path, "rb") as file:  # noqa: PTH123 -- a text may name a pipe
            content = file.read(max_bytes + 1)
        if len(content) > max_bytes:
            raise error_type(f"{path} is larger than {max_bytes} bytes")
        document = tomllib.loads(content.decode("utf-8-sig"))
    except OSError as error:
        raise error_type(f"{path}: {error_text(error)}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise error_type(f"{path} is not TOML: {error}") from error
    except RecursionError:
        raise error_type(f"{path} is not TOML: it is nested too deeply") from None
    file_version = document.pop("version", version)
    if file_version != version:
        raise error_type(
            f"{path} has version {file_version!r}; this mtt-mock reads {version}. Upgrade mtt-mock"
        )
    return document
