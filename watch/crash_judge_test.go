//go:build crash

package watch_test

import (
	"bufio"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	_ "modernc.org/sqlite" // as the journal does
)

// kept is what these tests read of a line of the export.
type kept struct {
	Reference  string    `json:"reference_id"`
	SourceType string    `json:"source_type"`
	SourceID   int64     `json:"source_id"`
	Verdict    string    `json:"verdict"`
	Verified   time.Time `json:"verified_at"`
	Amount     string    `json:"amount"`
	Currency   string    `json:"currency"`
}

func (k kept) ended() bool { return k.Verdict == "PAID" || k.Verdict == "NOT PAID" }

// named is the payment of a line of any kind: an intake's, --json's or an export's.
func named(line string) (string, error) {
	var k kept
	if err := json.Unmarshal([]byte(line), &k); err != nil {
		return "", fmt.Errorf("%w: %s", err, line)
	}
	return name(k.Reference, k.SourceType, k.SourceID), nil
}

// examine holds the journal and a round's lines to the truth, and to all rounds before.
func (p *plug) examine(r *round) {
	p.Helper()
	rows, fates := p.export(), p.truth()
	p.healthy()
	for who, lines := range r.stories() {
		if before, again := p.seen[who]; again && lines[0].Rev <= before.Rev {
			p.Errorf("%s: rev goes from %d to %d over a kill", who, before.Rev, lines[0].Rev)
		}
		p.seen[who] = lines[len(lines)-1]
		for _, line := range lines {
			for _, wrong := range fates[who].denies(line) {
				p.Errorf("%s: %s", who, wrong)
			}
			if line.Verdict == "PAID" || line.Verdict == "NOT PAID" {
				p.end(who, "a line", kept{Verdict: line.Verdict, Verified: line.Verified})
			}
		}
	}
	for who := range p.seen {
		if _, there := rows[who]; !there {
			p.Errorf("%s was shown and is not in the journal", who)
		}
	}
	for who, row := range rows {
		if row.ended() {
			p.end(who, "the journal", row)
			for _, wrong := range fates[who].denies(told{Verdict: row.Verdict, Verified: row.Verified, printed: time.Now()}) {
				p.Errorf("%s in the journal: %s", who, wrong)
			}
		}
	}
	for who, end := range p.ends {
		if row := rows[who]; row.Verdict != end.Verdict || !row.Verified.Equal(end.Verified) {
			p.Errorf("%s was %s, verified at %v; in the journal it is %s, %v", who, end.Verdict, end.Verified, row.Verdict, row.Verified)
		}
	}
	p.kept = rows
}

// end notes a payment's end, which is the same for ever.
func (p *plug) end(who, where string, k kept) {
	first, again := p.ends[who]
	if !again {
		p.ends[who] = k
		return
	}
	if first.Verdict != k.Verdict || !first.Verified.Equal(k.Verified) {
		p.Errorf("%s was %s, verified at %v; %s says %s, %v", who, first.Verdict, first.Verified, where, k.Verdict, k.Verified)
	}
}

// export is what the program itself says is in the journal, each payment once.
func (p *plug) export() map[string]kept {
	p.Helper()
	out, err := p.command("export", "--format", "jsonl").Output()
	rows := map[string]kept{}
	if found, _ := filepath.Glob(p.journal()); err != nil && len(found) == 0 {
		return rows // killed before there was one
	}
	if err != nil {
		p.Errorf("the export: %v", err)
	}
	for line := range strings.Lines(string(out)) {
		var k kept
		if err := json.Unmarshal([]byte(line), &k); err != nil {
			p.Errorf("the export: %v: %s", err, line)
		}
		who := name(k.Reference, k.SourceType, k.SourceID)
		if _, twice := rows[who]; twice {
			p.Errorf("%s is in the journal twice", who)
		}
		rows[who] = k
	}
	return rows
}

// journal is the pattern of its name.
func (p *plug) journal() string {
	return filepath.Join(p.home, ".local", "state", "tillwatch", "*.db*")
}

// healthy has SQLite look through the file, and wants no other beside it that was moved
// aside.
func (p *plug) healthy() {
	p.Helper()
	found, _ := filepath.Glob(p.journal())
	for _, file := range found {
		switch _, end, _ := strings.Cut(filepath.Base(file), ".db"); end {
		case "-wal", "-shm", ".lock":
			continue
		case "":
		default:
			p.Errorf("a journal was given up as %s", file)
			continue
		}
		db, err := sql.Open("sqlite", "file:"+file+"?mode=ro")
		if err != nil {
			p.Fatal(err)
		}
		var said string
		if err := db.QueryRow("PRAGMA integrity_check").Scan(&said); err != nil || said != "ok" {
			p.Errorf("the journal is not healthy: %s %v", said, err)
		}
		_ = db.Close()
	}
}

// truth is what became of every payment by now.
func (p *plug) truth() map[string]fate {
	p.Helper()
	all, err := ask[fate](p.stage, "/sandbox/truth")
	if err != nil {
		p.Fatal(err)
	}
	fates := map[string]fate{}
	for _, f := range all {
		fates[name(f.Reference, f.SourceType, f.SourceID)] = f
	}
	return fates
}

// judge holds the journal to all that was handed over, once every payment has ended.
func (p *plug) judge() {
	p.Helper()
	fates, file, pipe := p.truth(), p.shop.given(wayFile), p.shop.given(wayPipe)
	if len(fates) != len(file)+len(pipe) {
		p.Errorf("the sandbox made %d payments, %d were handed over", len(fates), len(file)+len(pipe))
	}
	for who, f := range fates {
		row, there := p.kept[who]
		switch {
		case !there && file[who]:
			p.Errorf("%s (%s, %s) was in the file and is not in the journal", who, f.Scenario, f.Link)
		case !there: // it went with the pipe, and was never shown
		case !f.Final || row.Verdict != meaning[f.Status] || row.Amount != f.Amount || row.Currency != f.Currency:
			p.Errorf("%s (%s, %s) is %s, %s %s; the truth is %s, %s %s", who, f.Scenario, f.Link,
				row.Verdict, row.Currency, row.Amount, f.Status, f.Currency, f.Amount)
		}
	}
	for who := range p.kept {
		if _, made := fates[who]; !made {
			p.Errorf("%s is in the journal, and nobody has made it", who)
		}
	}
	if p.hooked() == 0 {
		p.Error("the hook was told of nothing")
	}
}

// hooked reads what the hook was told, at most once of each payment and never anything that
// is not in the journal, and counts.
func (p *plug) hooked() int {
	p.Helper()
	file, err := os.Open(p.books)
	if err != nil {
		p.Error(err)
		return 0
	}
	defer func() { _ = file.Close() }()
	rung := map[string]bool{}
	for scan := bufio.NewScanner(file); scan.Scan(); {
		var line told
		if err := json.Unmarshal(scan.Bytes(), &line); err != nil {
			p.Errorf("the hook was told: %v: %s", err, scan.Text())
			continue
		}
		who := name(line.Reference, line.SourceType, line.SourceID)
		if rung[who] {
			p.Errorf("%s was told to the hook twice", who)
		}
		rung[who] = true
		if end := p.ends[who]; end.Verdict != line.Verdict || !end.Verified.Equal(line.Verified) {
			p.Errorf("the hook was told of %s as %s, verified at %v; it is %s, %v", who, line.Verdict, line.Verified, end.Verdict, end.Verified)
		}
	}
	return len(rung)
}
