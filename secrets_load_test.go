//go:build unix

package main

import "strings"

// loads are load runs: on the merchant's own environment, and on a sandbox that is theirs.
func (s *shop) loads() {
	s.Helper()
	for _, number := range []string{"231883456789", "231883456039", "231773456789", "231773456039"} {
		s.phone(number) // whom a run's payments are asked of
	}
	base := strings.TrimPrefix(s.env[0], "DOLLR_BASE_URL=")
	status, out, said := s.says(nil, "load", "--base-url", base, "--payments", "12", "--rate", "8", "--even", "--methods", "mtn-lr=2,orange-lr=2,card=1",
		"--scenarios", "paid,declined", "--json", "--samples", "samples.csv", "--dump", "load.jsonl", "--log-level", "debug", "--drain", "30s", "--expect", "begun==12")
	s.wants("the load run's output", out, `"kind":"second"`, `"kind":"summary"`, `"right":`)
	s.wants("what the load run says", said, "SIM: ")
	if status != 0 {
		s.Errorf("the load run ends with %d: %s", status, said)
	}
	status, out, _ = s.says(nil, "load", "--apart", "--payments", "5", "--rate", "20", "--speed", "100", "--plain", "--samples", "apart.jsonl", "--dump", "apart-wire.jsonl")
	if s.wants("the load run's words", out, "tillwatch load [SIM]"); status != 0 {
		s.Errorf("the load run apart ends with %d", status)
	}
	for _, args := range [][]string{
		{"load", "--client-secret", mistyped}, {"load", "--base-url", "https://shop:" + mistyped + "@api.heydollr.app"},
		{"load", "--base-url", "http://127.0.0.1:1/?client_secret=" + mistyped}, {"load", "--base-url", "https://api.heydollr.app/" + mistyped},
	} {
		if status, _, _ := s.says(nil, args...); status != 2 {
			s.Errorf("%s ends with %d", args[:2], status)
		}
	}
}
