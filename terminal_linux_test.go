package main

import (
	"fmt"
	"os"
	"os/exec"
	"testing"

	"golang.org/x/sys/unix"
)

// terminalStage is the variable with which the test's own program looks at its standard
// input as a board does whose starter has died, and says what it finds.
const terminalStage = "TERMINAL_STAGE"

func TestTerminal_Stage(*testing.T) {
	if os.Getenv(terminalStage) != "" {
		fmt.Print("lost: ", terminalGone(-1))
		os.Exit(0)
	}
}

// A kiosk's board is no child of a shell: setsid starts it on a terminal that does not
// control it, and has ended a moment later.
func TestTerminal_ThatDoesNotControlUsIsNotLost(t *testing.T) {
	for name, c := range map[string]struct {
		control, hangUp bool
		want            string
	}{
		"a board of its own":   {control: true, want: "lost: false"},
		"a kiosk":              {want: "lost: false"},
		"a kiosk switched off": {hangUp: true, want: "lost: true"},
	} {
		t.Run(name, func(t *testing.T) {
			master, slave := openTerminal(t)
			if c.hangUp {
				master.Close()
			}
			program, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(program, "-test.run=^TestTerminal_Stage$")
			cmd.Env, cmd.Stdin = append(os.Environ(), terminalStage+"=1"), slave
			cmd.SysProcAttr = &unix.SysProcAttr{Setsid: true, Setctty: c.control}
			said, err := cmd.Output()
			if err != nil || string(said) != c.want {
				t.Errorf("it says %q, %v; want %q", said, err, c.want)
			}
		})
	}
}

// openTerminal makes a terminal that belongs to nobody.
func openTerminal(t *testing.T) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { master.Close() })
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { slave.Close() })
	return master, slave
}
