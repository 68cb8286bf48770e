"""Refusals of a file or a bank reference that another voucher already uses (D23)."""

from chassis.domain import Refusal


class FileAlreadyUsed(Refusal):
    code = "FILE_ALREADY_USED"
    message = "该缴费凭证文件已经上传过，请选择其他文件，或在缴费记录中查看"


class BankReferenceAlreadyUsed(Refusal):
    code = "BANK_REFERENCE_ALREADY_USED"
    message = "该银行流水号已经登记过，请核对后重新填写"
