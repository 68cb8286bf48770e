"""HTTP schemas of units in requests."""

from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints

from chassis.normalization import bare_code_key
from chassis.validation import SHOWN, Body, Code
from contracts.unions import Unit
from member_svc.domain.organization_codes import is_credit_code, is_organization_code, organization_code_of
from member_svc.domain.refusals import CodesDisagree, CreditCodeInvalid, OrganizationCodeInvalid

Name = Annotated[str, StringConstraints(min_length=1, max_length=100), SHOWN]


class UnitBody(Body):
    """Both codes are optional. `organization_code` with 18 characters is read as the credit code (F086)."""

    unit_id: UUID
    name: Name
    organization_code: Code | None = None
    credit_code: Code | None = None

    def unit(self) -> Unit:
        """The unit with normalized codes. Raises OrganizationCodeInvalid, CreditCodeInvalid or CodesDisagree."""
        organization = bare_code_key(self.organization_code or "") or None
        credit = bare_code_key(self.credit_code or "") or None
        if organization and len(organization) == 18:
            if credit not in (None, organization):
                raise CodesDisagree(unit_id=str(self.unit_id))
            organization, credit = None, organization
        if credit and not is_credit_code(credit):
            raise CreditCodeInvalid(unit_id=str(self.unit_id))
        if organization and not is_organization_code(organization):
            raise OrganizationCodeInvalid(unit_id=str(self.unit_id))
        organization_in_credit = organization_code_of(credit) if credit else None
        if organization and organization_in_credit and organization != organization_in_credit:
            raise CodesDisagree(unit_id=str(self.unit_id))
        return Unit(
            unit_id=self.unit_id,
            name=self.name,
            organization_code=organization or organization_in_credit,
            credit_code=credit,
        )
