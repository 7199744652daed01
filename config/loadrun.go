package config

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// Load is what `tillwatch load` was asked. What belongs to other packages is as it was
// given, for them to read: the mixes, the links and the expectations.
//
// With Own the run is on a sandbox of its own, and of the settings only the rates, the
// screen and the dump are there; see [Load.On]. Else they are whole, but for the hook, and
// BaseURL is the flag's.
type Load struct {
	Settings
	Own    bool
	Output Output

	Rate, Ramp float64       // arrivals a second at the start, and to which they are ramped
	RampOver   time.Duration // 0: no ramp
	For        time.Duration // arrivals end then; 0: not given
	Payments   int           // at most so many arrivals; 0: no limit
	Even       bool          // even gaps between them
	Scenarios  string        // "" is the usual mix
	Methods    string        // likewise
	Seed       uint64
	Drain      time.Duration // how long results are waited for
	AsBegun    bool
	Expect     []string
	Samples    string // a file that ends in .csv or .jsonl; empty: none

	Links  string // of our own sandbox; empty: clean
	Speed  float64
	Limits string // "default" or "none"
	Apart  bool   // it is a process of its own

	Pprof string   // see pprofFlag
	Notes []string // to be said once: why the settings file was not used
}

// loadStatuses are for the help and the manual page.
const loadStatuses = "Exit status of --json and --plain: 0 all is well; 6 an expectation was not met; 5 the credentials\n" +
	"are refused; 4 payments have no result though --drain is over, and no expectation about open says how\n" +
	"many may; 130 a signal ended a run that had an end; 2 bad usage or settings; 1 a verdict was wrong or\n" +
	"could not be compared with our own sandbox, not all samples are in their file, no payment at all could\n" +
	"be made, or a fault of tillwatch. With a screen only a wrong verdict and a fault are not 0."

func loadCommand(sys System, runs Runs) *cobra.Command {
	var l Load
	var ramp string
	cmd := &cobra.Command{
		Use:   "load",
		Short: "A load run: payments arrive by themselves and are watched, timed and judged",
		Long: "Payments are made over the API as a merchant makes them, at times that do not wait for\n" +
			"those before, and are watched as always. Without --base-url they are made on a sandbox of our own: no\n" +
			"credential is read, and no money is moved. With it on an environment that you own. Dollr's live\n" +
			"API, heydollr.app and every name under it, is refused, and no flag lifts that. Credentials out of the\n" +
			"environment or the file are used only if DOLLR_BASE_URL there is the same address.\n" +
			"Arrivals end with --for or --payments, the run ends when all have a result; without either it goes\n" +
			"on until somebody ends it.\n\n" + loadStatuses,
		Example: "  tillwatch load\n" +
			"  tillwatch load --rate 5 --ramp 20/2m --for 5m --links mixed\n" +
			"  tillwatch load --payments 500 --json --expect 'start_to_paid.p99<60s' --expect 'wrong==0'",
		Args: cobra.NoArgs,
	}
	chooseOutput(cmd, &l.Output, "no screen: a JSON object a second, schema tillwatch.load.v1", "no screen: a line of words a second")
	flags := cmd.Flags()
	flags.Float64Var(&l.Rate, "rate", 5, "arrivals a second at the start")
	flags.StringVar(&ramp, "ramp", "", "change the rate evenly to another one within a time, e.g. 20/2m")
	limitFlag(cmd, &l.For, "for", "arrivals end after this long, e.g. 2m (default, and 0: nobody says)")
	flags.IntVar(&l.Payments, "payments", 0, "arrivals end after so many (0: no limit)")
	flags.BoolVar(&l.Even, "even", false, "come at even gaps, instead of as customers do who don't know of each other")
	flags.StringVar(&l.Scenarios, "scenarios", "", "what happens to the payments, with weights, e.g. paid=8,declined=1; of cards also card-paid, card-declined, card-3ds")
	flags.StringVar(&l.Methods, "methods", "", "how they are paid, with weights, e.g. mtn-lr=2,card=1")
	flags.DurationVar(&l.Drain, "drain", 7*time.Minute, "wait this long for results once arrivals have ended")
	flags.Lookup("drain").DefValue = "7m"
	flags.BoolVar(&l.AsBegun, "as-begun", false, "count from when a payment was begun: a stall of ours is then not in the times")
	flags.StringArrayVar(&l.Expect, "expect", nil, "what must hold at the end, e.g. 'start_to_paid.p99<60s', 'paid>=70%'; may be given again")
	flags.StringVar(&l.Samples, "samples", "", "write a line a payment to this new file as they end, those of the last second without what the sandbox knows (docs/json.md); it ends in .csv or .jsonl")
	simulationFlags(cmd, &l.Seed, &l.Speed, 4)
	flags.StringVar(&l.Limits, "limits", "default", "the real server's limits, or with none no limits at all")
	flags.StringVar(&l.Links, "links", "", aboutLinks)
	flags.BoolVar(&l.Apart, "apart", false, "run the sandbox in a process of its own, so that it can be measured apart")
	flags.String("base-url", "", "make the payments on this API, an environment that you own, with the credentials of this address")
	pprofFlag(cmd, &l.Pprof)
	settingFlags(cmd, settingsOfALoad, sys.Vocabulary)
	_ = flags.MarkHidden("money") // it is there to be refused
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		l.Own = !flags.Changed("base-url")
		if err := l.where(cmd, sys); err != nil {
			return err
		}
		if err := l.check(cmd, ramp); err != nil {
			return err
		}
		if err := l.settings(cmd, sys); err != nil {
			return err
		}
		return runs.Load(cmd.Context(), l)
	}
	return cmd
}

const aboutLinks = "break the links of payments made over the API: mixed, or the name of one link"

// maxRate is how many arrivals a second can be asked for.
const maxRate = 10_000

// check refuses what cannot be meant, and takes the ramp apart.
func (l *Load) check(cmd *cobra.Command, ramp string) error {
	flags := cmd.Flags()
	switch {
	case twoOutputs(cmd):
		return Refuse(badOutputs)
	case !rateOK(l.Rate):
		return Refuse("--rate: %v is not a number from 0 to %d", l.Rate, maxRate)
	case l.For < 0:
		return Refuse("--for is negative")
	case l.Payments < 0:
		return Refuse("--payments is negative")
	case l.Drain <= 0:
		return Refuse("--drain: want a time above 0, such as 30s")
	case flags.Changed("scenarios") && strings.TrimSpace(l.Scenarios) == "":
		return Refuse("--scenarios is empty: give names with weights, such as paid=8,declined=1")
	case flags.Changed("methods") && strings.TrimSpace(l.Methods) == "":
		return Refuse("--methods is empty: give names with weights, such as mtn-lr=2,card=1")
	case l.Limits != "default" && l.Limits != "none":
		return badLimits(l.Limits)
	case !speedOK(l.Speed):
		return badSpeed(l.Speed)
	case flags.Changed("links") && strings.TrimSpace(l.Links) == "":
		return Refuse("--links is empty: give mixed, or the name of a link")
	case flags.Changed("dump") && l.Own && fileName(flags.Lookup("dump").Value.String()) != nil:
		return Refuse("flag --dump: want %s", allowedDump)
	case flags.Changed("samples") && !samplesOK(l.Samples):
		return Refuse("--samples: want the name of a new file that ends in .csv or .jsonl")
	}
	if !flags.Changed("ramp") {
		return nil
	}
	rate, over, _ := strings.Cut(ramp, "/")
	var err, errOver error
	l.Ramp, err = strconv.ParseFloat(strings.TrimSpace(rate), 64)
	l.RampOver, errOver = time.ParseDuration(strings.TrimSpace(over))
	if err != nil || errOver != nil || !rateOK(l.Ramp) || l.RampOver <= 0 {
		return Refuse("--ramp: %s is not a rate and a time, such as 20/2m", strconv.Quote(short(ramp)))
	}
	return nil
}

func rateOK(rate float64) bool { return rate >= 0 && rate <= maxRate && !math.IsNaN(rate) }

func samplesOK(name string) bool {
	return fileName(name) == nil && slices.Contains([]string{".csv", ".jsonl"}, strings.ToLower(filepath.Ext(name)))
}

// ownRun are the settings of a run on a sandbox of its own, in addition to those of the screen.
var ownRun = []string{"status_rate", "key_rate", "joins_rate", "channels_per_socket", "realtime_window"}

var (
	settingsOfAnOwnRun = slices.DeleteFunc(slices.Clone(table), func(d setting) bool {
		return !d.screen && !slices.Contains(ownRun, d.key)
	})
	// The address is a flag of its own, because it has neither a default nor a variable here. A
	// load run has no hook: a bell for each made-up payment would be heard in the shop.
	settingsOfALoad = slices.DeleteFunc(slices.Clone(table), func(d setting) bool {
		return d.key == "dollr_base_url" || slices.ContainsFunc(settingsOfTheHook, func(h setting) bool { return h.key == d.key })
	})
)

// ofTheSandbox are the flags that say what our own sandbox is like.
var ofTheSandbox = []string{"speed", "limits", "links", "apart"}

// where refuses to go where real money is, whatever else was asked, and flags that have no
// meaning where the run goes.
func (l *Load) where(cmd *cobra.Command, sys System) error {
	flags := cmd.Flags()
	for _, name := range []string{"base-url", "supabase-url"} {
		if err := refuseLiveAddress(flags.Lookup(name).Value.String()); err != nil {
			return Refuse("--%s: %w", name, err)
		}
	}
	const real = "a load run is refused where the money is real: it would ask real customers for it"
	switch {
	case flags.Lookup("money").Value.String() == "real":
		return Refuse("--money real: %s", real)
	case lookup(sys.Environ, "TILLWATCH_MONEY") == "real":
		return Refuse("environment variable TILLWATCH_MONEY: %s", real)
	}
	if !l.Own {
		for _, name := range ofTheSandbox {
			if flags.Changed(name) {
				return Refuse("--%s is about our own sandbox, and --base-url goes elsewhere: leave one away", name)
			}
		}
		return nil
	}
	for _, d := range settingsOfALoad {
		own := d.key == "dump" || slices.ContainsFunc(settingsOfAnOwnRun, func(s setting) bool { return s.key == d.key })
		if d.flag != "" && !own && flags.Changed(d.flag) {
			return Refuse("--%s needs --base-url: our own sandbox has its own", d.flag)
		}
	}
	return nil
}

// settings reads what the run needs of them. For our own sandbox no credential is among
// them, and what else stands in the environment and the file is not looked at.
func (l *Load) settings(cmd *cobra.Command, sys System) (err error) {
	r := reader{
		cmd: cmd, environ: sys.Environ, words: sys.Vocabulary, table: table,
		flagOnly: "dollr_base_url", firm: map[string]string{"money": "real"},
	}
	if l.Own {
		r.table, r.notes = settingsOfAnOwnRun, &l.Notes
	} else {
		r.beside = addresses{File: {}, Environment: {}}
	}
	if l.Settings, err = r.load(); err != nil {
		return err
	}
	if l.Own {
		l.Dump = cmd.Flags().Lookup("dump").Value.String()
		return nil
	}
	l.Hook = nil
	if err := refuseLiveAddress(l.SupabaseURL); err != nil { // out of a variable or the file
		return Refuse("%s: %w", l.origins["supabase_url"].place(), err)
	}
	if l.RealMoney {
		return Refuse("%s: a load run is refused where the money is real", l.origins["money"].place())
	}
	if err := l.meantFor(r.beside); err != nil {
		return err
	}
	return l.credentials()
}

// On is the settings of a run on our own sandbox: what the sandbox says that a watcher of it
// needs, as NAME=value, with the rates and the screen that were asked for.
func (l Load) On(variables []string) (Settings, error) {
	s, err := Given(variables)
	if err != nil {
		return s, err
	}
	s.StatusRate, s.KeyRate, s.JoinsRate = l.StatusRate, l.KeyRate, l.JoinsRate
	s.ChannelsPerSocket, s.Window = l.ChannelsPerSocket, l.Window
	s.Screen, s.Dump = l.Screen, l.Dump
	s.Title = fmt.Sprintf("load seed %d", l.Seed)
	return s, nil
}
