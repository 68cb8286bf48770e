"""How often Python looks for cycles. What a service makes dies by its reference count; hardly anything is a cycle."""

import gc

#: A part of 500 people makes some thousand objects that live until its commit. With Python's 700 the collector goes
#: over them, and over all modules behind them, dozens of times a part.
YOUNG = 50_000


def collect_rarely() -> None:
    """Call once everything is loaded: that stays for good and is never gone over again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG)
