package dollr

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"tillwatch/watch"
	"tillwatch/watch/loopback"
)

// moneyHost is where payments are about real money, from Dollr's API page.
const moneyHost = "api.heydollr.app"

// parseBase reads a base URL. Its errors repeat nothing of it: a URL may hold a password.
func parseBase(base string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(base))
	switch {
	case err != nil, u.Opaque != "", u.Hostname() == "":
		return nil, errors.New("the base URL is no URL like https://api.heydollr.app")
	case u.User != nil:
		return nil, errors.New("the base URL holds a user name or password, which belongs elsewhere")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return nil, errors.New("the base URL has a query or fragment; only a path may follow the host")
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, errors.New("the base URL begins with neither https:// nor http://")
	}
	if err := loopback.ASCII(u); err != nil {
		return nil, fmt.Errorf("the base URL: %w", err)
	}
	if u.Scheme == "http" && !loopback.Is(u.Hostname()) {
		return nil, errors.New("the base URL is http, which is for this machine alone: use https")
	}
	return u, nil
}

// Stake says by the address alone whose money it is. It is Real exactly when the user says so
// (forced, for a proxy) or when the host is api.heydollr.app: in any case, with final dots or a
// port, in any letters that are looked up as these. Any other host is Test. Stake also returns the
// host, clean, in the form in which it is looked up. Whether a Test host is a sandbox shows only in
// its answers: see [Client.Stake].
func Stake(base string, forced bool) (watch.Stake, string) {
	host := ""
	if u, err := url.Parse(strings.TrimSpace(base)); err == nil && loopback.ASCII(u) == nil {
		host = strings.TrimRight(strings.ToLower(u.Hostname()), ".")
	}
	if forced || host == moneyHost {
		return watch.Real, watch.Clean(host, 120)
	}
	return watch.Test, watch.Clean(host, 120)
}

// Stake says by address and answers whose money it is. It is Real by the address (or Config.Real),
// Sim while every answer so far had the sandbox's header and there was at least one, and Test
// otherwise, so before the first answer too. It also returns the host. It is safe for concurrent
// use.
func (c *Client) Stake() (watch.Stake, string) {
	stake, host := Stake(c.base, c.real)
	if all, _ := c.Simulated(); stake == watch.Test && all {
		stake = watch.Sim
	}
	return stake, host
}

// stakeOf is whose money one answer is about: a sandbox's is made up, whatever its address.
func (c *Client) stakeOf(r reply) watch.Stake {
	if len(r.header.Values(sandboxHeader)) > 0 {
		return watch.Sim
	}
	stake, _ := Stake(c.base, c.real)
	return stake
}
