"""In a run of the fault rig, a command without an answer and without a refusal is a finding ("stuck"), even if all
other checks pass.
"""

from pathlib import Path

import pytest

from enrollctl.errors import Failure
from faults.checks.ledger import Ledger
from faults.checks.reconciliation import Reconciliation
from faults.pair.books import answered_commands, judge_answers
from faults.pair.load import Load

TELL = "publisher-0 POST /tell"


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "ledger.jsonl")


def ask(ledger: Ledger, act: str, **more: object) -> None:
    ledger.write("asked", TELL, act=act, account="a", request={"json": {"accounts": ["x", "x"], **more}})


def test_an_act_with_neither_answer_nor_refusal_is_stuck(ledger: Ledger):
    for act in ("1", "2", "3"):
        ask(ledger, act)
    ledger.write("answered", TELL, act="1", account="a", answer={"told": []})
    ledger.write("refused", TELL, act="2", account="a", code="NO")
    reconciliation = Reconciliation()
    judge_answers(ledger, reconciliation)
    assert (reconciliation.stuck, "act 3" in reconciliation.findings[0]) == (1, True)


def test_what_is_expected_comes_from_the_ledger_alone(ledger: Ledger):
    """The ledger is the rig's file of commands. If a request lacks `ask` and `standing`, the service's defaults apply:
    both are true.
    """
    ask(ledger, "1")
    ask(ledger, "2", ask=False, standing=False)
    for act in ("1", "2"):
        ledger.write("answered", TELL, act=act, account="a", answer={"told": [f"event-{act}"]})
    [one, two] = answered_commands(ledger, TELL)
    assert (one.ask, one.standing, one.named, one.accounts) == (True, True, {"event-1"}, ["x", "x"])
    assert (two.ask, two.standing) == (False, False)
    assert one.id != two.id


class NobodyThere:
    run = "0"

    def caller(self, account: str) -> "NobodyThere":
        return self

    def act(self, *_: object) -> None:
        raise AttributeError("nobody thought of this")


def test_a_caller_who_ends_of_anything_fails_the_load():
    load = Load(NobodyThere(), 1, callers=1)  # type: ignore[arg-type]
    with pytest.raises(Failure, match="nobody thought of this"):
        load.start().join()
