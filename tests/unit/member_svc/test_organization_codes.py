"""Codes of organizations (F086), with the test vectors of the standards."""

import pytest

from chassis.normalization import bare_code_key
from member_svc.domain.organization_codes import is_credit_code, is_organization_code, organization_code_of

pytestmark = pytest.mark.row("F086")


@pytest.mark.parametrize("code", ["91350100M000100Y43", "11320000MB151840XJ"])
def test_the_standards_credit_codes_are_accepted(code: str):
    assert is_credit_code(code)


@pytest.mark.parametrize(
    "code", ["91350100M000100Y4Z", "91350100M000100Y44", "91350100M000100Y4", "91350100I000100Y43", "", "９"]
)
def test_other_credit_codes_are_refused(code: str):
    assert not is_credit_code(code)


def test_an_organization_code_may_be_written_with_its_hyphen():
    assert bare_code_key(" d2143569-x ") == "D2143569X"
    assert is_organization_code("D2143569X")


@pytest.mark.parametrize("code", ["D21435691", "D2143569", "D2143569XX", "d2143569X", ""])
def test_other_organization_codes_are_refused(code: str):
    assert not is_organization_code(code)


def test_a_credit_code_holds_the_organization_code():
    assert organization_code_of("11320000MB151840XJ") == "MB151840X"
    assert is_organization_code("MB151840X")
