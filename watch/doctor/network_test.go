package doctor

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"tillwatch/sandbox"
)

// serve is a server of plain HTTP; its address.
func serve(t *testing.T, h http.Handler) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}

// secure is a server with a certificate for these names and times, and who trusts it.
func secure(t *testing.T, from, to time.Time, names ...string) (base string, trust *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: from, NotAfter: to, IsCA: true, BasicConstraintsValid: true, DNSNames: names,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	if len(names) == 0 {
		template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // it complains about each that is refused
	server.StartTLS()
	t.Cleanup(server.Close)
	trust = &tls.Config{RootCAs: x509.NewCertPool()}
	trust.RootCAs.AddCert(made)
	return server.URL, trust
}

func TestKnock_TellsWhatIsWrongWithTLS(t *testing.T) {
	now := time.Now()
	day := 24 * time.Hour
	good, trust := secure(t, now.Add(-day), now.Add(day))
	if v := knock(t.Context(), good, trust); v.err != nil || !v.spoke || v.code != 200 || !v.dated || v.skew.Abs() > 5*time.Second ||
		!strings.Contains(strings.Join(v.steps, ", "), "TLS ") {
		t.Errorf("a good one is %+v", v)
	}
	old, trustOld := secure(t, now.Add(-2*day), now.Add(-day))
	young, trustYoung := secure(t, now.Add(day), now.Add(2*day))
	other, trustOther := secure(t, now.Add(-day), now.Add(day), "shop.example", "pay.example")
	bare := serve(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for name, c := range map[string]struct {
		base  string
		trust *tls.Config
		want  string
		do    string
	}{
		"nobody has signed it": {good, nil, "nobody whom this machine trusts has signed its certificate", "a firewall, a virus scanner"},
		"ended":                {old, trustOld, "its certificate has ended on " + now.Add(-day).UTC().Format("2 Jan 2006"), "is this machine's clock right?"},
		"not begun":            {young, trustYoung, "its certificate is valid only from ", "is this machine's clock right?"},
		"for others":           {other, trustOther, "its certificate is for another host (shop.example, pay.example)", "check the host in dollr_base_url"},
		"none at all":          {strings.Replace(bare, "http:", "https:", 1), nil, "it does not speak it", "check the port"},
	} {
		t.Run(name, func(t *testing.T) {
			v := knock(t.Context(), c.base, c.trust)
			if v.err == nil || v.spoke {
				t.Fatalf("it was reached: %+v", v)
			}
			if text, do := why(v, "dollr_base_url"); !strings.Contains(text, c.want) || !strings.HasPrefix(text, "TLS: ") || !strings.Contains(do, c.do) {
				t.Errorf("it says %q and %q", text, do)
			}
		})
	}
}

func TestWhy_HasWordsForEveryFailure(t *testing.T) {
	dial := func(err error) error { return &net.OpError{Op: "dial", Net: "tcp", Err: err} }
	for want, c := range map[string]visit{
		"there is no such name":                     {err: dial(&net.DNSError{IsNotFound: true})},
		"its name cannot be looked up":              {err: dial(&net.DNSError{IsTemporary: true})},
		"the connection is refused":                 {err: dial(syscall.ECONNREFUSED)},
		"there is no way to its network":            {err: dial(syscall.ENETUNREACH)},
		"no answer in 10 s while connecting":        {err: context.DeadlineExceeded, stopped: "connecting"},
		"connected, but no answer in 10 s":          {err: context.DeadlineExceeded, spoke: true},
		"the connection broke while agreeing":       {err: io.EOF, stopped: "agreeing on TLS"},
		"TLS: it refuses the connection":            {err: fmt.Errorf("remote error: %w", tls.AlertError(40))},
		"the proxy cannot be reached":               {err: &net.OpError{Op: "proxyconnect", Err: syscall.ECONNREFUSED}},
		"the proxy says: Authentication required":   {err: errors.New("Authentication required"), proxy: "proxy:3128"},
		"the connection failed: it is 231******789": {err: errors.New("it is \x1b[31m231883456789")},
	} {
		if text, do := why(c, "dollr_base_url"); !strings.HasPrefix(text, want) || do == "" {
			t.Errorf("want %q, got %q and %q", want, text, do)
		}
	}
}

func TestRun_AHostThatIsNotThereIsOneBadLine(t *testing.T) {
	s := newShop(t, sandbox.Options{})
	s.config.BaseURL = "http://127.0.0.1:1"
	out, outcome := s.looks()
	has(t, out, "XX  dollr", "127.0.0.1:1: the connection is refused", "-> check host and port in dollr_base_url")
	has(t, out, "??  token", "not tried: Dollr's host cannot be reached")
	has(t, out, "1 bad, ", "start with the first XX, dollr.")
	if outcome.Bad != 1 {
		t.Errorf("it found %+v", outcome)
	}
}

func TestRun_AnAnswerThatSendsElsewhereOrIsInTroubleIsUnknown(t *testing.T) {
	for code, want := range map[int]string{302: "sends elsewhere (302)", 503: "is reached and in trouble (503)"} {
		s := newShop(t, sandbox.Options{})
		s.config.BaseURL = serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "http://elsewhere.example/")
			w.WriteHeader(code)
		}))
		out, _ := s.looks()
		has(t, out, "??  dollr", want, "-> ")
	}
}
