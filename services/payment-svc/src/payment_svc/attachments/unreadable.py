"""The faults that make an attachment unreadable for a person."""

from enum import StrEnum


class Fault(StrEnum):
    DAMAGED = "damaged"
    LOCKED = "locked"
    NO_PAGES = "no_pages"
    TOO_MANY_PAGES = "too_many_pages"
    TOO_SMALL = "too_small"
    TOO_MANY_PIXELS = "too_many_pixels"


class Unreadable(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault
