package journal

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tillwatch/watch"
)

// forgotten are the fields of Known that a restart is to forget: they are about this run.
var forgotten = map[string]bool{"Woken": true, "Panic": true, "Body": true}

// fill gives every field of a value something of its own. A field that watch gets tomorrow
// is filled too, so one that the journal forgets makes the test fail.
func fill(t *rapid.T, name string, v reflect.Value) {
	switch v.Interface().(type) {
	case time.Time:
		if rapid.Bool().Draw(t, name+" is said") {
			at := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, name), rapid.Int64Range(0, 999_999_999).Draw(t, name))
			v.Set(reflect.ValueOf(at))
		}
		return
	case time.Duration:
		v.SetInt(rapid.Int64Range(0, int64(time.Hour)).Draw(t, name))
		return
	case watch.Stake:
		v.SetUint(uint64(rapid.IntRange(0, int(watch.Test)).Draw(t, name)))
		return
	case watch.Rare:
		if rapid.Bool().Draw(t, name+" is said") {
			var a watch.Answer
			fill(t, name, reflect.ValueOf(&a).Elem())
			v.Set(reflect.ValueOf(watch.Keep(a)))
		}
		return
	case watch.Money:
		amount := rapid.SampledFrom([]string{"", "0", "18.00", "-1.500", "123456789012345678901234.000000000001"}).Draw(t, name)
		v.Set(reflect.ValueOf(watch.Money{Amount: amount, Currency: rapid.SampledFrom([]string{"", "USD"}).Draw(t, name)}))
		return
	case watch.Phone:
		v.SetString(strings.Repeat("2", rapid.IntRange(0, 15).Draw(t, name)))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, name+"."+v.Type().Field(i).Name, v.Field(i))
		}
	case reflect.String:
		v.SetString(rapid.SampledFrom([]string{"", "a", "É注💳", "it's \"so\" \\ <&>", "0", "-1.500", "NULL"}).Draw(t, name))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, name))
	case reflect.Uint8:
		v.SetUint(rapid.Uint64Range(0, math.MaxUint8).Draw(t, name))
	case reflect.Int: // an HTTP status
		v.SetInt(rapid.Int64Range(0, 999).Draw(t, name))
	case reflect.Int64:
		v.SetInt(rapid.Int64Range(0, math.MaxInt64).Draw(t, name))
	default:
		t.Fatalf("%s: no test knows what to put into a %s", name, v.Type())
	}
}

// differ lists the fields in which two values are not the same.
func differ(name string, a, b reflect.Value) (out []string) {
	if at, ok := a.Interface().(time.Time); ok {
		if !at.Truncate(time.Microsecond).Equal(b.Interface().(time.Time)) {
			out = append(out, fmt.Sprintf("%s: %v became %v", name, at, b.Interface()))
		}
		return out
	}
	if took, ok := a.Interface().(time.Duration); ok {
		if took.Truncate(time.Microsecond) != b.Interface().(time.Duration) {
			out = append(out, fmt.Sprintf("%s: %v became %v", name, took, b.Interface()))
		}
		return out
	}
	if rare, ok := a.Interface().(watch.Rare); ok {
		return differ(name, reflect.ValueOf(rare.Answer()), reflect.ValueOf(b.Interface().(watch.Rare).Answer()))
	}
	if a.Kind() == reflect.Struct {
		for i := range a.NumField() {
			field := a.Type().Field(i).Name
			if forgotten[field] {
				if !b.Field(i).IsZero() {
					out = append(out, name+"."+field+" is kept")
				}
				continue
			}
			out = append(out, differ(name+"."+field, a.Field(i), b.Field(i))...)
		}
		return out
	}
	if a.Interface() != b.Interface() {
		out = append(out, fmt.Sprintf("%s: %#v became %#v", name, a.Interface(), b.Interface()))
	}
	return out
}

func TestJournal_GivesBackAllThatWasKnown(t *testing.T) {
	s := begin(t, "")
	var n int
	rapid.Check(t, func(r *rapid.T) {
		n++
		var snap watch.Snapshot
		fill(r, "known", reflect.ValueOf(&snap.Known).Elem())
		if rapid.Bool().Draw(r, "hosted") {
			snap.Reference, snap.SourceType, snap.SourceID = "", "ORDER", int64(n)
		} else {
			snap.Reference = fmt.Sprint("Ref-", n)
		}
		snap.Verdict = watch.Verdict(rapid.IntRange(0, int(watch.Stopped)).Draw(r, "verdict"))
		if snap.Verdict == watch.Check {
			snap.Reason = watch.Reason(rapid.IntRange(0, int(watch.Unreadable)).Draw(r, "reason"))
		}
		snap.Unreadable = 0 // the reason alone brings it back
		if snap.Reason == watch.Unreadable {
			snap.Unreadable = watch.UnreadableMost
		}
		snap.At = time.Unix(rapid.Int64Range(1, 4e9).Draw(r, "at"), 0)
		snap.Rev = rapid.Uint64Range(0, mostRev).Draw(r, "rev")
		if rapid.Bool().Draw(r, "kept before") {
			s.Keep(snap.Payment, nil)
		}
		s.Tell(snap)
		past, ok, _ := s.Recall(snap.ID())
		if !ok {
			r.Fatal("it is not there")
		}
		snap.Phone = watch.Phone(snap.Phone.String())
		for _, line := range differ("Known", reflect.ValueOf(snap.Known), reflect.ValueOf(past.Known)) {
			r.Error(line)
		}
		if past.Verdict != snap.Verdict || past.Rev != snap.Rev || !past.At.Equal(snap.At) {
			r.Errorf("%v, rev %d at %v became %v, rev %d at %v", snap.Verdict, snap.Rev, snap.At, past.Verdict, past.Rev, past.At)
		}
	})
}

func TestJournal_GivesBackEveryEvent(t *testing.T) {
	s := begin(t, "")
	snap := waiting(1, 1)
	s.Tell(snap)
	id := snap.ID()
	for kind := watch.EventHanded; kind <= watch.EventFault; kind++ {
		for from := watch.FromUs; from <= watch.FromChannel; from++ {
			e := watch.Event{
				ID: id, At: day.Add(time.Duration(kind) * time.Second), From: from, Kind: kind, Word: fmt.Sprint("word ", kind, from), Code: 200,
				Took: 1500 * time.Microsecond, Text: "text", Raw: fmt.Sprint("{", kind, from, "}"),
			}
			if kind == watch.EventVerdict {
				e.Verdict, e.Reason = watch.Check, watch.Reason(from)+watch.Unanswered
			}
			s.Note(e)
			entries, _ := s.History(id)
			got := entries[len(entries)-1].Event
			if at := got.At; !at.Equal(e.At) {
				t.Errorf("%v became %v", e.At, at)
			}
			if got.At = e.At; got != e {
				t.Errorf("%+v became %+v", e, got)
			}
		}
	}
	for _, words := range [][]string{kinds[1:], reasons[1:], verdicts, stakes, origins} {
		seen := map[string]bool{}
		for _, w := range words {
			if w == "" || seen[w] {
				t.Errorf("%q is no word of its own among %v", w, words)
			}
			seen[w] = true
		}
	}
}
