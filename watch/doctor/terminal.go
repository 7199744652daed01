package doctor

import (
	"context"
	"fmt"

	"tillwatch/watch"
)

// Terminal is what the program was started in.
type Terminal struct {
	In, Out       bool // standard input, standard output is a terminal
	Width, Height int  // 0: not known
	Term          string
	Colours       string // in words, e.g. "256 colours"
	Locale        string // what LC_ALL, LC_CTYPE or LANG says
	UTF8          bool
	Tmux, SSH     bool
}

// The least screen on which the board is of use.
const (
	leastWidth  = 40
	leastHeight = 10
)

func (r *run) terminal(context.Context) {
	r.group("TERMINAL")
	t := r.Terminal
	term := watch.SafeExact(t.Term, 40)
	const lines = "run doctor where the board is to be shown; without a terminal watch writes lines (--plain)"
	switch {
	case !t.In && !t.Out:
		r.line(Unknown, "terminal", "standard input and output are no terminal", lines)
	case !t.In:
		r.line(Unknown, "terminal", "standard input is no terminal", lines)
	case !t.Out:
		r.line(Unknown, "terminal", "standard output is no terminal", lines)
	case term == "" || term == "dumb":
		r.line(Bad, "terminal", fmt.Sprintf("TERM is %q, with which there is no board", term), "start it in another terminal, or use --plain")
	case t.Width > 0 && (t.Width < leastWidth || t.Height < leastHeight):
		r.line(Unknown, "terminal", fmt.Sprintf("%s, %s, and small: %d x %d", term, t.Colours, t.Width, t.Height),
			fmt.Sprintf("make it %d x %d or larger: 80 x 24 shows all that matters", leastWidth, leastHeight))
	default:
		r.line(Good, "terminal", fmt.Sprintf("%s, %s, %d x %d", term, t.Colours, t.Width, t.Height))
	}
	locale := watch.SafeExact(t.Locale, 60)
	switch {
	case t.UTF8:
		r.line(Good, "letters", "UTF-8 ("+locale+")")
	case locale == "":
		r.line(Unknown, "letters", "no locale is set: ASCII is drawn, and ? for other letters", "export LANG=C.UTF-8")
	default:
		r.line(Unknown, "letters", "the locale "+locale+" is not UTF-8: ASCII is drawn, and ? for other letters", "export LANG=C.UTF-8")
	}
	if !t.Out {
		return
	}
	switch {
	case t.Tmux:
		r.line(Unknown, "clipboard", "inside tmux: copying with y works if tmux passes it on",
			"put set -g set-clipboard on into ~/.tmux.conf")
	case t.SSH:
		r.line(Good, "clipboard", "over ssh: y copies to the terminal in front of you (OSC 52)")
	default:
		r.line(Good, "clipboard", "y copies to the desktop's and the terminal's")
	}
}
