"""The counts of listed members by union, which a trigger of the table `members` keeps."""

from chassis.sql import KeptSums
from member_svc.tables import MemberCountChangeRow, MemberCountRow

MEMBER_COUNTS = KeptSums(MemberCountRow, MemberCountChangeRow)
