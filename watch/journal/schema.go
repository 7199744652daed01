package journal

// applicationID is in the head of every journal: "till".
const applicationID = 0x74696c6c

// migrations make the format from one version the next; the first makes it from nothing.
// Each runs in a transaction and ends with its number, so one that is cut off has not been.
// A migration that has been released is never changed.
var migrations = []string{format1}

const format1 = `
PRAGMA application_id = 1953066092;

CREATE TABLE meta (
	name  TEXT PRIMARY KEY,
	value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE payments (
	n                 INTEGER PRIMARY KEY,              -- in the order of handing over
	id                TEXT NOT NULL UNIQUE,  -- reference or TYPE:ID, in lower case

	-- as handed over
	session_id        INTEGER,
	reference_id      TEXT,
	source_type       TEXT,
	source_id         INTEGER,
	label             TEXT,
	expected          TEXT,
	expected_currency TEXT,
	method            TEXT,
	phone             TEXT,                  -- masked
	executed_at       TEXT,
	handed_at         TEXT,

	-- as known
	verdict           TEXT NOT NULL DEFAULT 'WAITING',
	reason            TEXT,                  -- of a CHECK
	status            TEXT,
	hint              TEXT,
	hint_at           TEXT,
	hint_claimed_at   TEXT,
	charged           TEXT,                  -- what counts
	charged_currency  TEXT,
	named             TEXT,                  -- the newest that any answer named
	named_currency    TEXT,
	heard_at          TEXT,
	verified_at       TEXT,
	begun_at          TEXT,
	ended_at          TEXT,                  -- NULL: unresolved
	stopped           INTEGER NOT NULL DEFAULT 0,
	money             TEXT,                  -- REAL, TEST or SIM, by the answer that decides
	told_at           TEXT,
	rev               INTEGER NOT NULL DEFAULT 0,
	swept             INTEGER NOT NULL DEFAULT 0, -- 1: only what it is known again by is left

	-- answers as JSON
	latest            TEXT,
	final             TEXT,
	changed           TEXT,
	refused           TEXT,

	-- asking fails
	failed_since      TEXT,
	failed_text       TEXT
);
CREATE INDEX payments_open ON payments (n) WHERE ended_at IS NULL;
CREATE INDEX payments_ended ON payments (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE events (
	n       INTEGER PRIMARY KEY,
	payment INTEGER NOT NULL,                -- payments.n
	at      TEXT NOT NULL,
	source  TEXT NOT NULL,                   -- us, you, API, channel
	kind    TEXT NOT NULL,
	word    TEXT,
	code    INTEGER,
	took_ms REAL,
	verdict TEXT,
	reason  TEXT,
	text    TEXT,
	raw     TEXT                             -- '=': as in the last one of this kind
);
CREATE INDEX events_payment ON events (payment);

CREATE VIEW history AS
	SELECT e.at, p.id, p.label, e.source, e.kind, e.word, e.code, e.took_ms, e.verdict, e.reason, e.text, e.raw
	FROM events e JOIN payments p ON p.n = e.payment
	ORDER BY e.n;

PRAGMA user_version = 1;
`

// The statements of the writer. In each, what is compared or stored is bound, never written
// into the text.
const (
	keepSQL = `
INSERT INTO payments (id, session_id, reference_id, source_type, source_id, label, expected, expected_currency, method,
	phone, executed_at, handed_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
ON CONFLICT (id) DO UPDATE SET
	session_id = coalesce(session_id, excluded.session_id), reference_id = coalesce(reference_id, excluded.reference_id),
	source_type = coalesce(source_type, excluded.source_type), source_id = coalesce(source_id, excluded.source_id),
	label = coalesce(excluded.label, label), -- which may be masked by now
	expected_currency = CASE WHEN expected IS NULL THEN excluded.expected_currency ELSE expected_currency END,
	expected = coalesce(expected, excluded.expected), method = coalesce(method, excluded.method),
	phone = coalesce(phone, excluded.phone), executed_at = coalesce(executed_at, excluded.executed_at),
	handed_at = coalesce(handed_at, excluded.handed_at), swept = 0`

	// A Snapshot may be older than the last Keep of its payment, so of what was handed over
	// it only fills what is empty. The first final answer and the first that contradicts it
	// stay: a run that could not read them must not wipe them out.
	tellSQL = `
INSERT INTO payments (id, session_id, reference_id, source_type, source_id, label, expected, expected_currency, method,
	phone, executed_at, handed_at, verdict, reason, status, hint, hint_at, hint_claimed_at, charged, charged_currency,
	named, named_currency, heard_at, verified_at, begun_at, ended_at, stopped, money, told_at, rev, latest, final,
	changed, refused, failed_since, failed_text)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24,
	?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33, ?34, ?35, ?36)
ON CONFLICT (id) DO UPDATE SET
	session_id = coalesce(session_id, excluded.session_id),
	reference_id = coalesce(reference_id, excluded.reference_id),
	source_id = CASE WHEN coalesce(source_type, excluded.source_type) IS excluded.source_type
		THEN coalesce(source_id, excluded.source_id) ELSE source_id END,
	source_type = CASE WHEN coalesce(source_id, excluded.source_id) IS excluded.source_id
		THEN coalesce(source_type, excluded.source_type) ELSE source_type END,
	label = coalesce(label, excluded.label),
	expected_currency = CASE WHEN expected IS NULL THEN excluded.expected_currency ELSE expected_currency END,
	expected = coalesce(expected, excluded.expected),
	method = coalesce(method, excluded.method),
	phone = coalesce(phone, excluded.phone),
	executed_at = coalesce(executed_at, excluded.executed_at),
	handed_at = excluded.handed_at,
	verdict = excluded.verdict, reason = excluded.reason, status = excluded.status, hint = excluded.hint,
	hint_at = excluded.hint_at, hint_claimed_at = excluded.hint_claimed_at, charged = excluded.charged,
	charged_currency = excluded.charged_currency, named = excluded.named, named_currency = excluded.named_currency,
	heard_at = excluded.heard_at, verified_at = excluded.verified_at, begun_at = excluded.begun_at,
	ended_at = CASE WHEN excluded.ended_at IS NOT NULL AND verdict = excluded.verdict
		THEN coalesce(ended_at, excluded.ended_at) ELSE excluded.ended_at END,
	stopped = excluded.stopped, money = excluded.money, told_at = excluded.told_at, rev = excluded.rev,
	latest = excluded.latest, refused = excluded.refused, swept = 0,
	failed_since = excluded.failed_since, failed_text = excluded.failed_text,
	final = CASE WHEN json_valid(final) THEN final ELSE excluded.final END,
	changed = CASE WHEN json_valid(changed) THEN changed WHEN excluded.changed IS NOT NULL THEN excluded.changed
		WHEN json_valid(final) AND final ->> '$.status' <> excluded.final ->> '$.status' THEN excluded.final END`

	noteSQL = `
INSERT INTO events (payment, at, source, kind, word, code, took_ms, verdict, reason, text, raw)
SELECT n, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11 FROM payments WHERE id = ?1`

	metaSQL = `INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`

	rowSQL = `
SELECT n, id, session_id, reference_id, source_type, source_id, label, expected, expected_currency, method,
	phone, executed_at, handed_at, verdict, reason, status, hint, hint_at, hint_claimed_at, charged, charged_currency,
	named, named_currency, heard_at, verified_at, begun_at, ended_at, stopped, money, told_at, rev, latest, final,
	changed, refused, failed_since, failed_text
FROM payments `

	// The numbers come from the two partial indexes alone.
	loaded = `
(SELECT n FROM payments WHERE ended_at IS NULL
UNION ALL SELECT n FROM payments WHERE ended_at >= ?1 AND swept = 0 AND (ended_at >= ?2 OR verdict = 'CHECK'))`

	loadRows  = rowSQL + `WHERE n IN ` + loaded + ` ORDER BY n`
	loadCount = `SELECT count(*) FROM ` + loaded

	oneRow   = rowSQL + `WHERE id = ?1`
	upRows   = rowSQL + `WHERE n > ?1 ORDER BY n`
	downRows = rowSQL + `WHERE n > ?1 ORDER BY n DESC`
	someRows = rowSQL + `WHERE swept = 0 AND coalesce(verified_at, handed_at, '') >= ?1 AND coalesce(verified_at, handed_at, '') < ?2 ORDER BY n`

	eventRows = `
SELECT e.at, e.source, e.kind, e.word, e.code, e.took_ms, e.verdict, e.reason, e.text, e.raw
FROM events e JOIN payments p ON p.n = e.payment WHERE p.id = ?1 ORDER BY e.n`

	oldRows   = `SELECT n FROM payments WHERE ended_at < ?1 AND coalesce(told_at, ended_at) < ?1 AND swept = 0 LIMIT 50`
	newestRow = `SELECT coalesce(max(told_at), '') FROM payments`

	// What is left is what the payment and its end are known again by, should it be handed over
	// once more: without it, old money would be news.
	sweepRow = `
UPDATE payments SET swept = 1, label = NULL, method = NULL, phone = NULL, hint = NULL, hint_at = NULL,
	hint_claimed_at = NULL, latest = NULL, refused = NULL, failed_since = NULL, failed_text = NULL,
	final = CASE WHEN json_valid(final) THEN
		json_remove(final, '$.transaction', '$.gateway', '$.wallet', '$.detail', '$.payee_amount', '$.payee_currency') END,
	changed = CASE WHEN json_valid(changed) THEN
		json_remove(changed, '$.transaction', '$.gateway', '$.wallet', '$.detail', '$.payee_amount', '$.payee_currency') END
WHERE n = ?1`
	dropNotes = `DELETE FROM events WHERE payment = ?1`
)
