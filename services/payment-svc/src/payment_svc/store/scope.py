"""The caller's subtree inside statements; parameter 1 is the scope's id, NULL = the whole city."""

from chassis.web import SUBTREE

IN_SCOPE = f"($1::uuid IS NULL OR union_id = $1 OR union_id IN ({SUBTREE.format(1)}))"
