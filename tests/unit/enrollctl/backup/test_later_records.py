"""The ranges of the topics that a restore skips."""

from chassis.sql import SkippedRange
from enrollctl.backup.restore import later_ranges, recreated_topics, topics_to_republish


def test_what_topics_hold_beyond_the_backup_is_left_behind():
    then, now = {"t": {0: 10, 1: 5}}, {"t": {0: 12, 1: 5}, "since": {0: 3}}
    assert recreated_topics(then, now) == set()
    assert later_ranges(then, now) == [SkippedRange("t", 0, 10, 12), SkippedRange("since", 0, 0, 3)]


def test_everything_on_a_topic_made_anew_is_left_behind():
    then, now = {"t": {0: 5_000, 1: 0}, "whole": {0: 7}}, {"t": {0: 200, 1: 4}, "whole": {0: 7}}
    assert recreated_topics(then, now) == {"t"}
    assert later_ranges(then, now, {"t"}) == [SkippedRange("t", 0, 0, 200), SkippedRange("t", 1, 0, 4)]


def test_a_topic_that_is_gone_was_made_anew_or_will_be():
    assert recreated_topics({"t": {0: 1}}, {}) == {"t"}


def test_a_topic_made_anew_that_holds_nothing_is_told_to_readers():
    """Without the range, readers would treat the first sequence that arrives, which is not 1, as a jump."""
    then, now = {"t": {0: 5_000, 1: 3}, "whole": {0: 0}}, {"t": {0: 0, 1: 0}, "whole": {0: 0}}
    assert later_ranges(then, now, recreated_topics(then, now)) == [
        SkippedRange("t", 0, 0, 0),
        SkippedRange("t", 1, 0, 0),
    ]


def test_a_topic_that_has_come_since_the_backup_has_no_entries_to_say_again():
    changed = {"unions": {b"1"}, "rates": set(), "created again": None, "since": {b"2"}}
    assert topics_to_republish(changed, {"unions", "rates", "created again"}) == {
        "unions": {b"1"},
        "created again": None,
    }
