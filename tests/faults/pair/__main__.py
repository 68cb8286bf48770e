"""`python -m faults.pair teller|counter`."""

import os
import sys

from chassis.service import run
from faults.pair.counter import counter
from faults.pair.events import RUN_VARIABLE, TELLER
from faults.pair.teller import teller

if __name__ == "__main__":
    which = sys.argv.pop(1)
    run_id = os.environ[RUN_VARIABLE]
    run(teller(run_id) if which == TELLER else counter(run_id))
