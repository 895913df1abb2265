"""The table of docs/TEETH.md; ``python tests/teeth/table.py > docs/TEETH.md`` writes it anew."""

from wrong_clients import WRONG_CLIENTS
from wrong_servers import WRONG_SERVERS

TEXT = """\
# Teeth: what the kit catches

A kit that finds nothing wrong may be one that cannot. So the fake is changed in {servers} small ways
and the client in {clients}; `make test` demands that each is caught, and by what it breaks. This table
is generated from the catalogues in `tests/teeth/` and kept current by a test.

## Wrong servers

Each is refuted by a whole run of `mtt-mock verify`, which names this fact
([docs/FIDELITY.md](FIDELITY.md) has them all); the unchanged fake is confirmed.

| a server that … | is caught by the fact |
|---|---|
{server_rows}

## Wrong clients

Each fails this demand of `tests/teeth/client_checks.py`; the client as it is meets them all, and no
demand is there that no wrong client fails.

| a client that … | is caught by the demand |
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
