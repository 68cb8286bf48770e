"""Every refusal, every fault of a roster row and every fault of a field says in Chinese what is wrong and what to
do."""

import ast
import inspect
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import get_args

import pytest
from package_modules import modules_of
from pydantic_core.core_schema import ErrorType

from chassis.domain import Refusal
from chassis.server import incoming
from chassis.validation import sentence_of
from enrollctl.declarations import OWN_SERVICES
from member_svc.domain.roster import documents, row_faults, validation
from member_svc.jobs import judged_rows
from member_svc.roster import judging

PACKAGES = ("chassis", *(service.package for service in OWN_SERVICES))
#: Words that introduce what the user can do.
WAY_OUT = re.compile(r"请|可填|可选|无需")
#: The manual's own words, which must not be changed (F170, A02, A59).
FIXED = {"同一保障年度只能选择一个保障类型。", "本保障年度已截止", "本保障年度已参加或正在审核"}
#: Names that the user sees on the screen as they are.
NAMES = re.compile(
    r"Idempotency-Key|ASCII|UTF-8|JSON|Content-Type|Excel|\.xlsx|JPG|PNG|PDF|MB|\bfile\b|UUID|true|false"
)
#: (package, code) of each code that several refusals share, because the user must do the same after each of them.
SHARED = {
    ("review_svc", "REASON_MISSING"),
    ("review_svc", "NOT_DISTRICT_UNION"),
    ("member_svc", "FORBIDDEN"),
}


MODULES = {module.__name__: module for package in PACKAGES for module in modules_of(package)}


def _below(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    for below in kind.__subclasses__():
        yield below
        yield from _below(below)


REFUSALS = sorted(
    {kind for kind in [Refusal, *_below(Refusal)] if kind.__module__ in MODULES},
    key=lambda kind: (kind.__module__, kind.__name__),
)


def _complaint(sentence: str) -> str | None:
    if not re.search("[\u4e00-\u9fff]", sentence):
        return "no Chinese"
    if re.search(r"[A-Za-z]{2,}", NAMES.sub("", sentence)):
        return "English"
    if re.search(r"[{}]|%s", sentence):
        return "a placeholder"
    return None if sentence in FIXED or WAY_OUT.search(sentence) else "no way out"


def _texts(node: ast.AST) -> Iterator[str]:
    """The string constants below a node, with … for interpolated values; docstrings are left out."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in child.values)
        elif isinstance(child, ast.Constant) and isinstance(child.value, str):
            yield child.value
        elif not (isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)):
            yield from _texts(child)


def _tree(module: object) -> ast.AST:
    return ast.parse(inspect.getsource(module))  # type: ignore[arg-type]


def _row_sentences() -> Iterator[str]:
    """Texts of six characters and more are sentences; names of fields, columns and units are shorter."""
    for module in (documents, judged_rows, judging, row_faults, validation):
        yield from (text for text in _texts(_tree(module)) if re.search("[\u4e00-\u9fff].{5}", text))


def _raised_sentences() -> Iterator[str]:
    """The texts that code passes to a refusal in place of its default message."""
    kinds = {kind.__name__ for kind in REFUSALS}
    for module in MODULES.values():
        for node in ast.walk(_tree(module)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in kinds and node.args:
                yield from _texts(ast.Module([ast.Return(node.args[0])], []))


ROWS = sorted(set(_row_sentences()))
#: Another function builds the end of this sentence, which names the differing sums. `test_rates.py` tests it.
RAISED = sorted(set(_raised_sentences()) - {"分摊金额有误：…"})


def test_every_service_is_looked_at():
    assert {name.partition(".")[0] for name in MODULES} == set(PACKAGES)
    assert len(REFUSALS) > 130
    assert len(ROWS) > 20
    assert len(RAISED) > 5


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_a_refusal_says_what_is_wrong_and_what_to_do(refusal: type[Refusal]):
    assert _complaint(refusal.message) is None, refusal.message


@pytest.mark.parametrize("sentence", ROWS)
def test_a_fault_of_a_row_says_what_is_wrong_and_what_to_do(sentence: str):
    assert _complaint(sentence) is None


@pytest.mark.parametrize("sentence", RAISED)
def test_a_sentence_of_one_case_says_what_is_wrong_and_what_to_do(sentence: str):
    assert _complaint(sentence) is None


@pytest.mark.parametrize("sentence", ["Not found", "没有找到 record，请重试", "缺少{column}，请补上", "该批次不能撤回"])
def test_a_sentence_without_chinese_or_a_way_out_is_noticed(sentence: str):
    assert _complaint(sentence) is not None


#: The names of all limits that a sentence can mention.
BOUNDS = ("gt", "ge", "lt", "le", "multiple_of", "min_length", "max_length")
CONTEXT = dict.fromkeys(BOUNDS, 7) | {"expected": "'1', '2'"}


def _field_sentences() -> Iterator[tuple[str, str]]:
    """The sentence for each type of error that pydantic or the chassis raises."""
    for kind in get_args(ErrorType):
        yield kind, sentence_of({"type": kind, "msg": "Input should be otherwise", "ctx": CONTEXT})
    yield "enum of nothing", sentence_of({"type": "enum", "ctx": {}})
    yield "empty", sentence_of({"type": "string_too_short", "ctx": {"min_length": 1}})
    yield "of a later pydantic", sentence_of({"type": "never_heard_of"})
    for name in ("ENCODING", "ZERO", "SURROGATE", "TOO_LARGE", "TOO_DEEP"):
        yield name, getattr(incoming, name)


@pytest.mark.parametrize(("kind", "sentence"), list(_field_sentences()))
def test_a_field_that_does_not_fit_says_what_is_wrong_and_what_to_do(kind: str, sentence: str):
    assert _complaint(sentence) is None, sentence


def test_a_code_means_one_thing_in_a_service():
    kinds = defaultdict(set)
    for refusal in REFUSALS:
        if "code" in vars(refusal):
            kinds[refusal.__module__.partition(".")[0], refusal.code].add(refusal.__name__)
    assert {key for key, names in kinds.items() if len(names) > 1} <= SHARED
