"""Accounts: logins, passwords, and the customers that each may act for."""

from __future__ import annotations

import base64
import binascii
import contextlib
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from msgspec import Struct

from mtt_mock.domain.errors import MttMockError
from mtt_mock.service.toml_file import read_toml

MAX_FILE_BYTES = 4 * 1024 * 1024
MAX_LOGIN_CHARS = 300  # of a login that the journal shows
MAX_REMEMBERED_HEADERS = 32
DEFAULT_ENCODINGS = ("utf-8", "latin-1")


class AccountsError(MttMockError, ValueError):
    """An account cannot be read; the message names its place and the correct form."""


class Account(Struct, frozen=True):
    """One login of the fake.

    Attributes:
        login: The login of Basic Auth, without a colon.
        password: The password.
        customers: The customer_names that the login may act for; empty allows any.

    Raises:
        AccountsError: A value is empty, not UTF-8 text, or the login has a colon.
    """

    login: str
    password: str
    customers: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if not self.login or ":" in self.login:
            raise AccountsError("an account's login must not be empty or hold a colon")
        if not self.password:
            raise AccountsError(f"the password of account {self.login} is empty")
        try:
            f"{self.login}{self.password}".encode()
        except UnicodeEncodeError:
            raise AccountsError("an account's login and password must be UTF-8 text") from None
        if "" in self.customers:
            raise AccountsError(f"account {self.login} has an empty customer")

    def __repr__(self) -> str:
        """Return the account as text, without the password."""
        return f"Account(login={self.login!r}, customers={self.customers!r})"

    def owns(self, customer_name: str) -> bool:
        """Return whether this login may act for a customer.

        Args:
            customer_name: The customer.

        Returns:
            True if the account lists the customer or lists none.
        """
        return not self.customers or customer_name in self.customers


ANONYMOUS = Account("anonymous", "none")


class Accounts:
    """The logins of a fake. Without any, the fake accepts all non-empty credentials.

    Args:
        accounts: The accounts.
        required: Whether a request needs credentials; without them it is that of ``ANONYMOUS``.
        encodings: The encodings of credentials; the first one that decodes them is used.
    """

    def __init__(
        self,
        accounts: Iterable[Account] = (),
        *,
        required: bool = True,
        encodings: Sequence[str] = DEFAULT_ENCODINGS,
    ) -> None:
        self._required = required
        self._encodings = encodings
        self._by_login: dict[str, Account] = {}
        for account in accounts:
            if account.login in self._by_login:
                raise AccountsError(f"account {account.login} is given twice")
            self._by_login[account.login] = account
        # Clients send the same header with each request.
        self._authenticate = lru_cache(MAX_REMEMBERED_HEADERS)(self._decode)

    def authenticate(self, header: str | None) -> Account | None:
        """Return the account of an Authorization header; ``None`` if the answer must be 401."""
        return self._authenticate(header)

    def _decode(self, header: str | None) -> Account | None:
        if header is None and not self._required:
            return ANONYMOUS
        login, password = _credentials(header, self._encodings)
        if not login or not password:
            return None
        if not self._by_login:
            return Account(login, password)
        account = self._by_login.get(login)
        if account is None:
            return None
        import hmac  # noqa: PLC0415 -- its OpenSSL takes 4 ms, and most fakes have no accounts

        # In constant time, as a server with real accounts would.
        same = hmac.compare_digest(account.password.encode(), password.encode())
        return account if same else None


def login_of(header: str | None) -> str | None:
    """Return the login of an Authorization header; ``None`` if it has none."""
    return _credentials(header)[0][:MAX_LOGIN_CHARS] or None


def parse_account(text: str) -> Account:
    """Return the account written as ``login:password[:customer,…]``.

    Raises:
        AccountsError: The text has another form. The message does not contain the password.
    """
    parts = text.split(":")
    if len(parts) not in (2, 3) or not all(parts):
        raise AccountsError(
            "write an account as login:password or login:password:customer,customer "
            "(for a colon inside a password use an accounts file)"
        )
    customers = parts[2].split(",") if len(parts) > 2 else []  # noqa: PLR2004
    return Account(parts[0], parts[1], frozenset(name.strip() for name in customers))


def read_accounts_file(path: str | Path) -> list[Account]:
    """Return the accounts of a TOML file with ``[[account]]`` tables.

    Each table has ``login``, ``password`` and optionally ``customers`` (a list of strings).

    Raises:
        AccountsError: The file cannot be read, or an entry is wrong. The message names both.
    """
    content = read_toml(path, version=1, max_bytes=MAX_FILE_BYTES, error_type=AccountsError)
    entries = content.get("account")
    if not isinstance(entries, list) or not entries:
        raise AccountsError(f"{path}: holds no [[account]] table")
    return [_entry(entry, f"{path}: account {number}") for number, entry in enumerate(entries, 1)]


def _entry(entry: Any, source: str) -> Account:
    if not isinstance(entry, Mapping):
        raise AccountsError(f"{source} is not a table")
    for key in ("login", "password"):
        if not isinstance(entry.get(key), str):
            raise AccountsError(f"{source}: {key} must be a string")
    customers = entry.get("customers", [])
    if not isinstance(customers, list) or not all(isinstance(name, str) for name in customers):
        raise AccountsError(f"{source}: customers must be a list of strings")
    unknown = entry.keys() - {"login", "password", "customers"}
    if unknown:
        raise AccountsError(f"{source}: unknown key {min(unknown)}")
    try:
        return Account(entry["login"], entry["password"], frozenset(customers))
    except AccountsError as error:
        raise AccountsError(f"{source}: {error}") from None


def _credentials(
    header: str | None, encodings: Sequence[str] = DEFAULT_ENCODINGS
) -> tuple[str, str]:
    scheme, _, encoded = (header or "").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        raw = base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        return "", ""
    for encoding in encodings:
        with contextlib.suppress(UnicodeDecodeError):
            login, _, password = raw.decode(encoding).partition(":")
            return login, password
    return "", ""
