package loopback

import (
	"net"
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
