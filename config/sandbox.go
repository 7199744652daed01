package config

import (
	"time"

	"github.com/spf13/cobra"
)

// Sandbox is what `tillwatch sandbox` was asked.
type Sandbox struct {
	Addr     string
	PrintEnv bool
	Limits   string // "default" or "none"
	Seed     uint64
	Speed    float64
	KeyLife  time.Duration // of a realtime key; at least a second
	Links    string        // of sessions that are opened over the API; empty: clean
	Pprof    string        // see pprofFlag

	// UntilEOF ends it when standard input ends, and not at a first signal: the program that
	// started it holds the other end, which closes however that program ends.
	UntilEOF bool
}

func sandboxCommand(runs Runs) *cobra.Command {
	var s Sandbox
	cmd := &cobra.Command{
		Use:   "sandbox",
		Short: "Serve Dollr's API and Supabase Realtime on this machine, for tests",
		Long: "Dollr's HTTP API and Supabase Realtime as the real ones behave, with made-up customers, on\n" +
			"loopback alone. Control calls under /sandbox/ start payments, decide about them and switch\n" +
			"faults on.",
		Example: "  tillwatch sandbox --print-env\n" +
			"  curl -s -H 'Content-Type: application/json' -d '{\"scenario\":\"mixed\",\"count\":20}' \\\n" +
			"    http://127.0.0.1:8787/sandbox/payments",
		Args: cobra.NoArgs,
	}
	flags := cmd.Flags()
	flags.StringVar(&s.Addr, "addr", "127.0.0.1:8787", "address to listen on, of this machine alone; port 0 takes a free one")
	flags.BoolVar(&s.PrintEnv, "print-env", false, "print one export line for a shell once it listens")
	flags.StringVar(&s.Limits, "limits", "default", "the real server's limits, or with none no limits at all")
	flags.DurationVar(&s.KeyLife, "key-life", 5*time.Minute, "how long a realtime key lives")
	flags.StringVar(&s.Links, "links", "", aboutLinks)
	simulationFlags(cmd, &s.Seed, &s.Speed, 1)
	pprofFlag(cmd, &s.Pprof)
	flags.BoolVar(&s.UntilEOF, "until-eof", false, "end when standard input ends")
	_ = flags.MarkHidden("until-eof") // it is there, and for load alone
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		switch {
		case s.Limits != "default" && s.Limits != "none":
			return badLimits(s.Limits)
		case s.KeyLife < time.Second || s.KeyLife > 24*time.Hour:
			return Refuse("--key-life: %v is not from 1s to 24h", s.KeyLife)
		case !speedOK(s.Speed):
			return badSpeed(s.Speed)
		}
		return runs.Sandbox(cmd.Context(), s)
	}
	return cmd
}
