package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// jobShell is the name under which the tests' program is a shell with job control and no
// commands: it runs its arguments in the foreground of its terminal. When that is stopped it
// takes the terminal back, says so, and at the next line of file 4 has it go on.
const jobShell = "jobshell"

func init() { programs[jobShell] = runJobShell }

func runJobShell() {
	signal.Ignore(syscall.SIGTTOU) // a shell takes its terminal back from the background
	says, told := os.NewFile(3, "says"), bufio.NewReader(os.NewFile(4, "told"))
	program := exec.Command(os.Args[1], os.Args[2:]...)
	program.Stdin, program.Stdout, program.Stderr = os.Stdin, os.Stdout, os.Stderr
	program.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Foreground: true, Ctty: 0}
	settings, err := unix.IoctlGetTermios(0, unix.TCGETS)
	if err = errors.Join(err, program.Start()); err != nil {
		fmt.Fprintln(says, err)
		os.Exit(1)
	}
	pid := program.Process.Pid
	fmt.Fprintln(says, "started", pid)
	for {
		var status syscall.WaitStatus
		if _, err := syscall.Wait4(pid, &status, syscall.WUNTRACED, nil); err != nil {
			continue // interrupted
		}
		if !status.Stopped() {
			fmt.Fprintln(says, "exit", status.ExitStatus())
			os.Exit(0)
		}
		_ = unix.IoctlSetPointerInt(0, unix.TIOCSPGRP, syscall.Getpgrp())
		now, _ := unix.IoctlGetTermios(0, unix.TCGETS)
		fmt.Fprintln(says, "stopped", *now == *settings)
		if _, err := told.ReadString('\n'); err != nil {
			os.Exit(1)
		}
		_ = unix.IoctlSetPointerInt(0, unix.TIOCSPGRP, pid)
		_ = syscall.Kill(-pid, syscall.SIGCONT)
	}
}

// window is a terminal with a program in it, and a person before it.
type window struct {
	*testing.T
	*exec.Cmd
	master, slave *os.File
	fd            int           // the master's; to ask the file for it would make it one that waits
	told          *os.File      // what the shell reads
	says          *bufio.Reader // and says; nil: there is no shell

	mu    sync.Mutex
	shown bytes.Buffer
	news  chan struct{}
	eye   *os.File      // the master, for look
	blind chan struct{} // closed when look has ended
}

// openWindow starts tillwatch in a terminal of 80x24, below a shell or by itself.
func openWindow(t *testing.T, shell bool, args ...string) *window {
	t.Helper()
	w := &window{T: t, news: make(chan struct{}, 1), blind: make(chan struct{})}
	w.master, w.slave = openTerminal(t)
	w.fd = int(w.master.Fd())
	w.resize(80, 24)
	program, err := exec.LookPath("tillwatch")
	if err != nil {
		t.Fatal(err)
	}
	args = append([]string{program}, args...)
	home := t.TempDir()
	if shell {
		sh, err := exec.LookPath(jobShell)
		if err != nil {
			t.Fatal(err)
		}
		args = append([]string{sh}, args...)
	}
	w.Cmd = exec.Command(args[0], args[1:]...)
	w.Stdin, w.Stdout, w.Stderr, w.Dir = w.slave, w.slave, w.slave, home
	w.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "TERM=xterm-256color", "LANG=C.UTF-8"}
	w.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 0}
	if shell {
		says, theirs, err := os.Pipe()
		ours, told, err2 := os.Pipe()
		if err := errors.Join(err, err2); err != nil {
			t.Fatal(err)
		}
		w.ExtraFiles = []*os.File{theirs, ours}
		w.says, w.told = bufio.NewReader(says), told
		t.Cleanup(func() { says.Close(); told.Close() })
		defer theirs.Close()
		defer ours.Close()
	}
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if w.ProcessState == nil { // the test has failed before its end
			_ = w.Process.Kill()
			_ = w.Wait()
		}
	})
	eye, err := unix.Dup(w.fd)
	if err = errors.Join(err, unix.SetNonblock(eye, true)); err != nil {
		t.Fatal(err)
	}
	w.eye = os.NewFile(uintptr(eye), "terminal") // of a kind that a deadline ends
	t.Cleanup(func() { w.eye.Close() })
	go w.look()
	return w
}

// look reads what is shown until somebody looks away.
func (w *window) look() {
	defer close(w.blind)
	data := make([]byte, 4096)
	for {
		n, err := w.eye.Read(data)
		if err != nil {
			return
		}
		w.mu.Lock()
		w.shown.Write(data[:n])
		w.mu.Unlock()
		select {
		case w.news <- struct{}{}:
		default:
		}
	}
}

func (w *window) resize(width, height uint16) {
	w.Helper()
	if err := unix.IoctlSetWinsize(w.fd, unix.TIOCSWINSZ, &unix.Winsize{Col: width, Row: height}); err != nil {
		w.Fatal(err)
	}
}

// until waits until what is shown holds the words, and forgets all up to them.
func (w *window) until(words string) {
	w.Helper()
	late := time.After(patience)
	for {
		w.mu.Lock()
		shown := w.shown.String()
		if at := strings.Index(shown, words); at >= 0 {
			w.shown.Next(at + len(words))
			w.mu.Unlock()
			return
		}
		w.mu.Unlock()
		select {
		case <-w.news:
		case <-late:
			w.Fatalf("no %q in %q", words, shown)
		}
	}
}

func (w *window) types(keys string) {
	w.Helper()
	if _, err := w.master.WriteString(keys); err != nil {
		w.Fatal(err)
	}
}

// says is the next line of the shell.
func (w *window) heard(want string) string {
	w.Helper()
	line := make(chan string, 1)
	go func() {
		text, _ := w.says.ReadString('\n')
		line <- strings.TrimSpace(text)
	}()
	select {
	case text := <-line:
		if !strings.HasPrefix(text, want) {
			w.Fatalf("the shell says %q, want %q", text, want)
		}
		return strings.TrimSpace(strings.TrimPrefix(text, want))
	case <-time.After(patience):
		w.Fatalf("the shell does not say %q", want)
		return ""
	}
}

// ends waits for the end.
func (w *window) ends() error {
	w.Helper()
	ended := make(chan error, 1)
	go func() { ended <- w.Wait() }()
	select {
	case err := <-ended:
		return err
	case <-time.After(patience):
		w.Fatal("it does not end")
		return nil
	}
}

func TestSuspend_GivesTheTerminalBackAndTakesItAgain(t *testing.T) {
	for name, c := range map[string]struct {
		before, after string // typed before, and shown again afterwards
		signal        bool
	}{
		"ctrl+z on the board":      {after: "TILLWATCH"},
		"ctrl+z in the form":       {before: "a", after: "Paste"},
		"ctrl+z in a menu":         {before: "E", after: "FAULTS"},
		"ctrl+z in the help":       {before: "?", after: "HELP"},
		"a signal on the board":    {after: "TILLWATCH", signal: true},
		"a signal in the question": {before: "nq", after: "Quit?", signal: true},
	} {
		t.Run(name, func(t *testing.T) {
			w := openWindow(t, true, "demo", "--seed", "1")
			pid := w.heard("started")
			w.until("TILLWATCH")
			if c.before != "" {
				w.types(c.before)
				w.until(c.after)
			}
			if c.signal {
				var n int
				if _, err := fmt.Sscan(pid, &n); err != nil {
					t.Fatal(err)
				}
				if err := syscall.Kill(n, syscall.SIGTSTP); err != nil {
					t.Fatal(err)
				}
			} else {
				w.types("\x1aqyqy") // the letters are for the shell
			}
			if same := w.heard("stopped"); same != "true" {
				t.Error("the terminal's settings are not as they were")
			}
			w.until("\x1b[?1049l") // the other screen is left
			w.until("\x1b[?25h")   // and the cursor shown
			w.resize(100, 30)
			w.types("qyqyqy") // typed ahead
			fmt.Fprintln(w.told, "fg")
			w.until("\x1b[?1049h")
			w.until(c.after)
			w.types("\x03\x03")
			if status := w.heard("exit"); status != "0" {
				t.Errorf("it ends with status %s", status)
			}
			if err := w.ends(); err != nil {
				t.Error(err)
			}
		})
	}
}

// A board that was started by no shell, in a kiosk for instance, could never be called back.
func TestSuspend_WithoutAShellGoesOnAndSaysSo(t *testing.T) {
	w := openWindow(t, false, "demo", "--seed", "1")
	w.until("TILLWATCH")
	w.types("\x1a")
	w.until("no shell could take this up")
	w.types("\x03\x03")
	if err := w.ends(); err != nil {
		t.Error(err)
	}
}

// fill takes all the room that a terminal has for what its program writes, so that the next
// write of it waits for somebody to read.
func (w *window) fill() {
	w.Helper()
	if err := w.eye.SetReadDeadline(time.Now()); err != nil {
		w.Fatal(err)
	}
	<-w.blind
	file, err := os.OpenFile(fmt.Sprintf("/proc/self/fd/%d", w.slave.Fd()), os.O_WRONLY|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		w.Fatal(err)
	}
	defer file.Close()
	// What is written goes through two buffers, and the system moves it from one to the other
	// in its own time.
	for {
		waits, err := unix.IoctlGetInt(w.fd, unix.TIOCINQ)
		if err != nil {
			w.Fatal(err)
		}
		_, full := unix.Write(int(file.Fd()), []byte("x"))
		if full != nil && !errors.Is(full, unix.EAGAIN) {
			w.Fatal(full)
		}
		if full != nil && waits >= 4095 {
			return
		}
	}
}

func TestEnding_OfATerminalThatDoesNotRead(t *testing.T) {
	for name, end := range map[string]func(*window) error{
		"ctrl+c twice": func(w *window) error { w.types("\x03\x03"); return nil },
		"q and yes":    func(w *window) error { w.types("q"); w.types("y"); return nil },
		"SIGTERM":      func(w *window) error { return w.Process.Signal(syscall.SIGTERM) },
		"SIGHUP":       func(w *window) error { return w.Process.Signal(syscall.SIGHUP) },
		"closed":       func(w *window) error { return errors.Join(w.eye.Close(), w.master.Close()) },
	} {
		t.Run(name, func(t *testing.T) {
			w := openWindow(t, false, "demo", "--seed", "1")
			before, err := unix.IoctlGetTermios(int(w.slave.Fd()), unix.TCGETS)
			if err != nil {
				t.Fatal(err)
			}
			w.until("TILLWATCH")
			w.types("n") // a payment is open
			w.until("WAITING")
			w.fill()
			if err := end(w); err != nil {
				t.Fatal(err)
			}
			if err := w.ends(); err != nil {
				t.Errorf("it ends with %v", err)
			}
			if name == "closed" {
				return
			}
			if after, err := unix.IoctlGetTermios(int(w.slave.Fd()), unix.TCGETS); err != nil || after.Lflag != before.Lflag {
				t.Errorf("the terminal's settings are %v, were %v, %v", after, before, err)
			}
			if err := w.eye.SetReadDeadline(time.Time{}); err != nil {
				t.Fatal(err)
			}
			w.blind = make(chan struct{})
			go w.look()
			w.until("\x1b[?1049l") // the other screen is left once somebody looks
		})
	}
}

// A pipe that nothing writes to holds up who opens it, for ever.
func TestEnding_OfASourceThatNeverOpens(t *testing.T) {
	_, base := openSandbox(t)
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		folder := t.TempDir()
		name := filepath.Join(folder, "payments.jsonl")
		if err := syscall.Mkfifo(name, 0o600); err != nil {
			t.Fatal(err)
		}
		program, err := exec.LookPath("tillwatch")
		if err != nil {
			t.Fatal(err)
		}
		p := &process{Cmd: exec.Command(program, "watch", "--json", "-f", name), news: make(chan struct{}, 1)}
		p.Dir, p.Stdout, p.Stderr = folder, writer{p, &p.out}, writer{p, &p.err}
		p.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + folder, "DOLLR_BASE_URL=" + base,
			"DOLLR_CLIENT_ID=shop", "DOLLR_CLIENT_SECRET=hush-hush", "TILLWATCH_SOURCE_TYPE=ORDER"}
		if err := p.Start(); err != nil {
			t.Fatal(err)
		}
		c := &counter{T: t, process: p}
		c.says("every payment is polled")
		c.gets(s)
		ended := make(chan error, 1)
		go func() { ended <- p.Wait() }()
		select {
		case <-ended:
		case <-time.After(patience):
			_ = p.Process.Kill()
			t.Errorf("%v does not end it:\n%s", s, p.err.String())
		}
	}
}
