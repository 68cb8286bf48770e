"""Prometheus metrics of submissions to the center."""

from prometheus_client import Counter

decisions_refused = Counter(
    "ue_center_decisions_refused_total", "Answers of the center that do not agree with our books", ["code"]
)
submissions_unknown = Counter(
    "ue_center_submissions_unknown_total", "Looked-up submissions of which the center knows nothing"
)
