"""Who may use the operators' routes."""

OPERATOR = "operator"
AUDITOR = "auditor"
