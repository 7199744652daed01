package hook

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tillwatch/watch"
)

// With this variable the test's own program plays the merchant's command; its value is
// where the test listens, or "hang".
const stageName = "HOOK_STAGE"

func TestMain(m *testing.M) {
	switch address := os.Getenv(stageName); address {
	case "":
		for _, path := range []string{os.Args[0], filepath.Dir(os.Args[0])} {
			_ = os.Chmod(path, 0o755) // whatever the umask is, it can be a hook
		}
		goleak.VerifyTestMain(m)
	case "hang":
		forever := make(chan os.Signal, 1)
		signal.Notify(forever, os.Interrupt)
		<-forever
	default:
		play(address)
	}
}

// hello is what a command tells the test when it begins.
type hello struct {
	Args, Environ []string
	Stdin         string
}

// play is the life of a command: it says hello, and then does what the test says.
func play(address string) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		panic(err)
	}
	stdin, err := io.ReadAll(os.Stdin)
	if err != nil {
		panic(err)
	}
	json.NewEncoder(conn).Encode(hello{os.Args[1:], os.Environ(), string(stdin)})
	orders := json.NewDecoder(conn)
	for {
		var order []string
		if orders.Decode(&order) != nil {
			os.Exit(9) // the test is gone
		}
		switch order[0] {
		case "say":
			os.Stdout.WriteString(order[1])
		case "complain":
			os.Stderr.WriteString(order[1])
		case "start": // another one, which shares our output, and whose end we don't wait for
			child := exec.Command(os.Args[0], "child")
			child.Stdout, child.Stderr = os.Stdout, os.Stderr
			if err := child.Start(); err != nil {
				panic(err)
			}
		case "exit":
			status, _ := strconv.Atoi(order[1])
			os.Exit(status)
		}
	}
}

// actor is a command that runs.
type actor struct {
	hello
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
}

// does tells it what to do.
func (a *actor) does(order ...string) {
	a.t.Helper()
	if err := json.NewEncoder(a.conn).Encode(order); err != nil {
		a.t.Errorf("the command has ended before it could %q: %v", order, err)
	}
}

// ends waits for its end.
func (a *actor) ends() {
	a.t.Helper()
	a.conn.SetReadDeadline(time.Now().Add(patience))
	if text, err := a.in.ReadString('\n'); err == nil {
		a.t.Errorf("it said %q where it should end", text)
	} else if os.IsTimeout(err) {
		a.t.Error("it does not end")
	}
}

// patience is how long anything may take; only a fault takes so long.
const patience = time.Minute

type logged struct {
	text string
	bad  bool
}

// stage is a Runner whose commands wait for the test's word.
type stage struct {
	*Runner
	t     *testing.T
	comes chan *actor
	log   chan logged
}

func newStage(t *testing.T, change ...func(*Config)) *stage {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{t: t, comes: make(chan *actor, 100), log: make(chan logged, 100)}
	over := make(chan struct{})
	go func() {
		defer close(over)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { conn.Close() })
			a := &actor{t: t, conn: conn, in: bufio.NewReader(conn)}
			conn.SetReadDeadline(time.Now().Add(patience))
			if line, err := a.in.ReadBytes('\n'); err == nil && json.Unmarshal(line, &a.hello) == nil {
				s.comes <- a
			}
		}
	}()
	t.Cleanup(func() { listener.Close(); <-over })

	t.Setenv("GORACE", "atexit_sleep_ms=0") // or a command under the race detector takes a second to end
	t.Setenv(stageName, listener.Addr().String())
	s.Runner = s.runner(change...)
	return s
}

// runner makes one whose command is this program.
func (s *stage) runner(change ...func(*Config)) *Runner {
	program, err := os.Executable()
	if err != nil {
		s.t.Fatal(err)
	}
	c := Config{
		Command: []string{program}, Limit: 10 * patience, Encode: encode,
		Stake: func() watch.Stake { return watch.Test },
		Log:   func(text string, bad bool) { s.log <- logged{text, bad} },
	}
	for _, change := range change {
		change(&c)
	}
	r := New(c)
	s.t.Cleanup(func() { r.Close(ended) }) // however the test has failed
	return r
}

// ended is a context for which it is too late.
var ended = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

func encode(s watch.Snapshot) []byte {
	return fmt.Appendf(nil, `{"label":%q,"rev":%d,"verdict":%q}`+"\n", s.Label, s.Rev, s.Verdict)
}

// begins waits for the next command.
func (s *stage) begins() *actor {
	s.t.Helper()
	select {
	case a := <-s.comes:
		return a
	case <-time.After(patience):
		s.t.Fatal("no command begins")
	}
	panic("not reached")
}

// logs waits for the next line of the log.
func (s *stage) logs(text string, bad bool) {
	s.t.Helper()
	select {
	case got := <-s.log:
		if got != (logged{text, bad}) {
			s.t.Errorf("logged %q, bad %v; want %q, bad %v", got.text, got.bad, text, bad)
		}
	case <-time.After(patience):
		s.t.Fatalf("%q is not logged", text)
	}
}

// closes lets everything end, and then nothing may be left that the test did not expect.
func (s *stage) closes() {
	s.t.Helper()
	s.Close(s.t.Context())
	s.silent()
}

func (s *stage) silent() {
	s.t.Helper()
	select {
	case got := <-s.log:
		s.t.Errorf("logged %q", got.text)
	case a := <-s.comes:
		s.t.Errorf("a command ran for %s", a.Stdin)
	default:
	}
}

// snap is a payment whose end Dollr tells now.
func snap(label string, v watch.Verdict) watch.Snapshot {
	var s watch.Snapshot
	s.Label, s.Reference, s.Rev, s.Verdict = label, "ref-"+label, 7, v
	s.At = time.Now()
	s.Final = watch.Answer{Code: 200, At: s.At}
	return s
}

func paid(label string) watch.Snapshot { return snap(label, watch.Paid) }
