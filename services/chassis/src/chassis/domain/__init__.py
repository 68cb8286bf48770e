"""Refusals, state machines and the business clock.

A service's `domain/` is allowed to import this package, because this package imports only the standard library.
"""

from chassis.domain.clock import SHANGHAI, Clock, FileClock, FixedClock, clock_from
from chassis.domain.refusals import (
    AnswerOfFormerPlace,
    CityRequired,
    Forbidden,
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
    IdempotencyKeyUnusable,
    Invalid,
    NotFound,
    PlaceMissing,
    PlaceRequired,
    Refusal,
    RoleForbidden,
    StaleVersion,
    TryAgain,
    Unauthenticated,
)
from chassis.domain.state_machine import StateMachine, Transition

__all__ = [
    "SHANGHAI",
    "AnswerOfFormerPlace",
    "CityRequired",
    "Clock",
    "FileClock",
    "FixedClock",
    "Forbidden",
    "IdempotencyKeyMissing",
    "IdempotencyKeyReused",
    "IdempotencyKeyUnusable",
    "Invalid",
    "NotFound",
    "PlaceMissing",
    "PlaceRequired",
    "Refusal",
    "RoleForbidden",
    "StaleVersion",
    "StateMachine",
    "Transition",
    "TryAgain",
    "Unauthenticated",
    "clock_from",
]
