"""Prometheus metrics of submissions to the center."""

from prometheus_client import Counter

decisions_refused = Counter(
    "ue_center_decisions_refused_total", "Decisions of the center that differ from the stored submissions", ["code"]
)
submissions_unknown = Counter(
    "ue_center_submissions_unknown_total", "Submissions that the center did not have when a job asked for them"
)
