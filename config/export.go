package config

import (
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// Export is what `tillwatch export` was asked. It needs no credentials: it reads the
// journal alone.
type Export struct {
	Settings
	CSV          bool // else JSON Lines
	Since, Until time.Time
	Verdicts     []string // in capitals, as on the screen; empty: all
	Label        string   // contained in it, in any case; empty: all
	Support      string   // a payment's reference, or ORDER:101: its bundle for Dollr's support, and nothing else
}

// verdictWords are what --verdict may say, as a shell likes to be told.
var verdictWords = []string{"waiting", "confirming", "check", "paid", "not-paid", "stopped"}

func exportCommand(sys System, runs Runs) *cobra.Command {
	var e Export
	var format, day, since, until string
	var verdicts []string
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Write what the journal holds as CSV or JSON Lines, or one payment's support bundle",
		Long: "Writes the payments of the journal to standard output, a line each, oldest first. It reads beside a\n" +
			"tillwatch that is running, asks nobody anything, and needs no credentials; DOLLR_BASE_URL and\n" +
			"DOLLR_CLIENT_ID only choose the journal, as they do for watch. A payment belongs to the day on\n" +
			"which its result was verified, or without a result to that on which it was handed over.",
		Example: "  tillwatch export --day today >today.csv\n" +
			"  tillwatch export --format jsonl --since 2026-11-01 --verdict check,waiting\n" +
			"  tillwatch export --support 550e8400-e29b-41d4-a716-446655440000",
		Args: cobra.NoArgs,
	}
	flags := cmd.Flags()
	flags.StringVar(&format, "format", "csv", "how it is written: csv, or jsonl for JSON Lines")
	flags.StringVar(&day, "day", "", "of this day alone: 2026-11-26, today or yesterday")
	flags.StringVar(&since, "since", "", "of this day and later")
	flags.StringVar(&until, "until", "", "of this day and earlier")
	flags.StringSliceVar(&verdicts, "verdict", nil, "with these verdicts alone: "+strings.Join(verdictWords, ", "))
	flags.StringVar(&e.Label, "label", "", "whose label has this text in it")
	flags.StringVar(&e.Support, "support", "", "all that Dollr's support asks for about this payment, e.g. its reference, or ORDER:101")
	settingFlags(cmd, settingsOfAnExport, sys.Vocabulary)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		e.CSV = format == "csv"
		switch {
		case !e.CSV && format != "jsonl":
			return Refuse("--format: %q is not csv or jsonl", short(format))
		case day != "" && since+until != "":
			return Refuse("--day cannot be had together with --since or --until")
		case flags.Changed("support") && strings.TrimSpace(e.Support) == "":
			return Refuse("--support is empty: give a payment's reference, or ORDER:101")
		case e.Support != "" && (day+since+until+e.Label != "" || len(verdicts) > 0 || flags.Changed("format")):
			return Refuse("--support is about one payment: no filter and no format go with it")
		}
		if day != "" {
			since, until = day, day
		}
		from, err := dayOf("since", since, day != "")
		if err != nil {
			return err
		}
		to, err := dayOf("until", until, day != "")
		if err != nil {
			return err
		}
		if !from.IsZero() && !to.IsZero() && from.After(to) {
			return Refuse("--since is after --until")
		}
		if !from.IsZero() {
			e.Since = sys.Vocabulary.startOfDay(from)
		}
		if !to.IsZero() {
			e.Until = sys.Vocabulary.startOfDay(to.AddDate(0, 0, 1)) // the whole of the last day
		}
		for _, v := range verdicts {
			word := strings.ReplaceAll(strings.ToLower(strings.TrimSpace(v)), " ", "-")
			if !slices.Contains(verdictWords, word) {
				return Refuse("--verdict: %q is not one of %s", short(v), strings.Join(verdictWords, ", "))
			}
			e.Verdicts = append(e.Verdicts, strings.ToUpper(strings.ReplaceAll(word, "-", " ")))
		}
		if e.Settings, err = load(cmd, sys); err != nil {
			return err
		}
		return runs.Export(cmd.Context(), e)
	}
	return cmd
}

// settingsOfAnExport are those that choose the journal.
var settingsOfAnExport = slices.DeleteFunc(slices.Clone(table), func(d setting) bool {
	return !slices.Contains([]string{"dollr_client_id", "dollr_base_url", "money", "journal"}, d.key)
})

// dayOf returns a day as its date in UTC; zero for an empty text.
func dayOf(flag, text string, fromDay bool) (time.Time, error) {
	if fromDay {
		flag = "day"
	}
	y, m, d := time.Now().Date()
	switch text {
	case "":
		return time.Time{}, nil
	case "today":
	case "yesterday":
		d--
	default:
		at, err := time.Parse(time.DateOnly, text)
		if err != nil {
			return at, Refuse("--%s: %q is not a day such as 2026-11-26, today or yesterday", flag, short(text))
		}
		return at, nil
	}
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC), nil
}
