"""A run's report as tables: the figures of this run, and beside them the figures from before this run."""

from typing import Any

from rich.table import Table

from enrollctl.demo.stages.rejections import reasons_of
from enrollctl.terminal.console import table

STAGES = ("plant", "import", "verify", "confirm", "submit", "review", "pay")
CHINESE = {
    "plant": "准备",
    "import": "会员导入",
    "verify": "状态校验",
    "confirm": "名单确认",
    "submit": "提交至上级审核",
    "review": "审核并提交至职保中心",
    "pay": "缴费凭证",
}
#: The table of rejected rows shows at most this many reasons. A generated roster has more reasons; the report file
#: lists all of them.
MOST_REASONS = 8


def run_table(found: dict[str, Any]) -> Table:
    """One line per stage. The last column exists only if the stack had data of the union before this run."""
    people, money, before = _people(found), _money(found), _before(found)
    numbers = ("events", "seconds")
    columns = ["stage", "", "people", "yuan", *numbers] + (["before this run"] if before else [])
    shown = table("From roster to voucher: this run", *columns, numbers=numbers)
    for stage in STAGES:
        cells = [stage, CHINESE[stage], people[stage], money.get(stage, "-"), f"{found['events_this_run'][stage]:,}"]
        shown.add_row(*cells, f"{found['seconds'].get(stage, 0.0):.1f}", *([before[stage]] if before else []))
    shown.add_section()
    verdict = f"lost {found['lost']}, doubled {found['doubled']}, dead letters {found['dead_letters']}"
    events, seconds = sum(found["events_this_run"].values()), sum(found["seconds"].values())
    last = [f"{_earlier_events(found):,} events"] if before else []
    shown.add_row("all", "", verdict, yuan(found["this_run"]["total_fen"]), f"{events:,}", f"{seconds:.1f}", *last)
    return shown


def _people(found: dict[str, Any]) -> dict[str, str]:
    run, covered = found["this_run"], found["excluded"]["covered"]
    known = ", ".join(f"{found[name]:,} {name}" for name in ("updated", "unchanged") if found[name])
    imported = f"{found['imported']:,} new of {found['rows']:,}, {found['rejected_rows']:,} rejected"
    verified = f"{sum(found['ready'].values()):,} ready, {found['to_verify']:,} 待校验"
    return {
        "plant": "-",
        "import": imported + (f", {known}" if known else ""),
        "verify": verified + (f", {covered:,} 已参保 before" if covered else ""),
        "confirm": f"{run['confirmed']:,} by hand, {found['to_confirm'] - run['confirmed']:,} open",
        "submit": f"{sum(found['submitted'].values()):,}",
        "review": f"{run['completed']:,} completed, {run['center_confirmed']:,} confirmed",
        "pay": f"vouchers accepted: {run['vouchers_accepted']:,} of {run['vouchers']:,}",
    }


def _money(found: dict[str, Any]) -> dict[str, str]:
    run = found["this_run"]
    return {
        "submit": yuan(run["total_fen"]),
        "review": " + ".join(f"{yuan(run[f'{who}_fen'])} {who}" for who in ("city", "district", "unit")),
        "pay": f"{yuan(run['paid_fen'])} of {yuan(run['due_fen'])}",
    }


def _before(found: dict[str, Any]) -> dict[str, str]:
    """Stage → its figures from before this run. Empty if the stack had no data of the union before this run."""
    before = found["before"]
    if not any(before.values()):
        return {}
    return dict.fromkeys(STAGES, "-") | {
        "import": f"{before['people']:,} people",
        "confirm": f"{before['confirmed']:,} by hand",
        "review": f"{before['completed']:,} completed, {yuan(before['total_fen'])} yuan",
        "pay": f"vouchers: {before['vouchers_accepted']:,}, {yuan(before['paid_fen'])} yuan",
    }


def _earlier_events(found: dict[str, Any]) -> int:
    total, now = (sum(found[name].values()) for name in ("events", "events_this_run"))
    return int(total - now)


def rejections_table(found: dict[str, Any]) -> Table | None:
    """The reasons for rejected rows, the most frequent first; None if no row was rejected."""
    reasons = reasons_of(found["rejected"])
    if not reasons:
        return None
    shown = table(
        f"Rejected rows: {found['rejected_rows']:,}", "rows", "column", "why", "row numbers", numbers=("rows",)
    )
    for reason in reasons[:MOST_REASONS]:
        shown.add_row(f"{len(reason.rows):,}", reason.column, f"{reason.message} ({reason.code})", reason.where)
    if (more := len(reasons) - MOST_REASONS) > 0:
        shown.add_row("…", "", f"{more} further reasons; `--report FILE` has every row", "")
    return shown


def yuan(fen: int) -> str:
    return f"{fen / 100:,.2f}"
