"""Made-up rosters for demos and tests, and the results that their import must have."""

from enrollctl.roster.expected import Expected, Rejection
from enrollctl.roster.files import write_registry_csv, write_xlsx
from enrollctl.roster.roster_maker import Roster, make_roster
from enrollctl.roster.rows import Row

__all__ = ["Expected", "Rejection", "Roster", "Row", "make_roster", "write_registry_csv", "write_xlsx"]
