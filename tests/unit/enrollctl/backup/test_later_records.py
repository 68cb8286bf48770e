"""The ranges of topics that a restore lets services skip: the records that were published after the backup."""

from chassis.sql import SkippedRange
from enrollctl.backup.restore import later_ranges, recreated_topics, topics_to_republish


def test_records_after_the_backup_are_skipped():
    then, now = {"t": {0: 10, 1: 5}}, {"t": {0: 12, 1: 5}, "since": {0: 3}}
    assert recreated_topics(then, now) == set()
    assert later_ranges(then, now) == [SkippedRange("t", 0, 10, 12), SkippedRange("since", 0, 0, 3)]


def test_all_records_of_a_recreated_topic_are_skipped():
    then, now = {"t": {0: 5_000, 1: 0}, "whole": {0: 7}}, {"t": {0: 200, 1: 4}, "whole": {0: 7}}
    assert recreated_topics(then, now) == {"t"}
    assert later_ranges(then, now, {"t"}) == [SkippedRange("t", 0, 0, 200), SkippedRange("t", 1, 0, 4)]


def test_a_missing_topic_counts_as_recreated():
    assert recreated_topics({"t": {0: 1}}, {}) == {"t"}


def test_an_empty_recreated_topic_gets_an_empty_range():
    """The first sequence number that arrives on the new topic is not 1. Without the range, consumers would take it for
    a sequence number that came too early.
    """
    then, now = {"t": {0: 5_000, 1: 3}, "whole": {0: 0}}, {"t": {0: 0, 1: 0}, "whole": {0: 0}}
    assert later_ranges(then, now, recreated_topics(then, now)) == [
        SkippedRange("t", 0, 0, 0),
        SkippedRange("t", 1, 0, 0),
    ]


def test_a_topic_newer_than_the_backup_has_no_records_to_republish():
    changed = {"unions": {b"1"}, "rates": set(), "created again": None, "since": {b"2"}}
    assert topics_to_republish(changed, {"unions", "rates", "created again"}) == {
        "unions": {b"1"},
        "created again": None,
    }
