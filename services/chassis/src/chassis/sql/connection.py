"""The type of asyncpg's connection. The type checker needs `Connection[Any]`, which fails at run time."""

from typing import TYPE_CHECKING, Any

import asyncpg

if TYPE_CHECKING:
    Connection = asyncpg.Connection[Any]
else:
    Connection = asyncpg.Connection
