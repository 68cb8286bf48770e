"""Faults 9 and 14: transactions that commit out of order, and a failed poll over several partitions."""

from faults.pair.events import COUNTER, PUBLISHER
from faults.pair.load import under_load
from faults.pair.world import Pair
from faults.scenario import scenario


@scenario(9, short=True)
def commits_out_of_sequence(pair: Pair, seed: int) -> None:
    """Outbox rows that were numbered first are committed last, again and again. The relay must not skip any row."""
    pair.start_both()
    pair.fault("commits held back up to 1.5 s")
    with under_load(pair, seed, acts=10, callers=6, hold_s=1.5):
        pass


@scenario(14, short=True)
def failed_poll_over_several_partitions(pair: Pair, seed: int) -> None:
    """The database fails for every seventh record, in polls with records of all partitions."""
    pair.start(PUBLISHER)
    with under_load(pair, seed, acts=20):
        pass
    pair.switch("flaky", True)
    pair.start(COUNTER, wait=False, UE_POLL_RECORDS="6")
    with under_load(pair, seed + 1, acts=20):
        pass
    pair.until(lambda: pair.scrapes.total("ue_polls_retried_total") > 0, "no poll was taken back", 60)
