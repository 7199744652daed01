//go:build tmux

package load_test

import (
	"bufio"
	"context"
	"encoding/csv"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"tillwatch/sandbox"
	"tillwatch/sandbox/remote"
	"tillwatch/sandbox/terminal"
)

// A developer loads an environment of his own, which happens to be a sandbox in another
// process: turns the rate up, sends a burst, switches a fault on and off, drains, and exports.
// What the export says is what the sandbox has counted, payment by payment.
func TestLoad_SteeredByKeysAddsUpToWhatTheSandboxCounted(t *testing.T) {
	program := terminal.Build(t)
	env := serveSandbox(t, program, "--speed", "20", "--seed", "5")
	control, err := remote.New(env["DOLLR_BASE_URL"])
	if err != nil {
		t.Fatal(err)
	}
	defer control.Close()

	folder := t.TempDir()
	before := "cd " + folder + " && XDG_STATE_HOME=" + folder
	for name, value := range env {
		before += " " + name + "=" + value
	}
	s := terminal.Start(t, program, 80, 24, before+" ", "load --rate 3 --seed 5 --base-url "+env["DOLLR_BASE_URL"])
	s.See("LOAD", "SIM", "RUNNING", "target 3.0/s")

	s.Press("]")
	s.See("target 4.0/s")
	s.Press("}")
	s.See("target 4.4/s")
	s.Press("[")
	s.See("target 3.4/s")
	s.Press("B")
	s.See("20 more")

	s.Press("E")
	s.See("FAULTS", "throttle", "errors")
	s.Press("e") // a letter goes to its name
	s.See("> [ ] errors")
	s.Press("Enter")
	s.See("[x] errors", "API DOWN")
	if on, err := control.FaultsOn(t.Context()); err != nil || len(on) != 1 || on[0] != sandbox.Errors {
		t.Fatalf("the sandbox has the faults %v (%v)", on, err)
	}
	s.Press("Enter")
	s.See("[ ] errors")
	s.Escape("hint>verified")

	s.Press("1") // the payments themselves
	s.See("STATUS", "AMOUNT", "Load 1")
	s.Press("2", "p")
	s.See("PAUSED")
	s.Press("p")
	s.See("RUNNING")
	s.Resize(120, 40, "start>end", "checkout")
	s.Resize(40, 10, "[SIM]", "RUNNING")
	s.Resize(80, 24, "LOAD", "RUNNING")

	s.Press("d")
	s.See("ENDED")
	s.Press("e")
	s.See("samples in")
	rows := exported(t, folder)

	state, err := control.State(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var truth []sandbox.Truth
	if err := control.Truth(t.Context(), 0, func(one sandbox.Truth) { truth = append(truth, one) }); err != nil {
		t.Fatal(err)
	}
	if len(rows) != state.Payments || len(rows) < 20 {
		t.Errorf("%d rows, and the sandbox made %d payments", len(rows), state.Payments)
	}
	compareWith(t, rows, truth)
	keyed := 0
	for _, row := range rows {
		if row["key_ms"] != "" {
			keyed++
		}
	}
	if int64(keyed) > state.Keys || keyed == 0 {
		t.Errorf("%d rows have a key, and the sandbox gave %d", keyed, state.Keys)
	}

	s.Press("q")
	s.See("status=0")
}

// Without an environment of one's own the run brings its sandbox, here in a process of its own,
// and says at the end what came of it.
func TestLoad_OnItsOwnSandboxSaysWhatCameOfIt(t *testing.T) {
	s := terminal.Run(t, 80, 40, "cd "+t.TempDir()+" && ", "load --rate 4 --speed 100 --scenarios paid --apart")
	s.See("[SIM]", "LOAD", "RUNNING", "this run touches no real money")
	s.See("begun 1") // or more than nine
	s.Press("d")
	s.See("ENDED")
	s.Press("1")
	s.See("PAID", "Load 1")
	s.Press("q")
	s.See("tillwatch load [SIM] seed 7, ENDED after", "0 WRONG", "Every payment has its result.", "status=0")
}

// serveSandbox starts a sandbox in a process of its own, for as long as the test runs, and
// gives what a watcher of it needs.
func serveSandbox(t *testing.T, program string, flags ...string) map[string]string {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	serve := exec.CommandContext(ctx, program, append([]string{"sandbox", "--addr", "127.0.0.1:0", "--print-env"}, flags...)...)
	out, err := serve.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	serve.Stderr = os.Stderr
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		_ = serve.Wait() // it was killed
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("reading what the sandbox prints: %v", err)
	}
	env := map[string]string{}
	for _, word := range strings.Fields(line)[1:] {
		name, value, _ := strings.Cut(word, "=")
		env[name] = value
	}
	return env
}

// exported reads the one export of a folder.
func exported(t *testing.T, folder string) []map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "tillwatch-load-*.csv"))
	if err != nil || len(files) != 1 {
		t.Fatalf("the exports are %v (%v)", files, err)
	}
	file, err := os.Open(files[0])
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	all, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	rows := make([]map[string]string, 0, len(all))
	for _, cells := range all[1:] {
		row := map[string]string{}
		for i, name := range all[0] {
			row[name] = cells[i]
		}
		rows = append(rows, row)
	}
	return rows
}

// compareWith holds every row to the truth: the same payments, ends, scenarios and money.
func compareWith(t *testing.T, rows []map[string]string, truth []sandbox.Truth) {
	t.Helper()
	verdicts := map[string]string{"COMPLETED": "PAID", "FAILED": "NOT PAID"}
	really := map[string]sandbox.Truth{}
	owed, counted := map[string]int{}, map[string]int{}
	sums, paid := map[string]decimal.Decimal{}, map[string]decimal.Decimal{}
	for _, p := range truth {
		really[p.Reference] = p
		owed[verdicts[p.Status]]++
		if p.Status == "COMPLETED" {
			sums[p.Currency] = sums[p.Currency].Add(decimal.RequireFromString(p.Amount))
		}
	}
	for _, row := range rows {
		counted[row["verdict"]]++
		p, known := really[row["reference_id"]]
		if !known || verdicts[p.Status] != row["verdict"] || p.Scenario != row["scenario"] {
			t.Errorf("payment %s (%s) is %s in the export and %s (%s) in truth", row["reference_id"], row["scenario"], row["verdict"], p.Status, p.Scenario)
		}
		if row["verdict"] == "PAID" {
			paid[row["currency"]] = paid[row["currency"]].Add(decimal.RequireFromString(row["amount"]))
		}
	}
	if !maps.Equal(owed, counted) {
		t.Errorf("the export counts %v, the sandbox %v", counted, owed)
	}
	for currency, sum := range sums {
		if !sum.Equal(paid[currency]) {
			t.Errorf("the export has %s %s PAID, the sandbox took %s", currency, paid[currency], sum)
		}
	}
}
