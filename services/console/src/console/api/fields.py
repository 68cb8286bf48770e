"""The fields of requests that several routes share."""

import re
from typing import Annotated

from pydantic import AfterValidator, SecretStr, StringConstraints
from pydantic import Field as Bounds
from pydantic_core import PydanticCustomError

from chassis.normalization import code_key
from console.domain.passwords import MOST_CHARACTERS

ACCOUNT_NAME = re.compile(r"[a-z][a-z0-9._@-]{2,63}")


def _account_key(text: str) -> str:
    """The name in the form in which account names are compared. Case, width and spaces make no difference."""
    return code_key(text).lower()


def _new_account_name(text: str) -> str:
    if not ACCOUNT_NAME.fullmatch(text):
        raise PydanticCustomError("account_name", "须以字母开头，由3至64个字母、数字或._@-组成，请修改")
    return text


#: The text that somebody enters as the account name. It can be any text.
EnteredAccount = Annotated[
    str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True), AfterValidator(_account_key)
]
#: The name of an account in the path of a URL.
AccountName = Annotated[str, StringConstraints(max_length=64), AfterValidator(_account_key)]
NewAccountName = Annotated[AccountName, AfterValidator(_new_account_name)]
Password = Annotated[SecretStr, Bounds(min_length=1, max_length=MOST_CHARACTERS)]
