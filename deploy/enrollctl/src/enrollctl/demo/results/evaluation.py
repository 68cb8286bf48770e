"""Finds the problems of a demo run, and the facts that a reader of the run's report must know."""

from typing import Any

from enrollctl.roster.expected import Expected


def problems_of(found: dict[str, Any], expected: Expected | None) -> list[str]:
    """One sentence for each problem of the run; empty if the run is good."""
    problems = [f"{name}: {one} is not {other}" for name, (one, other) in found["differences"].items()]
    problems += [f"{name} = {found[name]}" for name in ("lost", "doubled", "dead_letters") if found[name]]
    refusals = found.get("refusals") or found["refused"]
    problems += [f"the submission was refused: {refusal}" for refusal in refusals]
    if expected is not None and found["imported"] and not known_before(found):
        problems += _differences_from(found, expected)
    return problems


def known_before(found: dict[str, Any]) -> int:
    """The number of the roster's people who were members of any unit before this run."""
    return sum(found.get(name, 0) for name in ("updated", "unchanged", "in_other_units"))


def remarks(found: dict[str, Any], expected: Expected | None) -> list[str]:
    """Facts that a reader of the figures has to know."""
    before, covered = known_before(found), found["excluded"]["covered"]
    sentences = [f"会员导入: {note}" for note in found.get("notes", ())]
    if not found["imported"]:
        sentences.append(
            f"The roster added nobody: {found['unchanged']:,} people were there before and are unchanged, "
            f"{found['updated']:,} were updated; {covered:,} of the union's people were covered (已参保) already."
        )
    if expected is not None and before:
        sentences.append(
            f"This stack already had {before:,} people of the generated roster, so the figures were not compared with "
            "the expected ones."
        )
    return sentences


def _differences_from(found: dict[str, Any], expected: Expected) -> list[str]:
    """One sentence for each figure that is not as expected. Used only for the first run of a generated roster."""
    figures = expected.as_dict()
    rejected = sorted((r["row"], r["column"], r["code"]) for r in found["rejected"])
    figures["rejected"] = sorted((r["row"], r["column"], r["code"]) for r in figures["rejected"])
    figures["ready"] = figures["ready"] if not found["confirmed"] else figures["ready_if_confirmed"]
    names = ("rows", "imported", "rejected_rows", "excluded", "to_verify", "to_confirm", "ready")
    pairs = {name: (found[name], figures[name]) for name in names} | {"rejected": (rejected, figures["rejected"])}
    return [f"{name}: {one}, but the roster says {other}" for name, (one, other) in pairs.items() if one != other]
