"""enrollctl token: a signed token for a person or a script."""

import sys
from typing import Annotated
from uuid import UUID

import typer

from contracts.words import Role
from enrollctl.console import AsJson, folders_of, print_json
from enrollctl.key_file import read_keys
from enrollctl.tokens import new_token

Account = Annotated[str, typer.Option(help="Who acts; recorded with every act.")]
RoleOption = Annotated[Role, typer.Option(help="What the account may do.")]
Union = Annotated[
    UUID | None, typer.Option(help="The union where the account stands; lists and writes end at its subtree.")
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
    """Print a token, signed with the stack's key: curl -H "Authorization: Bearer $(enrollctl token …)" …"""
    made = new_token(read_keys(folders_of(context)), account=account, role=role, union_id=union, hours=hours, name=name)
    if as_json:
        print_json({"token": made.text, "expires_at": made.expires_at})
    else:
        sys.stdout.write(made.text + "\n")
