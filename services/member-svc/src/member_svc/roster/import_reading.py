"""The section of an import's report about the whole workbook: its sheets, unused columns, hidden rows (D08)."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import orjson

from member_svc.roster.reading import Opened

#: The fields of `Opened` that the report shows unchanged.
SHOWN = (
    *("heading_row", "read_rows", "blank_rows", "aside_rows", "hidden_rows"),
    *("unused_columns", "hidden_columns", "sheets"),
)


def pack(opened: Opened) -> bytes:
    """This section of the report as bytes, ready to be sealed."""
    fields = asdict(opened)
    return orjson.dumps({name: fields[name] for name in SHOWN} | {"notes": list(_notes(opened))})


def unpack(data: bytes) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(data)
    return found


def _notes(opened: Opened) -> Iterator[dict[str, str]]:
    """Sentences for the handler, the most important first."""
    yield from _of_sheets(opened)
    yield from _of_rows(opened)
    if opened.unused_columns:
        columns = "、".join(opened.unused_columns)
        yield _note("COLUMNS_UNUSED", f"以下列没有导入：{columns}。如需导入，请把列标题改为模板中的标题后重新上传")
    if opened.hidden_columns:
        columns = "、".join(opened.hidden_columns)
        yield _note("COLUMNS_HIDDEN", f"以下列在工作表中被隐藏，已照常读取：{columns}")


def _of_sheets(opened: Opened) -> Iterator[dict[str, str]]:
    def names(role: str) -> str:
        chosen = [sheet for sheet in opened.sheets if sheet["role"] == role]
        return "、".join(_named(sheet) for sheet in chosen)

    if unread := names("people"):
        message = f"只导入了工作表“{opened.sheet}”；以下工作表中也有名单，没有导入：{unread}。请选择该工作表再导入一次"
        yield _note("SHEETS_NOT_READ", message)
    if unheaded := names("no_headings"):
        message = f"以下工作表没有列标题，但像是名单的续表，没有导入：{unheaded}。请补上列标题后选择该工作表再导入一次"
        yield _note("SHEETS_WITHOUT_HEADINGS", message)
    if unreadable := names("unreadable"):
        yield _note("SHEETS_UNREADABLE", f"以下工作表无法读取，没有导入：{unreadable}")
    if without_roster := names("no_roster"):
        yield _note("SHEETS_PASSED_OVER", f"以下工作表没有名单，已跳过：{without_roster}")


def _of_rows(opened: Opened) -> Iterator[dict[str, str]]:
    if opened.hidden_rows:
        message = f"有{opened.hidden_rows}行被隐藏或筛选掉，已照常读取；如不需要导入，请删除这些行后重新上传"
        yield _note("ROWS_HIDDEN", message)
    if opened.aside_rows:
        message = f"有{opened.aside_rows}行只在未导入的列中有内容，已按空行跳过"
        yield _note("ROWS_ASIDE", message)
    rows = opened.read_rows + opened.blank_rows
    message = f"列标题在第{opened.heading_row}行，其下共{rows}行：读取{opened.read_rows}行，空行{opened.blank_rows}行"
    yield _note("ROWS_COUNTED", message)


def _named(sheet: dict[str, Any]) -> str:
    hidden = "，已隐藏" if sheet["hidden"] else ""
    rows = f"{sheet['rows']}行" if sheet["rows"] else ""
    remark = f"{rows}{hidden}".strip("，")
    return f"“{sheet['name']}”（{remark}）" if remark else f"“{sheet['name']}”"


def _note(code: str, message: str) -> dict[str, str]:
    return {"code": code, "message": message}
