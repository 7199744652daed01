//go:build scale && linux

package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

var crowdSizes = flag.String("sizes", "100,1000,10000,20000", "payments of each point of the curve")

// The whole program on a board of 120x40, in a terminal that nobody looks at, with a sandbox
// in a process of its own: what it needs with so many LIVE payments, less what it needs with
// none. All are handed over at once, in a file.
//
//	go test -tags scale -run Scale_Memory -v . -crowd 10000
func TestScale_MemoryOfALivePaymentWithTheScreen(t *testing.T) {
	program := filepath.Join(t.TempDir(), "tillwatch")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("building the program: %v\n%s", err, out)
	}
	base, env := startSandbox(t, program)
	empty := startBoard(t, program, env)
	time.Sleep(settleTime)
	none := empty.memory(t, "VmRSS")
	empty.end(t)

	file := filepath.Join(t.TempDir(), "payments.jsonl")
	order := fmt.Sprintf(`{"scenario":"stuck","link":"clean","count":%d}`, *crowdSize)
	resp, err := http.Post(base+"/sandbox/payments", "application/json", strings.NewReader(order))
	if err != nil {
		t.Fatal(err)
	}
	lines, err := io.ReadAll(resp.Body)
	if err := errors.Join(err, resp.Body.Close(), os.WriteFile(file, lines, 0o600)); err != nil {
		t.Fatal(err)
	}
	board := startBoard(t, program, env, "-f", file)
	begun := time.Now()
	var state sandboxState
	for state.Realtime.Channels < *crowdSize || state.Reads < *crowdSize {
		if time.Since(begun) > 3*time.Minute {
			t.Fatalf("after %v it is so: %+v", time.Since(begun), state)
		}
		time.Sleep(100 * time.Millisecond)
		state = stateOf(t, base)
	}
	took := time.Since(begun)
	time.Sleep(settleTime)
	live, peak := board.memory(t, "VmRSS"), board.memory(t, "VmHWM")
	if state = stateOf(t, base); state.Realtime.Channels != *crowdSize {
		t.Errorf("%d of %d are LIVE at the end", state.Realtime.Channels, *crowdSize)
	}
	board.end(t)
	each := float64(live-none) / float64(*crowdSize)
	t.Logf("%d payments; %s %s/%s, %s; rates 2000, window until-final, sandbox without limits, clean links",
		*crowdSize, runtime.Version(), runtime.GOOS, runtime.GOARCH, coresTold())
	t.Logf("all LIVE after %.1f s on %d sockets, CPU until the end %.1f s", took.Seconds(), state.Realtime.Sockets, board.cpu().Seconds())
	t.Logf("RSS %.1f MiB with none, %.1f MiB LIVE, %.1f MiB at the peak: %.1f KiB a LIVE payment",
		float64(none)/1024, float64(live)/1024, float64(peak)/1024, each)
	if *crowdSize >= 1000 && each > 60 { // the goal is 20
		t.Errorf("a LIVE payment takes %.1f KiB", each)
	}
}

// TestScale_Curve is BenchmarkCrowd at several sizes, each in a process of its own.
//
//	go test -tags scale -run Scale_Curve -timeout 20m -v . -sizes 100,1000,10000,20000
func TestScale_Curve(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	columns := []string{"RSS-MiB", "peak-MiB", "KiB/payment", "s-CPU-to-LIVE", "cores", "p50-ms", "p99-ms"}
	t.Logf("%8s  %s", "payments", strings.Join(columns, "  "))
	for size := range strings.SplitSeq(*crowdSizes, ",") {
		out, err := exec.Command(self, "-test.run", "^$", "-test.bench", "^BenchmarkCrowd$/^events$", "-test.benchtime", "1x",
			"-crowd", size, fmt.Sprintf("-pin=%t", *crowdPinned)).CombinedOutput()
		if err != nil {
			t.Fatalf("%s payments: %v\n%s", size, err, out)
		}
		metrics := metricsOf(string(out))
		row := fmt.Sprintf("%8s", size)
		for _, c := range columns {
			if metrics[c] == "" {
				t.Fatalf("%s payments: no %s in\n%s", size, c, out)
			}
			row += fmt.Sprintf("  %*s", len(c), metrics[c])
		}
		t.Log(row)
	}
}

// metricsOf are the figures of a benchmark's line, by their units.
func metricsOf(out string) map[string]string {
	metrics := map[string]string{}
	for line := range strings.Lines(out) {
		if words := strings.Fields(line); strings.HasPrefix(line, "BenchmarkCrowd/events") {
			for i := 3; i < len(words); i += 2 {
				metrics[words[i]] = words[i-1]
			}
		}
	}
	return metrics
}

// sandboxState is what these tests read of /sandbox/state.
type sandboxState struct {
	Reads    int
	Realtime struct{ Sockets, Channels int }
}

func stateOf(t *testing.T, base string) (s sandboxState) {
	t.Helper()
	resp, err := http.Get(base + "/sandbox/state")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(json.NewDecoder(resp.Body).Decode(&s), resp.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return s
}

// startSandbox starts the program's sandbox, on the last core, until the test ends.
func startSandbox(t *testing.T, program string) (base string, env []string) {
	t.Helper()
	cmd := onCore(runtime.NumCPU()-1, program, "sandbox", "--addr", "127.0.0.1:0", "--print-env", "--limits", "none")
	out, err := cmd.StdoutPipe()
	if err := errors.Join(err, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the sandbox says nothing: %v", err)
	}
	env = strings.Fields(strings.TrimPrefix(line, "export "))
	for _, pair := range env {
		if name, value, _ := strings.Cut(pair, "="); name == "DOLLR_BASE_URL" {
			base = value
		}
	}
	return base, env
}

// unseen is the program on a terminal that nobody looks at.
type unseen struct{ *exec.Cmd }

// startBoard starts the board, on the first core, with a journal of its own.
func startBoard(t *testing.T, program string, env []string, args ...string) unseen {
	t.Helper()
	master, slave := openTerminal(t)
	if err := unix.IoctlSetWinsize(int(slave.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 40, Col: 120}); err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	cmd := onCore(0, program, append([]string{"watch"}, args...)...)
	cmd.Env = append(env, "HOME="+home, "TERM=xterm-256color", "TILLWATCH_STATUS_RATE=2000", "TILLWATCH_KEY_RATE=2000",
		"TILLWATCH_JOINS_RATE=2000", "TILLWATCH_REALTIME_WINDOW=until-final")
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = home, slave, slave, slave
	cmd.SysProcAttr = &unix.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	go func() { _, _ = io.Copy(io.Discard, master) }()
	return unseen{cmd}
}

func (u unseen) memory(t *testing.T, name string) int {
	t.Helper()
	return memoryOf(t, strconv.Itoa(u.Process.Pid), name)
}

// end quits the board.
func (u unseen) end(t *testing.T) {
	t.Helper()
	_ = u.Process.Signal(os.Interrupt)
	if err := u.Wait(); err != nil {
		t.Errorf("the board ends with %v", err)
	}
}

func (u unseen) cpu() time.Duration { return u.ProcessState.UserTime() + u.ProcessState.SystemTime() }

// onCore is a command on one core, where taskset and another core are there.
func onCore(core int, program string, args ...string) *exec.Cmd {
	if !canPin() {
		return exec.Command(program, args...)
	}
	return exec.Command("taskset", append([]string{"-c", strconv.Itoa(core), program}, args...)...)
}
