"""enrollctl accounts: shows one account of each role.

With these accounts, a person can sign in at the console of a demo stack.
"""

from typing import Any

import typer

from enrollctl.demo.stages.accounts import DEMO_ACCOUNTS, new_password
from enrollctl.stack.provisioning import provision, start_provisioning
from enrollctl.stack.services import CONSOLE
from enrollctl.stack.stack import Stack
from enrollctl.terminal.console import AsJson, folders_of, out, print_json, table
from enrollctl.workspace.files import read_json, write_json


def accounts(context: typer.Context, as_json: AsJson = False) -> None:
    """Show an account of each role with its password, and the console's address. Missing accounts are created.

    The passwords are random, and are for this stack only. They are stored in the stack's folder. If a password is
    changed at the console, this command still shows the first password.
    """
    stack = Stack(folders_of(context))
    passwords = ensure_accounts(stack)
    if as_json:
        print_json({"console": stack.url(CONSOLE), "accounts": rows(passwords)})
        return
    shown = table(f"accounts of the console at {stack.url(CONSOLE)}", "account", "password", "role", "union")
    for row in rows(passwords):
        shown.add_row(row["account_name"], row["password"], row["role"], row["union"])
    out.print(shown)


def rows(passwords: dict[str, str]) -> list[dict[str, str]]:
    return [
        {
            "account_name": one.account_name,
            "password": passwords[one.account_name],
            "role": one.role.label,
            "union": one.place,
        }
        for one in DEMO_ACCOUNTS
    ]


def ensure_accounts(stack: Stack) -> dict[str, str]:
    """The password of each account. Accounts that do not exist are created."""
    passwords = _passwords(stack)
    provision(stack, _given(passwords))
    return passwords


def start_accounts(stack: Stack) -> None:
    """Start to create the accounts of a new stack. Does not wait for them, so that the start of a stack stays short."""
    if not stack.folders.accounts.exists():
        start_provisioning(stack, _given(_passwords(stack)))


def _passwords(stack: Stack) -> dict[str, str]:
    known: dict[str, str] = read_json(stack.folders.accounts) or {}
    missing = {one.account_name: new_password() for one in DEMO_ACCOUNTS if one.account_name not in known}
    if missing:
        write_json(stack.folders.accounts, known | missing)
    return known | missing


def _given(passwords: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "account_name": one.account_name,
            "name": one.name,
            "role": one.role.value,
            "union_id": str(one.union_id) if one.union_id else None,
            "password": passwords[one.account_name],
            "must_change_password": False,
        }
        for one in DEMO_ACCOUNTS
    ]
