package config

import (
	"errors"
	"net/url"
	"strings"

	"golang.org/x/net/idna"
)

// liveDomain is where Dollr's live API is, and all that belongs to it.
const liveDomain = "heydollr.app"

// errLive is why a load run does not go there. No flag lifts it.
var errLive = errors.New("this is Dollr's live API: a load run would ask real customers for money")

// RefuseLive returns an error for a host, given without its port, that a load run must not reach:
// heydollr.app and every name under it, in any case, with final dots, and in any letters that are
// looked up as these. It also refuses other names that are not plain ASCII, because the name that
// is dialled differs from the one that is shown. It returns nil for any other host.
func RefuseLive(host string) error {
	name := strings.TrimSpace(host)
	looked, _ := idna.Lookup.ToASCII(name) // with an error it still returns what it could convert
	for _, n := range [...]string{name, looked} {
		n = strings.TrimRight(strings.ToLower(n), ".")
		if n == liveDomain || strings.HasSuffix(n, "."+liveDomain) {
			return errLive
		}
	}
	switch {
	case strings.ContainsFunc(name, func(r rune) bool { return r > 0x7e }):
		return errors.New("a load run goes to a host whose name is plain ASCII: another one may turn into any name when it is dialled")
	}
	return nil
}

// refuseLiveAddress is RefuseLive for an address as a person writes it. One that cannot be
// read is no concern of it.
func refuseLiveAddress(address string) error {
	address = strings.TrimSpace(address)
	if !strings.Contains(address, "://") {
		address = "https://" + strings.TrimLeft(address, "/")
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil
	}
	return RefuseLive(u.Hostname())
}
