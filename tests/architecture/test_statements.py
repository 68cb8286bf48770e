"""Checks that SQL statements are made from constant text while their module is imported. So no input becomes SQL."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMPILED = {"Statement", "Copy", "columns_of", "rows_of"}


def late(source: str) -> list[int]:
    """The numbers of the lines that make a statement inside a function, or from an f-string or a sum of texts."""
    tree = ast.parse(source)
    inside = {
        call
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for call in ast.walk(function)
    }
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)]
    return [
        call.lineno
        for call in calls
        if isinstance(call.func, ast.Name)
        and call.func.id in COMPILED
        and (call in inside or any(isinstance(one, ast.JoinedStr | ast.BinOp) for one in call.args))
    ]


def test_statements_are_compiled_at_import_of_constant_text():
    paths = [path for path in (ROOT / "services").rglob("src/**/*.py") if "chassis/sql" not in path.as_posix()]
    assert {path: found for path in paths if (found := late(path.read_text()))} == {}


@pytest.mark.parametrize(
    "planted",
    [
        "def find(text):\n    return Statement(text)",
        "ALL = Statement(f'SELECT 1 FROM {table}')",
        "ALL = Statement('SELECT 1 FROM ' + table)",
        "find = lambda text: Statement(text)",
    ],
)
def test_a_statement_that_is_compiled_late_is_found(planted: str):
    assert late("ALL = {word: Statement('SELECT {what}', what=word) for word in WORDS}") == []
    assert late(planted) != []
