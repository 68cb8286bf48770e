"""The unions of a subtree, for statements that read only the unions within the caller's reach."""

#: The union :union_id and every union below it, by this service's copy of the union tree.
SUBTREE = "SELECT node_id FROM scope_nodes WHERE path @> ARRAY[:union_id::uuid]"
