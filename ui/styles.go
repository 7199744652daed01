package ui

import (
	"image/color"
	"slices"
	"strings"

	"charm.land/lipgloss/v2"
)

// Theme chooses the colours. Whatever it is, every verdict also has a mark and a word.
type Theme uint8

// The themes. Auto asks the terminal for its background, and is dark until it answers.
const (
	ThemeAuto Theme = iota
	ThemeDark
	ThemeLight
	ThemeContrast // few and strong colours, told apart by those who see red and green alike
	ThemeMono     // bold and reverse only; also what NO_COLOR and terminals without colour get
)

// String is the theme's name.
func (t Theme) String() string {
	return [...]string{"auto", "dark", "light", "high contrast", "mono"}[t]
}

// Themes are the names that a settings file has for the themes.
func Themes() []string { return []string{"auto", "dark", "light", "contrast", "mono"} }

// ParseTheme reads one of Themes; what it does not know is Auto.
func ParseTheme(name string) Theme { return Theme(max(0, slices.Index(Themes(), name))) }

// next is the theme that T goes to.
func (t Theme) next() Theme { return (t + 1) % (ThemeMono + 1) }

// role is what a piece of text is for. Nothing outside this file knows a colour.
type role uint8

const (
	roleText role = iota
	roleFaint
	roleStrong
	roleGood    // PAID
	roleBad     // NOT PAID
	roleAlarm   // CHECK, and what a person has to act on
	roleBusy    // CONFIRMING
	roleWait    // WAITING
	roleOff     // STOPPED
	roleRule    // lines between regions
	roleReal    // the badge of real money
	roleSim     // the badge of any other
	roleBanner  // the box when Dollr cannot be asked
	roleNotice  // the line of a milder trouble
	roleKey     // a key in a hint
	roleChosen  // the mark of the chosen row
	roleCaption // what a presenter tells

	// Bars of a big row, whose whole line has the verdict's colour.
	roleGoodBar
	roleBadBar
	roleAlarmBar
	roleBusyBar
	roleWaitBar
	roleOffBar

	roles // how many there are
)

// paint is a style made ready: what to write before a text and after it.
type paint struct{ on, off string }

// styles are the paints of each role, on a plain row and on the chosen one. Making an
// escape sequence anew for every cell cost ten times the rest of the frame.
type styles struct {
	looks         [roles]lipgloss.Style // for widgets that paint themselves
	plain, chosen [roles]paint

	// The terminal's own colours while we are there: a theme that was chosen for the other
	// kind of ground brings its own, or its text could not be read. nil: as they are.
	ground, ink color.Color
}

// palette is a theme's colours by meaning.
type palette struct {
	faint, good, bad, alarm, busy, wait, rule, real, sim, key, chosen string
	inverse                                                           string // text on a badge
	bar                                                               string // text on the rule's colour
}

var (
	darkColours = palette{
		faint: "#8a8fa3", good: "#7bd88f", bad: "#ff7b72", alarm: "#ffb454", busy: "#79c0ff", wait: "#d7d9e0",
		rule: "#4a4f63", real: "#ff7b72", sim: "#79c0ff", key: "#e6c07b", chosen: "#2d3348", inverse: "#10121a", bar: "#ffffff",
	}
	lightColours = palette{
		faint: "#5c6170", good: "#116329", bad: "#b3261e", alarm: "#8a4b00", busy: "#0550ae", wait: "#24292f",
		rule: "#b4b9c6", real: "#b3261e", sim: "#0550ae", key: "#6b4e00", chosen: "#dfe6f5", inverse: "#ffffff", bar: "#10121a",
	}
	// Blue against orange: no two verdicts differ in red and green alone. For a dark and for a
	// light ground.
	contrastDark = palette{
		faint: "#c8ccd8", good: "#4db8ff", bad: "#ff9d3d", alarm: "#ffe14d", busy: "#ffffff", wait: "#ffffff",
		rule: "#9aa0b3", real: "#ff9d3d", sim: "#4db8ff", key: "#ffe14d", chosen: "#1f3a5f", inverse: "#000000", bar: "#000000",
	}
	contrastLight = palette{
		faint: "#33373f", good: "#003f8a", bad: "#8a3b00", alarm: "#6b0040", busy: "#000000", wait: "#000000",
		rule: "#5c6170", real: "#8a3b00", sim: "#003f8a", key: "#6b0040", chosen: "#cfe0ff", inverse: "#ffffff", bar: "#ffffff",
	}
)

// colours are the palette of a theme that has one; dark is the terminal's background, which
// a theme that is made for one of the two overrules.
func (t Theme) colours(dark bool) palette {
	switch {
	case t == ThemeContrast && dark:
		return contrastDark
	case t == ThemeContrast:
		return contrastLight
	case t == ThemeLight, t == ThemeAuto && !dark:
		return lightColours
	}
	return darkColours
}

// newStyles makes the styles of a theme. For Auto, dark is the terminal's background and known says
// whether the terminal has told it. A theme made for a dark or a light background brings its own,
// unless the terminal is known to have that one.
func newStyles(theme Theme, dark, known bool) *styles {
	looks := monoLooks()
	// The chosen row is bold and on a ground of its own; its ">" says it without either.
	behind := lipgloss.NewStyle().Bold(true)
	if theme != ThemeMono {
		p := theme.colours(dark)
		looks, behind = colourLooks(p), behind.Background(lipgloss.Color(p.chosen))
	}
	s := &styles{looks: looks}
	switch {
	case theme == ThemeLight && (dark || !known):
		s.ground, s.ink = lipgloss.Color("#ffffff"), lipgloss.Color("#24292f")
	case theme == ThemeContrast && !known:
		s.ground, s.ink = lipgloss.Color("#000000"), lipgloss.Color("#ffffff")
	case theme == ThemeDark && (!dark || !known):
		s.ground, s.ink = lipgloss.Color("#10121a"), lipgloss.Color("#d7d9e0")
	}
	for r, look := range looks {
		s.plain[r] = newPaint(look)
		s.chosen[r] = newPaint(look.Inherit(behind))
	}
	return s
}

// colourLooks are the looks of a theme with colours.
func colourLooks(p palette) [roles]lipgloss.Style {
	ink := func(hex string) lipgloss.Style { return lipgloss.NewStyle().Foreground(lipgloss.Color(hex)) }
	badge := func(hex string) lipgloss.Style {
		return ink(p.inverse).Background(lipgloss.Color(hex)).Bold(true)
	}
	return [roles]lipgloss.Style{
		roleText:    lipgloss.NewStyle(),
		roleFaint:   ink(p.faint),
		roleStrong:  lipgloss.NewStyle().Bold(true),
		roleGood:    ink(p.good).Bold(true),
		roleBad:     ink(p.bad),
		roleAlarm:   ink(p.alarm).Bold(true),
		roleBusy:    ink(p.busy),
		roleWait:    ink(p.wait),
		roleOff:     ink(p.faint),
		roleRule:    ink(p.rule),
		roleReal:    badge(p.real),
		roleSim:     badge(p.sim),
		roleBanner:  badge(p.alarm),
		roleNotice:  ink(p.alarm),
		roleKey:     ink(p.key),
		roleChosen:  ink(p.alarm).Bold(true),
		roleCaption: badge(p.key),

		roleGoodBar: badge(p.good), roleBadBar: badge(p.bad), roleAlarmBar: badge(p.alarm), roleBusyBar: badge(p.busy),
		roleWaitBar: badge(p.rule).Foreground(lipgloss.Color(p.bar)), roleOffBar: ink(p.faint).Bold(true),
	}
}

// monoLooks says everything with bold and reverse; faint is left out, for some terminals
// draw it as nothing.
func monoLooks() [roles]lipgloss.Style {
	plain, bold := lipgloss.NewStyle(), lipgloss.NewStyle().Bold(true)
	reverse := bold.Reverse(true)
	return [roles]lipgloss.Style{
		roleText: plain, roleFaint: plain, roleStrong: bold, roleGood: bold, roleBad: plain, roleAlarm: bold,
		roleBusy: plain, roleWait: plain, roleOff: plain, roleRule: plain, roleReal: reverse, roleSim: reverse,
		roleBanner: reverse, roleNotice: bold, roleKey: bold, roleChosen: bold, roleCaption: reverse,
		roleGoodBar: reverse, roleBadBar: bold, roleAlarmBar: reverse, roleBusyBar: bold, roleWaitBar: bold, roleOffBar: bold,
	}
}

// newPaint splits what Lip Gloss writes around a text.
func newPaint(look lipgloss.Style) paint {
	on, off, _ := strings.Cut(look.Render("x"), "x")
	return paint{on, off}
}
