"""A state machine is one table of transitions.

It refuses every transition that is not in the table with a named refusal. It can be drawn as a diagram.
"""

from enum import StrEnum

import pytest

from chassis.domain import Refusal, StateMachine, Transition


class Light(StrEnum):
    RED = "red"
    GREEN = "green"
    BROKEN = "broken"


class NotRed(Refusal):
    code = "NOT_RED"


LIGHT = StateMachine(
    "light",
    Light,
    Light.RED,
    (
        Transition("go", (Light.RED,), Light.GREEN, NotRed),
        Transition("fail", (Light.RED, Light.GREEN), Light.BROKEN),
    ),
)


def test_an_allowed_action_leads_on():
    assert LIGHT.after(Light.RED, "go") is Light.GREEN
    assert LIGHT.allows(Light.GREEN, "fail")
    assert LIGHT.ends == (Light.BROKEN,)


def test_an_illegal_action_is_refused_by_name_with_the_state():
    with pytest.raises(NotRed) as refused:
        LIGHT.after(Light.BROKEN, "go", line_id="7")
    assert refused.value.detail == {"state": "broken", "line_id": "7"}


def test_an_action_that_no_step_knows_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="no action fly"):
        LIGHT.after(Light.RED, "fly")


def test_two_steps_for_one_action_and_state_cannot_be_declared():
    steps = (Transition("go", (Light.RED,), Light.GREEN), Transition("go", (Light.RED,), Light.BROKEN))
    with pytest.raises(ValueError, match="two steps"):
        StateMachine("light", Light, Light.RED, steps)


def test_the_drawing_holds_every_state_and_step():
    assert LIGHT.mermaid().splitlines() == [
        "stateDiagram-v2",
        '    state "red" as red',
        '    state "green" as green',
        '    state "broken" as broken',
        "    [*] --> red",
        "    red --> green: go",
        "    red --> broken: fail",
        "    green --> broken: fail",
        "    broken --> [*]",
    ]
