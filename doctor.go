package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/term"

	"tillwatch/config"
	"tillwatch/hook"
	"tillwatch/ui/lines"
	"tillwatch/watch"
	"tillwatch/watch/doctor"
	"tillwatch/watch/dollr"
	"tillwatch/watch/intake"
	"tillwatch/watch/journal"
	"tillwatch/watch/realtime"
)

// examine is `tillwatch doctor`.
func examine(ctx context.Context, d config.Doctor) error {
	keepSecret(d.Settings)
	c := doctor.Config{
		Title: fmt.Sprintf("tillwatch %s, %s/%s, %s", d.Version, runtime.GOOS, runtime.GOARCH,
			time.Now().Format("2 Jan 2006 15:04:05 -07:00")),
		Settings: checked(d), Problems: d.Problems, File: underHome(d.File), There: d.There,
		BaseURL: d.BaseURL, Real: d.RealMoney,
		Realtime: realtime.Config{URL: d.SupabaseURL, APIKey: d.AnonKey.Reveal()},
		Journal:  func() (doctor.Journal, error) { return journalFacts(d.Settings) },
		Terminal: terminalFacts(), Zone: zoneTrouble(),
	}
	if d.Payment != "" {
		p, err := intake.Argument(d.Payment)
		if err != nil {
			return config.Refuse("%w", err)
		}
		if p.SourceType == "" {
			p.SourceType = d.SourceType
		}
		c.Payment = &p
	}
	api, err := dollr.New(dollr.Config{
		BaseURL: d.BaseURL, ClientID: d.ClientID, ClientSecret: d.ClientSecret.Reveal(), Real: d.RealMoney,
	})
	switch {
	case d.BaseURL == "":
		c.Lacking = "there is no usable dollr_base_url"
	case d.ClientID == "":
		c.Lacking = "there is no usable client id"
	case !d.ClientSecret.Given():
		c.Lacking = "there is no usable client secret"
	case err != nil:
		c.Lacking = err.Error()
	default:
		c.API = api
		defer api.Close()
	}
	switch outcome := doctor.Run(ctx, words(os.Stdout), c); {
	case ctx.Err() != nil:
		return config.Exit(config.ExitInterrupted)
	case outcome.Refused:
		return config.Exit(lines.LoginRefused)
	case outcome.Bad > 0:
		return config.Exit(lines.SomeUnresolved)
	}
	return nil
}

// checked is the settings as the doctor tells of them; the hook is looked for, too.
func checked(d config.Doctor) []doctor.Setting {
	var all []doctor.Setting
	for _, f := range d.Found {
		s := doctor.Setting{Name: f.Key, Value: f.Value, Origin: from(f.Origin), Default: f.Layer == config.Default, Bad: f.Bad}
		if f.Missing {
			s.Do = "give it in one of these; Dollr's merchant portal has it. tillwatch demo needs none"
		}
		if f.Key == "hook" && len(s.Bad) == 0 {
			if err := hook.Check(d.Hook); err != nil {
				s.Bad = []string{err.Error()}
			}
		}
		all = append(all, s)
	}
	return all
}

// from is where a setting came from, in a few words: the file's whole name stands above.
func from(o config.Origin) string {
	switch o.Layer {
	case config.File:
		return filepath.Base(o.Name)
	case config.Environment:
		return "variable " + o.Name
	case config.Flag:
		return "flag " + o.Name
	}
	return "default"
}

// underHome is a path as a person writes it.
func underHome(path string) string {
	home, err := os.UserHomeDir()
	if rest, under := strings.CutPrefix(path, home+string(filepath.Separator)); err == nil && home != "" && under {
		return filepath.Join("~", rest)
	}
	return path
}

// journalFacts is what can be seen of the journal of these settings without writing to it.
func journalFacts(s config.Settings) (doctor.Journal, error) {
	path, err := journalPath(s)
	j := doctor.Journal{Path: underHome(path), Off: path == "" && err == nil}
	if path == "" {
		return j, nil // without a home there is none, which the doctor says
	}
	info, err := os.Stat(path)
	switch {
	case err == nil:
		j.Exists, j.Size, j.Mode = true, info.Size(), info.Mode()
		err = lookInto(path, s, &j)
		j.Do = remedy(err)
	case errors.Is(err, fs.ErrNotExist):
		err = nil
	default:
		var inner *fs.PathError
		if errors.As(err, &inner) {
			err = inner.Err // the path is said already
		}
	}
	folder := filepath.Dir(path)
	for up := filepath.Dir(folder); folder != up && !isFolder(folder); up = filepath.Dir(folder) {
		folder = up
	}
	j.Folder = underHome(folder)
	damaged, _ := filepath.Glob(path + ".damaged-*") // a folder that cannot be read is said below
	for _, copied := range damaged {
		j.Damaged = append(j.Damaged, filepath.Base(copied))
	}
	j.Unwritable, j.Free, j.FreeKnown = room(folder)
	return j, err
}

// remedy is what to do about a journal that cannot be used.
func remedy(err error) string {
	var owner *journal.OwnerError
	var foreign *journal.ForeignError
	var access *journal.AccessError
	switch {
	case errors.As(err, &access):
		return "make it and its folder yours alone, or name another with --journal FILE"
	case errors.As(err, &owner):
		return "it is sound: --journal FILE names another for this merchant, and export still reads it"
	case errors.As(err, &foreign):
		return "is the name right? --journal FILE, or the setting journal, says which file"
	}
	return "start tillwatch: it keeps a damaged file under another name and takes over what can be read"
}

// lookInto adds what only the journal itself tells.
func lookInto(path string, s config.Settings, j *doctor.Journal) error {
	if err := journal.Safe(path); err != nil {
		return err
	}
	reader, err := journal.Read(path)
	if err != nil {
		return err
	}
	defer reader.Close()
	info, err := reader.Info()
	if err != nil {
		return err
	}
	j.Looked, j.Format, j.Payments, j.Open, j.Writer, j.Since = true, info.Format, info.Payments, info.Open, info.PID, info.Since
	if s.ClientID == "" {
		return nil // then it is unknown whether it is this merchant's
	}
	stake, _ := dollr.Stake(s.BaseURL, s.RealMoney)
	return reader.Belongs(s.BaseURL, s.ClientID, stake == watch.Real)
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// terminalFacts is what this program was started in.
func terminalFacts() doctor.Terminal {
	t := doctor.Terminal{
		In: term.IsTerminal(os.Stdin.Fd()), Out: term.IsTerminal(os.Stdout.Fd()),
		Term: os.Getenv("TERM"), Tmux: os.Getenv("TMUX") != "", SSH: os.Getenv("SSH_CONNECTION") != "",
	}
	if width, height, err := term.GetSize(os.Stdout.Fd()); err == nil {
		t.Width, t.Height = width, height
	}
	t.Colours = map[colorprofile.Profile]string{
		colorprofile.TrueColor: "all colours", colorprofile.ANSI256: "256 colours", colorprofile.ANSI: "16 colours",
	}[colorprofile.Detect(os.Stdout, os.Environ())]
	if t.Colours == "" {
		t.Colours = "no colours"
	}
	t.Locale, t.UTF8 = locale()
	return t
}
