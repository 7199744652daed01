package ui

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"tillwatch/watch"
	"tillwatch/watch/load"
)

// Load is a load run as the screen sees it: what it tells, and how it is steered.
type Load struct {
	// Report is asked once a second and after each steering. It returns at once.
	Report func() load.Report
	// Steer does one thing to the run, and says in a few words what it did. It returns at
	// once.
	Steer func(load.Steering) string
	// Faults are those that the whole sandbox can have, by the names in Report.Faults. nil:
	// there are none to be had here. It returns at once.
	Faults func() []Choice
	// SetFault switches one on or off, and says what it did. It may take its time; it runs
	// outside the screen's loop.
	SetFault func(name string, on bool) string
	// Retry tries a refused login at once, and asks again what failed. It returns at once. nil
	// hides its key.
	Retry func()
	// Export writes the raw samples and says where they are. It may take its time; it runs
	// outside the screen's loop. nil hides its key.
	Export func() (string, error)
	// Note is one line on whose money it is and where.
	Note string
}

// noRun is what the key of the load screen says where there is none.
const noRun = "there is no load run; tillwatch load starts one"

// loadRun is what the load screen shows: the newest report, and how fast Dollr is asked.
type loadRun struct {
	report    load.Report
	note      string
	pace      pace
	exporting bool // the samples are being written

	// Of the frame that is being drawn; kept, so that the next need not make them anew.
	left, middle, right block
	bars                int // of the histogram that have a line
	spark               []byte
}

// pace measures calls a second over the last few seconds of which there is a count.
type pace struct {
	marks [6]paceMark // oldest first
	n     int
}

type paceMark struct {
	at          time.Time
	reads, keys uint64
}

// take notes how many calls there have been by now. Two takes within half a second count
// as one, for the difference would say nothing.
func (p *pace) take(at time.Time, h *watch.Health) {
	if p.n > 0 && at.Sub(p.marks[p.n-1].at) < time.Second/2 {
		return
	}
	if p.n == len(p.marks) {
		copy(p.marks[:], p.marks[1:])
		p.n--
	}
	p.marks[p.n] = paceMark{at, h.Reads, h.Keys}
	p.n++
}

// rates are reads and keys a second.
func (p *pace) rates() (reads, keys float64) {
	if p.n < 2 {
		return 0, 0
	}
	first, last := &p.marks[0], &p.marks[p.n-1]
	took := last.at.Sub(first.at).Seconds()
	return float64(last.reads-first.reads) / took, float64(last.keys-first.keys) / took
}

// askRun takes the run's report in, with its texts made fit for a cell.
func (m *Model) askRun() {
	if m.options.Load == nil {
		return
	}
	m.run.pace.take(m.now, &m.health)
	m.renew()
}

// renew asks the run for its report.
func (m *Model) renew() {
	if m.options.Load == nil || m.options.Load.Report == nil {
		return
	}
	r := m.options.Load.Report()
	r.Stages, r.Expected, r.Faults = slices.Clone(r.Stages), slices.Clone(r.Expected), slices.Clone(r.Faults)
	for i := range r.Stages {
		s := &r.Stages[i]
		s.Title, s.Error = cleaned(s.Title, 30), cleaned(s.Error, 30)
	}
	for i := range r.Expected {
		e := &r.Expected[i]
		e.Text, e.Value = cleaned(e.Text, 60), cleaned(e.Value, 20)
	}
	for i := range r.Faults {
		r.Faults[i] = cleaned(r.Faults[i], 40)
	}
	if r.State != m.run.report.State {
		m.hints = "" // the keys of one that has ended are others
	}
	m.run.report = r
}

// steer does one thing to the run, shows it at once, and says what it did.
func (m *Model) steer(s load.Steering) tea.Cmd {
	if m.run.report.State == load.Ended {
		return m.say("the run has ended: there is nothing to steer any more", false)
	}
	text := m.options.Load.Steer(s)
	m.renew()
	m.write("load: " + text)
	return m.say(text, false)
}

// pressLoad is a key on the load screen.
func (m *Model) pressLoad(msg tea.KeyPressMsg) tea.Cmd {
	switch k := m.keys; {
	case key.Matches(msg, k.Back):
		m.show(viewBoard)
	case key.Matches(msg, k.Slower):
		return m.steer(load.Steering{Verb: load.SlowerByOne})
	case key.Matches(msg, k.Faster):
		return m.steer(load.Steering{Verb: load.FasterByOne})
	case key.Matches(msg, k.SlowerTenth):
		return m.steer(load.Steering{Verb: load.SlowerByTenth})
	case key.Matches(msg, k.FasterTenth):
		return m.steer(load.Steering{Verb: load.FasterByTenth})
	case key.Matches(msg, k.Pause):
		return m.steer(load.Steering{Verb: load.Pause})
	case key.Matches(msg, k.Burst):
		return m.steer(load.Steering{Verb: load.Burst})
	case key.Matches(msg, k.Drain):
		return m.steer(load.Steering{Verb: load.Drain})
	case key.Matches(msg, k.StopRun):
		if m.run.report.State == load.Ended {
			return m.say("the run has ended already", false)
		}
		m.asking = askStop
	case key.Matches(msg, k.Ramp):
		return m.chooseRamp()
	case key.Matches(msg, k.Faults):
		return m.chooseFault()
	case key.Matches(msg, k.Retry):
		return m.retryRun()
	case key.Matches(msg, k.Samples):
		return m.exportSamples()
	default:
		if cmd, done := m.pressAnywhere(msg); done {
			return cmd
		}
		return m.nothing(msg)
	}
	return nil
}

// ramps are what a rate can be ramped to, as parts of the rate that holds.
var ramps = [...]struct {
	name  string
	times float64
}{{"half", 0.5}, {"double", 2}, {"x5", 5}, {"x10", 10}, {"none", 0}}

// rampTimes are how long a ramp can take.
var rampTimes = [...]struct {
	name string
	over time.Duration
}{{"10 s", 10 * time.Second}, {"30 s", 30 * time.Second}, {"1 min", time.Minute}, {"5 min", 5 * time.Minute}}

// mostRate is the highest rate that a run takes.
const mostRate = 10_000

// chooseRamp asks to which rate and within which time arrivals are to go.
func (m *Model) chooseRamp() tea.Cmd {
	if m.run.report.State == load.Ended {
		return m.say("the run has ended: there is nothing to steer any more", false)
	}
	target := m.run.report.Arrivals.Target
	var list []Choice
	var rates []float64
	add := func(name string, rate float64) {
		text := "to " + perSecond(rate) + " arrivals a second"
		if rate == 0 {
			text = "nobody arrives any more"
		}
		list, rates = append(list, Choice{name, text}), append(rates, rate)
	}
	if target > 0 {
		for _, r := range ramps {
			add(r.name, min(mostRate, r.times*target))
		}
	} else { // nothing is half or double of that
		for _, rate := range [...]float64{1, 5, 10, 50} {
			add(strconv.Itoa(int(rate)), rate)
		}
	}
	fixed, text := len(list), ""
	n := &menu{
		title: "RAMP ARRIVALS from " + perSecond(target) + "/s", note: "or type a rate, enter or esc", list: list,
		take: func(i int) tea.Cmd { return m.chooseRampTime(rates[i]) },
	}
	n.typed = func(key string) bool {
		changed := typedRate(text, key)
		if changed == text {
			return key != "" && strings.Contains("0123456789.", key) // one more digit would be too much
		}
		text, list, rates = changed, list[:fixed], rates[:fixed]
		n.at = 0
		if rate, err := strconv.ParseFloat(text, 64); err == nil {
			add(text, rate)
			n.at = fixed
		}
		n.list = list
		return true
	}
	m.openMenu(n)
	return nil
}

// typedRate is a rate that is being typed, after one more key; the same if the key does not
// go on with it, or the rate would be too high.
func typedRate(text, key string) string {
	switch {
	case key == "backspace" && text != "":
		return text[:len(text)-1]
	case key == "." && !strings.Contains(text, "."), len(key) == 1 && key[0] >= '0' && key[0] <= '9':
		if rate, err := strconv.ParseFloat("0"+text+key, 64); err == nil && rate <= mostRate && len(text) < 6 {
			return text + key
		}
	}
	return text
}

// chooseRampTime is the second step.
func (m *Model) chooseRampTime(rate float64) tea.Cmd {
	var list []Choice
	for _, t := range rampTimes {
		list = append(list, Choice{t.name, "evenly, to " + perSecond(rate) + " arrivals a second"})
	}
	m.openMenu(&menu{
		title: "RAMP TO " + perSecond(rate) + "/s WITHIN", note: "enter chooses, esc closes", list: list,
		take: func(i int) tea.Cmd {
			m.closeMenu()
			return m.steer(load.Steering{Verb: load.Ramp, Rate: rate, Over: rampTimes[i].over})
		},
	})
	return nil
}

// chooseFault lets a person switch the sandbox's faults on and off. The menu stays open, for
// some troubles are two faults at a time.
func (m *Model) chooseFault() tea.Cmd {
	run := m.options.Load
	if run.Faults == nil || run.SetFault == nil {
		return m.say("there are no faults to be had here: this run is not on a sandbox of ours", false)
	}
	list := slices.Clone(run.Faults())
	if len(list) == 0 {
		return m.say("this sandbox has no faults", false)
	}
	names := make([]string, len(list))
	for i, c := range list {
		names[i] = c.Name // as it came: that is what switches it
		list[i] = Choice{cleaned(c.Name, 40), cleaned(c.Text, longestText)}
	}
	on := func(i int) bool { return slices.Contains(m.run.report.Faults, list[i].Name) }
	m.openMenu(&menu{
		title: "FAULTS of the whole sandbox", note: "enter switches, a letter goes to its name, esc closes", list: list, ticks: on,
		take: func(i int) tea.Cmd {
			name, wanted := names[i], !on(i)
			return safely(func() tea.Msg { return didMsg{run.SetFault(name, wanted)} })
		},
	})
	return nil
}

// retryRun tries a refused login without the wait.
func (m *Model) retryRun() tea.Cmd {
	if m.health.Trouble != watch.LoginRefused {
		return m.say("the login is not refused: there is nothing to try again", false)
	}
	m.options.Load.Retry()
	m.write("load: logged in again at once")
	return m.say("logging in again at once", false)
}

// exportSamples writes the raw samples, once at a time.
func (m *Model) exportSamples() tea.Cmd {
	if m.run.exporting {
		return m.say("the raw samples are being written already", false)
	}
	m.run.exporting = true
	write := m.options.Load.Export
	return tea.Batch(m.say("writing the raw samples", false), safely(func() tea.Msg {
		text, err := write()
		if err != nil {
			return exportedMsg{"the raw samples were not written: " + masked(err.Error()), true}
		}
		return exportedMsg{text, false}
	}))
}
