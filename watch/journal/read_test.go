package journal

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tillwatch/watch"
)

func sessions(t *testing.T, r *Reader, f Filter) (out []int64) {
	t.Helper()
	for p, err := range r.Payments(f) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, p.Session)
	}
	return out
}

func reader(t *testing.T, file string) *Reader {
	t.Helper()
	r, err := Read(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

func TestRead_BesideAWriterAndAfterIt(t *testing.T) {
	file := path(t)
	s := begin(t, file)
	s.keep(payment(1))
	s.Tell(ended(2, 4, watch.StatusCompleted))
	hosted := waiting(3, 1)
	hosted.Reference, hosted.Label = "", "Ünü 3"
	s.Tell(hosted)
	s.Note(watch.Event{ID: payment(2).ID(), At: day, Kind: watch.EventHanded})
	s.flush()

	check := func(pid int) {
		t.Helper()
		r := reader(t, file)
		info, err := r.Info()
		if err != nil || info.Format != 2 || info.BaseURL != "https://dollr.example" || info.Real || info.Payments != 3 || info.Open != 2 ||
			info.Events != 1 || info.Size == 0 || info.PID != pid || !info.CreatedAt.Equal(day) || info.Since.IsZero() != (pid == 0) {
			t.Errorf("info is %+v, %v", info, err)
		}
		for want, f := range map[string]Filter{
			"1 2 3": {}, "2": {Verdicts: []watch.Verdict{watch.Paid, watch.NotPaid}}, "3": {Label: "üNÜ"}, "": {Label: "%"},
			"2 3": {Since: payment(2).Handed}, "1": {Until: payment(2).Handed},
		} {
			if got := sessions(t, r, f); strings.Trim(strings.Join(strings.Fields(string(appendInts(got))), " "), " ") != want {
				t.Errorf("%+v chooses %v, want %s", f, got, want)
			}
		}
		for p, err := range r.Payments(Filter{Verdicts: []watch.Verdict{watch.Paid}}) {
			if err != nil || p.Verified.IsZero() || !p.Heard.Equal(p.Verified) || !p.Ended.Equal(p.Verified) || p.Charged().Amount != "18.00" {
				t.Errorf("the payment is %+v, %v", p, err)
			}
		}
		for ref, session := range map[string]int64{
			reference(2): 2, strings.ToLower(reference(2)): 2, " " + reference(2) + "\n": 2, "ORDER:103": 3, "order:103": 3, "ORDER:9": 0, "": 0,
		} {
			if past, ok, err := r.Find(ref); err != nil || ok != (session != 0) || past.Session != session {
				t.Errorf("%q finds %d, %v, %v", ref, past.Session, ok, err)
			}
		}
		if entries, missing, err := r.History(payment(2).ID()); len(entries) != 1 || missing != 0 || err != nil {
			t.Errorf("history is %v, %d, %v", entries, missing, err)
		}
	}
	check(os.Getpid())
	s.shut()
	before, _ := os.ReadDir(filepath.Dir(file))
	check(0)
	if after, _ := os.ReadDir(filepath.Dir(file)); len(after) != len(before) {
		t.Errorf("reading makes files: %v, before %v", after, before)
	}
}

func appendInts(ns []int64) (out []byte) {
	for _, n := range ns {
		out = append(out, byte('0'+n), ' ')
	}
	return out
}

func TestRead_SaysWhyItCannot(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte(strings.Repeat("words ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{
		filepath.Join(dir, "none"): "there is no journal ", dir: "is no file", text: "is not a journal of tillwatch",
	} {
		r, err := Read(file)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %v", file, r, err)
		}
	}
	if found, _ := os.ReadDir(dir); len(found) != 1 {
		t.Errorf("there are %v", found)
	}
}

func TestRead_OfAFileThatGetsAWriterSaysSo(t *testing.T) {
	file := path(t)
	many(t, file, 3)
	r := reader(t, file)
	begin(t, file)
	var last error
	for _, err := range r.Payments(Filter{}) {
		last = err
	}
	if last == nil || !strings.Contains(last.Error(), "read it again") {
		t.Errorf("it says %v", last)
	}
	if got := sessions(t, reader(t, file), Filter{}); len(got) != 3 {
		t.Errorf("read again it has %v", got)
	}
}

func TestRead_StopsWhenAsked(t *testing.T) {
	file := path(t)
	many(t, file, 100)
	r := reader(t, file)
	for range r.Payments(Filter{}) {
		break
	}
	if got := sessions(t, r, Filter{Since: day.Add(-time.Hour)}); len(got) != 100 {
		t.Errorf("afterwards it has %d", len(got))
	}
}
