"""The progress of a union or a person through all stages, and the sums with which operators reconcile the services."""
