"""Placeholders in SQL text: `:name` is a parameter, `{name}` and `{alias.name}` are fragments.

Literals, quoted identifiers, comments and `::type` are skipped. Ours, because `sqlalchemy.text` takes a colon inside a
literal for a parameter, buildpg parses a statement again with every call, and aiosql keeps SQL in files of its own.
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
    """A statement is declared wrongly; the text begins with its SQL and says what to do. Raised at import."""

    def __init__(self, sql: str, problem: str) -> None:
        super().__init__(f"{' '.join(sql.split())[:120]}: {problem}")


def expand(sql: str, fragment: Callable[[str, str | None], str]) -> str:
    """The text with each fragment replaced by `fragment(name, alias)`. Raises StatementInvalid for `$1` and a brace."""

    def replaced(match: re.Match[str]) -> str:
        if stray := match["stray"]:
            raise StatementInvalid(sql, f"{stray} is no placeholder: write :name for a value, {{name}} for a fragment")
        return fragment(match["fragment"], match["alias"]) if match["fragment"] else match[0]

    return _TOKEN.sub(replaced, sql)


def number(sql: str) -> tuple[str, list[str]]:
    """The text with `$1`, `$2`, … for its parameters, and their names in this order; a repeated name has one number."""
    names: dict[str, int] = {}

    def numbered(match: re.Match[str]) -> str:
        name = match["parameter"]
        return f"${names.setdefault(name, len(names) + 1)}" if name else match[0]

    return _TOKEN.sub(numbered, sql), list(names)
