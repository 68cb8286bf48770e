"""Makes Python search less often for reference cycles.

A service has hardly any cycles, so nearly all its objects are freed by their reference counts, without a search.
"""

import gc

#: The collector runs when the number of objects has grown by this many. An event of 500 people creates thousands of
#: objects that live until the commit. With Python's default of 700, the collector would scan them again and again.
YOUNG = 50_000


def collect_rarely() -> None:
    """Call this after everything is loaded. The collector will never scan the objects that exist at this moment."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG)
