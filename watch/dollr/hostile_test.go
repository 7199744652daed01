package dollr

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"tillwatch/watch"
)

// TestHostile_EachAnswerIsBoundedAndSaidInOneLine has somebody who is not Dollr answer a
// status call with whatever may hurt. Time is the bubble's, memory what is allocated on
// both sides, and the line is what a row would show.
func TestHostile_EachAnswerIsBoundedAndSaidInOneLine(t *testing.T) {
	bomb := zipped(t, 256<<20)
	tests := map[string]struct {
		answer http.HandlerFunc
		kind   watch.FaultKind
		text   string // how the line ends
	}{
		"a body of 10 MB": {func(w http.ResponseWriter, _ *http.Request) { pour(w, " ", 10<<20) },
			watch.FaultDown, "it is longer than 1 MiB (200)"},
		"a body without an end, and no length": {func(w http.ResponseWriter, r *http.Request) { pour(w, "x", 1<<40) },
			watch.FaultDown, "it is longer than 1 MiB (200)"},
		"256 MB of zeros, zipped": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(bomb)
		}, watch.FaultDown, "it is longer than 1 MiB (200)"},
		"something that is called gzip": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = io.WriteString(w, "\x1b[2J not gzip at all")
		}, watch.FaultDown, "broke off: connection failed: gzip: invalid header"},
		"lists 100,000 deep": {says(200, `{"status":"COMPLETED","x":`+strings.Repeat("[", 100_000)+strings.Repeat("]", 100_000)+`}`),
			watch.FaultDown, "(200)"},
		"objects 100,000 deep that never end": {says(200, strings.Repeat(`{"a":`, 100_000)),
			watch.FaultDown, "(200)"},
		"an error nested 9,000 deep": {says(500, `{"detail":`+strings.Repeat(`[`, 9_000)+`"x"`+strings.Repeat("]", 9_000)+`}`),
			watch.FaultDown, "in trouble (500)"},
		"an error of 1,000 faults, each in a deep place": {says(500, `{"detail":[`+strings.Repeat(`{"loc":[`+strings.Repeat("[", 300)+strings.Repeat("]", 300)+`],"msg":"m"},`, 1000)+`{}]}`),
			watch.FaultDown, "in trouble (500): m; m; m; m; m; m; m; m"},
		"escape sequences for words": {says(503, `{"detail":"\u001b]0;PAID\u0007\u001b[2J\u202egone\u200b\n\r\nPAID\u0000"}`),
			watch.FaultDown, "(503): gone PAID"},
		"a byte a second": {func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				_, _ = io.WriteString(w, "{")
				w.(http.Flusher).Flush()
				time.Sleep(time.Second)
			}
		}, watch.FaultDown, "broke off: timed out after 10s"},
		"a header a second": {raw(func(w io.Writer) bool {
			time.Sleep(time.Second)
			return write(w, "X-Slow: 1\r\n")
		}), watch.FaultOffline, "timed out after 10s"},
		"headers without an end": {raw(func(w io.Writer) bool { return write(w, "X-Flood: "+strings.Repeat("x", 1000)+"\r\n") }),
			watch.FaultOffline, "the answer's headers are longer than 64 KiB"},
		"one header without an end": {raw(func(w io.Writer) bool { return write(w, strings.Repeat("x", 1000)) }),
			watch.FaultOffline, "the answer's headers are longer than 64 KiB"},
		"promises of an answer without an end": {hijacked(func(w io.Writer) bool { return write(w, "HTTP/1.1 103 Early Hints\r\n\r\n") }),
			watch.FaultOffline, "the answer's headers are longer than 64 KiB"},
		"no HTTP at all": {hijacked(func(w io.Writer) bool { return write(w, "\x1b[31mSSH-2.0-till\r\n") && false }),
			watch.FaultOffline, "what answers does not speak HTTP"},
		"less than was promised": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000000")
			_, _ = io.WriteString(w, processing)
		}, watch.FaultDown, "broke off: connection closed before the answer was complete"},
		"a redirect to itself": {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) },
			watch.FaultDown, "a redirect, which is never followed; is the base URL right? (302)"},
		"control characters in a header": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://elsewhere.example/\x1b[2J", http.StatusTemporaryRedirect)
		}, watch.FaultOffline, "what answers does not speak HTTP"},
		"a redirect to another host": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://elsewhere.example/v1", http.StatusTemporaryRedirect)
		}, watch.FaultDown, "a redirect, which is never followed; is the base URL right? (307)"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			play(t, test.answer, func(s *stage) {
				s.bodies = true
				var err error
				begun := time.Now()
				cost := allocated(func() { _, err = s.collection() })
				f := s.fault(err, test.kind)
				if !strings.HasSuffix(f.Text, test.text) {
					t.Errorf("it says %q, want …%s", f.Text, test.text)
				}
				if leaked := leaks(f.Text); leaked != "" || strings.Contains(f.Text, "elsewhere") {
					t.Errorf("%q gives away %q", f.Text, leaked)
				}
				if took := time.Since(begun); took > callLimit {
					t.Errorf("it took %s", took)
				}
				if cost > 32<<20 {
					t.Errorf("it cost %d MiB", cost>>20)
				}
				if tokens, calls := s.asked(); tokens != 1 || calls != 1 {
					t.Errorf("%d tokens were asked for and %d calls made", tokens, calls)
				}
			})
		})
	}
}

// A field that nobody asked for may be as deep as it likes: the status beside it counts,
// and what a screen is given of it is small.
func TestHostile_ADeepFieldCostsNeitherTheStatusNorTheScreen(t *testing.T) {
	deep := strings.Repeat(`{"a":[`, 4_000) + strings.Repeat("1,", 10_000) + "1" + strings.Repeat("]}", 4_000)
	play(t, says(200, `{"reference_id":"`+reference+`","status":"PROCESSING","x":`+deep+`}`), func(s *stage) {
		s.bodies = true
		var a watch.Answer
		var err error
		cost := allocated(func() { a, err = s.collection() })
		if err != nil || a.Status != "PROCESSING" || len(a.Body) > 20<<10 || cost > 32<<20 {
			t.Errorf("%v, status %q, a body of %d bytes, %d MiB", err, a.Status, len(a.Body), cost>>20)
		}
	})
}

// TestHostile_ABadCertificateIsNamed has servers on TCP whose TLS is wrong. None is told
// anything.
func TestHostile_ABadCertificateIsNamed(t *testing.T) {
	now := time.Now()
	tests := map[string]struct {
		from, until time.Time
		name        string // in the certificate; empty: the server's
		stranger    bool   // nobody knows who signed it
		plain       bool   // the server speaks no TLS
		text        string
	}{
		"signed by itself": {now.Add(-time.Hour), now.Add(time.Hour), "", true, false, "TLS: certificate signed by an unknown authority"},
		"of another host":  {now.Add(-time.Hour), now.Add(time.Hour), "other.example", false, false, "TLS: certificate is for another host"},
		"over":             {now.Add(-2 * time.Hour), now.Add(-time.Hour), "", false, false, "TLS: certificate has expired or is not valid yet; is this machine's clock right?"},
		"not valid yet":    {now.Add(time.Hour), now.Add(2 * time.Hour), "", false, false, "TLS: certificate has expired or is not valid yet; is this machine's clock right?"},
		"none, plain http": {now, now, "", false, true, "TLS: the host does not speak it"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			asked := false
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
			server.Config.ErrorLog = discardLog()
			known := x509.NewCertPool()
			if test.plain {
				server.Start()
			} else {
				certificate, pair := sign(t, test.name, test.from, test.until)
				server.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
				server.StartTLS()
				if !test.stranger {
					known.AddCert(certificate)
				}
			}
			defer server.Close()
			c, err := New(Config{BaseURL: strings.Replace(server.URL, "http:", "https:", 1), ClientID: testID, ClientSecret: testSecret})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			c.http.Transport.(*http.Transport).TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: known}
			_, err = c.Collection(context.Background(), reference)
			s := &stage{t: t, Client: c}
			if f := s.fault(err, watch.FaultOffline); !strings.HasSuffix(f.Text, test.text) {
				t.Errorf("it says %q, want …%s", f.Text, test.text)
			}
			if asked {
				t.Error("the secret went to a server that is not Dollr")
			}
		})
	}
}

// sign makes a certificate that signs itself, of this machine unless a name is given.
func sign(t *testing.T, name string, from, until time.Time) (*x509.Certificate, tls.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "a till"}, NotBefore: from, NotAfter: until,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if name != "" {
		template.DNSNames = []string{name}
	} else {
		template.IPAddresses = append(template.IPAddresses, here)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return certificate, tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

var here = []byte{127, 0, 0, 1}

// pour answers with so many bytes, or as many as are taken.
func pour(w io.Writer, what string, most int) {
	part := strings.Repeat(what, 32<<10)
	for sent := 0; sent < most; sent += len(part) {
		if !write(w, part) {
			return
		}
	}
}

func write(w io.Writer, text string) bool {
	_, err := io.WriteString(w, text)
	return err == nil
}

// raw answers 200 and then says more until it is false.
func raw(more func(io.Writer) bool) http.HandlerFunc {
	begun := map[io.Writer]bool{}
	return hijacked(func(w io.Writer) bool {
		if !begun[w] {
			begun[w] = true
			return write(w, "HTTP/1.1 200 OK\r\n")
		}
		return more(w)
	})
}

// hijacked answers with the connection itself.
func hijacked(more func(io.Writer) bool) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(fmt.Sprint("taking the connection over: ", err))
		}
		defer conn.Close()
		for more(conn) {
		}
	}
}

// zipped is a body of zeros that becomes so long.
func zipped(t *testing.T, length int) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	pour(w, "\x00", length)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// allocated is how many bytes do takes from the heap, be they freed or not.
func allocated(do func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
