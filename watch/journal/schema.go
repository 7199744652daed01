package journal

// applicationID is in the head of every journal: "till".
const applicationID = 0x74696c6c

// migrations make the format from one version the next; the first makes it from nothing.
// Each runs in a transaction and ends with its number, so one that is cut off has not been.
// A migration that has been released is never changed.
var migrations = []string{format1, format2}

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

// format2 gives each row a sum over all its columns, which shows when the disk has changed the row.
// The rows of an older file are believed as they are.
const format2 = `
ALTER TABLE payments ADD COLUMN damaged INTEGER NOT NULL DEFAULT 0; -- 1: this row was, once
ALTER TABLE payments ADD COLUMN sum INTEGER;
UPDATE payments SET sum = ` + sumFunction + `(concat_ws(char(31), ` +
	`coalesce(id, ''), coalesce(session_id, ''), coalesce(reference_id, ''), coalesce(source_type, ''), ` +
	`coalesce(source_id, ''), coalesce(label, ''), coalesce(expected, ''), coalesce(expected_currency, ''), ` +
	`coalesce(method, ''), coalesce(phone, ''), coalesce(executed_at, ''), coalesce(handed_at, ''), ` +
	`coalesce(verdict, ''), coalesce(reason, ''), coalesce(status, ''), coalesce(hint, ''), coalesce(hint_at, ''), ` +
	`coalesce(hint_claimed_at, ''), coalesce(charged, ''), coalesce(charged_currency, ''), coalesce(named, ''), ` +
	`coalesce(named_currency, ''), coalesce(heard_at, ''), coalesce(verified_at, ''), coalesce(begun_at, ''), ` +
	`coalesce(ended_at, ''), coalesce(stopped, ''), coalesce(money, ''), coalesce(told_at, ''), coalesce(rev, ''), ` +
	`coalesce(latest, ''), coalesce(final, ''), coalesce(changed, ''), coalesce(refused, ''), ` +
	`coalesce(failed_since, ''), coalesce(failed_text, ''), coalesce(damaged, ''), coalesce(swept, '')));
PRAGMA user_version = 2;
`

// The statements of the writer. In each, what is compared or stored is bound, never written
// into the text.
const (
	noteSQL = `
INSERT INTO events (payment, at, source, kind, word, code, took_ms, verdict, reason, text, raw)
SELECT n, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11 FROM payments WHERE id = ?1`

	metaSQL = `INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`

	rowSQL = `
SELECT n, id, session_id, reference_id, source_type, source_id, label, expected, expected_currency, method,
	phone, executed_at, handed_at, verdict, reason, status, hint, hint_at, hint_claimed_at, charged, charged_currency,
	named, named_currency, heard_at, verified_at, begun_at, ended_at, stopped, money, told_at, rev, latest, final,
	changed, refused, failed_since, failed_text` + newColumns + `
FROM payments `
	newColumns = ", damaged, swept, sum"
	oldColumns = ", 0, swept, NULL" // for a file of format 1

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
	// Keep the beginning and the newest entries of a long history.
	trimNotes = `
DELETE FROM events WHERE payment = (SELECT n FROM payments WHERE id = ?1)
	AND n > (SELECT max(n) FROM (SELECT n FROM events WHERE payment = (SELECT n FROM payments WHERE id = ?1) ORDER BY n LIMIT ?2))
	AND n < (SELECT n FROM events WHERE payment = (SELECT n FROM payments WHERE id = ?1) ORDER BY n DESC LIMIT 1 OFFSET ?3)`
	dropNotes = `DELETE FROM events WHERE payment = ?1`
)
