package main

import (
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
)

// said runs something and returns what it wrote on standard error.
func said(t *testing.T, run func()) string {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	before := os.Stderr
	os.Stderr = w
	run()
	os.Stderr = before
	w.Close()
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestPprof_ServesProfilesWhileTheCommandRuns(t *testing.T) {
	var address string
	get := func(path, origin string) (int, string) {
		r, err := http.NewRequest(http.MethodGet, address+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if origin != "" {
			r.Header.Set("Origin", origin)
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			return 0, ""
		}
		defer answer.Body.Close()
		text, _ := io.ReadAll(answer.Body)
		return answer.StatusCode, string(text)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	before := os.Stderr
	os.Stderr = w
	err = profiled("127.0.0.1:0", func() error {
		os.Stderr = before
		w.Close()
		text, _ := io.ReadAll(r)
		if address = strings.TrimSuffix(regexp.MustCompile(`http://127\.0\.0\.1:[0-9]+/debug`).FindString(string(text)), "/debug"); strings.Count(string(text), "\n") != 1 {
			t.Errorf("it says %q", text)
		}
		if status, text := get("/debug/pprof/goroutine?debug=1", ""); status != http.StatusOK || !strings.Contains(text, "profiled") {
			t.Errorf("goroutines are answered %d, %s", status, text)
		}
		for path, origin := range map[string]string{"/debug/pprof/": "https://page.example", "/": "", "/debug/pprof/cmdline": ""} {
			if status, text := get(path, origin); status == http.StatusOK {
				t.Errorf("%s is answered %q", path, text)
			}
		}
		return io.ErrUnexpectedEOF
	})
	if err != io.ErrUnexpectedEOF {
		t.Errorf("the command's error became %v", err)
	}
	if status, _ := get("/debug/pprof/", ""); status != 0 {
		t.Errorf("after the run it is answered %d", status)
	}
}

func TestPprof_IsForThisMachineAlone(t *testing.T) {
	for _, addr := range []string{"0.0.0.0:0", ":6060", "shop.example:6060", "6060", "[::]:0"} {
		err := profiled(addr, func() error { t.Errorf("%s is listened on", addr); return nil })
		if err == nil || !strings.HasPrefix(err.Error(), "--pprof: listening: ") {
			t.Errorf("%s: %v", addr, err)
		}
	}
	ran := false
	if text := said(t, func() { _ = profiled("", func() error { ran = true; return nil }) }); !ran || text != "" {
		t.Errorf("without it the command ran %v and said %q", ran, text)
	}
}
