package config

import (
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// Demo is what `tillwatch demo` was asked. No credential is read for it, and of the
// settings only those of the screen.
type Demo struct {
	Screen
	Output Output
	For    time.Duration // 0: until the user quits
	Speed  float64       // divides the customers' times
	Seed   uint64
	Rate   float64 // arrivals a second at the start
	Script string  // the story to be told: its name, or that of its file; empty: none
	Dump   string  // the file of the wire dump; empty: none
	Pprof  string  // see pprofFlag

	Notes []string // to be said once: why the settings file was not used
}

func demoCommand(sys System, runs Runs) *cobra.Command {
	var d Demo
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "The board on a fresh sandbox: no credentials, no money",
		Long: "Payments of a made-up shop, played by the sandbox inside this program. No credential is\n" +
			"read, nothing leaves this machine, and no money is moved. Of the settings\n" +
			"only those of the screen are read, and no log is written.",
		Example: "  tillwatch demo\n  tillwatch demo --seed 3 --speed 8 --for 2m\n  tillwatch demo --script lunch",
		Args:    cobra.NoArgs,
	}
	outputFlags(cmd, &d.Output)
	flags := cmd.Flags()
	limitFlag(cmd, &d.For, "for", "end after this long, e.g. 2m (default, and 0: none)")
	flags.Float64Var(&d.Rate, "rate", 0.5, "payments started a second")
	flags.StringVar(&d.Script, "script", "", "play a story with captions and nobody by chance: lunch, or a file of yours")
	simulationFlags(cmd, &d.Seed, &d.Speed, 4)
	flags.StringVar(&d.Dump, "dump", "", aboutDump)
	pprofFlag(cmd, &d.Pprof)
	settingFlags(cmd, settingsOfTheScreen, sys.Vocabulary)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		switch {
		case twoOutputs(cmd):
			return Refuse(badOutputs)
		case d.For < 0:
			return Refuse("--for is negative")
		case !(d.Rate >= 0 && d.Rate <= 100):
			return Refuse("--rate: %v is not a number from 0 to 100", d.Rate)
		case flags.Changed("script") && strings.TrimSpace(d.Script) == "":
			return Refuse("--script is empty: give lunch, or the name of a file")
		case flags.Changed("script") && flags.Changed("rate"):
			return Refuse("--script and --rate cannot be had together: the word arrivals of a script says the rate")
		case !speedOK(d.Speed):
			return badSpeed(d.Speed)
		case flags.Changed("dump") && fileName(d.Dump) != nil:
			return Refuse("flag --dump: want %s", allowedDump)
		}
		var err error
		if d.Screen, d.Notes, err = loadScreen(cmd, sys); err != nil {
			return err
		}
		return runs.Demo(cmd.Context(), d)
	}
	return cmd
}
