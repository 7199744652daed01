package show

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"
)

// Every bad line is named with its number, and the error says what is allowed.
func TestParse_NamesTheLineThatIsWrong(t *testing.T) {
	for name, test := range map[string]struct{ line, want string }{
		"an unknown word":        {"at 6s captoin Hello", `unknown word "captoin"; known are caption, start, decide,`},
		"a line beyond all":      {strings.Repeat("x", 60_000), "a line of 60000 characters, where 300 are the most"},
		"a time alone":           {"at 6s", "nothing that happens then"},
		"a time without a unit":  {"at 90 caption Hello", `at "90": must be a time, such as 8s or 1m30s`},
		"no time":                {"wait", `wait "": must be a time`},
		"a time below zero":      {"wait -1s caption Hello", `wait "-1s": must be a time`},
		"a time that goes back":  {"at 4s caption Hello", "at 4s is before the step above it, which is at 5s"},
		"a time beyond all":      {"at 25h caption Hello", "a script may last 24h0m0s at most"},
		"a wait beyond all":      {"wait 24h caption Hello", "a script may last 24h0m0s at most"},
		"a wait beyond numbers":  {"wait 2562047h47m16s caption Hello", "a script may last 24h0m0s at most"},
		"a caption beyond all":   {"caption " + strings.Repeat("x", 161), "caption: 161 characters, where 160 are"},
		"too little to start":    {"start A mtn-lr", "start: needs LABEL NETWORK SCENARIO"},
		"an unknown network":     {"start A mtn paid", `start: method "mtn": must be one of mtn-lr, orange-lr,`},
		"an unknown scenario":    {"start A mtn-lr sold", `start: unknown scenario "sold"; known are paid,`},
		"a network that cannot":  {"start A card declined", `start: scenario "declined" cannot be paid by CREDIT_CARD`},
		"a foreign currency":     {"start A mtn-rw paid LRD 5.00", `start: currency "LRD": not one that MTN_MOMO_RWA takes`},
		"no amount":              {"start A mtn-lr paid LRD 3,200.00", `start: amount "3,200.00": must be a decimal above 0`},
		"half an amount":         {"start A mtn-lr paid LRD", `start: "LRD": after the scenario come CURRENCY AMOUNT`},
		"an unknown link":        {"start A mtn-lr paid link=wet", `start: unknown link "wet"; known are clean,`},
		"a label twice":          {`start "Table 4" mtn-lr paid`, `start: "Table 4" is started in line 2 already`},
		"a label beyond all":     {"start " + strings.Repeat("x", 41) + " mtn-lr paid", "start: a label has 40 characters at most"},
		"an open quote":          {`start "Table 5 mtn-lr paid`, "start: \"Table 5 mtn-lr paid: a name of several words stands in quotes"},
		"an empty label":         {`start " " mtn-lr paid`, "a name of several words stands in quotes"},
		"a word at a quote":      {`start "Table 5"x mtn-lr paid`, "a name of several words stands in quotes"},
		"nobody to decide about": {`decide "Table 5" approve`, `decide: no payment "Table 5" is started above`},
		"a label without quotes": {`decide Table 4 approve`, "decide: needs LABEL OUTCOME; a label of several words stands in quotes"},
		"an unknown outcome":     {`decide "Table 4" pay`, `decide: "pay" is none of approve, decline,`},
		"an unknown hint":        {`hint "Table 4" PAID`, `hint: "PAID" is none of COMPLETED, FAILED`},
		"a hint on a page":       {"hint Page COMPLETED", `hint: "Page" is a hosted checkout, which has no channel`},
		"an unknown fault":       {"fault rain on", `fault: "rain" is none of throttle,`},
		"no fault":               {"fault", "fault: needs NAME on, or NAME off"},
		"a fault without on":     {"fault slow", "fault: needs on or off"},
		"a fault half on":        {"fault slow half", `fault: "half" is none of on, off`},
		"a moment that ends":     {"fault cut off", "fault: cut passes by itself, and has no off"},
		"no speed":               {"speed", `speed: "" is no number from 0.1 to 100`},
		"a speed beyond all":     {"speed 101", `speed: "101" is no number from 0.1 to 100`},
		"a speed that is none":   {"speed NaN", `speed: "NaN" is no number from 0.1 to 100`},
		"arrivals below zero":    {"arrivals -1", `arrivals: "-1" is no number from 0 to 100`},
		"half a customer":        {"customers 1.5", `customers: "1.5" is no whole number`},
		"an escape sequence":     {"caption \x1b[2J", "the character U+001B is not for a terminal"},
		"a bell in a comment":    {"# \a", "the character U+0007 is not for a terminal"},
		"a turned direction":     {"caption \u202eabc", "the character U+202E is not for a terminal"},
		"no width":               {"start A\u200bB mtn-lr paid", "the character U+200B is not for a terminal"},
		"a line separator":       {"caption a\u2028b", "the character U+2028 is not for a terminal"},
		"a carriage return":      {"caption a\rb", "the character U+000D is not for a terminal"},
		"no text":                {"caption \xff", "it is not UTF-8 text"},
	} {
		t.Run(name, func(t *testing.T) {
			above := "# A story.\nat 5s start \"Table 4\" mtn-lr stuck\n\nstart Page hosted hosted-paid\n"
			_, err := Parse("day.txt", above+test.line+"\nat 9s caption Good\n")
			if err == nil || !strings.HasPrefix(err.Error(), "script day.txt:5: ") || !strings.Contains(err.Error(), test.want) {
				t.Errorf("said %v\nwant %s", err, test.want)
			}
			if err != nil && strings.ContainsFunc(err.Error(), func(c rune) bool { return !unicode.IsGraphic(c) }) {
				t.Errorf("the error is no plain line: %q", err)
			}
		})
	}
	if _, err := Parse("day.txt", "# Nothing.\n\n"); err == nil || err.Error() != "script day.txt: nothing happens in it" {
		t.Errorf("an empty script: %v", err)
	}
}

func TestParse_ReadsWhatAPersonWrites(t *testing.T) {
	script, err := Parse("day.txt", "\ufeff# From an editor of another system.\r\n"+
		"at 2s\tstart  “Table 4”  orange-lr paid LRD 3200.00 link=slow-verify\r\n"+
		"caption   It costs   5 #, say.  \r\n"+
		"   wait 1m30s caption\r\n"+
		"start B any any\r\nstart C card any USD 5\r\nfault cut\r\nfault cut on\r\nwait 0s decide \"Table 4\" cut")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, st := range script.steps {
		got = append(got, st.at.String()+" "+st.text)
	}
	want := "2s start  “Table 4”  orange-lr paid LRD 3200.00 link=slow-verify|2s caption   It costs   5 #, say.|" +
		"1m32s caption|1m32s start B any any|1m32s start C card any USD 5|1m32s fault cut|1m32s fault cut on|1m32s decide \"Table 4\" cut"
	if strings.Join(got, "|") != want {
		t.Errorf("it is %q", got)
	}
	if script.Length() != 92*time.Second || script.steps[0].line != 2 || script.steps[7].line != 9 {
		t.Errorf("it lasts %v, and its lines are %+v", script.Length(), script.steps)
	}
}

func TestLoad_ReadsFilesAndTheBuiltInStory(t *testing.T) {
	if s, err := Load(Lunch); err != nil || s.Length() < time.Minute || s.Length() > 3*time.Minute {
		t.Errorf("the built-in story: %+v, %v", s, err)
	}
	dir := t.TempDir()
	name := filepath.Join(dir, "day.txt")
	write := func(text string) {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("at 1s caption Hello\n")
	if s, err := Load(name); err != nil || s.Length() != time.Second {
		t.Errorf("a file: %v", err)
	}
	write("\nsing\n")
	if _, err := Load(name); err == nil || !strings.HasPrefix(err.Error(), "script "+name+":2: unknown word") {
		t.Errorf("a bad file: %v", err)
	}
	write(strings.Repeat("# far too long\n", 5000))
	if _, err := Load(name); err == nil || !strings.Contains(err.Error(), "longer than 65536 bytes") {
		t.Errorf("a long file: %v", err)
	}
	for none, why := range map[string]string{
		filepath.Join(dir, "supper"): "no such file or directory (the built-in one is called lunch)", dir: "is a directory",
	} {
		if _, err := Load(none); err == nil || err.Error() != "script "+none+": "+why {
			t.Errorf("%s: %v", none, err)
		}
	}
}

// A name comes from the command line, and may hold what a terminal would obey.
func TestLoad_ANameIsShownAndNotObeyed(t *testing.T) {
	for name, want := range map[string]string{
		"x\x1b[31m":                      `script "x\x1b[31m": no such file`,
		"no day":                         "script no day: no such file",
		strings.Repeat("dir/", 90) + "x": "script …ir/dir/",
		strings.Repeat("x", 9000):        "script …xxx",
	} {
		if _, err := Load(name); err == nil || !strings.HasPrefix(err.Error(), want) || len(err.Error()) > 300 {
			t.Errorf("%.40q: %v", name, err)
		}
		if _, err := Parse(name, "sing"); err == nil || strings.ContainsRune(err.Error(), '\x1b') || len(err.Error()) > 350 {
			t.Errorf("%.40q: %v", name, err)
		}
	}
}

// Whatever stands in a file: reading it ends, an error is one plain line that names the
// script, and no step holds what a terminal would obey.
func FuzzParse(f *testing.F) {
	f.Add(lunch)
	f.Add("at 1s start \"A B\" mtn-lr stuck LRD 5.00 link=silent\nwait 1ms hint \"A B\" FAILED\n")
	f.Add("caption \x1b]0;x\a")
	f.Add("at 2562047h47m16s caption x\nwait 9999999h speed 1e9")
	f.Fuzz(func(t *testing.T, text string) {
		control := func(c rune) bool { return c != '\t' && !unicode.IsGraphic(c) }
		s, err := Parse("day.txt", text)
		if err != nil {
			if s != nil || !strings.HasPrefix(err.Error(), "script day.txt:") || strings.ContainsFunc(err.Error(), control) {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		at := time.Duration(0)
		for _, st := range s.steps {
			if st.at < at || st.at > timeMost || st.do == nil || st.line < 1 || strings.ContainsFunc(st.text, control) {
				t.Errorf("%q became %+v", text, st)
			}
			at = st.at
		}
	})
}
