"""An error or a warning of a roster row, and the messages for cells that could not be read."""

from typing import NamedTuple

from member_svc.domain.roster.cell_kinds import ErrorCell, LongCell, MergedCell, UnreadableCell, UnshownCell
from member_svc.domain.roster.row_codes import RowCode


class RowFault(NamedTuple):
    """`column` is the Chinese heading; the message names no person."""

    column: str
    code: RowCode
    message: str


def unreadable_fault(column: str, cell: UnreadableCell) -> RowFault:
    """The fault for a cell that is neither blank nor a value; its message says how to correct the cell."""
    if isinstance(cell, ErrorCell):
        message = f"“{column}”是出错的公式（{cell.text}），请修正公式，或直接填写内容"
        return RowFault(column, RowCode.CELL_ERROR, message)
    if isinstance(cell, MergedCell):
        message = f"“{column}”是合并单元格，无法判断内容属于哪一行或哪一列，请取消合并后逐行填写"
        return RowFault(column, RowCode.CELL_MERGED, message)
    if isinstance(cell, UnshownCell):
        message = f"“{column}”的数字格式会补零或改写数字，无法确定显示的内容，请将该列设为文本格式，按显示内容重新填写"
        return RowFault(column, RowCode.CELL_FORMAT, message)
    if isinstance(cell, LongCell):
        message = f"“{column}”的内容过长，请核对后只填写{column}"
        return RowFault(column, RowCode.CELL_TOO_LONG, message)
    message = f"“{column}”是公式，文件中没有计算结果（或结果为0），请在Excel中打开并保存，或粘贴为数值后再导入"
    return RowFault(column, RowCode.CELL_UNCOMPUTED, message)
