"""Masks logins and secret query values in the URLs of a text.

Apart from ``sensitive``, whose patterns take some milliseconds to compile: a server needs this
module at its start.
"""

from __future__ import annotations

import re

NAME_OF_SECRET = (
    r"(?:pass(?:word|wd)?|pwd|secret|token|login|user(?:name)?|(?:api|access|private)[_-]?key|"  # noqa: S105
    r"auth(?:orization)?|credentials?|sess(?:ion)?(?:[_-]?id)?|signature|cookie|jwt|bearer|"
    r"пароль|логин|токен)"
)
# METHOD:FAULT@NTH, which would be a login at a host named by a number.
_FAULT = (
    r"(?:delay|trickle|empty|truncated|duplicated|[a-z]{2,9}-[a-z0-9-]{2,20})"
    r"(?:=[\d.]{1,20})?@\d{1,6}(?![\w.:/])"
)
# A login in a URL, with or without a scheme; the bounds keep a search linear.
_LOGIN = (
    r"""(?<=//)[^/?#\s"'<>]{1,512}@"""
    rf"""|(?<![\w.+%-])[\w.+%-]{{1,128}}:(?!{_FAULT})[^\s"'<>/@]{{1,256}}@(?=[\w\[])"""
)
_SECRET_VALUE = rf"""(?i)([?&](?:\w{{0,32}}[_-])?{NAME_OF_SECRET}=)[^&\#\s"'<>]+"""


def mask_url_secrets(text: str) -> str:
    """Return ``text`` with logins and secret query values in its URLs as ``***``."""
    # re keeps compiled patterns; it compiles these for the first text with such a character.
    if "@" in text:
        text = re.sub(_LOGIN, "***@", text)
    return re.sub(_SECRET_VALUE, r"\1***", text) if "=" in text else text
