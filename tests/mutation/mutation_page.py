"""Generates docs/explanation/mutation-tests.md: ``python tests/mutation/table.py > docs/explanation/mutation-tests.md``."""

from wrong_clients import WRONG_CLIENTS
from wrong_servers import WRONG_SERVERS

TEXT = """\
# Mutation tests of the contract kit

A check that never fails proves nothing. So the tests change the fake in {servers} small ways and the
client in {clients}, and demand that the kit reports each change by the fact or the demand that it
breaks. The catalogues in `tests/mutation/` generate this table, and a test keeps it current.

## Wrong servers

The check of this fact ([all facts](fidelity.md)) refutes each wrong server.
A whole run of `mtt-mock verify` confirms the unchanged fake.

| a server that … | fails the fact |
|---|---|
{server_rows}

## Wrong clients

Each wrong client fails this demand of `tests/mutation/client_checks.py`. The unchanged client meets
all demands, and each demand fails for at least one wrong client.

| a client that … | fails the demand |
|---|---|
{client_rows}
"""


def table():
    """Return the page."""
    return TEXT.format(
        servers=len(WRONG_SERVERS),
        clients=len(WRONG_CLIENTS),
        server_rows="\n".join(
            f"| {name} | `{fact}` |" for name, (fact, _) in WRONG_SERVERS.items()
        ),
        client_rows="\n".join(
            f"| {name} | {demand} |" for name, (demand, _) in WRONG_CLIENTS.items()
        ),
    )


if __name__ == "__main__":
    print(table(), end="")
