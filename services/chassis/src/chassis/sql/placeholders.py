"""Placeholders in SQL text: `:name` is a parameter, `{name}` and `{alias.name}` are fragments.

Literals, quoted identifiers, comments and `::type` are skipped. Why we use no library: `sqlalchemy.text` reads a colon
inside a literal as a parameter. buildpg parses a statement at every call. aiosql needs separate SQL files.
"""

import re
from collections.abc import Callable

_TOKEN = re.compile(
    r"""(?P<skip> (?<!\w)[eE]'(?:[^'\\]|\\.|'')*' | '(?:[^']|'')*' | "(?:[^"]|"")*"
                | --[^\n]* | /\*.*?\*/ | (?<!\w)\$(?P<tag>(?:[A-Za-z_]\w*)?)\$.*?\$(?P=tag)\$ | ::)
      | (?<![\w\])]):(?P<parameter>[a-z_]\w*(?:\.\w+)?)
      | \{(?:(?P<alias>\w+)\.)?(?P<fragment>\w+)\}
      | (?P<stray>[{}]|\$[0-9]+)""",
    re.VERBOSE | re.DOTALL,
)


class StatementInvalid(ValueError):
    """A statement is declared wrongly. Raised at import; the message quotes the SQL and says how to correct it."""

    def __init__(self, sql: str, problem: str) -> None:
        super().__init__(f"{' '.join(sql.split())[:120]}: {problem}")


def expand(sql: str, fragment: Callable[[str, str | None], str]) -> str:
    """Replace each fragment by `fragment(name, alias)`. Raises StatementInvalid for `$1` or a stray brace."""

    def replaced(match: re.Match[str]) -> str:
        if stray := match["stray"]:
            raise StatementInvalid(sql, f"{stray} is no placeholder: write :name for a value, {{name}} for a fragment")
        return fragment(match["fragment"], match["alias"]) if match["fragment"] else match[0]

    return _TOKEN.sub(replaced, sql)


def number(sql: str) -> tuple[str, list[str]]:
    """Replace the parameters by `$1`, `$2`, … Returns the text, and the parameters' names in the order of the numbers.

    A name that occurs twice has one number.
    """
    names: dict[str, int] = {}

    def numbered(match: re.Match[str]) -> str:
        name = match["parameter"]
        return f"${names.setdefault(name, len(names) + 1)}" if name else match[0]

    return _TOKEN.sub(numbered, sql), list(names)
