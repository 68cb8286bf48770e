"""What a service loads at its start. A large library would make each process start later."""

import subprocess
import sys


def test_the_chassis_loads_no_sqlalchemy():
    """The tables of the chassis are declared with SQLAlchemy, for migrations. No statement needs them."""
    program = "import sys, chassis.service; sys.exit('sqlalchemy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
