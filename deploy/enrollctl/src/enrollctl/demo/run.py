"""Runs all stages of the demo, one after another."""

import asyncio
from typing import Any

from enrollctl.demo.inputs.plan import Plan
from enrollctl.demo.results.report import UnionData, current_holdings, report
from enrollctl.demo.results.tables import CHINESE, STAGES
from enrollctl.demo.results.topic_figures import topic_ends
from enrollctl.demo.stages.earlier import EarlierHoldings
from enrollctl.demo.stages.journey import Journey
from enrollctl.stack.stack import Stack
from enrollctl.terminal.progress import Progress, ProgressCallback, StepState


def walk(stack: Stack, plan: Plan, on_progress: ProgressCallback) -> dict[str, Any]:
    """Run all stages and return the report. Raises NothingImported if every row was rejected."""

    def show(stage: str, done: int, total: int) -> None:
        ended = stage in journey.seconds
        on_progress(
            Progress(stage, StepState.DONE if ended else StepState.RUNNING, CHINESE[stage], done, total or None)
        )

    journey = Journey(stack, plan, show)

    def plant() -> None:
        ends = asyncio.run(topic_ends(stack.kafka_bootstrap))
        journey.plant()
        journey.earlier = EarlierHoldings(current_holdings(journey), ends)

    steps = (plant, journey.import_roster, journey.verify, journey.confirm, journey.submit, journey.review, journey.pay)
    for stage, step in zip(STAGES, steps, strict=True):
        with journey.stage(stage):
            step()
    return report(UnionData(journey))
