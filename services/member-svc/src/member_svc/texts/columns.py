"""The columns of every list in the manual's words, for screens and exported files (F071, D26)."""

from chassis.web import Column
from member_svc.domain.people import PLAIN
from member_svc.domain.roster.roster_columns import DETAIL_COLUMNS, TAG

_PERSON = (
    Column("member_no", "会员编号", "code"),
    Column("name", "姓名"),
    Column("document_type", "证件类型"),
    Column("masked_number", "证件号码", "code"),
)
_UNIT = Column("unit_name", "单位名称")
_TAG = Column(TAG.field, TAG.heading)
#: The columns of the roster's plain values, without the tag.
_PLAIN = tuple(
    Column(one.field, one.heading, one.kind) for one in DETAIL_COLUMNS if one.field in PLAIN.names and one is not TAG
)

MEMBERS = (
    *_PERSON,
    _UNIT,
    _TAG,
    Column("has_service_card", "会员服务卡"),
    *_PLAIN,
    Column("under_review", "审核中"),
    Column("state", "会员状态"),
)
SERVICE_CARDS = (*_PERSON, Column("masked_card_number", "会员服务卡号", "code"), _UNIT, _TAG)
MEMBERS_WITHOUT_CARD = (*_PERSON, _UNIT, _TAG, Column("card_batch_no", "办卡批次号", "code"))
CARD_BATCHES = (
    Column("batch_no", "办卡批次号", "code"),
    Column("union_name", "工会名称"),
    Column("heads", "人数", "count"),
    Column("cards_made", "已办卡人数", "count"),
    Column("state", "状态"),
    Column("created_by", "经办人", "code"),
    Column("created_at", "创建时间", "instant"),
)
CARD_CANCELLATIONS = (
    Column("batch_no", "办卡批次号", "code"),
    Column("union_name", "工会名称"),
    Column("heads", "人数", "count"),
    Column("reason", "撤销原因"),
    Column("state", "状态"),
    Column("requested_by", "申请人", "code"),
    Column("requested_at", "申请时间", "instant"),
    Column("decision_reason", "驳回原因"),
)
IMPORTS = (
    Column("created_at", "导入时间", "instant"),
    Column("state", "状态"),
    Column("rows", "总行数", "count"),
    Column("valid", "成功", "count"),
    Column("rejected", "失败", "count"),
    Column("created_by", "经办人", "code"),
)
IMPORT_ROWS = (
    Column("sheet", "工作表"),
    Column("row", "行号", "count"),
    Column("masked_name", "姓名"),
    Column("masked_number", "证件号码", "code"),
    Column("outcome", "结果"),
    Column("columns", "出错的列"),
    Column("messages", "说明"),
)
UNIONS = (Column("name", "工会名称"), Column("union_type", "工会类型"), Column("supported", "是否支持"))
