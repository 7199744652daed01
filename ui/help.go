package ui

import "tillwatch/watch"

// meanings explain a row to a person who sees the board for the first time.
var meanings = [...]struct {
	verdict watch.Verdict
	text    string
}{
	{watch.Paid, "Dollr's status API said so, about this very payment. You may hand over."},
	{watch.Waiting, "The customer has not approved yet, or the network is slow. Minutes are normal. Do not charge again."},
	{watch.Confirming, "The channel claims a result; Dollr is being asked. Do not hand over."},
	{watch.Check, "A person has to look: sources disagree, or Dollr cannot be asked. Do not hand over."},
	{watch.NotPaid, "Dollr's status API said FAILED or CANCELED. A new payment needs a new reference."},
	{watch.Stopped, "You stopped watching. The result is NOT known."},
}

// remark is a word of the screen and what it means.
type remark [2]string

// remarks are the rest of what a row says.
var remarks = []remark{
	{"LINK", "LIVE channel and slow reads, POLL asking, JOIN connecting, WAIT slowed down, DOWN asking fails"},
	{"HEARD", "age of the last answer from Dollr about this payment"},
	{"AGE", "since it was executed, until the end was verified"},
	{"TOTALS", "verified money alone, since midnight; one invoice or order counts once; currencies are never added"},
	{"AMOUNT", "faint while it is only what you expect; Dollr's own once it has said so; ### means too wide"},
}

// besides are the words that stand next to a status. A test holds them to the reasons.
var besides = []remark{
	{"not started", "the customer has not begun to pay, or Dollr does not know the payment yet; \"early\" where there is little room"},
	{"slow", "no result after a minute: normal for mobile money"},
	{"bank's app", "the card's bank asks the customer to approve"},
	{"same sale", "another row has paid this invoice or order: hand over only once"},
	{"unproven", "CHECK: the channel claimed an end 30 s ago, and the API does not say so"},
	{"no reply", "CHECK: asking has failed for 30 s"},
	{"overdue", "CHECK: no result 5 minutes after it was executed"},
	{"unknown", "CHECK: Dollr does not know a payment a minute after it was executed"},
	{"short", "CHECK: less was charged than you expect"},
	{"amount?", "CHECK: what was charged cannot be read, or not be compared with what you expect"},
	{"currency", "CHECK: charged in another currency than you expect"},
	{"not > 0", "CHECK: nothing was charged, or less than nothing"},
	{"garbled", "CHECK: Dollr's last two answers cannot be read"},
	{"damaged", "CHECK: Dollr says paid, and what was kept of it on this machine's disk is damaged"},
	{"changed", "CHECK: Dollr said another thing later"},
	{"refused", "CHECK: Dollr refuses the question (422)"},
	{"bug", "CHECK: a fault of this program"},
}

// atTheCounter is all that a cashier with a customer in front of them has to know.
var atTheCounter = []remark{
	{"green, OK", "verified by Dollr: hand over, once"},
	{"all else", "do not hand over, and do not charge again: ask the customer to wait"},
	{"no prompt", "after 20 s the box under the rows says what to tell the customer"},
	{"no internet", "nobody can know: wait; rows come right by themselves when the line is back"},
	{"in the evening", "{shift} shows what came in and what is open; there {recheck} asks Dollr again about all, {export} writes the report"},
}

// guides are what the help says of a screen in addition to its keys.
var guides = map[place][]struct {
	title string
	list  []remark
}{
	onBoard: {{"FILTER", []remark{
		{"text", "the label holds it, or the reference begins so; usd: currency; !text: does not"},
		{"status:check", "verdict or Dollr's word starts so; net:mtn: method; link:poll: link; slow; >1000 <50: amount"},
	}}},
	onLog: {{"LOG", []remark{
		{"what it holds", "lines that were not taken, troubles and how long they lasted, payments that became CHECK, what the hook wrote, and what was done at this screen"},
		{"!", "a line that somebody should look at"},
	}}},
	onLoad: {{"WHAT IT SAYS", []remark{
		{"arrivals", "payments that were due, whatever became of those before; late: how long the next one has waited to begin; open: begun, and no result yet"},
		{"reads", "questions to Dollr a second, and how many the budget allows now, after a lull some more at once; queue: reads and keys that wait for their turn"},
		{"slowed", "so many times Dollr wanted fewer questions (429) and the budget was halved; it grows back by itself"},
		{"errors", "calls of that stage that failed, and how most of them did: a code of Dollr's, or a word; on a narrow screen a !"},
		{"p50 p90 p99", "half, nine of ten, 99 of 100 took no longer than that; in real time, whatever the sandbox's speed"},
		{"corrected", "a payment's time runs from when it was due, so a stall of ours is in it (no coordinated omission)"},
		{"lost, late", "lost: no hint within 3 s after a read had found the end; late: it came after that read, or 3 s later than the quickest do"},
		{"found by poll", "ends that a read found without a hint before it"},
		{"longest gap", "how long a channel that had been ready was not; those that are away now count too"},
		{"wrong", "hints that said another end than Dollr's status API"},
		{"failed", "payments that were never executed: a call that makes one failed, or nobody knows whether it came through"},
		{"expected", "what somebody wants to hold of the run, and how it stands"},
	}}},
	onShift: {{"SHIFT", []remark{
		{"PAID", "the sum of what Dollr verified since midnight, each currency by itself"},
		{"OPEN", "payments whose result is NOT known, the worst first: settle them before you go home"},
		{"recheck", "asks Dollr again about every payment that has ended, a few a second; a changed answer becomes CHECK"},
		{"export", "writes this report to a text file in the folder that tillwatch was started in"},
	}}},
}

// layHelp lays out the guide to the screen that it was opened on. The keys in it come from
// the key map, so it cannot forget one.
func (m *Model) layHelp() {
	g := &m.guide
	g.begin()
	of := m.helpOf
	if of == inDetail {
		of = onBoard
	}
	h := guideWriter{g, m.width, false}
	if of == onBoard {
		h.title("AT A COUNTER")
		for _, r := range atTheCounter {
			h.entry(roleStrong, r[0], m.keys.inWords(r[1]))
		}
	}
	if of == onBoard || of == onShift {
		h.title("READ A ROW")
		for _, said := range meanings {
			h.entry(verdictRoles[said.verdict], said.verdict.Mark()+" "+said.verdict.String(), said.text)
		}
		for _, r := range remarks {
			h.entry(roleStrong, r[0], r[1])
		}
		h.title("WORDS BESIDE THE STATUS")
		for _, r := range besides {
			h.entry(roleStrong, r[0], r[1])
		}
	}
	for _, part := range guides[of] {
		h.title(part.title)
		for _, r := range part.list {
			h.entry(roleKey, r[0], r[1])
		}
	}
	for _, group := range m.keys.groups(m.helpOf | of) {
		h.title(group.title)
		for _, k := range group.keys {
			if k.Enabled() {
				h.entry(roleKey, k.Help().Key, k.Help().Desc)
			}
		}
	}
	h.title("MONEY")
	if of == onLoad {
		h.entry(roleStrong, "", "No key moves real money: a load run never goes to Dollr's own hosts.")
	} else {
		h.entry(roleStrong, "", "No key moves money. Everything here only watches.")
	}
	h.end()
	if len(g.lines) > 0 && len(g.lines[0]) == 0 {
		g.lines = g.lines[1:]
	}
	g.scroll(0, m.pageRoom())
}

// guideWriter lays entries out under titles; what a search leaves out takes its title along.
type guideWriter struct {
	*page
	w      int
	titled bool // the title's line stands, or nothing under it has been written yet
}

// title begins a part. Its line comes with its first entry.
func (h *guideWriter) title(text string) {
	h.end() // of the part before
	h.lines = append(h.lines, nil, line{{roleStrong, " " + text}})
	h.titled = true
}

// end takes a title away that nothing stands under.
func (h *guideWriter) end() {
	if h.titled {
		h.lines = h.lines[:len(h.lines)-2]
	}
}

// entry is a name and what it means; on a narrow screen the meaning gets half the line.
func (h *guideWriter) entry(look role, name, text string) {
	const indent = 16
	if !h.holds(name, text) {
		return
	}
	h.titled = false
	lead := min(indent, max(1, h.w/2))
	for i, part := range wrap(text, max(6, h.w-lead-1)) {
		head := ""
		if i == 0 {
			head = fit(name, lead-2)
		}
		h.lines = append(h.lines, line{
			{look, " " + head}, {roleText, blanks[:max(0, lead-1-width(head))] + part},
		})
	}
}
