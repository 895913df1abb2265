"""Generates the page of mutation tests.

``python tests/mutation/mutation_page.py > docs/explanation/mutation-tests.md`` writes it.
"""

from wrong_clients import WRONG_CLIENTS
from wrong_servers import WRONG_SERVERS

TEXT = """\
# Mutation tests of the contract kit

A check that never fails proves nothing. So the tests change the fake in {servers} small ways and the
client in {clients}, and require that the kit reports each change by the fact or the check that it
breaks. The catalogues in `tests/mutation/` generate this table, and a test keeps it current.

## Wrong servers

The check of this fact ([all facts](fidelity.md)) refutes each wrong server.
A whole run of `mtt-mock verify` confirms the unchanged fake.

| a server that … | fails the fact |
|---|---|
{server_rows}

## Wrong clients

Each wrong client fails this check of `tests/mutation/client_checks.py`. The unchanged client passes
all checks, and each check fails for at least one wrong client.

| a client that … | fails the check |
|---|---|
{client_rows}
"""


def page():
    """Return the page as Markdown."""
    return TEXT.format(
        servers=len(WRONG_SERVERS),
        clients=len(WRONG_CLIENTS),
        server_rows="\n".join(
            f"| {name} | `{fact}` |" for name, (fact, _) in WRONG_SERVERS.items()
        ),
        client_rows="\n".join(
            f"| {name} | {check} |" for name, (check, _) in WRONG_CLIENTS.items()
        ),
    )


if __name__ == "__main__":
    print(page(), end="")
