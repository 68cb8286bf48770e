"""State machines, as the domain declares them: which actions a state allows, and to which state each of them leads.

This module imports only the standard library.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from chassis.domain.refusals import Refusal

S = TypeVar("S", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Transition(Generic[S]):
    """`action` leads from each state in `before` to `after`. `refusal` is raised in states without this action."""

    action: str
    before: tuple[S, ...]
    after: S
    refusal: type[Refusal] = Refusal


class StateMachine(Generic[S]):
    """All transitions between the states of an entity. An action can have several transitions, but only one from each
    state.

    The rules of a service use this machine, and docs/state-machines.md is drawn from it.
    """

    def __init__(self, name: str, states: type[S], start: S | tuple[S, ...], steps: Sequence[Transition[S]]) -> None:
        self.name = name
        self.states = states
        self.start = start if isinstance(start, tuple) else (start,)
        self.steps = tuple(steps)
        self._after: dict[tuple[str, S], S] = {}
        for step in self.steps:
            for state in step.before:
                if (step.action, state) in self._after:
                    raise ValueError(f"{name}: two steps for {step.action} from {state.value}")
                self._after[step.action, state] = step.after

    @property
    def actions(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(step.action for step in self.steps))

    @property
    def ends(self) -> tuple[S, ...]:
        """States that no transition leaves."""
        sources = {state for _, state in self._after}
        return tuple(state for state in self.states if state not in sources)

    def allows(self, state: S, action: str) -> bool:
        return (action, state) in self._after

    def after(self, state: S, action: str, **detail: object) -> S:
        """The state to which the action leads from `state`.

        Raises the action's refusal, with the state in its detail, if the action is not allowed in `state`.
        """
        if (action, state) in self._after:
            return self._after[action, state]
        refusal = next((step.refusal for step in self.steps if step.action == action), None)
        if refusal is None:
            raise ValueError(f"{self.name}: there is no action {action}")
        raise refusal(None, state=state.value, **detail)

    def mermaid(self) -> str:
        """This machine as a Mermaid diagram; the states have the labels that screens show."""
        lines = ["stateDiagram-v2"]
        lines += [f'    state "{getattr(state, "label", "") or state.value}" as {state.value}' for state in self.states]
        lines += [f"    [*] --> {state.value}" for state in self.start]
        for step in self.steps:
            lines += [f"    {state.value} --> {step.after.value}: {step.action}" for state in step.before]
        lines += [f"    {state.value} --> [*]" for state in self.ends]
        return "\n".join(lines)
