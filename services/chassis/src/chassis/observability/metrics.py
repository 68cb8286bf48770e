"""The Prometheus metrics of every service."""

from prometheus_client import Counter, Gauge, Histogram

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

records_received = Counter("ue_records_received_total", "Records read from topics", ["topic"])
records_skipped = Counter("ue_records_skipped_total", "Records not handled, by reason", ["topic", "reason"])
records_handled = Counter("ue_records_handled_total", "Records handled", ["topic", "ce_type"])
entries_handled = Counter("ue_people_handled_total", "People in handled events", ["ce_type"])
sequence_gaps = Counter("ue_sequence_gaps_total", "Missing sequence numbers that an operator accepted", ["topic"])
sequence_regressions = Counter(
    "ue_sequence_regressions_total", "Records handled after a record with a higher sequence number", ["topic"]
)
sequences_held = Counter(
    "ue_sequences_held_total", "Dead letters because of an unexpected sequence number", ["topic", "cause"]
)
records_refused = Counter("ue_records_refused_total", "Records not written by the topic's owner", ["topic", "cause"])
handling_seconds = Histogram("ue_handling_seconds", "Handling time of one record", ["ce_type"], buckets=BUCKETS)
poll_seconds = Histogram("ue_poll_seconds", "Handling time of one poll with its transaction", buckets=BUCKETS)
polls_retried = Counter("ue_polls_retried_total", "Polls rolled back to be read again", ["cause"])
dead_letters_total = Counter("ue_dead_letters_total", "Records stored as dead letters", ["topic", "state"])
dead_letters_open = Gauge("ue_dead_letters_open", "Dead letters not yet replayed or discarded", ["state"])
subscriber_paused = Gauge("ue_subscriber_paused", "1 while the subscriber is paused: many keys fail with one cause")
outbox_pending = Gauge("ue_outbox_pending", "Events written and not yet published")
outbox_oldest_seconds = Gauge("ue_outbox_oldest_seconds", "Age of the oldest unpublished event")
events_published = Counter("ue_events_published_total", "Events acknowledged by the broker", ["topic"])
publish_errors = Counter("ue_publish_errors_total", "Failed publications", ["cause"])
relay_leading = Gauge("ue_relay_leading", "1 while this replica holds the relay's lease")
jobs_done = Counter("ue_jobs_done_total", "Jobs ended", ["kind", "state"])
jobs_retries = Counter("ue_jobs_retries_total", "Attempts of jobs that were put off to run again later", ["kind"])
jobs_unended = Counter(
    "ue_jobs_unended_total", "Attempts that never ended: the process died or lost its lease", ["kind"]
)
jobs_pending = Gauge("ue_jobs_pending", "Jobs that are due now or later, or running", ["kind"])
loops_restarted = Counter("ue_loops_mended_total", "Stuck loops that were restarted", ["loop"])
jobs_given_up = Gauge("ue_jobs_given_up", "Jobs failed or held, waiting for an operator", ["state"])
commands_retried = Counter(
    "ue_commands_retried_total", "Commands run again because of a deadlock or a serialization failure", ["command"]
)
http_requests = Counter("ue_http_requests_total", "HTTP requests", ["method", "route", "status"])
http_seconds = Histogram("ue_http_seconds", "HTTP handling time", ["method", "route"], buckets=BUCKETS)
