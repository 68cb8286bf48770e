"""The manual's words for the screens of stage 1 (F069–F080, F030–F032, F042)."""

from chassis.web import Texts, columns_of, options_of
from contracts.words import DocumentType
from member_svc.domain.card_batches import CancellationState, CardBatchState
from member_svc.domain.refusals import UnitRequired
from member_svc.domain.states import ImportState, MemberState, RowOutcome
from member_svc.texts import columns

STEPS = ("会员梳理", "即时参保办理流程")
IMPORT_FIRST = "该单位还没有会员，请先在“会员管理 → 会员信息”中批量导入会员，再办理参保"


TEXTS = Texts(
    titles={
        "member_management": "会员管理",
        "members": "会员信息",
        "service_card_management": "会员服务卡管理",
        "service_cards": "卡片信息管理",
        "members_without_card": "待办会员列表",
        "card_batches": "办卡批次管理",
        "card_cancellations": "撤销办卡批次审核",
        "choose_unit": "选择关联企业类",
        "guide": " → ".join(STEPS),
    },
    buttons={
        "bulk_import": "批量导入",
        "download_template": "下载模板",
        "import_members": "导入会员",
        "confirm_import": "确定导入",
        "download_errors": "下载错误文件",
        "remove": "删除",
        "export": "导出",
        "approve": "同意",
        "reject": "驳回",
        "cancel_batch": "撤销",
    },
    messages={"unit_required": UnitRequired.message, "import_first": IMPORT_FIRST},
    columns=columns_of(
        {
            "members": columns.MEMBERS,
            "service_cards": columns.SERVICE_CARDS,
            "members_without_card": columns.MEMBERS_WITHOUT_CARD,
            "card_batches": columns.CARD_BATCHES,
            "card_cancellations": columns.CARD_CANCELLATIONS,
            "imports": columns.IMPORTS,
            "import_rows": columns.IMPORT_ROWS,
            "unions": columns.UNIONS,
        }
    ),
    filters={
        "name": "姓名",
        "number": "证件号码",
        "member_no": "会员编号",
        "document_type": "证件类型",
        "unit_id": "单位名称",
        "tag": "会员标签",
        "card_number": "会员服务卡号",
        "batch_no": "办卡批次号",
        "state": "状态",
        "outcome": "结果",
    },
    options={
        "document_type": options_of(DocumentType),
        "member_state": options_of(MemberState),
        "import_state": options_of(ImportState),
        "row_outcome": options_of(RowOutcome),
        "card_batch_state": options_of(CardBatchState),
        "cancellation_state": options_of(CancellationState),
    },
)
