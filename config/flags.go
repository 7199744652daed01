package config

import (
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// Output says how the news of payments is shown.
type Output uint8

// The outputs.
const (
	Board Output = iota // a screen
	JSON                // a JSON object a change, on standard output
	Plain               // a line of words a change, likewise
)

func badSpeed(speed float64) error {
	return Refuse("--speed: %v is not a number from 0.1 to 100", speed)
}

func badLimits(limits string) error {
	return Refuse("--limits: %q is not default or none", short(limits))
}

func speedOK(speed float64) bool { return speed >= 0.1 && speed <= 100 }

// simulationFlags are those of every command that runs a sandbox.
func simulationFlags(cmd *cobra.Command, seed *uint64, speed *float64, usual float64) {
	cmd.Flags().Uint64Var(seed, "seed", 7, "the same seed plays the same payments")
	cmd.Flags().Float64Var(speed, "speed", usual, "customers and operators are this much faster; limits keep real seconds")
}

// limitFlag is how long a command may run, which has no limit unless it is given: the help
// must not show 0s as one.
func limitFlag(cmd *cobra.Command, into *time.Duration, name, about string) {
	cmd.Flags().DurationVar(into, name, 0, about)
	cmd.Flags().Lookup(name).DefValue = ""
}

// pprofFlag is the flag that serves profiles of the program itself, for its developers. It is a
// flag only, so that a user does not leave it on by accident.
func pprofFlag(cmd *cobra.Command, into *string) {
	cmd.Flags().StringVar(into, "pprof", "", "for developers: profiles of this program at this address of this machine alone, e.g. 127.0.0.1:6060")
}

// outputFlags are those of every command that has a board of payments.
func outputFlags(cmd *cobra.Command, into *Output) {
	chooseOutput(cmd, into, "no screen: a JSON object a change, schema tillwatch.v1", "no screen: a line of words a change")
}

// chooseOutput are those of every command that has a screen, with what each of them is.
func chooseOutput(cmd *cobra.Command, into *Output, aboutJSON, aboutPlain string) {
	choose := func(name string, output Output, about string) {
		cmd.Flags().BoolFunc(name, about, func(value string) error {
			on, err := strconv.ParseBool(value)
			if on {
				*into = output
			}
			return err
		})
	}
	choose("json", JSON, aboutJSON)
	choose("plain", Plain, aboutPlain)
}

// twoOutputs reports whether both were asked for, of which only one can be had.
func twoOutputs(cmd *cobra.Command) bool {
	return cmd.Flags().Changed("json") && cmd.Flags().Changed("plain")
}

const badOutputs = "--json and --plain cannot be had together"

// settingFlags are those of every command that has these settings. The help shows flags
// as they come here, so that settings of one kind stand together.
func settingFlags(cmd *cobra.Command, settings []setting, words Vocabulary) {
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.String("config", "", "settings file, instead of tillwatch/config.toml in the XDG config folder")
	for _, d := range settings {
		if d.flag == "" {
			continue
		}
		about := d.does(words)
		if d.fallback != "" {
			about += " (default " + d.fallback + ")"
		}
		about += "; also " + d.env
		if d.alone {
			flags.Bool(d.flag, false, about)
		} else {
			flags.String(d.flag, "", about)
		}
	}
}

// does is what a setting is, with the words of the screen that may stand for it.
func (d setting) does(words Vocabulary) string {
	if d.words == nil || len(d.words(words)) == 0 {
		return d.about
	}
	return d.about + "; there are " + strings.Join(d.words(words), ", ")
}
