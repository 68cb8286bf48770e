"""Finds the refusals with which a route can answer, by reading the bytecode of all functions that the route can call.

The API documents take the errors of a route from here, so nobody has to list them. `_Walk` follows global names and
attributes of modules and classes. With the help of annotations it also follows attributes of arguments and of variables
that hold the result of a call. From a state machine it collects the refusals of the actions that the code names. A
refusal that `_Walk` cannot see, such as `BodyTooLarge` of a middleware, is declared with `refuses`. `tests/answers`
compares the result with the answers that routes gave in tests.
"""

import ast
import dis
import inspect
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Annotated, Any, Final, TypeVar, get_args, get_origin

from fastapi.dependencies.models import Dependant

from chassis.domain import Refusal, StateMachine

F = TypeVar("F", bound=Callable[..., Any])

DECLARED: Final = "__refuses__"
#: The methods that run when a class is called.
BUILDERS: Final = ("__init__", "__post_init__")
#: Instructions that can come between the loading of a name and the loading of its attribute.
SILENT: Final = ("CACHE", "EXTENDED_ARG", "NOP", "PRECALL", "PUSH_NULL", "RESUME")
#: A tuple, list or dict with more elements is skipped, because such a long collection holds data and no refusals.
MOST_ENTRIES: Final = 100


def refuses(*kinds: type[Refusal]) -> Callable[[F], F]:
    """Declare that a function raises or returns these refusals; needed only if its code does not name them."""

    def declare(function: F) -> F:
        setattr(function, DECLARED, kinds)
        return function

    return declare


def refusals_of(dependant: Dependant) -> set[type[Refusal]]:
    """The refusals of a route and of all its dependencies.

    Only functions of the chassis, of the contracts and of the route's own package are read.
    """
    walk = _walked(dependant)
    return walk.found | walk.of_machines()


def functions_of(dependant: Dependant) -> set[str]:
    """The names of the functions that a route may call. A test looks among them for the check of its scope."""
    return {str(one.__name__) for one in _walked(dependant).seen}


def _walked(dependant: Dependant) -> "_Walk":
    package = str(getattr(dependant.call, "__module__", "")).split(".")[0]
    walk = _Walk(("chassis", "contracts", package))
    for call in _calls(dependant):
        walk.visit(call)
    return walk


def _calls(dependant: Dependant) -> Iterator[Any]:
    yield dependant.call
    for below in dependant.dependencies:
        yield from _calls(below)


@dataclass(frozen=True, slots=True)
class _Typed:
    """Stands for a value of which only the type is known."""

    hint: Any

    def types(self) -> Iterator[type]:
        yield from (one for one in (self.hint, *get_args(self.hint)) if isinstance(one, type))


class _Walk:
    def __init__(self, packages: tuple[str, ...]) -> None:
        self.found: set[type[Refusal]] = set()
        self._packages = packages
        self.seen: set[Any] = set()
        self._machines: list[StateMachine[Any]] = []
        self._words: set[str] = set()

    def of_machines(self) -> set[type[Refusal]]:
        """The refusals of the state machines that the code uses, for those actions that the code names somewhere."""
        steps = [step for machine in self._machines for step in machine.steps]
        return {step.refusal for step in steps if step.action in self._words} - {Refusal}

    def visit(self, value: Any) -> None:
        """Collect the refusals that the value can raise: a class, a function, a table or another object."""
        value = getattr(value, "__func__", None) or getattr(value, "fget", None) or value
        if isinstance(value, Refusal):
            self.found.add(type(value))
        elif isinstance(value, type):
            self._visit_class(value)
        elif isinstance(value, FunctionType | MethodType):
            self._visit_function(value)
        elif isinstance(value, str):
            self._words.add(value)
        elif isinstance(value, tuple | list | dict) and len(value) <= MOST_ENTRIES:
            for one in value.values() if isinstance(value, dict) else value:
                self.visit(one)
        else:
            # A dependency that is an object, such as `Allowed`, declares its refusals itself.
            self.found |= set(getattr(value, DECLARED, ()))

    def _ours(self, value: Any) -> bool:
        return str(getattr(value, "__module__", "")).split(".")[0] in self._packages

    def _visit_class(self, kind: type) -> None:
        if issubclass(kind, Refusal):
            # Code names the base class `Refusal` only for comparisons. It always raises a subclass of `Refusal`.
            self.found |= {kind} - {Refusal}
        elif self._ours(kind) and kind not in self.seen:
            self.seen.add(kind)
            for name in BUILDERS:
                self.visit(vars(kind).get(name))

    def _visit_function(self, function: Any) -> None:
        self.found |= set(getattr(function, DECLARED, ()))
        function = inspect.unwrap(function)
        if not isinstance(function, FunctionType) or not self._ours(function) or function in self.seen:
            return
        self.seen.add(function)
        self._read(function.__code__, _Names(function))

    def _read(self, code: CodeType, names: "_Names") -> None:
        last: Any = None
        for step in _steps(code):
            last = self._step(step, last, names)
        inner = [constant for constant in code.co_consts if isinstance(constant, CodeType)]
        for constant in inner:
            self._read(constant, names)
        self._words |= {constant for constant in code.co_consts if isinstance(constant, str)} - _annotated(inner)

    def _step(self, step: dis.Instruction, last: Any, names: "_Names") -> Any:
        """The value on top of the stack after the instruction, if it is known."""
        if step.opname.startswith(("LOAD_ATTR", "LOAD_METHOD")):
            return self._attribute(last, str(step.argval))
        if step.opname.startswith("LOAD_") and step.opname != "LOAD_CONST":
            value = names.find(step)
            self.visit(value)
            return value
        return None

    def _attribute(self, of: Any, name: str) -> Any:
        if isinstance(of, StateMachine):
            # Of the methods of a state machine, only `after` raises refusals.
            self._machines += [of] if name == "after" else []
            return None
        if isinstance(of, ModuleType | type):
            value = getattr(of, name, None)
            self.visit(value)
            return value
        kinds = of.types() if isinstance(of, _Typed) else [type(of)]
        return next(filter(None, [self._of_object(kind, name) for kind in kinds if self._ours(kind)]), None)

    def _of_object(self, kind: type, name: str) -> Any:
        """An attribute of an object whose class is known."""
        self.visit(inspect.getattr_static(kind, name, None))
        hint = _hints(kind).get(name)
        return _Typed(hint) if hint is not None else None


class _Names:
    """Finds the values behind the names in a function's code."""

    def __init__(self, function: FunctionType) -> None:
        self._function = function
        self._globals = function.__globals__
        self._cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
        self._hints = _hints(function)
        owner = function.__globals__.get(function.__qualname__.split(".")[0])
        if isinstance(owner, type) and "<locals>" not in function.__qualname__:
            self._hints = {"self": owner, "cls": owner} | self._hints

    def find(self, step: dis.Instruction) -> Any:
        # From Python 3.13 on, one instruction can load two names. The second name is then on top of the stack.
        name = str(step.argval[-1] if isinstance(step.argval, tuple) else step.argval)
        if step.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            return self._globals.get(name)
        if name in self._hints:
            return _Typed(self._hints[name])
        try:
            return self._cells[name].cell_contents
        except (KeyError, ValueError):
            return self._returned(name)

    def _returned(self, name: str) -> _Typed | None:
        """The type of a variable that was assigned from a call, by the return annotation of the called function."""
        called: Any = self._globals
        for part in _calls_of(self._function).get(name, ()):
            called = called.get(part) if isinstance(called, dict) else getattr(called, part, None)
        hint = _own_hints(called).get("return") if isinstance(called, FunctionType) else None
        return _Typed(hint) if hint is not None else None


def _annotated(functions: list[CodeType]) -> set[str]:
    """The parameter names of inner functions, and "return". Python stores these names as constants of the outer
    function, because they are the keys of the annotations. They must not count as names of a state machine's actions.
    """
    return (
        {"return", *(name for one in functions for name in one.co_varnames[: one.co_argcount])} if functions else set()
    )


@cache
def _steps(code: CodeType) -> list[dis.Instruction]:
    return [step for step in dis.get_instructions(code) if step.opname not in SILENT]


@cache
def _hints(of: Any) -> dict[str, Any]:
    """Annotations as types. Annotations whose names are imported only for type checkers are left out."""
    if isinstance(of, type):
        inherited = {name: hint for kind in reversed(of.__mro__[1:-1]) for name, hint in _own_hints(kind).items()}
        properties = {name: _own_hints(one.fget).get("return") for name, one in _properties(of)}
        return inherited | properties | _own_hints(of)
    return _own_hints(of)


@cache
def _calls_of(function: FunctionType) -> dict[str, list[str]]:
    """Variables that hold the result of a call, awaited or not, with the dotted name of the called function."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, SyntaxError):
        return {}
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            value = node.value.value if isinstance(node.value, ast.Await) else node.value
            if isinstance(value, ast.Call):
                found[node.targets[0].id] = ast.unparse(value.func).split(".")
    return found


def _properties(kind: type) -> list[tuple[str, Any]]:
    return inspect.getmembers_static(kind, lambda one: isinstance(one, property))


def _own_hints(of: Any) -> dict[str, Any]:
    module = sys.modules.get(getattr(of, "__module__", ""))
    known = {**vars(module)} if module else {}
    found = {}
    for name, hint in inspect.get_annotations(of).items():
        with suppress(NameError, TypeError, AttributeError, SyntaxError):
            found[name] = _plain(eval(hint, known) if isinstance(hint, str) else hint)  # noqa: S307
    return found


def _plain(hint: Any) -> Any:
    """The annotation without `Annotated`."""
    return get_args(hint)[0] if get_origin(hint) is Annotated else hint
