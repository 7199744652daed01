package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"tillwatch/watch/journal"
)

// The scripts are sessions of the whole program: each starts it as a person would, most
// against a sandbox in a process of its own. Beside testscript's words they have:
//
//	sandbox [FLAG…]          starts a sandbox and sets its variables, PORT and KEPT (the name of its journal and log); it ends with the script
//	answers FILE             starts a Dollr that says what FILE says, or has it say that from now on
//	pay FILE JSON            starts payments there; their intake lines become FILE
//	fault NAME               switches a fault of the whole sandbox on
//	named NAME FILE          sets NAME to the first payment in FILE, as on a command line
//	killed                   kills the program that begin started
//	second STATUS [ARG…]     runs one more beside it
//	modes FILE               a journal is its owner's alone
//	runs STATUS [ARG…]       runs the program to its end; its output becomes out and err
//	begin [ARG…]             starts it and goes on
//	until WORDS              waits until a line of its output or errors holds WORDS
//	ended STATUS [SIGNAL]    sends it the signal, waits for its end; out and err as above
//	head STATUS [ARG…]       runs it and goes away after the first line; out and err as above
//	adds SAMPLES FILE        the samples of a load run add up to the summary in FILE
//	alike SAMPLES SAMPLES    two load runs had the same payments
//	judged FILE              each payment's last verdict in FILE is what the sandbox made of it
//	secret TEXT              TEXT may be in no output, as no secret, token or payer's number may
//	harmless FILE            nor is any of that in FILE, which holds JSON Lines for its owner alone
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOME", filepath.Join(env.WorkDir, "home"))
			env.Setenv("TERM", "xterm")
			env.Values["stage"] = &stage{secrets: []string{"eyJ"}} // how every token begins
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"sandbox":  with((*stage).sandbox),
			"answers":  with((*stage).answers),
			"pay":      with((*stage).pay),
			"fault":    with((*stage).fault),
			"named":    with((*stage).named),
			"runs":     with((*stage).runs),
			"begin":    with((*stage).begin),
			"until":    with((*stage).until),
			"killed":   with((*stage).killed),
			"second":   with((*stage).second),
			"modes":    with((*stage).modes),
			"ended":    with((*stage).ended),
			"head":     with((*stage).head),
			"judged":   with((*stage).judged),
			"adds":     with((*stage).adds),
			"alike":    with((*stage).alike),
			"harmless": with((*stage).harmless),
			"secret":   with(func(s *stage, _ *testscript.TestScript, args []string) { s.secrets = append(s.secrets, args...) }),
		},
	})
}

// patience is how long anything in a script may take; only a fault takes so long.
const patience = time.Minute

// stage is what the words of one script share.
type stage struct {
	secrets []string
	program *process // the one that begin started
	teller  *teller  // what answers started
}

func with(do func(*stage, *testscript.TestScript, []string)) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg {
			ts.Fatalf("this word cannot be negated")
		}
		do(ts.Value("stage").(*stage), ts, args)
	}
}

// process is a tillwatch that runs, with what it has written so far.
type process struct {
	*exec.Cmd
	mu       sync.Mutex
	out, err bytes.Buffer
	news     chan struct{} // holds at most one ring
}

// writer takes what the process writes into one of its buffers.
type writer struct {
	p  *process
	to *bytes.Buffer
}

func (w writer) Write(text []byte) (int, error) {
	w.p.mu.Lock()
	defer w.p.mu.Unlock()
	select {
	case w.p.news <- struct{}{}:
	default: // it rings already
	}
	return w.to.Write(text)
}

// launch starts tillwatch in the script's folder and environment. The file stdin, if the
// script has one, is its standard input.
func launch(ts *testscript.TestScript, args ...string) *process {
	p := prepare(ts, args...)
	ts.Check(p.Start())
	return p
}

func prepare(ts *testscript.TestScript, args ...string) *process {
	var path string
	for _, dir := range filepath.SplitList(ts.Getenv("PATH")) {
		if file := filepath.Join(dir, "tillwatch"); path == "" && exists(file) {
			path = file
		}
	}
	p := &process{Cmd: exec.Command(path, args...), news: make(chan struct{}, 1)}
	p.Dir = ts.MkAbs(".")
	for _, name := range []string{
		"PATH", "HOME", "TMPDIR", "TERM", "GOCOVERDIR", "XDG_CONFIG_HOME", "DOLLR_BASE_URL", "DOLLR_CLIENT_ID",
		"DOLLR_CLIENT_SECRET", "DOLLR_CLIENT_SECRET_FILE", "SUPABASE_URL", "SUPABASE_ANON_KEY",
		"TILLWATCH_STATUS_RATE", "TILLWATCH_SOURCE_TYPE", "TILLWATCH_HOOK", "TILLWATCH_HOOK_SIM",
		"XDG_STATE_HOME", "TILLWATCH_MONEY", "HTTP_PROXY",
	} {
		p.Env = append(p.Env, name+"="+ts.Getenv(name))
	}
	if stdin, err := os.ReadFile(ts.MkAbs("stdin")); err == nil {
		p.Stdin = bytes.NewReader(stdin)
	}
	p.Stdout, p.Stderr = writer{p, &p.out}, writer{p, &p.err}
	return p
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// wait waits for the end and returns the exit status.
func (p *process) wait(ts *testscript.TestScript) int {
	hung := time.AfterFunc(patience, func() { _ = p.Process.Signal(syscall.SIGQUIT) })
	defer hung.Stop()
	err := p.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		ts.Fatalf("waiting for tillwatch: %v", err)
	}
	return p.ProcessState.ExitCode()
}

// line waits until a line of what it has written holds the words, and returns it.
func (p *process) line(ts *testscript.TestScript, words string) string {
	late := time.After(patience)
	for {
		p.mu.Lock()
		text, said := p.out.String(), p.err.String()
		p.mu.Unlock()
		for line := range strings.Lines(text + said) {
			if strings.HasSuffix(line, "\n") && strings.Contains(line, words) {
				return line
			}
		}
		select {
		case <-p.news:
		case <-late:
			ts.Fatalf("no line with %q in:\n%s\n%s", words, text, said)
		}
	}
}

func (s *stage) sandbox(ts *testscript.TestScript, args []string) {
	p := launch(ts, append([]string{"sandbox", "--addr", "127.0.0.1:0", "--print-env"}, args...)...)
	line := p.line(ts, "export ")
	for _, pair := range strings.Fields(strings.TrimPrefix(line, "export ")) {
		name, value, _ := strings.Cut(pair, "=")
		ts.Setenv(name, value)
		if name == "DOLLR_CLIENT_SECRET" || name == "SUPABASE_ANON_KEY" {
			s.secrets = append(s.secrets, value)
		}
	}
	ts.Setenv("KEPT", strings.TrimSuffix(journal.DefaultName(ts.Getenv("DOLLR_BASE_URL"), ts.Getenv("DOLLR_CLIENT_ID"), false), ".db"))
	ts.Setenv("PORT", regexp.MustCompile(`[0-9]+$`).FindString(ts.Getenv("DOLLR_BASE_URL")))
	ts.Defer(func() {
		_ = p.Process.Signal(os.Interrupt)
		if status := p.wait(ts); status != 0 || p.out.String() != line || p.err.Len() != 0 {
			ts.Fatalf("the sandbox ended with status %d, said %q, wrote %q", status, p.err.String(), p.out.String())
		}
	})
}

var phone = regexp.MustCompile(`"phone":"([0-9]+)"`)

func (s *stage) pay(ts *testscript.TestScript, args []string) {
	client := http.Client{Timeout: patience}
	resp, err := client.Post(ts.Getenv("DOLLR_BASE_URL")+"/sandbox/payments", "application/json", strings.NewReader(strings.Join(args[1:], " ")))
	ts.Check(err)
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	ts.Check(err)
	if resp.StatusCode != http.StatusOK {
		ts.Fatalf("the sandbox answers %d: %s", resp.StatusCode, text)
	}
	for _, found := range phone.FindAllStringSubmatch(string(text), -1) {
		s.secrets = append(s.secrets, found[1])
	}
	file, err := os.OpenFile(ts.MkAbs(args[0]), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	ts.Check(err)
	_, err = file.Write(text)
	ts.Check(errors.Join(err, file.Close()))
}

func (s *stage) fault(ts *testscript.TestScript, args []string) {
	client := http.Client{Timeout: patience}
	resp, err := client.Post(ts.Getenv("DOLLR_BASE_URL")+"/sandbox/faults", "application/json", strings.NewReader(`{"fault":"`+args[0]+`"}`))
	ts.Check(err)
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		ts.Fatalf("the sandbox answers %d", resp.StatusCode)
	}
}

func (s *stage) named(ts *testscript.TestScript, args []string) {
	var p struct {
		Session   int64  `json:"session_id"`
		Reference string `json:"reference_id"`
		Type      string `json:"source_type"`
	}
	line, _, _ := strings.Cut(ts.ReadFile(args[1]), "\n")
	ts.Check(json.Unmarshal([]byte(line), &p))
	ts.Setenv(args[0], fmt.Sprintf("%d:%s:%s", p.Session, p.Reference, p.Type))
}

func (s *stage) runs(ts *testscript.TestScript, args []string) {
	s.begin(ts, args[1:])
	s.ended(ts, args[:1])
}

func (s *stage) begin(ts *testscript.TestScript, args []string) {
	p := launch(ts, args...)
	s.program = p
	ts.Defer(func() {
		if p.ProcessState == nil { // the script has failed before its end
			_ = p.Process.Kill()
			_ = p.Wait()
		}
	})
}

func (s *stage) until(ts *testscript.TestScript, args []string) {
	s.program.line(ts, strings.Join(args, " "))
}

func (s *stage) ended(ts *testscript.TestScript, args []string) {
	if len(args) > 1 {
		ts.Check(s.program.Process.Signal(map[string]os.Signal{"INT": os.Interrupt, "TERM": syscall.SIGTERM, "HUP": syscall.SIGHUP}[args[1]]))
	}
	status := s.program.wait(ts)
	out, said := s.program.out.String(), s.program.err.String()
	ts.Check(os.WriteFile(ts.MkAbs("out"), []byte(out), 0o600))
	ts.Check(os.WriteFile(ts.MkAbs("err"), []byte(said), 0o600))
	ts.Logf("[out]\n%s[err]\n%s", out, said)
	if want, err := strconv.Atoi(args[0]); err != nil || status != want {
		ts.Fatalf("status %d, want %s", status, args[0])
	}
	for _, secret := range s.secrets {
		if strings.Contains(out+said, secret) {
			ts.Fatalf("%q is in the output", secret)
		}
	}
}

func (s *stage) head(ts *testscript.TestScript, args []string) {
	p := prepare(ts, args[1:]...)
	reader, out, err := os.Pipe()
	ts.Check(err)
	p.Stdout = out
	ts.Check(p.Start())
	s.program = p
	_, err = bufio.NewReader(reader).ReadString('\n')
	ts.Check(errors.Join(err, reader.Close(), out.Close()))
	s.ended(ts, args[:1])
}

func (s *stage) harmless(ts *testscript.TestScript, args []string) {
	path := ts.MkAbs(args[0])
	info, err := os.Stat(path)
	ts.Check(err)
	if info.Mode().Perm() != 0o600 {
		ts.Fatalf("%s is %04o", args[0], info.Mode().Perm())
	}
	text := ts.ReadFile(args[0])
	for _, secret := range s.secrets {
		if strings.Contains(text, secret) {
			ts.Fatalf("%q is in %s", secret, args[0])
		}
	}
	for line := range strings.Lines(text) {
		if !json.Valid([]byte(line)) {
			ts.Fatalf("%s has a line that is no JSON: %q", args[0], line)
		}
	}
}

// verdictOf is what each last word of the sandbox must have become.
var verdictOf = map[string]string{"COMPLETED": "PAID", "PAID": "PAID", "FAILED": "NOT PAID", "CANCELED": "NOT PAID"}

func (s *stage) judged(ts *testscript.TestScript, args []string) {
	last := map[string]string{}
	scan := bufio.NewScanner(strings.NewReader(ts.ReadFile(args[0])))
	for scan.Scan() {
		var line struct {
			Reference string `json:"reference_id"`
			Type      string `json:"source_type"`
			ID        int64  `json:"source_id"`
			Verdict   string
		}
		ts.Check(json.Unmarshal(scan.Bytes(), &line))
		last[line.Reference+nameOf(line.Reference, line.Type, line.ID)] = line.Verdict
	}
	client := http.Client{Timeout: patience}
	resp, err := client.Get(ts.Getenv("DOLLR_BASE_URL") + "/sandbox/truth")
	ts.Check(err)
	defer func() { _ = resp.Body.Close() }()
	type fate struct {
		Reference              string `json:"reference_id"`
		Type                   string `json:"source_type"`
		ID                     int64  `json:"source_id"`
		Scenario, Link, Status string
	}
	fates := json.NewDecoder(resp.Body)
	count := 0
	for ; ; count++ {
		var f fate
		err := fates.Decode(&f)
		if errors.Is(err, io.EOF) {
			break
		}
		ts.Check(err)
		name := f.Reference + nameOf(f.Reference, f.Type, f.ID)
		if got, want := last[name], verdictOf[f.Status]; got != want || want == "" {
			ts.Fatalf("%s (%s, %s) is %q, the truth is %s", name, f.Scenario, f.Link, got, f.Status)
		}
	}
	if count == 0 {
		ts.Fatalf("the sandbox knows of no payment")
	}
}

// nameOf is the name of a hosted payment, empty of any other.
func nameOf(reference, sourceType string, id int64) string {
	if reference != "" {
		return ""
	}
	return fmt.Sprintf("%s:%d", sourceType, id)
}
