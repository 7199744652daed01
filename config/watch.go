package config

import (
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// Watch is what `tillwatch watch` was asked.
type Watch struct {
	Settings
	Output   Output
	Payments []string // as given, e.g. "55:550e8400-e29b-41d4-a716-446655440000:ORDER"
	Files    []string // "-" is standard input
	Follow   bool     // files are followed as they grow
	Timeout  time.Duration
	Pprof    string // see pprofFlag
}

func watchCommand(sys System, runs Runs) *cobra.Command {
	var w Watch
	var noFollow bool
	cmd := &cobra.Command{
		Use:   "watch [PAYMENT...]",
		Short: "Watch payments on the board, or as lines with --json or --plain",
		Long: "A PAYMENT is SESSION:REFERENCE[:TYPE], REFERENCE (polled), or ORDER:101 or INVOICE:101\n" +
			"(hosted checkout, polled). A file holds JSON Lines or CSV and is followed as it grows;\n" +
			"- is standard input, which is read to its end, as a named pipe is to that of its writer.\n" +
			"What was handed over is in the journal before it is shown. The board goes on with what has no\n" +
			"result there; lines do so when no payment and no file is given.\n\n" + exitStatuses,
		Example: "  tillwatch watch 55:550e8400-e29b-41d4-a716-446655440000:ORDER\n" +
			"  tillwatch watch -f payments.jsonl --json",
	}
	outputFlags(cmd, &w.Output)
	flags := cmd.Flags()
	flags.StringArrayVarP(&w.Files, "file", "f", nil, "hand over what is in this file; may be given again")
	flags.BoolVar(&noFollow, "no-follow", false, "read files once instead of following them")
	limitFlag(cmd, &w.Timeout, "timeout", "end after this long, e.g. 10m (default, and 0: none)")
	pprofFlag(cmd, &w.Pprof)
	settingFlags(cmd, table, sys.Vocabulary)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		for _, arg := range args {
			if arg == "-" {
				w.Files = append(w.Files, arg)
			} else {
				w.Payments = append(w.Payments, arg)
			}
		}
		w.Files = unique(w.Files)
		w.Follow = !noFollow
		switch {
		case twoOutputs(cmd):
			return Refuse(badOutputs)
		case w.Timeout < 0:
			return Refuse("--timeout is negative")
		case slices.Contains(w.Files, ""):
			return Refuse("--file is empty: want the name of a file, or - for standard input")
		}
		var err error
		if w.Settings, err = load(cmd, sys); err != nil {
			return err
		}
		if err := w.credentials(); err != nil {
			return err
		}
		return runs.Watch(cmd.Context(), w)
	}
	return cmd
}

// unique keeps the first of each: a file that is named twice is read once.
func unique(names []string) []string {
	var once []string
	for _, name := range names {
		if name = strings.TrimSpace(name); !slices.Contains(once, name) {
			once = append(once, name)
		}
	}
	return once
}
