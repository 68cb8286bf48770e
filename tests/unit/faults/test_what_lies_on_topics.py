"""The fault rig finds each fault that a test puts on topics. If it did not, a result of zero faults would prove
nothing.
"""

from contracts.topics import UNIONS
from faults.checks.reconciliation import Reconciliation
from faults.rig.wire import TopicRecord, Wire

EVENTS, LAST_WORDS = "members.batches.v1", UNIONS.name


def told(offset: int, sequence: int, *, topic: str = EVENTS, key: str = "a", id_: str = "") -> TopicRecord:
    return TopicRecord(topic, 0, offset, key, id_ or f"{key}-{sequence}", "some.event.v1", sequence, b"{}")


def judged(*records: TopicRecord, planted: tuple[str, ...] = ()) -> Reconciliation:
    reconciliation = Reconciliation()
    Wire(records, planted).judge(reconciliation)
    return reconciliation


def test_a_topic_on_which_each_event_lies_in_order_is_good():
    assert judged(told(0, 1), told(1, 2), told(2, 3)).good


def test_a_late_copy_on_an_event_topic_is_no_wrong_for_readers_skip_it():
    records = [told(0, 1), told(1, 2), told(2, 1)]
    assert judged(*records).good
    assert Wire(records).copies == 1


def test_a_late_copy_that_is_the_last_word_of_a_compacted_topic_is_found():
    """Compaction keeps only the last record of a key. So a new consumer gets only the late copy, and cannot see that it
    is older than a record that was removed.
    """
    reconciliation = judged(*(told(n, sequence, topic=LAST_WORDS) for n, sequence in enumerate([1, 2, 1])))
    assert reconciliation.out_of_order == 1


def test_a_late_copy_on_a_compacted_topic_is_forgiven_once_the_last_word_is_said_again():
    assert judged(*(told(n, sequence, topic=LAST_WORDS) for n, sequence in enumerate([1, 2, 1, 2]))).good


def test_the_compacted_topics_of_a_run_are_told_to_it():
    wire = Wire([told(0, 1), told(1, 2), told(2, 1)], compacted={EVENTS})
    reconciliation = Reconciliation()
    wire.judge(reconciliation)
    assert reconciliation.out_of_order == 1
    assert wire.last_records[EVENTS, "a"].sequence == 1


def test_what_the_rig_planted_is_no_event_of_ours_and_its_numbers_are_known():
    wire = Wire([told(0, 1), told(1, 9, id_="planted")], planted=["planted"])
    assert wire.last == {(EVENTS, "a"): 1}
    assert wire.planted_last == {(EVENTS, "a"): 9}


def test_gaps_doubles_and_backward_runs_are_found():
    assert judged(told(0, 1), told(1, 3)).lost == 1
    assert judged(told(0, 1), told(1, 1, id_="another")).doubled == 1
    assert judged(told(0, 2), told(1, 1)).out_of_order == 1
