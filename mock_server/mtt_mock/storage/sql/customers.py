"""What is kept for customers: presets, balances, prompts."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from sqlalchemy import Connection, or_, select

from mtt_mock.domain.followme import EMPTY_FOLLOWME, Followme
from mtt_mock.domain.prompts import Prompt, PromptMetadata
from mtt_mock.storage.codec import followme_from_dict, followme_to_dict
from mtt_mock.storage.sql.store_base import Part
from mtt_mock.storage.sql.transactions import TransactionConflict


class Customers(Part):
    """The part of the store that is per customer."""

    def followme(self, customer_name: str) -> Followme:
        """Return what is preset for the customer."""
        table = self._tables.customers
        asked = select(table.c.followme).where(table.c.customer == customer_name)
        values = self._database.read(lambda connection: connection.execute(asked).scalar())
        return EMPTY_FOLLOWME if values is None else followme_from_dict(values)

    def change_followme(
        self, customer_name: str, change: Callable[[Followme], Followme]
    ) -> Followme:
        """Replace what is preset by ``change`` of it, atomically for all processes."""
        table = self._tables.customers
        # Whoever else wants to change it waits for this transaction.
        asked = select(table.c.followme).where(table.c.customer == customer_name).with_for_update()

        def apply(connection: Connection) -> Followme:
            row = connection.execute(asked).first()
            now = (
                EMPTY_FOLLOWME
                if row is None or row.followme is None
                else followme_from_dict(row.followme)
            )
            new = change(now)
            if new == now:
                return new
            values = None if new == EMPTY_FOLLOWME else followme_to_dict(new)
            if row is not None:
                self._put_customer(connection, customer_name, followme=values)
            elif not self._add_customer(connection, customer_name, followme=values):
                raise TransactionConflict  # somebody was quicker
            self._database.count_change(connection)
            return new

        return self._database.write(apply)

    def customers(self) -> list[str]:
        """Return the customers with something preset."""
        table = self._tables.customers
        asked = select(table.c.name).where(table.c.followme.is_not(None))
        return self._database.read(lambda connection: [*connection.execute(asked).scalars()])

    def known_customers(self) -> list[str]:
        """Return the customers of whom anything is kept."""
        table, prompts, calls = self._tables.customers, self._tables.prompts, self._tables.calls
        asked = select(table.c.name).where(
            or_(
                table.c.followme.is_not(None),
                table.c.balance.is_not(None),
                select(1).where(prompts.c.customer == table.c.customer).exists(),
                select(1).where(calls.c.customer == table.c.customer, calls.c.kept).exists(),
            )
        )
        return self._database.read(lambda connection: sorted(connection.execute(asked).scalars()))

    def balance(self, customer_name: str) -> Decimal | None:
        """Return the customer's balance in RUB; ``None``: it was never changed."""
        table = self._tables.customers
        asked = select(table.c.balance).where(table.c.customer == customer_name)
        amount = self._database.read(lambda connection: connection.execute(asked).scalar())
        return None if amount is None else Decimal(amount)

    def change_balance(
        self, customer_name: str, change: Callable[[Decimal | None], Decimal]
    ) -> Decimal:
        """Replace the customer's balance by ``change`` of it."""

        def apply(connection: Connection) -> Decimal:
            row = self._customer(connection, customer_name)
            new = change(None if row.balance is None else Decimal(row.balance))
            self._put_customer(connection, customer_name, balance=str(new))
            self._database.count_change(connection)
            return new

        return self._database.write(apply)

    def prompts(self, customer_name: str) -> list[Prompt]:
        """Return what was uploaded for the customer, the latest last."""
        table = self._tables.prompts
        asked = select(table).where(table.c.customer == customer_name).order_by(table.c.place)
        rows = self._database.read(lambda connection: connection.execute(asked).all())
        return [Prompt(row.name, row.content, row.kind, row.milliseconds) for row in rows]

    def prompt_metadata(self, customer_name: str) -> list[PromptMetadata]:
        """Return the same without the bytes."""
        table = self._tables.prompts
        asked = (
            select(table.c.name, table.c.size, table.c.kind, table.c.milliseconds)
            .where(table.c.customer == customer_name)
            .order_by(table.c.place)
        )
        rows = self._database.read(lambda connection: connection.execute(asked).all())
        return [PromptMetadata(*row) for row in rows]

    def put_prompt(self, customer_name: str, prompt: Prompt) -> None:
        """Keep ``prompt`` in the place of one of the same name."""
        table = self._tables.prompts

        def apply(connection: Connection) -> None:
            self._customer(connection, customer_name)
            connection.execute(
                table.delete().where(
                    table.c.customer == customer_name, table.c.name_key == prompt.name
                )
            )
            connection.execute(
                table.insert().values(
                    customer=customer_name,
                    name_key=prompt.name,
                    name=prompt.name,
                    kind=prompt.kind,
                    milliseconds=prompt.milliseconds,
                    size=len(prompt.content),
                    content=prompt.content,
                    place=self._counted(connection, "places"),
                )
            )
            self._database.count_change(connection)

        self._database.write(apply)
