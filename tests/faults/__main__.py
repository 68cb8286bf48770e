"""`python -m faults run [NAME …]`: scenarios by name, or the short set."""

import sys

from faults.command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
