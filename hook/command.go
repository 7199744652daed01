package hook

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"tillwatch/watch"
	"tillwatch/watch/safefile"
)

// pathMost bounds a path and what is wrong with it, in characters.
const pathMost = 600

// nameMost bounds what names a payment or a program in a line, in characters.
const nameMost = 60

// dying is how long we wait for what a killed process held open. Only one that has left
// the command's process group can need it.
const dying = time.Second

// Check returns in one line why a command cannot or must not run: it cannot be found, or another
// user of this machine can change what would run. So a mistake shows at the start and not when the
// first customer pays. An empty command is fine.
func Check(command []string) error {
	if len(command) == 0 {
		return nil
	}
	program := command[0]
	if strings.TrimSpace(program) == "" {
		return errors.New("its first word is empty, it must be a program")
	}
	_, err := exec.LookPath(program)
	if err == nil {
		return trusted(command)
	}
	name := shown(program)
	switch {
	case strings.HasPrefix(program, "~"):
		return fmt.Errorf("%s cannot be run: no shell reads ~, so write the whole path", name)
	case len(strings.Fields(program)) > 1:
		return fmt.Errorf("%s is no program: no shell splits it, so make each argument a word of its own in the list", name)
	case errors.Is(err, exec.ErrDot):
		return fmt.Errorf("%s is in this folder and not in PATH, so write ./ before it", name)
	case errors.Is(err, exec.ErrNotFound):
		return fmt.Errorf("%s is no program in PATH", name)
	}
	return fmt.Errorf("%s cannot be run: %s", name, plainly(err))
}

// runsFiles matches programs that run a file that their arguments name.
var runsFiles = regexp.MustCompile(`^(?:(?:ba|da|k|z|fi|a|c|tc)?sh|busybox|env|nice|nohup|sudo|doas|setsid|timeout|xargs|python[\d.]*|perl[\d.]*|ruby[\d.]*|node|nodejs|deno|bun|php[\d.]*|lua[\d.]*|tclsh[\d.]*|awk|gawk|mawk|osascript|pwsh)$`)

// trusted refuses a command if another user of this machine can change what runs: the program, the
// interpreter in its first line, or the script that an interpreter is given.
func trusted(command []string) error {
	program, err := exec.LookPath(command[0])
	if err != nil {
		return nil // the run reports that the program cannot be found
	}
	files := []string{program}
	for _, word := range interpreter(program) {
		if path, err := exec.LookPath(word); err == nil {
			files = append(files, path)
		}
	}
	if runsFiles.MatchString(filepath.Base(program)) {
		for _, word := range command[1:] {
			if info, err := os.Stat(word); err == nil && info.Mode().IsRegular() {
				files = append(files, word)
			}
		}
	}
	for _, file := range files {
		var why *safefile.Why
		if err := safefile.Trusted(file); errors.As(err, &why) {
			return fmt.Errorf("%s is not run: %s", strconv.Quote(filepath.Base(file)), watch.SafeExact(why.Error(), pathMost))
		}
	}
	return nil
}

// interpreter returns the programs that the first line of a script names: of #!/usr/bin/env sh
// both.
func interpreter(program string) []string {
	file, err := os.Open(program)
	if err != nil {
		return nil
	}
	defer file.Close()
	head := make([]byte, 256)
	n, _ := io.ReadFull(file, head)
	line, script := strings.CutPrefix(string(head[:n]), "#!")
	if !script {
		return nil
	}
	line, _, _ = strings.Cut(line, "\n")
	words := strings.Fields(line)
	return words[:min(len(words), 3)]
}

// shown is what names a program that cannot be run. By mistake it may be a whole command
// line, a variable before one, or an address, with a token in any of them, so at most the
// base name of its first part is repeated.
func shown(program string) string {
	first := strings.Fields(program)[0]
	local := !strings.Contains(first, "/") || strings.ContainsRune("/.~", rune(first[0]))
	name := watch.SafeExact(path.Base(first), nameMost)
	if !local || strings.ContainsAny(first, "=:") || name == "" {
		return "its first word"
	}
	return strconv.Quote(name)
}

// harmless is an environment without the credentials: every variable of Dollr's and
// Supabase's names, in letters of any case, for the system may not tell them apart.
func harmless(environ []string) []string {
	kept := make([]string, 0, len(environ))
	for _, variable := range environ {
		if upper := strings.ToUpper(variable); !strings.HasPrefix(upper, "DOLLR_") && !strings.HasPrefix(upper, "SUPABASE_") {
			kept = append(kept, variable)
		}
	}
	return kept
}

// run runs the command for one payment, and logs what it had to say and what went wrong.
func (r *Runner) run(s watch.Snapshot) {
	ctx, cancel := context.WithTimeoutCause(r.living, r.c.Limit, errLate)
	defer cancel()
	began := time.Now()
	said, err := r.execute(ctx, s)
	took, trouble := time.Since(began), ""
	name := watch.SafeExact(s.Label, nameMost)
	if name == "" {
		name = watch.Clean(string(s.ID()), nameMost)
	}
	for _, line := range said {
		r.c.Log(name+": "+line, false)
	}
	if err != nil {
		trouble = r.trouble(err)
		r.c.Log(name+": "+trouble, true)
	}
	if r.c.Ran != nil {
		r.c.Ran(s, took, trouble)
	}
}

// execute runs the command until it has ended and nothing that it started holds its output
// any more, or until ctx ends: then all of its process group is killed, and the error is
// why ctx has ended.
//
// The pipe is ours and not exec's, which would either wait for a forgotten background
// process for ever or not let it have its time.
func (r *Runner) execute(ctx context.Context, s watch.Snapshot) ([]string, error) {
	if err := trusted(r.c.Command); err != nil { // again, because it may have changed since the start
		return nil, err
	}
	object := r.c.Encode(s)
	reader, writer, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	cmd := exec.CommandContext(ctx, r.c.Command[0], r.c.Command[1:]...) //nolint:gosec // it is the merchant's own, from the settings
	cmd.Env = r.environ
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(object), writer, writer
	setApart(cmd)
	cmd.Cancel = func() error { return killAll(cmd) }
	cmd.WaitDelay = dying
	err = cmd.Start()
	writer.Close()
	if err != nil {
		return nil, cmp.Or(context.Cause(ctx), err)
	}

	var said tail
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		watch.Guarded(func() { _, _ = io.Copy(&said, reader) }, func(what, stack string) { r.broken(s, what, stack) })
	}()
	err = cmd.Wait()
	select {
	case <-ended:
	case <-ctx.Done():
		_ = killAll(cmd) // the command may have ended long ago, what it left behind has not
		select {
		case <-ended:
		case <-time.After(dying):
		}
	}
	reader.Close()
	<-ended
	return said.lines(), cmp.Or(context.Cause(ctx), err)
}

// trouble is what went wrong, in words.
func (r *Runner) trouble(err error) string {
	var exit *exec.ExitError
	switch {
	case errors.Is(err, errLate):
		return fmt.Sprintf("%v after %v and was killed", err, r.c.Limit)
	case errors.Is(err, errEnded):
		return fmt.Sprintf("%v, and was killed", err)
	case errors.As(err, &exit) && exit.Exited():
		return fmt.Sprintf("it failed, exit status %d", exit.ExitCode())
	case errors.As(err, &exit):
		return fmt.Sprintf("it failed, %v", exit.ProcessState)
	case errors.Is(err, syscall.ENOEXEC):
		return "it could not be started: no program, and no script either, whose first line would begin with #!"
	}
	return "it could not be started: " + plainly(err)
}

// plainly is an error of the system without the words of the library that met it.
func plainly(err error) string {
	var lookup *exec.Error
	if errors.As(err, &lookup) {
		err = lookup.Err
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return watch.SafeExact(err.Error(), lineMost)
}
