"""The manual's exact words, as data for screens: the texts of a service's windows, lists and buttons."""

from collections.abc import Mapping, Sequence

from fastapi import APIRouter
from pydantic import BaseModel, Field

from chassis.validation import example
from chassis.web.access import may
from chassis.web.commands import Read
from chassis.web.exports import Column
from chassis.web.paging import PAGE_SIZE
from chassis.web.scope_rules import Scope
from contracts.words import Word

ALL = "全部"
EMPTY_LIST = "没有找到匹配的记录"
PAGER = "显示第 {first} 到第 {last} 条记录，总共 {total} 条记录"


class ColumnText(BaseModel):
    field: str
    label: str


class Texts(BaseModel):
    """The texts of a service. Most fields map a name to a text.

    `columns` maps the name of a list to its columns, in the manual's order. `options` maps the name of a filter to its
    codes and their labels.
    """

    model_config = example({"buttons": {"search": "搜索"}, "options": {}})

    titles: dict[str, str] = Field(default_factory=dict)
    buttons: dict[str, str] = Field(default_factory=dict)
    messages: dict[str, str] = Field(default_factory=dict)
    columns: dict[str, list[ColumnText]] = Field(default_factory=dict)
    filters: dict[str, str] = Field(default_factory=dict)
    options: dict[str, dict[str, str]] = Field(default_factory=dict)

    def __or__(self, other: "Texts") -> "Texts":
        """Merge both. If both have a text with the same name, the text of `other` is used."""
        own, others = self.model_dump(), other.model_dump()
        return Texts.model_validate({name: own[name] | others[name] for name in own})


#: The texts of every list (F046–F049, F053).
SHARED = Texts(
    buttons={"search": "搜索", "refresh": "刷新", "columns": "列", "cancel": "取消", "ok": "确定"},
    messages={"empty_list": EMPTY_LIST, "pager": PAGER},
    options={"any": {"": ALL}},
)


def columns_of(lists: Mapping[str, Sequence[Column]]) -> dict[str, list[ColumnText]]:
    """The columns of lists as texts. A screen and an exported file thus have the same headings."""
    return {name: [ColumnText(field=one.field, label=one.label) for one in columns] for name, columns in lists.items()}


def options_of(words: type[Word]) -> dict[str, str]:
    """Code → label, as a filter or a form offers them."""
    return {word.value: word.label for word in words}


def pager_text(page: int, total: int, page_size: int = PAGE_SIZE) -> str:
    """F047: 16 rows, page 1 → 显示第 1 到第 15 条记录，总共 16 条记录; no rows → the empty-table message (F046)."""
    if total == 0:
        return EMPTY_LIST
    first = (page - 1) * page_size + 1
    return PAGER.format(first=min(first, total), last=min(page * page_size, total), total=total)


def texts_router(texts: Texts) -> APIRouter:
    """`GET /texts`: the texts of the service and the shared texts. Every account with a token can read them."""
    router = APIRouter(tags=["texts"])
    shown = SHARED | texts

    @router.get("/texts", dependencies=[may("查看界面文字", scope=Scope.NONE)])
    async def show_texts(_: Read) -> Texts:
        """The manual's words for this service's screens."""
        return shown

    return router
