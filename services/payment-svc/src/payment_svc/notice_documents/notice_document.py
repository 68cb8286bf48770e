"""The notice document 参保告知书 (F061): the money owed for a submission, the last day to pay, and the account."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from chassis.web import yuan
from payment_svc.domain.dues import Sums
from payment_svc.domain.payees import Payee

TITLE = "参保告知书"
#: The title with the manual's misprint (A25). The PDF contains it as its subject, so that a search for the misprint
#: finds the file.
ALIAS = "集中参报告知书"


@dataclass(frozen=True, slots=True)
class NoticeDocument:
    """The content of a notice document. `sums` are the sums that the center confirmed."""

    union_name: str
    submission_no: str
    year: int
    enrollment_type: str
    sums: Sums
    confirmed_on: date
    due_on: date | None
    payee: Payee

    @property
    def opening(self) -> str:
        return (
            f"{self.union_name}：你单位{self.year}年度{self.enrollment_type}名单"
            f"已于{self.confirmed_on.isoformat()}经职保中心确认，参保及缴费情况告知如下。"
        )

    @property
    def rows(self) -> Sequence[tuple[str, str]]:
        sums, payee = self.sums, self.payee
        return (
            ("单位名称", self.union_name),
            ("批次编号", self.submission_no),
            ("参保年度", f"{self.year}年度"),
            ("参保类型", self.enrollment_type),
            ("参保人数", f"{sums.heads}人"),
            ("参保金额", f"{yuan(sums.city_fen + sums.due_fen)}元"),
            ("市总工会缴费", f"{yuan(sums.city_fen)}元（由市总工会统一划拨）"),
            ("区局/各级工会缴费", f"{yuan(sums.district_fen)}元"),
            ("基层单位缴费", f"{yuan(sums.unit_fen)}元"),
            ("应缴金额", f"{yuan(sums.due_fen)}元"),
            ("缴费截止日期", self.due_on.isoformat() if self.due_on else "无需缴费"),
            ("收款户名", payee.name),
            ("开户银行", payee.bank),
            ("收款账号", payee.account_no),
        )

    @property
    def closing(self) -> str:
        if self.due_on is None:
            return "本批次无需缴费，不必上传缴费凭证。"
        return "请将应缴金额划拨至上述职保会账户，并在缴费截止日期前（含当日）上传缴费凭证。"
