package realtime

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"
)

// A host that somebody refuses is sent no upgrade and is not dialled, and a proxy in between
// changes nothing.
func TestRefuse_AHostIsNeitherAskedNorDialled(t *testing.T) {
	var came atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		came.Add(1)
		w.WriteHeader(http.StatusTeapot)
	}))
	defer server.Close()
	refuse := func(host string) error {
		if host == "api.heydollr.app" {
			return errors.New("that is the live API")
		}
		return nil
	}
	through := func(*http.Request) (*url.URL, error) { return url.Parse(server.URL) }
	for name, c := range map[string]struct {
		url   string
		proxy func(*http.Request) (*url.URL, error)
		want  string
	}{
		"itself":             {url: "https://api.heydollr.app", want: "that is the live API"},
		"through a proxy":    {url: "https://api.heydollr.app", proxy: through, want: "that is the live API"},
		"as a proxy":         {url: "https://shop.example", proxy: func(*http.Request) (*url.URL, error) { return url.Parse("http://api.heydollr.app") }, want: "that is the live API"},
		"another, not it":    {url: server.URL, want: "I'm a teapot"},
		"a socket's address": {url: "wss://api.heydollr.app:4000/realtime/v1", want: "that is the live API"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDialer(Config{URL: c.url, APIKey: "anon", Refuse: refuse})
			defer d.close()
			if c.proxy != nil {
				d.http.Transport.(*http.Transport).Proxy = c.proxy
			}
			came.Store(0)
			conn, err := d.dial(t.Context())
			if err == nil {
				conn.CloseNow()
				t.Fatal("a socket was opened")
			}
			if err.Text != c.want || (came.Load() > 0) != (c.want == "I'm a teapot") {
				t.Errorf("it ends with %q, and %d requests came", err.Text, came.Load())
			}
		})
	}
}
