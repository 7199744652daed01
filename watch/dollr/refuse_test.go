package dollr

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"tillwatch/watch"
)

// refusing refuses one host, in words of its own.
func refusing(refused string) func(string) error {
	return func(host string) error {
		if host == refused {
			return errors.New("that is the live API")
		}
		return nil
	}
}

// rejected checks that a call was refused in the words of who refused it, and that asking
// again is of no use.
func rejected(t *testing.T, err error) {
	t.Helper()
	var fault *watch.Fault
	if !errors.As(err, &fault) || fault.Kind != watch.FaultRejected || !strings.HasSuffix(fault.Text, "that is the live API") {
		t.Errorf("the call ends with %v", err)
	}
}

func TestRefuse_AHostIsNotSentARequest(t *testing.T) {
	var came atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		came.Add(1)
		w.WriteHeader(http.StatusTeapot)
	}))
	defer server.Close()
	for host, want := range map[string]int64{"127.0.0.1": 0, "other.example": 1} {
		c, err := New(Config{BaseURL: server.URL, ClientID: testID, ClientSecret: testSecret, Refuse: refusing(host)})
		if err != nil {
			t.Fatal(err)
		}
		came.Store(0)
		_, err = c.Login(t.Context())
		if c.Close(); came.Load() != want {
			t.Errorf("with %s refused %d requests came, want %d", host, came.Load(), want)
		}
		if want > 0 {
			continue
		}
		rejected(t, err)
		if _, refused := c.LoginRefused(); refused {
			t.Error("Dollr is said to have refused the login, and was not asked")
		}
	}
}

// Through a proxy the connection goes to another host, which nobody minds: the request's
// own host counts.
func TestRefuse_AProxyDoesNotHelp(t *testing.T) {
	var came atomic.Int64
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { came.Add(1) }))
	defer proxy.Close()
	c, err := New(Config{BaseURL: "https://api.heydollr.app", ClientID: testID, ClientSecret: testSecret, Refuse: refusing("api.heydollr.app")})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.http.Transport.(*http.Transport).Proxy = func(*http.Request) (*url.URL, error) { return url.Parse(proxy.URL) }
	_, err = c.Login(t.Context())
	if rejected(t, err); came.Load() > 0 {
		t.Errorf("%d requests came to the proxy", came.Load())
	}
}

// Should anything lead to a host other than that of the request, its dialling is refused
// too, and its name is not looked up.
func TestRefuse_AHostIsNotDialled(t *testing.T) {
	c, err := New(Config{BaseURL: "https://shop.example", ClientID: testID, ClientSecret: testSecret, Refuse: refusing("api.heydollr.app")})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, address := range []string{"api.heydollr.app:443", "api.heydollr.app"} {
		conn, err := c.http.Transport.(*http.Transport).DialContext(t.Context(), "tcp", address)
		if err == nil {
			conn.Close()
		}
		var dns *net.DNSError
		if err == nil || errors.As(err, &dns) || err.Error() != "that is the live API" {
			t.Errorf("dialling %s ends with %v", address, err)
		}
	}
	c.http.Transport.(*http.Transport).Proxy = func(*http.Request) (*url.URL, error) { return url.Parse("http://api.heydollr.app:80") }
	_, err = c.Login(t.Context())
	rejected(t, err)
}
