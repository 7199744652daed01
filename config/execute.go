// Package config is the command line and the settings of tillwatch.
//
// It turns words into plain values, one struct a command, checked and ready for use, and
// hands each to the function that main gave for that command. It calls no other package
// of this program.
//
//   - A setting is looked for in flags, then the environment, then the file, then the
//     defaults; where each was found is kept ([Settings.Origins]).
//   - A secret is never a flag, and never in an error.
//   - A mistake ends the program with status 2 before anything was started, and its text
//     says where it stands and what is allowed.
package config

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"

	"charm.land/fang/v2"
	"github.com/google/uuid"
	"github.com/spf13/cobra"
)

// Runs are the functions that do what a command asks. Each gets its checked values and
// ends when its work is done or ctx ends; its error becomes the exit status ([Exit],
// [Refuse], anything else is a fault).
type Runs struct {
	Watch   func(context.Context, Watch) error
	Demo    func(context.Context, Demo) error
	Load    func(context.Context, Load) error
	Sandbox func(context.Context, Sandbox) error
	Export  func(context.Context, Export) error
	Doctor  func(context.Context, Doctor) error
}

// System is what the program was started with.
type System struct {
	Args    []string // without the program's name
	Environ []string // NAME=value
	Out     io.Writer
	Err     io.Writer

	Vocabulary Vocabulary // what the settings of the screen are checked against
}

// Execute reads the command line, runs the command and returns the exit status. What
// went wrong is said on sys.Err, in plain words and without styling, for it may end in a
// log.
func Execute(ctx context.Context, sys System, runs Runs) int {
	root := command(sys, runs)
	root.SetArgs(spelled(sys.Args))
	root.SetOut(sys.Out)
	root.SetErr(sys.Err)

	started := false // a mistake before the run is one of usage
	usage := "tillwatch --help"
	for _, c := range root.Commands() {
		run := c.RunE
		c.RunE = func(cmd *cobra.Command, args []string) error {
			started = true
			return run(cmd, args)
		}
		if args := spelled(sys.Args); args[0] == c.Name() {
			usage = "tillwatch " + c.Name() + " --help"
		}
	}
	code := 0
	_ = fang.Execute(ctx, root, fang.WithVersion(Version()), fang.WithoutManpage(), fang.WithErrorHandler(
		func(_ io.Writer, _ fang.Styles, err error) {
			if !started {
				err = &refusal{fmt.Errorf("%w\nTry: %s", err, usage)}
			}
			code = status(err)
			var silent Exit
			if !errors.As(err, &silent) {
				fmt.Fprintf(sys.Err, "tillwatch: %v\n", err)
			}
		}))
	return code
}

// spelled is the command line with the word watch where it was left out: alone, before a
// payment and before a flag. A word that is none of these is a command, perhaps misspelt.
func spelled(args []string) []string {
	switch {
	case len(args) == 0, args[0] == "-", strings.Contains(args[0], ":"), uuid.Validate(args[0]) == nil:
	case !strings.HasPrefix(args[0], "-"), slices.Contains([]string{"-h", "--help", "-v", "--version"}, args[0]):
		return args
	}
	return append([]string{"watch"}, args...)
}

// Version is the module's version as Go stamped it into the program.
func Version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "unknown"
}

func command(sys System, runs Runs) *cobra.Command {
	root := &cobra.Command{
		Use:   "tillwatch",
		Short: "Watch checkout payments as they happen",
		Long: "Tillwatch watches checkout payments of Dollr until their result is verified.\n" +
			"It only reads on Dollr's live API: no command and no key moves money there.\n" +
			"Without a command it is `tillwatch watch`: `tillwatch ORDER:5`, `tillwatch -f FILE`.",
		Example: "  tillwatch demo\n  tillwatch watch 55:550e8400-e29b-41d4-a716-446655440000:ORDER",
	}
	root.AddCommand(watchCommand(sys, runs), demoCommand(sys, runs), loadCommand(sys, runs), exportCommand(sys, runs), doctorCommand(sys, runs),
		sandboxCommand(runs), manCommand(sys.Vocabulary))
	root.SetFlagErrorFunc(flagError)
	return root
}

// flagError says what to do instead of putting a secret where every other user of the machine can
// read it, or naming a program in a place that its user does not check. It also says what a flag's
// value may be.
func flagError(cmd *cobra.Command, err error) error {
	if better := valueError(cmd, err); better != nil {
		return better
	}
	const secret = "a secret is never a flag, for others can see the command line: use "
	for name, better := range map[string]string{
		"client-secret": secret + "--client-secret-file FILE or DOLLR_CLIENT_SECRET",
		"anon-key":      secret + "--anon-key-file FILE or SUPABASE_ANON_KEY",
		"hook": `a hook is never a flag, for it runs a program: put hook = ["PROGRAM", "WORD"] into the file, ` +
			`or set TILLWATCH_HOOK='["PROGRAM", "WORD"]'`,
	} {
		if err.Error() == "unknown flag: --"+name {
			return errors.New(better)
		}
	}
	return err
}

// valueError says what the value of a flag may be, where pflag would name the Go function
// that could not read it; nil when err is about something else.
func valueError(cmd *cobra.Command, err error) error {
	var wrong interface {
		error
		GetValue() string // pflag.InvalidValueError and others
	}
	if !errors.As(err, &wrong) {
		return nil
	}
	rest, found := strings.CutPrefix(err.Error(), "invalid argument "+strconv.Quote(wrong.GetValue())+` for "`)
	names, _, ends := strings.Cut(rest, `" flag: `) // "--seed", or "-f, --file"
	_, name, long := strings.Cut(names, "--")
	if !found || !ends || !long || cmd.Flags().Lookup(name) == nil {
		return nil
	}
	allowed := map[string]string{
		"uint64": "a whole number from 0 to 18446744073709551615", "float64": "a number, such as 0.5",
		"int": "a whole number", "duration": "a time, such as 90s or 10m", "bool": "true or false",
	}[cmd.Flags().Lookup(name).Value.Type()]
	if allowed == "" {
		return nil
	}
	return fmt.Errorf("--%s: %s is not %s", name, strconv.Quote(short(wrong.GetValue())), allowed)
}
