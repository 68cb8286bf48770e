"""How often Python searches for reference cycles. A service has hardly any: reference counts free its objects."""

import gc

#: An event of 500 people creates some thousand objects that live until the commit. With Python's default of 700, the
#: collector would scan them, and all modules, dozens of times for each event.
YOUNG = 50_000


def collect_rarely() -> None:
    """Call this when everything is loaded: objects that exist then are kept forever and never scanned again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG)
