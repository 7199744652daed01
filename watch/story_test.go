package watch_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tillwatch/sandbox"
	"tillwatch/watch"
	"tillwatch/watch/dollr"
	"tillwatch/watch/realtime"
	"tillwatch/watch/wire"
)

// Outages are told in files, testdata/stories/*.txt, one file each. The sandbox plays the
// provider with real HTTP and real websocket frames over connections in memory, and time
// passes only when everybody waits: a minute and a half of silence takes milliseconds, its
// times are exact, and a goroutine that is left behind fails the test.
//
//	# What happens, in a sentence.
//	pay A link=silent expect=1500.00      a payment starts and is handed over
//	at 5s  cut 1006                       what happens, and when
//	at 9s  want A WAITING POLL            what the row says by then
//
// The words are the methods of story below.
func TestStories(t *testing.T) {
	files, err := filepath.Glob("testdata/stories/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			lines := readStory(t, file)
			synctest.Test(t, func(t *testing.T) { play(t, lines) })
		})
	}
}

// step is one line of a story.
type step struct {
	where string
	at    time.Duration
	word  string
	args  []string
}

func readStory(t *testing.T, file string) []step {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var steps []step
	var at time.Duration
	scan := bufio.NewScanner(f)
	for n := 1; scan.Scan(); n++ {
		line, _, _ := strings.Cut(scan.Text(), "#")
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		where := fmt.Sprintf("%s:%d", filepath.Base(file), n)
		if words[0] == "at" {
			next, err := time.ParseDuration(words[1])
			if err != nil || next < at {
				t.Fatalf("%s: %q is no time, or goes back", where, words[1])
			}
			at, words = next, words[2:]
		}
		steps = append(steps, step{where, at, words[0], words[1:]})
	}
	return steps
}

// story is the stage: a sandbox, and a fleet that watches it.
type story struct {
	*testing.T
	where string
	born  time.Time

	window  watch.Window
	options sandbox.Options
	server  *sandbox.Server
	fleet   *watch.Fleet
	api     *dollr.Client
	client  *realtime.Client
	end     []func()

	lines map[string]sandbox.Intake // what the merchant would hand over, by name

	mu    sync.Mutex
	skew  time.Duration
	ids   map[string]watch.ID
	said  map[watch.ID][]watch.Snapshot
	reads map[watch.ID]int
}

func play(t *testing.T, steps []step) {
	s := &story{
		T: t, born: time.Now(), options: sandbox.Options{Seed: 1},
		lines: map[string]sandbox.Intake{}, ids: map[string]watch.ID{},
		said: map[watch.ID][]watch.Snapshot{}, reads: map[watch.ID]int{},
	}
	for i, st := range steps {
		s.where = st.where
		if st.word != "set" && s.fleet == nil {
			s.open()
			defer s.close()
		}
		time.Sleep(st.at - time.Since(s.born))
		synctest.Wait()
		s.do(st.word, st.args)
		synctest.Wait()
		if s.Failed() {
			t.Fatalf("%s stops at its step %d", st.where, i+1)
		}
	}
}

// open builds the parts as main does, on connections in memory.
func (s *story) open() {
	s.server = sandbox.New(s.options)
	memory := s.server.Memory()
	env := map[string]string{}
	for _, pair := range s.server.Env(sandbox.MemoryURL) {
		name, value, _ := strings.Cut(pair, "=")
		env[name] = value
	}
	api, err := dollr.New(dollr.Config{
		BaseURL: env["DOLLR_BASE_URL"], ClientID: env["DOLLR_CLIENT_ID"], ClientSecret: env["DOLLR_CLIENT_SECRET"],
		HTTP: memory.Client(), Wall: s.wall,
	})
	if err != nil {
		s.Fatal(err)
	}
	s.api = api
	s.client = realtime.New(realtime.Config{
		URL: env["SUPABASE_URL"], APIKey: env["SUPABASE_ANON_KEY"], HTTP: memory.Client(),
	})
	s.fleet = watch.New(watch.Config{
		API: counted{api, s}, Listen: wire.Listen(s.client), Tell: s.hear, Wall: s.wall, Window: s.window,
		Forget: api.Forget, Outlook: wire.Outlook(s.client, s.wall),
	})
	ctx, cancel := context.WithCancel(s.Context())
	over := make(chan struct{})
	go func() { defer close(over); _ = s.fleet.Run(ctx) }()
	s.end = []func(){cancel, func() { <-over }, s.client.Close, api.Close, func() { _ = memory.Close() }}
}

func (s *story) close() {
	for _, f := range s.end {
		f()
	}
}

// counted counts the status reads of each payment.
type counted struct {
	watch.API
	story *story
}

func (c counted) Collection(ctx context.Context, reference string) (watch.Answer, error) {
	c.story.count(watch.Payment{Reference: reference}.ID())
	return c.API.Collection(ctx, reference)
}

func (c counted) Source(ctx context.Context, sourceType string, id int64) (watch.Answer, error) {
	c.story.count(watch.Payment{SourceType: sourceType, SourceID: id}.ID())
	return c.API.Source(ctx, sourceType, id)
}

func (s *story) count(id watch.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads[id]++
}

func (s *story) wall() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Now().Round(0).Add(s.skew)
}

func (s *story) hear(snap watch.Snapshot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.said[snap.ID()] = append(s.said[snap.ID()], snap)
}

// history is what was told of a payment so far.
func (s *story) history(name string) []watch.Snapshot {
	s.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	id, ok := s.ids[name]
	if !ok {
		s.Fatalf("%s: nobody is called %q", s.where, name)
	}
	return slices.Clone(s.said[id])
}

func (s *story) fail(format string, args ...any) {
	s.Helper()
	s.Errorf("%s, at %v: %s", s.where, time.Since(s.born), fmt.Sprintf(format, args...))
}

// options are the words like link=silent behind a step.
func options(args []string) map[string]string {
	out := map[string]string{}
	for _, a := range args {
		key, value, _ := strings.Cut(a, "=")
		out[key] = value
	}
	return out
}

func (s *story) duration(text string) time.Duration {
	s.Helper()
	d, err := time.ParseDuration(strings.TrimPrefix(text, "+"))
	if err != nil {
		s.Fatalf("%s: %v", s.where, err)
	}
	return d
}

func (s *story) number(text string) int {
	s.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		s.Fatalf("%s: %v", s.where, err)
	}
	return n
}
