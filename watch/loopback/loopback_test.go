package loopback

import (
	"context"
	"errors"
	"net"
	"net/http"
	"testing"
)

func TestIs_ThisMachineByNameAlone(t *testing.T) {
	for host, want := range map[string]bool{
		"127.0.0.1": true, "127.9.9.9": true, "::1": true, "localhost": true, "LocalHost.": true,
		"realtime-dev.localhost": true, "a.b.localhost": true,
		"10.0.0.1": false, "0.0.0.0": false, "localhost.example.com": false, "notlocalhost": false,
		"api.heydollr.app": false, "": false, "127.0.0.1.example.com": false,
	} {
		if Is(host) != want {
			t.Errorf("Is(%q) = %v", host, !want)
		}
	}
}

func TestDialer_FindsNamesUnderLocalhost(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	c, err := Dialer(&net.Dialer{})(t.Context(), "tcp", "realtime-dev.localhost:"+port)
	if err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
}

func TestRefusing_ARefusedHostIsNotDialled(t *testing.T) {
	var dialled []string
	dial := func(_ context.Context, _, address string) (net.Conn, error) {
		dialled = append(dialled, address)
		return nil, nil
	}
	no := errors.New("no")
	guarded := Refusing(func(host string) error {
		if host == "api.example" {
			return no
		}
		return nil
	}, dial)
	for address, want := range map[string]error{"api.example:443": no, "api.example": no, "[::1]:80": nil, "other.example:443": nil} {
		if _, err := guarded(t.Context(), "tcp", address); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", address, err, want)
		}
	}
	if len(dialled) != 2 {
		t.Errorf("dialled %v", dialled)
	}
	if _, err := Refusing(nil, dial)(t.Context(), "tcp", "api.example:443"); err != nil || len(dialled) != 3 {
		t.Errorf("nobody refuses, and it ends with %v", err)
	}
}

// Go reads the environment once, so there is one test of it here.
func TestProxy_IsNotForThisMachine(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://proxy.example:3128")
	t.Setenv("NO_PROXY", "")
	t.Setenv("no_proxy", "")
	for address, want := range map[string]string{
		"http://localhost:8787": "", "http://LOCALHOST:8787": "", "http://localhost.": "", "http://a.localhost/v1": "",
		"http://127.9.9.9:80": "", "http://[::1]:80": "", "http://shop.example": "proxy.example:3128",
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		proxy, err := Proxy(r)
		if proxy != nil {
			got = proxy.Host
		}
		if err != nil || got != want {
			t.Errorf("%s goes through %q, %v; want %q", address, got, err, want)
		}
	}
}
