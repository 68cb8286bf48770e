"""The manual's words of stage 6 (F043, F045, F249–F278)."""

from chassis.web import ALL, Texts, columns_of, options_of
from contracts.words import EnrollmentType, MatchResult
from payment_svc.domain.states import Agreement, DueState, VoucherState
from payment_svc.texts import columns

TEXTS = Texts(
    titles={
        "dues": "参保批次管理",
        "vouchers": "缴费凭证管理",
        "new_voucher": "新增缴费凭证",
        "amounts": "已选中批次金额明细",
        "voucher": "缴费凭证",
        "monitor": "集中参保实时监控画面",
        "statistics": "集中参保统计表",
        "letter": "参保告知书",
        # The manual's misprint of 参保告知书 (A25). Screens show the correct title, the letter's PDF both.
        "letter_alias": "集中参报告知书",
    },
    buttons={
        "back": "返回",
        "vouchers": "缴费凭证管理",
        "new_voucher": "上传缴费凭证",
        "choose_batches": "选择批次",
        "attach": "上传附件",
        "cancel_upload": "取消上传",
        "submit_voucher": "保存提交至职保中心",
        "statistics": "下载集中参保统计表",
        "letter": "下载参保告知书",
    },
    messages={
        "how_to_pay": "请按系统提示将集中参保款项划拨至职保会账户后，上传缴费凭证照片",
        "steps": "点击①-⑥进行提交",
        "step_1": "① 参保批次管理",
        "step_2": "② 缴费凭证管理",
        "step_3": "③ 上传缴费凭证",
        "step_4": "④ 选择批次",
        "step_5": "⑤ 上传附件",
        "step_6": "⑥ 保存提交至职保中心",
        "district_share": "区局/各级工会缴费：{amount}元",
        "unit_share": "基层单位缴费：{amount}元",
        "amount_differs": Agreement.DIFFERS.label,
    },
    columns=columns_of(
        {
            "dues": columns.DUES,
            "picker": columns.PICKER,
            "batches": columns.BATCHES,
            "vouchers": columns.VOUCHERS,
            "statistics": columns.STATISTICS,
        }
    ),
    filters={
        "submission_no": "批次编号",
        "confirmed": "确认时间",
        "to": "至",
        "state": "状态",
        "enrollment_type": "批次来源",
        "file_name": "文件名称",
        "uploaded": "上传时间",
    },
    options={
        "due_state": {"": ALL} | options_of(DueState),
        "voucher_state": {"": ALL} | options_of(VoucherState),
        "enrollment_type": {"": ALL} | options_of(EnrollmentType),
        "result": {"": ALL} | options_of(MatchResult),
    },
)
