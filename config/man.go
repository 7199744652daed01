package config

import (
	"fmt"
	"strings"

	mango "github.com/muesli/mango-cobra"
	"github.com/muesli/roff"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// exitStatuses are those of lines without a screen, for the help and the manual page.
const exitStatuses = "Exit status of --json and --plain, the first that applies: 5 credentials refused; 4 something\n" +
	"is unresolved, needs a look, was not understood or could never be read; 3 something was not\n" +
	"paid; 0 all were paid. 130 interrupted; 2 bad usage or settings, or a journal in use; 1 a fault\n" +
	"of tillwatch, or not everything is on disk."

// manCommand prints the manual page: what the commands say of themselves, and what is
// common to them.
func manCommand(words Vocabulary) *cobra.Command {
	return &cobra.Command{
		Use:   "man",
		Short: "Print the manual page, for man -l -",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			page, err := mango.NewManPage(1, cmd.Root())
			if err != nil {
				return fmt.Errorf("making the manual page: %w", err)
			}
			for _, c := range cmd.Root().Commands() {
				c.Flags().VisitAll(func(f *pflag.Flag) {
					if f.Hidden { // mango shows them all
						delete(page.Root.Commands[c.Name()].Flags, f.Name)
					}
				})
				if c.Long != "" && c.IsAvailableCommand() && c.Name() != "completion" {
					page = page.WithSection(strings.ToUpper(cmd.Root().Name()+" "+c.Name()), oneParagraph(c.Long))
				}
			}
			page = page.WithSection("Environment", manSettings(words, func(d setting) bool { return !d.screen })).
				WithSection("Environment of the screen", "A demo reads these alone.\n\n"+
					manSettings(words, func(d setting) bool { return d.screen && d.env != "" })).
				WithSection("Files", "tillwatch/*.log in the XDG state folder (~/.local/state) is the log, with five old ones.\n\n"+
					"tillwatch/config.toml in the XDG config folder (~/.config) holds the same settings under "+
					"their names in small letters, without TILLWATCH_. These stand in it alone, each in a [table] of its own, "+
					"below all others:\n\n"+
					manSettings(words, func(d setting) bool { return d.env == "" })).
				WithSection("Exit status", oneParagraph(exitStatuses)+"\n\nOf load: "+oneParagraph(loadStatuses))
			text := page.Build(roff.NewDocument())
			text = strings.NewReplacer(`\fB--f --`, `\fB-f --`, `\fB--h --`, `\fB-h --`).Replace(text) // mango gives both two dashes
			_, err = fmt.Fprint(cmd.OutOrStdout(), text)
			return err
		},
	}
}

// oneParagraph joins the lines that a help text was broken into; roff fills by itself.
func oneParagraph(text string) string {
	parts := strings.Split(text, "\n\n")
	for i := range parts {
		parts[i] = strings.ReplaceAll(parts[i], "\n", " ")
	}
	return strings.Join(parts, "\n\n")
}

// manSettings is every setting of a kind with what it is.
func manSettings(words Vocabulary, of func(setting) bool) string {
	var lines []string
	for _, d := range table {
		name := d.env
		if name == "" {
			name = "[" + d.key + "]"
		}
		if of(d) {
			lines = append(lines, name+": "+d.does(words)+".")
		}
	}
	return strings.Join(lines, "\n\n")
}
