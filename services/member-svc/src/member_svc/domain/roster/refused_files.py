"""The reasons to refuse a whole file, at the upload or in the check."""

from chassis.domain import Refusal


class RefusedFile(Refusal):
    """The whole file is refused. If one heading is the cause, the detail names it as `column`."""

    status = 422


class FileMissing(RefusedFile):
    code = "FILE_MISSING"
    message = "请选择要导入的Excel文件"


class FileTooLarge(RefusedFile):
    code = "FILE_TOO_LARGE"
    status = 413
    message = "文件超过20 MB，请拆分后分别导入"


class FileNotXlsx(RefusedFile):
    code = "FILE_NOT_XLSX"
    message = "文件不是有效的 .xlsx 工作簿，请下载模板填写，或在Excel中另存为 .xlsx 后再导入"


class FileEncrypted(RefusedFile):
    code = "FILE_ENCRYPTED"
    message = "文件设有打开密码，请在Excel中取消密码后再导入"


class FileTooLargeInside(RefusedFile):
    code = "FILE_TOO_LARGE_INSIDE"
    message = "文件解压后过大，请只保留名单工作表，删除图片等无关内容后再导入"


class FileUnreadable(RefusedFile):
    code = "FILE_UNREADABLE"
    message = "文件已损坏，无法读取，请在Excel中重新保存后再导入"


class SheetEmpty(RefusedFile):
    code = "SHEET_EMPTY"
    message = "工作簿中没有可读取的名单，请在工作表中按模板填写"


class SheetUnknown(RefusedFile):
    code = "SHEET_UNKNOWN"
    message = "工作簿中没有所选的工作表，请重新选择工作表"


class SheetHidden(RefusedFile):
    code = "SHEET_HIDDEN"
    message = "名单只在隐藏的工作表中，请在Excel中取消隐藏后重新上传，或选择该工作表导入"


class TextTooLong(RefusedFile):
    code = "TEXT_TOO_LONG"
    message = "文件中有单元格超过32767个字，Excel也无法保存，请删除该内容后再导入"


class TextTooMuch(RefusedFile):
    code = "TEXT_TOO_MUCH"
    message = "文件中的文字过多（一个文件最多2000万字），请只保留名单需要的列，或拆分后分别导入"


class NoRows(RefusedFile):
    code = "NO_ROWS"
    message = "名单中没有填写任何会员，请在列标题下方逐行填写后再导入"


class SheetTooLarge(RefusedFile):
    code = "SHEET_TOO_LARGE"
    message = "工作表的使用范围过大，请删除名单以外的行和列后再导入"


class TooManyRows(RefusedFile):
    code = "TOO_MANY_ROWS"
    message = "一个文件最多导入100000人，请拆分后分别导入"


class ColumnMissing(RefusedFile):
    code = "COLUMN_MISSING"
    message = "缺少必需的列，请使用最新模板或补上该列标题"


class ColumnTwice(RefusedFile):
    code = "COLUMN_TWICE"
    message = "同一列标题出现了两次，请只保留一列"
