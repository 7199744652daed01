//go:build scale || faults || crash

package watch_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// This is the stage of the runs of docs/performance.md: the program as it is built, with a
// sandbox in a process of its own. They judge counts and verdicts; times are told with -v
// and judged by nobody, for a busy machine is no fault of the program.
var (
	payments = flag.Int("payments", 1000, "payments of a run that takes a thousand")
	rate     = flag.Int("rate", 200, "its reads and its realtime keys a second, at most")
	joins    = flag.Int("joins", 50, "its joins a second, at most")
	links    = flag.String("links", "mixed", "what the links of its payments do: mixed or clean")
	window   = flag.String("window", "key", "its TILLWATCH_REALTIME_WINDOW")
	speed    = flag.String("speed", "2", "how much faster its customers are than real ones")
	limits   = flag.String("limits", "default", "the sandbox's limits: default or none")
	seed     = flag.Uint64("seed", 7, "what faults, kills and their payments are drawn from")
	patience = flag.Duration("patience", 5*time.Minute, "how long any run may take")
)

// share is how many of a thousand payments do what the scenario says.
type share struct {
	scenario string
	permille int
}

// shares are all scenarios that end by themselves. What waits for a person (no-prompt,
// card-3ds), never ends (stuck, not-landed, hosted-idle, hosted-left) or takes six minutes
// (late-paid) is in the stories. So is flip: whether its first word or its second is heard
// depends on when we ask. The first share also takes what the others leave.
var shares = []share{
	{"paid", 590}, {"declined", 90}, {"low-balance", 60}, {"lapsed", 30},
	{"payer-limit", 30}, {"no-wallet", 20}, {"busy-wallet", 20},
	{"unspecified", 20}, {"new-status", 30}, {"card-paid", 40},
	{"card-declined", 10}, {"hosted-paid", 40}, {"hosted-canceled", 20},
}

// stage is a sandbox in a process of its own and the program that watches it.
type stage struct {
	*testing.T
	program string
	base    string   // the sandbox's URL
	env     []string // what a watcher of it needs
	home    string   // of every run; empty: each has its own, and so a journal of its own
	web     *http.Client
	look    func(pid int) // also called as often as a run is looked at; may be nil
}

// openSandbox builds the program and starts its sandbox, until the test ends.
func openSandbox(t *testing.T, args ...string) *stage {
	t.Helper()
	s := &stage{T: t, program: filepath.Join(t.TempDir(), "tillwatch"), web: &http.Client{Timeout: time.Minute}}
	if out, err := exec.Command("go", "build", "-o", s.program, "tillwatch").CombinedOutput(); err != nil {
		t.Fatalf("building the program: %v\n%s", err, out)
	}
	cmd := s.command(append([]string{"sandbox", "--addr", "127.0.0.1:0", "--print-env"}, args...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatalf("starting the sandbox: %v", err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		if err := cmd.Wait(); err != nil || said.Len() > 0 {
			t.Errorf("the sandbox ends with %v, saying %q", err, said.String())
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the sandbox says nothing: %v", err)
	}
	s.env = strings.Fields(strings.TrimPrefix(line, "export "))
	for _, pair := range s.env {
		if name, value, _ := strings.Cut(pair, "="); name == "DOLLR_BASE_URL" {
			s.base = value
		}
	}
	return s
}

// command is the program, which finds no settings of whoever runs the test.
func (s *stage) command(args ...string) *exec.Cmd {
	home := s.home
	if home == "" {
		home = s.TempDir()
	}
	cmd := exec.Command(s.program, args...)
	cmd.Dir, cmd.Env = home, append([]string{"HOME=" + home, "PATH=" + os.Getenv("PATH")}, s.env...)
	return cmd
}

// pay starts n payments and gives the file in which their merchant hands them over, in an
// order of its own so that no kind comes in a block.
func (s *stage) pay(shares []share, n int, links string) string {
	s.Helper()
	var lines []string
	for i := len(shares) - 1; i >= 0; i-- {
		count := n * shares[i].permille / 1000
		if i == 0 {
			count = n - len(lines)
		}
		if count == 0 {
			continue
		}
		link := links
		if strings.HasPrefix(shares[i].scenario, "hosted-") {
			link = "clean" // they have no channel
		}
		started, err := s.order(shares[i].scenario, link, count)
		if err != nil {
			s.Fatal(err)
		}
		lines = append(lines, started...)
	}
	if len(lines) != n {
		s.Fatalf("%d payments were started, want %d", len(lines), n)
	}
	draw := rand.New(rand.NewPCG(1, 1))
	draw.Shuffle(n, func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
	file := filepath.Join(s.TempDir(), "payments.jsonl")
	if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		s.Fatal(err)
	}
	return file
}

// order starts payments of one kind and gives their intake lines.
func (s *stage) order(scenario, link string, count int) ([]string, error) {
	order := fmt.Sprintf(`{"scenario":%q,"link":%q,"count":%d}`, scenario, link, count)
	resp, err := s.web.Post(s.base+"/sandbox/payments", "application/json", strings.NewReader(order))
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %d %s", order, resp.StatusCode, text)
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n"), err
}

// ask reads JSON values from the sandbox until there are no more.
func ask[T any](s *stage, path string) ([]T, error) {
	resp, err := s.web.Get(s.base + path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	var all []T
	for d := json.NewDecoder(resp.Body); ; {
		var v T
		switch err := d.Decode(&v); {
		case errors.Is(err, io.EOF) && len(all) > 0:
			return all, nil
		case err != nil:
			return nil, fmt.Errorf("reading %s: %w", path, err)
		}
		all = append(all, v)
	}
}

// printed is one line of the program, and when it came out of the pipe.
type printed struct {
	text string
	at   time.Time
}

// run is one run of the program, from its start to its end.
type run struct {
	*stage
	start, end time.Time
	lines      []printed
	status     int
	user, sys  time.Duration
	peak       int // KiB of RSS
	sockets    int // open at once, at most
	load       load
	loads      []load // what it was, several times a second
	fates      []fate // what became of the payments
}

// load is what the sandbox counts.
type load struct {
	Uptime             float64 `json:"uptime_seconds"`
	Calls, Reads, Keys int
	Realtime           struct {
		Sockets, Upgrades, Joins, Deliveries, Dropped int
		JoinsAsked                                    int `json:"joins_asked"`
		JoinsRefused                                  int `json:"joins_refused"`
	}
}

// watch runs the program over a file until it ends by itself.
func (s *stage) watch(file string, env ...string) *run {
	s.Helper()
	cmd := s.command("watch", "--json", "--no-follow", "--timeout", patience.String(), "-f", file)
	cmd.Env = append(cmd.Env, env...)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err != nil {
		s.Fatal(err)
	}
	r := &run{stage: s, start: time.Now()}
	if err := cmd.Start(); err != nil {
		s.Fatal(err)
	}
	running, ended := context.WithCancel(s.Context())
	var looking sync.WaitGroup
	looking.Go(func() { r.observe(running, cmd.Process.Pid) })
	scan := bufio.NewScanner(out)
	for scan.Scan() {
		r.lines = append(r.lines, printed{scan.Text(), time.Now()})
	}
	ended()
	looking.Wait()
	var exit *exec.ExitError
	if err := cmd.Wait(); err != nil && !errors.As(err, &exit) {
		s.Fatalf("waiting for the program: %v", err)
	}
	r.end, r.status = time.Now(), cmd.ProcessState.ExitCode()
	r.user, r.sys = cmd.ProcessState.UserTime(), cmd.ProcessState.SystemTime()
	states, err := ask[load](s, "/sandbox/state")
	if err == nil {
		r.fates, err = ask[fate](s, "/sandbox/truth")
	}
	if err != nil {
		s.Fatal(err)
	}
	r.load = states[0]
	if text := said.String(); strings.Count(text, "\n") != 1 || !strings.Contains(text, "SIM:") {
		s.Errorf("on standard error it says %q", text)
	}
	return r
}

var highWater = regexp.MustCompile(`VmHWM:\s*([0-9]+) kB`)

// observe notes, while the program runs, how many sockets it has open and the most memory it
// has had. What getrusage says of that starts with the memory of this test itself.
func (r *run) observe(ctx context.Context, pid int) {
	for ctx.Err() == nil {
		states, err := ask[load](r.stage, "/sandbox/state")
		if err != nil {
			r.Error(err)
			return
		}
		r.sockets = max(r.sockets, states[0].Realtime.Sockets)
		r.loads = append(r.loads, states[0])
		if r.look != nil {
			r.look(pid)
		}
		if text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid)); err == nil {
			if found := highWater.FindSubmatch(text); found != nil {
				r.peak, _ = strconv.Atoi(string(found[1]))
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// tell is what docs/performance.md quotes.
func (r *run) tell(setup string) {
	r.Logf("set-up: %s; %s %s/%s, GOMAXPROCS %d; watcher, sandbox and test share the machine",
		setup, runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.GOMAXPROCS(0))
	r.Logf("run: %.1f s, %d lines, status %d", r.end.Sub(r.start).Seconds(), len(r.lines), r.status)
	r.Logf("watcher: peak RSS %.1f MiB, CPU %.2f s user + %.2f s system, at most %d sockets at once",
		float64(r.peak)/1024, r.user.Seconds(), r.sys.Seconds(), r.sockets)
	r.Logf("sandbox: %d calls of the API, %d joins, %d refused, %d deliveries, %d dropped",
		r.load.Calls, r.load.Realtime.Joins, r.load.Realtime.JoinsRefused, r.load.Realtime.Deliveries, r.load.Realtime.Dropped)
	r.times()
}
