package realtime

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// TestHostile_EachMessageIsBounded has a server that was joined in good faith send whatever
// may hurt. What it costs is what is allocated on both sides; what was heard, and that the
// channel works afterwards, or on its next socket, shows that nobody else suffers.
func TestHostile_EachMessageIsBounded(t *testing.T) {
	nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	row := func(p *peer, value string) { p.change("realtime:t0", `{"id":1,"x":`+value+`}`) }
	tests := map[string]struct {
		attack func(p *peer)
		lasts  time.Duration
		heard  string
		lost   string // why
	}{
		"a frame of 10 MB": {func(p *peer) { row(p, `"`+strings.Repeat("x", 10<<20)+`"`) }, 5 * time.Second,
			"lost joining joined ready", "a message from the server is over 8 MiB"},
		"a row 100,000 lists deep":   {func(p *peer) { p.raw(`[null,null,"realtime:t0","postgres_changes",` + nested(100_000) + `]`) }, time.Second, "changed", ""},
		"a column 9,000 lists deep":  {func(p *peer) { row(p, nested(9_000)) }, time.Second, "changed", ""},
		"a reply 100,000 lists deep": {func(p *peer) { p.raw(`[null,"7","realtime:t0","phx_reply",` + nested(100_000) + `]`) }, time.Second, "", ""},
		"a topic of 1 MB":            {func(p *peer) { p.change(strings.Repeat("t", 1<<20), `{"id":1}`) }, time.Second, "", ""},
		"a goodbye of 2 MB with escape sequences": {func(p *peer) {
			words, _ := json.Marshal("\x1b[2J\u202e" + strings.Repeat("so long anon-key ", 120_000))
			p.send(p.ref("realtime:t0"), "", "realtime:t0", "system", `{"status":"ok","extension":"system","message":`+string(words)+`}`)
			p.closeWith(1012)
		}, 3 * time.Second, "lost joining joined ready", "the server closed the socket with code 1012: so long ••• so long •••"},
		"a message that never ends, 5 kB a second": {drip, 70 * time.Second,
			"lost joining joined ready", "a message from the server took over a minute"},
		"a message in 100,000 pieces": {func(p *peer) {
			w, _ := p.conn.Writer(context.Background(), websocket.MessageText)
			for range 100_000 {
				_, _ = io.WriteString(w, "x")
			}
			_ = w.Close()
		}, time.Second, "", ""},
		"5,000 pings": {func(p *peer) {
			for range 5_000 {
				_ = p.conn.Ping(context.Background())
			}
		}, time.Second, "", ""},
		"20,000 frames of nothing": {func(p *peer) {
			for range 20_000 {
				p.raw(`[null,null,"realtime:t0","presence_state",{}]`)
			}
		}, time.Second, "", ""},
		"a column more in each of 3,000 changes": {func(p *peer) {
			for i := range 3_000 {
				p.change("realtime:t0", fmt.Sprintf(`{"id":1,"column%d":"%0100d"}`, i, i))
			}
		}, time.Second, strings.TrimSpace(strings.Repeat("changed ", 3_000)), ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			start(t, Config{}, func(s *theServer, c *Client) {
				o := many(t, c, "t", 1)[0]
				p := s.all()[0]
				why := ""
				kept := held(func() {
					spent := allocated(func() {
						test.attack(p)
						after(test.lasts)
					})
					if spent > 256<<20 {
						t.Errorf("it cost %d MiB", spent>>20)
					}
					o.wants(test.heard)
					why = o.reason()
					o.forget()
				})
				if kept > 4<<20 {
					t.Errorf("%d MiB of it are kept", kept>>20)
				}
				if test.lost != "" && (!strings.HasPrefix(why, test.lost) || len([]rune(why)) > longestText+1 || strings.ContainsAny(why, "\x1b\u202e\n")) {
					t.Errorf("lost because %q, want %q", why, test.lost)
				}
				peers := s.all()
				peers[len(peers)-1].change("realtime:t0", `{"id":1,"status":"COMPLETED"}`)
				after(time.Second)
				o.wants("changed")
			})
		})
	}
}

// drip begins a message that looks like a frame, and goes on with it for ever. Its pieces
// are as small as the library's buffer lets them be.
func drip(p *peer) {
	p.set(func(p *peer) { p.deaf = true }) // it has no time for heartbeats
	go func() {
		w, err := p.conn.Writer(context.Background(), websocket.MessageText)
		for text := `[null,"`; err == nil; text = strings.Repeat("x", 5_000) {
			_, err = io.WriteString(w, text)
			time.Sleep(time.Second)
		}
	}()
}

// TestHostile_EachAnswerToAnUpgradeIsBounded has something that is no Realtime server answer
// the upgrade. The key is sent nowhere else, and nothing of what came moves a cursor.
func TestHostile_EachAnswerToAnUpgradeIsBounded(t *testing.T) {
	tests := map[string]struct {
		answer func(w http.ResponseWriter)
		want   string
	}{
		"a redirect to itself": {func(w http.ResponseWriter) {
			w.Header().Set("Location", "/realtime/v1/websocket")
			w.WriteHeader(http.StatusFound)
		}, "the realtime server did not open a socket: a redirect, HTTP 302"},
		"a redirect to another host": {func(w http.ResponseWriter) {
			w.Header().Set("Location", "https://elsewhere.example/")
			w.WriteHeader(http.StatusPermanentRedirect)
		}, "the realtime server did not open a socket: a redirect, HTTP 308"},
		"an endless page": {func(w http.ResponseWriter) {
			w.WriteHeader(http.StatusBadGateway)
			for write(w, strings.Repeat("<p>", 10_000)) {
			}
		}, "the realtime server did not open a socket: a web page, HTTP 502"},
		"a page that says it is fine": {func(w http.ResponseWriter) { write(w, "<html><title>OK</title>") },
			"the realtime server did not open a socket: a web page, HTTP 200"},
		"a page without a tag": {func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "text/HTML; charset=utf-8")
			write(w, "please log in")
		}, "the realtime server did not open a socket: a web page, HTTP 200"},
		"nothing, and fine":       {func(http.ResponseWriter) {}, "the realtime server did not open a socket: no websocket, HTTP 200"},
		"JSON, and fine":          {func(w http.ResponseWriter) { write(w, `{"error":"OK"}`) }, "the realtime server did not open a socket: no websocket, HTTP 200"},
		"no content":              {func(w http.ResponseWriter) { w.WriteHeader(204) }, "the realtime server did not open a socket: no websocket, HTTP 204"},
		"moved, with a page":      {func(w http.ResponseWriter) { w.WriteHeader(301); write(w, "<a href=/>OK</a>") }, "the realtime server did not open a socket: a web page, HTTP 301"},
		"a login page for 401":    {func(w http.ResponseWriter) { w.WriteHeader(401); write(w, "\n <!DOCTYPE html>OK") }, "the realtime server did not open a socket: a web page, HTTP 401"},
		"a page for 404":          {func(w http.ResponseWriter) { w.WriteHeader(404); write(w, "<h1>nginx") }, "the realtime server did not open a socket: a web page, HTTP 404"},
		"words for 404":           {func(w http.ResponseWriter) { w.WriteHeader(404); write(w, "404 page not found") }, "the realtime server refused the connection: 404 Not Found"},
		"too many, in JSON":       {func(w http.ResponseWriter) { w.WriteHeader(429); write(w, `{"error":"Too many connected users"}`) }, "the realtime server refused the connection: 429 Too many connected users"},
		"two errors":              {func(w http.ResponseWriter) { w.WriteHeader(403); write(w, `{"error":"a","error":"b"}`) }, "the realtime server refused the connection: 403 Forbidden"},
		"an error that is a list": {func(w http.ResponseWriter) { w.WriteHeader(403); write(w, `{"error":["OK"]}`) }, "the realtime server refused the connection: 403 Forbidden"},
		"an error of blanks":      {func(w http.ResponseWriter) { w.WriteHeader(403); write(w, `{"error":" \u200b "}`) }, "the realtime server refused the connection: 403 Forbidden"},
		"a status of nobody's":    {func(w http.ResponseWriter) { w.WriteHeader(599) }, "the realtime server refused the connection: 599 without a reason"},
		"a status beyond all":     {func(w http.ResponseWriter) { w.WriteHeader(999) }, "the realtime server did not open a socket: no websocket, HTTP 999"},
		"a page that stalls": {hijacked("HTTP/1.1 503 OK\r\nContent-Length: 5000000\r\n\r\n<p>", func(conn net.Conn) bool {
			time.Sleep(time.Second)
			return write(conn, ".")
		}), "the realtime server did not open a socket: a web page, HTTP 503"},
		"HTTP/1.0": {hijacked("HTTP/1.0 200 OK\r\n\r\n<html>", func(net.Conn) bool { return false }),
			"the realtime server did not open a socket: a web page, HTTP 200"},
		"HTTP/1.0 and an upgrade": {hijacked("HTTP/1.0 101 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", func(net.Conn) bool { return false }),
			"cannot reach the realtime server: its upgrade is no websocket's; is there a proxy in between?"},
		"an upgrade to nothing": {hijacked("HTTP/1.1 101 OK\r\n\r\n", func(net.Conn) bool { return false }),
			"cannot reach the realtime server: its upgrade is no websocket's; is there a proxy in between?"},
		"the wrong accept": {hijacked("HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: bm8=\r\n\r\n", func(net.Conn) bool { return false }),
			"cannot reach the realtime server: its upgrade is no websocket's; is there a proxy in between?"},
		"a status that is none": {hijacked("HTTP/1.1 twohundred OK\r\n\r\n", func(net.Conn) bool { return false }),
			"cannot reach the realtime server: its answer is no HTTP"},
		"TLS on a plain port": {hijacked("\x15\x03\x01\x00\x02\x02\x16", func(net.Conn) bool { return false }),
			"cannot reach the realtime server: its answer is no HTTP"},
		"escape sequences for words": {func(w http.ResponseWriter) {
			w.WriteHeader(http.StatusForbidden)
			write(w, `{"error":"\u001b[2J\u202eno\n anon-key"}`)
		}, "the realtime server refused the connection: 403 no •••"},
		"an error 100,000 lists deep": {func(w http.ResponseWriter) {
			w.WriteHeader(http.StatusForbidden)
			write(w, `{"error":`+strings.Repeat("[", 100_000))
		}, "the realtime server refused the connection: 403 Forbidden"},
		"headers without an end": {hijacked("HTTP/1.1 101 Switching Protocols\r\n", func(conn net.Conn) bool {
			return write(conn, "X-Flood: "+strings.Repeat("x", 1000)+"\r\n")
		}), "cannot reach the realtime server: the headers of its answer are longer than 64 KiB"},
		"a header a second": {hijacked("HTTP/1.1 101 Switching Protocols\r\n", func(conn net.Conn) bool {
			time.Sleep(time.Second)
			return write(conn, "X-Slow: 1\r\n")
		}), "cannot reach the realtime server: no answer in time"},
		"another protocol": {hijacked("HTTP/1.1 101 Switching Protocols\r\nUpgrade: \x1b[2J\r\n\r\n", func(net.Conn) bool { return false }),
			"cannot reach the realtime server: its answer is no HTTP"},
		"no HTTP at all": {hijacked("\x1b[31mSSH-2.0-till\r\n", func(net.Conn) bool { return false }),
			"cannot reach the realtime server: its answer is no HTTP"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			start(t, Config{}, func(s *theServer, c *Client) {
				s.refuse = func(w http.ResponseWriter) bool { test.answer(w); return true }
				o := (&owner{t: t}).open(c, "t")
				spent := allocated(func() { after(12 * time.Second) })
				o.ch.Close()
				after(15 * time.Second) // who still answers ends in it
				if got := o.reason(); got != test.want {
					t.Errorf("lost because %q, want %q", got, test.want)
				}
				if got := c.Status().Trouble.Text; got == "OK" || strings.Contains(got, "anon-key") || clean(got) != got {
					t.Errorf("the trouble is %q", got)
				}
				if n, last := s.upgrades(); n > 20 || !strings.HasPrefix(last, "/realtime/v1/websocket?") {
					t.Errorf("%d upgrades were asked for, the last at %s", n, last)
				}
				if spent > 64<<20 {
					t.Errorf("it cost %d MiB", spent>>20)
				}
			})
		})
	}
}

// TestHostile_NoKeyIsRepeatedInAnyForm has a server quote the key that it was sent.
func TestHostile_NoKeyIsRepeatedInAnyForm(t *testing.T) {
	const key = "sb_publishable_a+b/c=d.e"
	for _, words := range []string{
		"bad key sb_publishable_a+b/c=d.e", "no route for /realtime/v1/websocket?apikey=sb_publishable_a%2Bb%2Fc%3Dd.e&vsn=2.0.0",
		"sb_publish\u200bable_a+b/c\u0007=d.e", "token eyJhbGciOiJIUzI1NiJ9\u200b.e30.c2ln and eyJhb\u00adGciOiJIUzI1NiJ9.e30.c2ln",
		strings.Repeat("so ", 130) + "sb_publishable_a+b/c=d.e",
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusForbidden)
			write(w, `{"error":"`+words+`"}`)
		}))
		defer server.Close()
		d := newDialer(Config{URL: server.URL, APIKey: key})
		defer d.close()
		_, err := d.dial(t.Context())
		for _, part := range []string{"a+b", "a%2Bb", "c=d", "GciOi", "c2ln", "e30"} {
			if err == nil || strings.Contains(err.Error(), part) {
				t.Errorf("%q becomes %v", words, err)
			}
		}
	}
}

// TestHostile_ABadCertificateIsNamed has servers on TCP whose TLS is wrong.
func TestHostile_ABadCertificateIsNamed(t *testing.T) {
	now := time.Now()
	for name, test := range map[string]struct {
		from, until time.Time
		name        string
		stranger    bool // nobody knows who signed it
		plain       bool // no TLS at all
		want        string
	}{
		"signed by itself": {now.Add(-time.Hour), now.Add(time.Hour), "127.0.0.1", true, false, "its certificate is not trusted"},
		"of another host":  {now.Add(-time.Hour), now.Add(time.Hour), "127.0.0.2", false, false, "its certificate is for another host"},
		"over":             {now.Add(-2 * time.Hour), now.Add(-time.Hour), "127.0.0.1", false, false, "its certificate has expired or is not valid yet; is this machine's clock right?"},
		"none, plain http": {now, now, "", false, true, "it does not speak TLS"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
				t.Error("the key went to a server that is not known")
			}))
			server.Config.ErrorLog = log.New(io.Discard, "", 0)
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
			d := newDialer(Config{URL: strings.Replace(server.URL, "http:", "https:", 1), APIKey: "anon-key"})
			defer d.close()
			d.http.Transport.(*http.Transport).TLSClientConfig.RootCAs = known
			if _, err := d.dial(t.Context()); err == nil || err.Text != test.want {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

// TestHostile_AFloodWaitsForItsReader has a server send faster than the loop can take.
func TestHostile_AFloodWaitsForItsReader(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		o := many(t, c, "t", 1)[0]
		p := s.all()[0]
		resume := make(chan struct{})
		c.post(func(time.Time) { <-resume }) // the loop stands still
		var mu sync.Mutex
		sent := 0
		go func() {
			for range 2_000 {
				p.change("realtime:t0", `{"id":1}`)
				mu.Lock()
				sent++
				mu.Unlock()
			}
		}()
		after(time.Second)
		mu.Lock()
		taken := sent
		mu.Unlock()
		if taken < aloft || taken > aloft+50 { // some more are in buffers
			t.Errorf("%d changes were taken by a loop that stands still, want about %d", taken, aloft)
		}
		close(resume)
		after(time.Second)
		if n := strings.Count(o.kinds(), "changed"); n != 2_000 {
			t.Errorf("%d changes were heard", n)
		}
	})
}

// sign makes a certificate for an address, which signs itself.
func sign(t *testing.T, address string, from, until time.Time) (*x509.Certificate, tls.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: from, NotAfter: until, IPAddresses: []net.IP{net.ParseIP(address)},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
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

func write(w io.Writer, text string) bool {
	_, err := io.WriteString(w, text)
	return err == nil
}

// hijacked answers with the connection itself: first, then more until it is false.
func hijacked(first string, more func(net.Conn) bool) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(fmt.Sprint("taking the connection over: ", err))
		}
		defer conn.Close()
		for ok := write(conn, first); ok && more(conn); {
		}
	}
}

// allocated is how many bytes do takes from the heap, be they freed or not.
func allocated(do func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// held is how much more of the heap is in use after do than before.
func held(do func()) int64 {
	var before, after runtime.MemStats
	collect()
	runtime.ReadMemStats(&before)
	do()
	collect()
	runtime.ReadMemStats(&after)
	return int64(after.HeapAlloc) - int64(before.HeapAlloc)
}

// collect frees what nothing holds, and what a [sync.Pool] does: that takes two cycles.
func collect() {
	runtime.GC()
	runtime.GC()
}
