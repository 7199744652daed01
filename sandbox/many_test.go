package sandbox

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// A load run makes its payments over the API, as a merchant does, and meets broken links all
// the same.
func TestLinks_OfSessionsThatAMerchantOpens(t *testing.T) {
	met := func(opt Options) (links []string) {
		tell(t, opt, func(t *testing.T, m *merchant) {
			m.login()
			for i := range 120 {
				m.want(200, "POST", "/v1/executions/collection",
					m.execute(checkoutBody, momoAccount, fmt.Sprintf("550e8400-e29b-41d4-a716-%012d", i)))
			}
			for _, tr := range m.s.Truth() {
				if got := m.s.linkOf(tr.SessionID).name; got != tr.Link {
					t.Fatalf("session %d has the link %s, and its payment %s", tr.SessionID, got, tr.Link)
				}
				links = append(links, tr.Link)
			}
		})
		return links
	}
	count := func(all []string, name string) int {
		return strings.Count(" "+strings.Join(all, "  ")+" ", " "+name+" ")
	}
	if n := count(met(Options{Seed: 3}), "clean"); n != 120 {
		t.Errorf("%d of 120 are clean when nobody says a word", n)
	}
	if n := count(met(Options{Seed: 3, Links: "silent"}), "silent"); n != 120 {
		t.Errorf("%d of 120 are silent", n)
	}
	mixed, again := met(Options{Seed: 3, Links: Mixed}), met(Options{Seed: 3, Links: Mixed})
	if n := count(mixed, "clean"); n < 90 || n > 118 {
		t.Errorf("%d of 120 are clean, want about nine in ten", n)
	}
	if strings.Join(mixed, " ") != strings.Join(again, " ") {
		t.Error("the same seed draws other links")
	}
	for _, story := range []string{"throttled", "server-error", "offline", "clock"} {
		if count(mixed, story) > 0 {
			t.Errorf("%s is for single stories", story)
		}
	}
}

func TestOptions_LinksOfManyAreThoseOfRealtime(t *testing.T) {
	for _, name := range []string{"", "clean", "half-open", Mixed} {
		if err := (Options{Links: name}).Check(); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, name := range []string{"offline", "04", "broken"} {
		if err := (Options{Links: name}).Check(); err == nil || !strings.Contains(err.Error(), "must be one of clean, premature, ") {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestLocal_ServesThisMachineAndNoPage(t *testing.T) {
	h := Local(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	for name, c := range map[string]struct {
		host, header string
		want         int
	}{
		"this machine":       {"127.0.0.1:7700", "", http.StatusTeapot},
		"by its name":        {"localhost", "", http.StatusTeapot},
		"another's name":     {"shop.example:7700", "", http.StatusForbidden},
		"a page":             {"127.0.0.1:7700", "Origin: http://127.0.0.1:7700", http.StatusForbidden},
		"a page of a file":   {"[::1]:7700", "Origin: null", http.StatusForbidden},
		"an image of a page": {"127.0.0.1:7700", "Sec-Fetch-Site: cross-site", http.StatusForbidden},
		"of another port":    {"127.0.0.1:7700", "Sec-Fetch-Site: same-site", http.StatusForbidden},
		"typed by a person":  {"127.0.0.1:7700", "Sec-Fetch-Site: none", http.StatusTeapot},
		"a link of its own":  {"127.0.0.1:7700", "Sec-Fetch-Site: same-origin", http.StatusTeapot},
	} {
		r := httptest.NewRequest(http.MethodGet, "/debug/pprof/", nil)
		r.Host = c.host
		if name, value, given := strings.Cut(c.header, ": "); given {
			r.Header.Set(name, value)
		}
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != c.want {
			t.Errorf("%s is answered %d, want %d", name, w.Code, c.want)
		}
	}
}
