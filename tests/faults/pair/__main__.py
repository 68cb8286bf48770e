"""`python -m faults.pair publisher|counter` starts one of the two small services with which the chassis is tested."""

import os
import sys

from chassis.service import run
from faults.pair.counter import counter
from faults.pair.events import PUBLISHER, RUN_VARIABLE
from faults.pair.publisher import publisher

if __name__ == "__main__":
    which = sys.argv.pop(1)
    run_id = os.environ[RUN_VARIABLE]
    run(publisher(run_id) if which == PUBLISHER else counter(run_id))
