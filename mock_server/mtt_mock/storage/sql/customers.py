"""The customers of the SQL store: presets, balances, prompts."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, func, or_, select

from mtt_mock.domain.followme import EMPTY_FOLLOWME, Followme
from mtt_mock.domain.prompts import Prompt, PromptMetadata
from mtt_mock.storage.sql.lease import SqlLease
from mtt_mock.storage.sql.store_base import StoreBase
from mtt_mock.storage.sql.transactions import Database, TransactionConflict


class CustomerStore(StoreBase):
    """Presets, balances and prompts, by customer."""

    def __init__(self, database: Database, lease: SqlLease) -> None:
        super().__init__(database, lease)
        # These statements are built once, because most requests run them.
        table = self._tables.customers
        self._select_preset = select(table.c.followme).where(
            table.c.customer == bindparam("of_customer")
        )
        insert = database.insert(table).values(
            customer=bindparam("of_customer"),
            name=bindparam("new_name"),
            followme=bindparam("new_preset"),
        )
        insert = insert.on_conflict_do_update(
            index_elements=["customer"],
            set_={"followme": insert.excluded.followme},
            where=table.c.followme.is_(None),
        )
        is_unchanged = and_(
            table.c.customer == bindparam("of_customer"), table.c.followme == bindparam("current")
        )
        update = table.update().where(is_unchanged).values(followme=bindparam("new_preset"))
        prompts = self._tables.prompts
        self._select_prompts = (
            select(prompts.c.name, prompts.c.size, prompts.c.kind, prompts.c.milliseconds)
            .where(prompts.c.customer == bindparam("of_customer"))
            .order_by(prompts.c.position)
        )
        self._add_preset = database.counting(insert, table.c.customer)
        self._replace_preset = database.counting(update, table.c.customer)

    def followme(self, customer_name: str) -> Followme:
        values = {"of_customer": customer_name}
        preset: Followme | None = self._database.scalar(self._select_preset, values)
        return preset or EMPTY_FOLLOWME

    def change_followme(
        self, customer_name: str, change: Callable[[Followme], Followme]
    ) -> Followme:
        """Compare and swap the preset: no lock is held while ``change`` runs."""

        def swap() -> Followme:
            current = self.followme(customer_name)
            new = change(current)
            if new == current:
                return new
            values: dict[str, Any] = {
                "of_customer": customer_name,
                "new_preset": None if new == EMPTY_FOLLOWME else new,
            }
            if current == EMPTY_FOLLOWME:
                statement = self._add_preset
                values["new_name"] = customer_name
            else:
                statement = self._replace_preset
                values["current"] = current
            if not self._database.execute_and_count(statement, values):
                raise TransactionConflict  # another process was faster
            return new

        return self._database.retry(swap)

    def customers(self) -> list[str]:
        table = self._tables.customers
        query = select(table.c.name).where(table.c.followme.is_not(None))
        return [row.name for row in self._database.rows(query)]

    def known_customers(self) -> list[str]:
        query = select(self._tables.customers.c.name).where(self._is_known())
        return sorted(row.name for row in self._database.rows(query))

    def _is_known(self) -> ColumnElement[bool]:
        """Return the condition that a customer has any state."""
        table, prompts, calls = self._tables.customers, self._tables.prompts, self._tables.calls
        return or_(
            table.c.followme.is_not(None),
            table.c.balance.is_not(None),
            select(1).where(prompts.c.customer == table.c.customer).exists(),
            select(1).where(calls.c.customer == table.c.customer, calls.c.retained).exists(),
        )

    def has_room_for(self, customer_name: str, maximum: int) -> bool:
        table = self._tables.customers
        is_known = self._is_known()
        query = select(table.c.customer).where(table.c.customer == customer_name, is_known)
        count = select(func.count()).select_from(table).where(is_known)

        def ask(connection: Connection) -> bool:
            if connection.execute(query).first() is not None:
                return True
            return bool(connection.execute(count).scalar_one() < maximum)

        return self._database.read(ask)

    def balance(self, customer_name: str) -> Decimal | None:
        table = self._tables.customers
        query = select(table.c.balance).where(table.c.customer == customer_name)
        amount = self._database.scalar(query)
        return None if amount is None else Decimal(amount)

    def change_balance(
        self, customer_name: str, change: Callable[[Decimal | None], Decimal]
    ) -> Decimal:
        table = self._tables.customers

        def apply(connection: Connection) -> Decimal:
            row = self._customer(connection, customer_name)
            new = change(None if row.balance is None else Decimal(row.balance))
            put = table.update().where(table.c.customer == customer_name)
            connection.execute(put.values(balance=str(new)))
            self._database.count_change(connection)
            return new

        return self._database.write(apply)

    def prompts(self, customer_name: str) -> list[Prompt]:
        table = self._tables.prompts
        query = select(table).where(table.c.customer == customer_name).order_by(table.c.position)
        rows = self._database.rows(query)
        return [Prompt(row.name, row.content, row.kind, row.milliseconds) for row in rows]

    def prompt_metadata(self, customer_name: str) -> list[PromptMetadata]:
        rows = self._database.rows(self._select_prompts, {"of_customer": customer_name})
        return [PromptMetadata(row.name, row.size, row.kind, row.milliseconds) for row in rows]

    def put_prompt(self, customer_name: str, prompt: Prompt) -> None:
        table = self._tables.prompts

        def apply(connection: Connection) -> None:
            self._customer(connection, customer_name)
            connection.execute(
                table.delete().where(
                    table.c.customer == customer_name, table.c.name_key == prompt.name
                )
            )
            position = self._counted(connection, "positions")
            row = prompt_row(customer_name, prompt) | {"position": position}
            connection.execute(table.insert().values(row))
            self._database.count_change(connection)

        self._database.write(apply)


def prompt_row(customer_name: str, prompt: Prompt) -> dict[str, Any]:
    """Return the row of a prompt, without its position."""
    return {
        "customer": customer_name,
        "name_key": prompt.name,
        "name": prompt.name,
        "kind": prompt.kind,
        "milliseconds": prompt.milliseconds,
        "size": len(prompt.content),
        "content": prompt.content,
    }
