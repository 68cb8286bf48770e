"""The documented errors of a route are read from the code that it reaches."""

from dataclasses import dataclass
from enum import StrEnum

import pytest
from fastapi.dependencies.utils import get_dependant

from chassis.domain import Refusal, StateMachine, Transition
from chassis.web import refusals_of


class Empty(Refusal):
    code = "EMPTY"


class TooMany(Refusal):
    code = "TOO_MANY"


@dataclass
class Basket:
    heads: int

    def refusal(self) -> Refusal:
        return _why(self.heads)

    def checked(self) -> "Basket":
        return self


def _why(heads: int) -> Refusal:
    return TooMany() if heads else Empty()


async def fetch(heads: int) -> Basket:
    return Basket(heads)


class Shop:
    @staticmethod
    def basket(heads: int) -> "Basket | None":
        return Basket(heads)


async def of_a_function_that_is_awaited(heads: int) -> None:
    basket = await fetch(heads)
    raise basket.refusal()


async def of_a_method_of_a_class(heads: int) -> None:
    basket = Shop.basket(heads)
    if basket is not None:
        raise basket.refusal()


async def of_a_function_that_promises_nothing(heads: int) -> None:
    basket = _anything(heads)
    raise basket.refusal()


def _anything(heads: int):  # type: ignore[no-untyped-def]
    return Basket(heads)


@pytest.mark.parametrize("route", [of_a_function_that_is_awaited, of_a_method_of_a_class])
async def test_a_method_of_what_a_function_returned_is_followed(route: object) -> None:
    assert refusals_of(get_dependant(path="/", call=route)) == {Empty, TooMany}  # type: ignore[arg-type]


async def test_what_has_no_annotation_is_not_guessed() -> None:
    found = refusals_of(get_dependant(path="/", call=of_a_function_that_promises_nothing))
    assert found == set()


class State(StrEnum):
    OPEN = "open"
    PAID = "paid"


BASKET = StateMachine(
    "basket",
    State,
    State.OPEN,
    (Transition("pay", (State.OPEN,), State.PAID, Empty), Transition("return", (State.PAID,), State.OPEN, TooMany)),
)


async def of_an_action_beside_an_inner_function() -> None:
    def pay(state: State) -> State:
        return BASKET.after(state, "pay")

    pay(State.OPEN)


async def test_the_annotation_of_an_inner_function_names_no_action() -> None:
    assert refusals_of(get_dependant(path="/", call=of_an_action_beside_an_inner_function)) == {Empty}
