"""Checks that the documents of a pack agree with one another about people, money, approvals and events.

The signature shows that nobody altered the pack. These checks show whether the signed content can be true.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from uuid import UUID

from contracts.fields import Shares
from enrollctl.evidence.contents import Contents
from enrollctl.evidence.documents.batch import LineEntry
from enrollctl.evidence.documents.center import PAID, SubmissionEntry, VoucherEntry
from enrollctl.evidence.documents.paths import APPROVALS, BATCH, EVENTS, SUBMISSIONS, VOUCHERS

#: How many missing events a finding lists.
LISTED = 10
COMPLETED, HELD, ACCEPTED = "completed", "held", "accepted"
#: Entries of a line's history that follow from a command of an account. All other entries follow from events and jobs.
BY_COMMAND = frozenset({"staged", "unstaged", "passed_up", "returned", "completed", "reassigned"})


def inconsistencies(contents: Contents) -> Iterator[str]:
    yield from _faults_of_lines(contents)
    yield from _faults_of_submissions(contents)
    yield from _faults_of_vouchers(contents)
    yield from _faults_of_approvals(contents)
    yield from _faults_of_events(contents)


def _faults_of_lines(contents: Contents) -> Iterator[str]:
    everybody = Counter(person.line_id for person in contents.people)
    held = Counter(person.line_id for person in contents.people if person.state == HELD)
    known = {line.line_id for line in contents.lines}
    for line in contents.lines:
        name = f"{BATCH}: line {line.line_id}"
        if (everybody[line.line_id], held[line.line_id]) != (line.submitted_heads, line.heads):
            yield (
                f"{name} states {line.submitted_heads:,} submitted people and {line.heads:,} who stay, and the list "
                f"has {everybody[line.line_id]:,} and {held[line.line_id]:,}"
            )
        if line.fee != line.rate.times(line.heads):
            yield f"{name}: its fee is not the rate times its people"
    for line_id in sorted(everybody.keys() - known):
        yield f"{BATCH}: the list has people of line {line_id}, which is not a line of the batch"


def _faults_of_submissions(contents: Contents) -> Iterator[str]:
    by_number = {one.submission_no: one for one in contents.submissions}
    for submission in contents.submissions:
        sent = [line for line in submission.lines if line.state == "in"]
        heads, fee = sum(line.heads for line in sent), _sum(line.fee for line in sent)
        if submission.state == "confirmed" and (heads, fee) != (submission.heads, submission.fee):
            yield f"{SUBMISSIONS}: submission {submission.submission_no} has other people or fees than its lines"
    completed = [line for line in contents.lines if line.state == COMPLETED]
    if not completed:
        yield f"{BATCH}: no line of the batch was completed"
    for line in completed:
        yield from _faults_of_completed(line, by_number.get(line.submission_no or ""), contents)


def _faults_of_completed(line: LineEntry, submission: SubmissionEntry | None, contents: Contents) -> Iterator[str]:
    name = f"{BATCH}: line {line.line_id}"
    if submission is None:
        yield f"{name} was completed, but its submission {line.submission_no} is not in the pack"
        return
    sent = [one for one in submission.lines if one.line_id == line.line_id and one.state == "in"]
    if [(one.batch_no, one.heads, one.fee) for one in sent] != [(contents.batch.batch_no, line.heads, line.fee)]:
        yield f"{name}: submission {submission.submission_no} has the line with other people or another fee"
    due = submission.due
    if due is None or due.state not in PAID or submission.state != "confirmed":
        yield f"{SUBMISSIONS}: submission {submission.submission_no} is not confirmed and paid"
    elif (due.heads, due.due_fen) != (submission.heads, submission.fee.due_fen):
        yield f"{SUBMISSIONS}: submission {submission.submission_no} owes another sum than the center confirmed"


def _faults_of_vouchers(contents: Contents) -> Iterator[str]:
    paid: Counter[str] = Counter()
    for voucher in contents.vouchers:
        yield from _faults_of_voucher(voucher)
        if voucher.state == ACCEPTED:
            for fill in voucher.fills:
                paid[fill.submission_no] += fill.amount_fen
    for submission in contents.submissions:
        due = submission.due
        if due is None:
            continue
        if due.paid_fen != paid[submission.submission_no] or (due.state == "settled" and due.paid_fen != due.due_fen):
            yield (
                f"{SUBMISSIONS}: submission {submission.submission_no} owes {due.due_fen:,} fen and states "
                f"{due.paid_fen:,} as paid; the accepted vouchers pay {paid[submission.submission_no]:,}"
            )


def _faults_of_voucher(voucher: VoucherEntry) -> Iterator[str]:
    if sum(fill.amount_fen for fill in voucher.fills) != voucher.filled_fen or voucher.filled_fen > voucher.amount_fen:
        yield f"{VOUCHERS}: voucher {voucher.voucher_id}: its amount does not cover what it pays"


def _faults_of_approvals(contents: Contents) -> Iterator[str]:
    """Every decision must be in the audit log, as a command of the account that the line's history names."""
    lines = {line.line_id for line in contents.lines}
    accounts: dict[UUID, set[str]] = {}
    for audit in contents.audit.values():
        for row in audit.rows:
            accounts.setdefault(row.command_id, set()).add(row.account)
    for entry in contents.approvals:
        name = f"{APPROVALS}: entry {entry.id} of line {entry.line_id}"
        if entry.line_id not in lines:
            yield f"{name}: the batch has no such line"
        # An older release did not store the cause.
        if entry.what in BY_COMMAND and entry.cause_id and entry.account not in accounts.get(entry.cause_id, ()):
            yield f"{name}: the audit log has no command {entry.cause_id} of {entry.account}"
    done = {entry.line_id for entry in contents.approvals if entry.what == "completed"}
    for line in contents.lines:
        if line.state == COMPLETED and line.line_id not in done:
            yield f"{APPROVALS}: line {line.line_id} was completed, and no entry says by whom"


def _faults_of_events(contents: Contents) -> Iterator[str]:
    found: dict[tuple[str, str], list[int]] = {}
    for event in contents.events:
        found.setdefault((event.topic, event.key), []).append(event.sequence)
    expected = {(one.topic, one.key): range(one.first, one.last + 1) for one in contents.ranges.keys}
    for topic, key in sorted(found.keys() - expected.keys()):
        yield f"{EVENTS}: the events of {key} on {topic} are not in the list of keys"
    for (topic, key), due in expected.items():
        given = found.get((topic, key), [])
        present = set(given)
        if len(given) != len(due) or given != list(due):
            missing = islice((str(one) for one in due if one not in present), LISTED)
            yield (
                f"{EVENTS}: the events of {key} on {topic} are not those from {due.start} to {due.stop - 1}; missing: "
                f"{', '.join(missing) or 'none'}"
            )
    ids = Counter(event.id for event in contents.events)
    yield from (f"{EVENTS}: two events have the id {one}" for one, count in ids.items() if count > 1)


def _sum(fees: Iterable[Shares]) -> Shares:
    return sum(fees, Shares.of())
