"""`python -m faults run [NAME …]` runs the named scenarios of the fault rig; without names, it runs the short set."""

import sys

from faults.command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
