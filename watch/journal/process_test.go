package journal

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"tillwatch/watch"
)

// other is another process: the test's own binary, started again. It keeps payments for
// ever and writes a line for each once it is told that it is on disk.
func other(path string) {
	j, err := Open(Config{Path: path, BaseURL: "https://dollr.example", ClientID: "shop-1", Tell: func(s watch.Snapshot) {
		fmt.Println("ended", s.Session)
	}})
	if err != nil {
		fmt.Println("error", err)
		return
	}
	fmt.Println("open")
	for n := 1; ; n++ {
		done := make(chan struct{})
		j.Keep(payment(n), func() { close(done) })
		<-done
		fmt.Println("kept", n)
		j.Tell(ended(n, 1, watch.StatusCompleted))
	}
}

func TestLock_OfAnotherProcessIsNamedAndIsFreeOnceThatIsKilled(t *testing.T) {
	file := path(t)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "TILLWATCH_TEST_JOURNAL="+file)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	kept, paid, refused := 0, 0, false
	for lines.Scan() {
		line := lines.Text()
		if strings.HasPrefix(line, "error") {
			t.Fatal(line)
		}
		_, _ = fmt.Sscanf(line, "kept %d", &kept)
		_, _ = fmt.Sscanf(line, "ended %d", &paid)
		if kept == 20 && !refused {
			refused = true
			_, err := Open(prepare(t, file).config)
			var busy *BusyError
			if !errors.As(err, &busy) || busy.PID != cmd.Process.Pid || busy.Since.IsZero() {
				t.Errorf("beside another process it gives %v", err)
			}
			if want := fmt.Sprintf("the journal %s is being written by process %d since ", file, cmd.Process.Pid); err == nil || !strings.HasPrefix(err.Error(), want) {
				t.Errorf("it says %v", err)
			}
			r, err := Read(file)
			if err != nil {
				t.Fatal(err)
			}
			if info, err := r.Info(); err != nil || info.PID != cmd.Process.Pid || info.Payments < 20 || info.Real || time.Since(info.Since) > time.Hour {
				t.Errorf("read beside it: %+v, %v", info, err)
			}
			r.Close()
		}
		if kept >= 200 {
			_ = cmd.Process.Kill() // as kill -9 does
			break
		}
	}
	for lines.Scan() { // what it had said before it died counts too
		_, _ = fmt.Sscanf(lines.Text(), "kept %d", &kept)
		_, _ = fmt.Sscanf(lines.Text(), "ended %d", &paid)
	}
	_ = cmd.Wait()

	s := begin(t, file)
	past := s.load(time.Time{})
	if len(past) < kept || kept < 200 || paid < 100 {
		t.Fatalf("of %d that were kept %d are there; %d were told as ended", kept, len(past), paid)
	}
	for i, p := range past[:paid] {
		if p.Session != int64(i+1) || p.Verdict != watch.Paid {
			t.Errorf("%d is session %d, %v", i, p.Session, p.Verdict)
		}
	}
}

func TestLock_OfTheSameProcessIsBusyToo(t *testing.T) {
	file := path(t)
	s := begin(t, file)
	var busy *BusyError
	if _, err := Open(s.config); !errors.As(err, &busy) || busy.PID != os.Getpid() {
		t.Errorf("twice gives %v", err)
	}
	s.shut()
	begin(t, file)
}
