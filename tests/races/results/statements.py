"""Statements that read every store after a round of races. A subject is the person of one race. Each statement reads
the rows of all subjects at once: $1 contains the keys of their persons, lines, submissions or unions.
"""

MEMBERS = """
    SELECT s.member_id::text AS subject, m.person_key, m.member_id::text, m.union_id::text, m.unit_id::text,
           m.masked_name, m.removed_at IS NOT NULL AS removed, m.removal_id IS NOT NULL AS pending,
           m.card_key IS NOT NULL AS card,
           EXISTS (SELECT FROM line_parts p JOIN batch_lines l USING (line_id)
                   WHERE p.member_ids @> ARRAY[m.member_id] AND l.state = 'under_review' AND NOT EXISTS (
                       SELECT FROM returned_members r
                       WHERE r.line_id = p.line_id AND r.member_id = m.member_id)) AS protected
    FROM members s JOIN members m USING (person_key) WHERE s.member_id = ANY ($1::uuid[])"""
#: Removals that were refused by a notice to the union.
REFUSALS = "SELECT about FROM notices WHERE kind = 'removal_refused'"
CANDIDATES = """
    SELECT person_key, member_id::text, union_id::text, unit_id::text, masked_name, removed_at IS NOT NULL AS removed,
           has_service_card AS card, channel, employment_status AS employment
    FROM candidates LEFT JOIN candidate_statuses USING (member_id) WHERE person_key = ANY ($1::text[])"""
ENROLLED = """
    SELECT e.person_key, e.member_id::text, l.line_id::text, l.batch_no, l.union_id::text, l.state, l.withdrawal,
           l.submission_no, l.heads, l.city_fen, l.district_fen, l.unit_fen, l.channel, b.plan,
           ARRAY(SELECT step->>'union_id' FROM jsonb_array_elements(l.chain) AS step) AS chain,
           e.state = 'held' AS held, e.flagged,
           EXISTS (SELECT FROM line_history h WHERE h.line_id = l.line_id AND h.what = 'withdrawal_refused') AS refused
    FROM enrollments e JOIN lines l USING (line_id) JOIN batches b USING (batch_no)
    WHERE e.person_key = ANY ($1::text[])"""
SETTLED = "SELECT submission_no FROM settled_submissions WHERE submission_no = ANY ($1::text[])"
RATES = """
    SELECT plan, city_fen, sealed_at IS NOT NULL AS sealed, enabled FROM rates
    WHERE plan = ANY ($1::text[]) AND term = 'full_year' AND scope = 'city'"""
#: The numbers of status checks that enrollment-svc and status-checker still wait for.
CHECKS_OPEN = "SELECT count(*) FROM check_sets WHERE completed_at IS NULL"
PARTS_OPEN = "SELECT count(*) FROM check_parts WHERE answered_at IS NULL AND given_up_at IS NULL"
REVIEWED = """
    SELECT p.person_key, l.line_id::text, l.state, l.heads, l.city_fen, l.district_fen, l.unit_fen, l.channel, l.plan,
           l.chain::text[] AS chain, l.passed_up, l.submission_no, m.flag AS flagged,
           l.state NOT IN ('returned', 'withdrawn') AND m.state IS DISTINCT FROM 'returned' AS held
    FROM line_parts s JOIN lines l USING (line_id)
    CROSS JOIN LATERAL unnest(s.person_keys, s.member_ids) AS p (person_key, member_id)
    LEFT JOIN marked_people m ON m.line_id = l.line_id AND m.member_id = p.member_id
    WHERE s.person_keys && $1::text[] AND p.person_key = ANY ($1::text[])"""
SUBMISSIONS = """
    SELECT l.line_id::text, s.submission_no, s.state, l.state AS sent, s.heads, s.city_fen, s.district_fen, s.unit_fen,
           s.feedback_result
    FROM submission_lines l JOIN submissions s USING (submission_no) WHERE l.line_id = ANY ($1::uuid[])"""
DUES = """
    SELECT submission_no, state, heads, city_fen, district_fen, unit_fen, due_fen, paid_fen, pending_fen
    FROM dues WHERE submission_no = ANY ($1::text[])"""
VOUCHERS = """
    SELECT f.submission_no, v.voucher_id::text, v.state, f.amount_fen
    FROM voucher_fills f JOIN vouchers v USING (voucher_id) WHERE f.submission_no = ANY ($1::text[])"""
CENTER = """
    SELECT s.submission_no, s.state, coalesce(sum(l.heads), 0)::int AS heads,
           coalesce(sum(l.city_fen), 0)::bigint AS city_fen, coalesce(sum(l.district_fen), 0)::bigint AS district_fen,
           coalesce(sum(l.unit_fen), 0)::bigint AS unit_fen
    FROM submissions s LEFT JOIN submission_lines l
         ON l.submission_no = s.submission_no AND l.version = s.version AND l.state = 'confirmed'
    WHERE s.submission_no = ANY ($1::text[]) GROUP BY 1, 2"""
CENTER_VOUCHERS = """
    SELECT f.submission_no, v.voucher_id::text, v.state
    FROM voucher_submissions f JOIN vouchers v USING (voucher_id) WHERE f.submission_no = ANY ($1::text[])"""
UNIONS = """
    SELECT union_id::text AS union, active, parent_id::text AS parent,
           ARRAY(SELECT unit_id::text FROM units WHERE units.union_id = unions.union_id ORDER BY 1) AS units
    FROM unions WHERE union_id = ANY ($1::uuid[])"""
COPIES = """
    SELECT key AS union, (body->>'active')::boolean AS active, body->>'parent_id' AS parent,
           ARRAY(SELECT unit->>'unit_id' FROM jsonb_array_elements(body->'units') AS unit ORDER BY 1) AS units
    FROM reference_entries WHERE topic = 'unions.entries.v1' AND key = ANY ($1::text[])"""
