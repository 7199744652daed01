package main

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"tillwatch/config"
)

// program is tillwatch in a folder of the test's, and what it is to be run with.
func program(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	path, err := exec.LookPath("tillwatch")
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(path, args...)
	c.Dir = t.TempDir()
	c.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + c.Dir}
	return c
}

// soon asks until it is so, and fails when that takes longer than anything may.
func soon(t *testing.T, what string, so func() bool) {
	t.Helper()
	late, again := time.After(patience), time.NewTicker(10*time.Millisecond)
	defer again.Stop()
	for !so() {
		select {
		case <-late:
			t.Fatalf("it is never so that %s", what)
		case <-again.C:
		}
	}
}

// A program that is killed can end nobody: its sandbox has to notice.
func TestApart_TheSandboxEndsWhenItsStarterIsKilled(t *testing.T) {
	c := program(t, "load", "--apart", "--json", "--dump", "wire.jsonl", "--rate", "5", "--speed", "100")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Wait() }()
	defer func() { _ = c.Process.Kill() }()
	address := ""
	soon(t, "the dump names the sandbox", func() bool {
		text, _ := os.ReadFile(filepath.Join(c.Dir, "wire.jsonl"))
		address = regexp.MustCompile(`127\.0\.0\.1:[0-9]+`).FindString(string(text))
		return address != ""
	})
	listens := func() bool {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			conn.Close()
		}
		return err == nil
	}
	if !listens() {
		t.Fatalf("nobody listens at %s", address)
	}
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	soon(t, "the sandbox has ended", func() bool { return !listens() })
}

// ctrl+c in a terminal reaches the sandbox too, which is still needed: whoever holds the other
// end of its standard input ends it.
func TestApart_OneSignalDoesNotEndTheSandbox(t *testing.T) {
	c := program(t, "sandbox", "--addr", "127.0.0.1:0", "--print-env", "--until-eof")
	hold, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Process.Kill() }()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	base := regexp.MustCompile(`http://[^ ]+`).FindString(line)
	asked := func() error {
		answer, err := http.Get(base + "/sandbox/state")
		if err == nil {
			answer.Body.Close()
		}
		return err
	}
	if err := c.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	for range 200 { // a signal is taken in before long
		if err := asked(); err != nil {
			t.Fatalf("after a signal it is %v", err)
		}
	}
	if err := hold.Close(); err != nil {
		t.Fatal(err)
	}
	if err := c.Wait(); err != nil {
		t.Errorf("let go, it ends with %v", err)
	}
}

// What cannot start is one clear line, whatever it says of itself.
func TestApart_ASandboxThatDoesNotStartIsOneLine(t *testing.T) {
	_, err := startApart(program(t, "sandbox", "--addr", "0.0.0.0:0", "--print-env", "--until-eof"), patience)
	if want := `starting the sandbox in a process of its own: listening: "0.0.0.0:0" is not a loopback address; tillwatch serves this machine only`; err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	_, err = startApart(program(t, "--version"), patience)
	if err == nil || !strings.HasSuffix(err.Error(), ": it does not say where it listens") {
		t.Errorf("another program: %v", err)
	}
	c := program(t)
	c.Path = filepath.Join(c.Dir, "nothing")
	if _, err = startApart(c, patience); err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("no program: %v", err)
	}
	c = program(t, "sandbox", "--addr", "127.0.0.1:0", "--until-eof") // which says it elsewhere
	_, err = startApart(c, 50*time.Millisecond)
	if want := "starting the sandbox in a process of its own: it says nothing within 50ms"; err == nil || err.Error() != want || c.ProcessState == nil {
		t.Errorf("one that says nothing: %v, and its end is %v", err, c.ProcessState)
	}
}

func TestApart_TheSandboxIsGivenNoCredential(t *testing.T) {
	got := withoutCredentials([]string{"PATH=/bin", "DOLLR_CLIENT_SECRET=hush-hush", "supabase_anon_key=x", "TILLWATCH_MONEY=auto", "HOME=/root"})
	if strings.Join(got, " ") != "PATH=/bin HOME=/root" {
		t.Errorf("it is given %v", got)
	}
	args := strings.Join(sandboxArguments(config.Load{Seed: 1<<64 - 1, Speed: 0.5, Limits: "none", Links: "mixed"}), " ")
	if args != "sandbox --addr 127.0.0.1:0 --print-env --until-eof --limits none --seed 18446744073709551615 --speed 0.5 --links mixed" {
		t.Errorf("it is started as %s", args)
	}
}

// An address at which something listens and says nothing, as a server that hangs does: who
// waits is told for what, and may go.
func TestLoad_AServerThatHangsIsWaitedForWithAWord(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	base := "http://" + listener.Addr().String()
	c := program(t, "load", "--base-url", base, "--plain", "--rate", "1", "--payments", "1")
	c.Env = append(c.Env, "DOLLR_BASE_URL="+base, "DOLLR_CLIENT_ID=shop", "DOLLR_CLIENT_SECRET=none")
	said, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Process.Kill() }()
	lines := bufio.NewReader(said)
	if line, _ := lines.ReadString('\n'); line != "tillwatch: waiting up to 5s for "+base+" to say whether it is a sandbox; ctrl+c ends that\n" {
		t.Errorf("it says %q", line)
	}
	if err := c.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	rest, _ := io.ReadAll(lines)
	if err := c.Wait(); c.ProcessState.ExitCode() != config.ExitInterrupted || len(rest) > 0 {
		t.Errorf("it ends with %v and says %q", err, rest)
	}
}
