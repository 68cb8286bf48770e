"""The sums of the lines' people, which a trigger of the table `lines` keeps."""

from chassis.sql import KeptSums
from enrollment_svc.tables import LineSumChangeRow, LineSumRow

LINE_SUMS = KeptSums(LineSumRow, LineSumChangeRow)
