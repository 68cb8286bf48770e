"""enrollctl token: a signed token for a person or a script."""

import asyncio
import sys
from typing import Annotated
from uuid import UUID

import asyncpg
import typer

from contracts.words import Role
from enrollctl.ops_client.token_advice import advice, find_place, may, tree_url
from enrollctl.ops_client.tokens import new_token
from enrollctl.stack.stack import Stack
from enrollctl.terminal.console import AsJson, err, folders_of, print_json
from enrollctl.workspace.key_file import read_keys

Account = Annotated[str, typer.Option(help="The name of the account; recorded with every command.")]
RoleOption = Annotated[Role, typer.Option(help="The role, which decides what the account may do.")]
Union = Annotated[
    UUID | None,
    typer.Option(help="The account's union. The account reads and changes only this union and the unions below it."),
]
Hours = Annotated[float, typer.Option(help="How long the token is good for.", min=0.01, max=24 * 366)]
Name = Annotated[str | None, typer.Option(help="The name that screens show for the account.")]


def token(
    context: typer.Context,
    account: Account,
    role: RoleOption,
    union: Union = None,
    hours: Hours = 12,
    name: Name = None,
    as_json: AsJson = False,
) -> None:
    """Print a token, signed with the stack's key: curl -H "Authorization: Bearer $(enrollctl token …)" …

    Standard error shows what the token permits, and warns if it permits less than the role suggests.
    """
    folders = folders_of(context)
    made = new_token(read_keys(folders), account=account, role=role, union_id=union, hours=hours, name=name)
    warnings = _warnings(Stack(folders), role, union)
    if as_json:
        print_json({"token": made.text, "expires_at": made.expires_at, "may": may(role), "warnings": warnings})
        return
    sys.stdout.write(made.text + "\n")
    sys.stdout.flush()
    err.print(
        f"{role.value}: may {may(role)}. Until {made.expires_at:%Y-%m-%d %H:%M} UTC.", style="dim", soft_wrap=True
    )
    for warning in warnings:
        err.print(f"Careful: {warning}.", style="yellow", soft_wrap=True, markup=False)


def _warnings(stack: Stack, role: Role, union: UUID | None) -> list[str]:
    url = tree_url(stack) if union else None
    if union is None or url is None:
        return advice(role, union, None, looked_up=False)
    try:
        return advice(role, union, asyncio.run(find_place(url, union)), looked_up=True)
    except (OSError, asyncpg.PostgresError):
        return advice(role, union, None, looked_up=False)
