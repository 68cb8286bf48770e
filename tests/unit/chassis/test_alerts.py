"""Alert rules name only metrics, labels and states that exist."""

import re
from pathlib import Path

from prometheus_client import REGISTRY

from chassis.dead_letters.letters import OPEN_STATES
from chassis.observability import metrics

ALERTS = Path(__file__).parents[3] / "deploy/observability/alerts.yaml"


def test_every_metric_of_an_alert_is_one_of_ours():
    assert metrics.dead_letters_open
    known = {
        name + suffix
        for family in REGISTRY.collect()
        for name in (family.name,)
        for suffix in ("", "_total", "_bucket", "_count", "_sum")
    }
    used = set(re.findall(r"\bue_\w+", ALERTS.read_text()))
    assert used
    assert used <= known


def test_every_state_of_an_alert_is_one_of_an_open_letter():
    states = set(re.findall(r'state="(\w+)"', ALERTS.read_text()))
    assert states == set(OPEN_STATES) - {"parked"}
