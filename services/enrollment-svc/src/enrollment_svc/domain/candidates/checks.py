"""Why a check of the registries runs."""

from contracts.words import Word


class Origin(Word):
    """What started a check (A44, A45)."""

    IMPORT = "import", "导入"
    CLICK = "click", "获取社保卡和就业状态"
    STALE = "stale", "状态过期"
