"""The refusals of imports, members and the union tree."""

from chassis.domain import Forbidden, Refusal


class UnsupportedUnionType(Refusal):
    """Three of the nine union types are not supported (F021, F022)."""

    code = "UNSUPPORTED_UNION_TYPE"
    status = 403
    message = "暂不支持该工会类型办理参保业务，请联系市总工会"


class UnitRequired(Refusal):
    """The union has several units, and the upload names none (F076)."""

    code = "UNIT_REQUIRED"
    status = 422
    message = "请选择单位"


class UnionHasNoUnit(Refusal):
    code = "UNION_HAS_NO_UNIT"
    message = "该工会没有关联单位，请先由上级工会维护单位信息"


class UnionInactive(Refusal):
    code = "UNION_INACTIVE"
    message = "该工会已停用，不能办理业务，请联系上级工会"


class UnitNotRelated(Forbidden):
    """A unit of another union is refused in the same way as a unit that does not exist (F075)."""

    message = "所选单位不是该工会的关联单位，请重新选择单位"


class ImportNotChecked(Refusal):
    code = "IMPORT_NOT_CHECKED"
    message = "文件正在检查，请等待检查完成后再确认导入"


class ImportFailed(Refusal):
    code = "IMPORT_FAILED"
    message = "文件检查未通过，不能导入，请修改后重新上传"


class ImportInterrupted(Refusal):
    code = "IMPORT_INTERRUPTED"
    message = "导入中途因系统故障停止，请重新上传原文件，已导入的会员不会重复；如仍失败请联系技术支持"


class UnderReview(Refusal):
    """A member under review cannot be removed (A57)."""

    code = "UNDER_REVIEW"
    message = "会员正在审核中，不能删除，请等待审核结束或撤回参保后再删除"


class RemovalPending(Refusal):
    """Commands about cards are refused for a member whose removal is not decided yet (A57)."""

    code = "REMOVAL_PENDING"
    message = "会员正在等待删除确认，不能办理，请等待确认结果；如不再删除，请重新导入该会员"


class ServiceCardMalformed(Refusal):
    code = "SERVICE_CARD_MALFORMED"
    status = 422
    message = "会员服务卡号应为6至30位数字或字母，请核对后修改"


class NothingChosen(Refusal):
    code = "NOTHING_CHOSEN"
    status = 422
    message = "没有选择会员，请先在列表中勾选会员"


class ReasonRequired(Refusal):
    code = "REASON_REQUIRED"
    status = 422
    message = "原因不能为空，请填写原因后再提交"


class NoErrorFile(Refusal):
    code = "NO_ERROR_FILE"
    status = 404
    message = "该导入没有错误文件：没有未通过的行，或已超过30天保存期，请重新上传原文件"


class UnitBusy(Refusal):
    """The unit cannot move: its union is applying an import, or an earlier move is not finished (A56)."""

    code = "UNIT_BUSY"
    message = "该单位正在导入会员或划转，请等待完成后再操作"


class UnitInPlace(Refusal):
    code = "UNIT_IN_PLACE"
    message = "该单位已属于该工会，无需划转"


class ParentUnknown(Refusal):
    code = "PARENT_UNKNOWN"
    status = 422
    message = "上级工会不存在，请先维护上级工会"


class UnionCycle(Refusal):
    code = "UNION_CYCLE"
    message = "上级工会不能是本工会或其下级工会，请另选上级工会"


#: The maximum number of units of one union. This many units, even with the longest names, fit into the union's events
#: (ADR 0014).
MOST_UNITS = 50_000


class TooManyUnits(Refusal):
    code = "TOO_MANY_UNITS"
    status = 422
    message = "一个工会的单位不能超过50000家，请分设工会后再维护"


class NoUnitChanges(Refusal):
    code = "NO_UNIT_CHANGES"
    status = 422
    message = "没有要新增、修改或取消的单位，请至少填写一项"


class UnitListedAlready(Refusal):
    code = "UNIT_LISTED_ALREADY"
    message = "单位已在该工会名下，不能重复新增；如需修改请填入修改项"


class UnitUnknown(Refusal):
    code = "UNIT_UNKNOWN"
    status = 422
    message = "要修改或取消的单位不在该工会名下，请刷新单位列表后重试"


class UnionTwice(Refusal):
    code = "UNION_TWICE"
    status = 422
    message = "同一工会或单位在请求中出现了两次，请只保留一次"


class UnitOfOtherUnion(Refusal):
    code = "UNIT_OF_OTHER_UNION"
    message = "单位已属于其他工会，不能重复关联；如需转入，请使用单位划转"


class UnitHasMembers(Refusal):
    code = "UNIT_HAS_MEMBERS"
    message = "单位名下仍有会员，不能取消关联，请先删除该单位的会员，或使用单位划转"


class OrganizationCodeInvalid(Refusal):
    """The organization code has a wrong length or a wrong check character (F086)."""

    code = "ORGANIZATION_CODE_INVALID"
    status = 422
    message = "组织机构代码有误：应为9位组织机构代码或18位统一社会信用代码，且校验位正确，请核对后修改"


class CreditCodeInvalid(Refusal):
    code = "CREDIT_CODE_INVALID"
    status = 422
    message = "统一社会信用代码有误：应为18位，且校验位正确，请核对后修改"


class CodesDisagree(Refusal):
    code = "CODES_DISAGREE"
    status = 422
    message = "组织机构代码与统一社会信用代码不一致：应为信用代码的第9至17位，请核对后修改"
