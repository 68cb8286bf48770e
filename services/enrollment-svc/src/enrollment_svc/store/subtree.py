"""The unions of a subtree, for statements that read as far as the caller reaches."""

#: The union :union_id and every union below it, as the union tree has them.
SUBTREE = "SELECT node_id FROM scope_nodes WHERE path @> ARRAY[:union_id::uuid]"
