"""The sums of lines, which a trigger of the table `lines` keeps."""

from chassis.sql import KeptSums
from review_svc.tables import LineSumChangeRow, LineSumRow

LINE_SUMS = KeptSums(LineSumRow, LineSumChangeRow)
#: All lines as a table of the same form, for conditions for which `line_sums` has no columns.
SUMMED_LINES = "(SELECT *, 1 AS lines FROM lines)"
