// Package loopback knows the hosts that are this machine by their very name, so that what is sent
// to them stays here. It puts hosts into the form in which they are compared, and keeps a dialer
// away from hosts that the caller refuses.
package loopback

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/idna"
)

// errName is why a host is refused. It repeats nothing of the host.
var errName = errors.New("the host's name is none that can be looked up")

// ASCII puts a URL's host into the form in which it is dialled. A name with letters other than
// ASCII becomes the name that a resolver is asked for (IDNA, RFC 5891), so that it cannot pass for
// another host. ASCII refuses a name that has no such form, and a name whose punycode does not
// match its letters.
func ASCII(u *url.URL) error {
	host := u.Hostname()
	plain := !strings.ContainsFunc(host, func(r rune) bool { return r > 0x7e || r <= ' ' })
	if plain && !strings.Contains(strings.ToLower(host), "xn--") {
		return nil
	}
	name, err := idna.Lookup.ToASCII(host)
	if err != nil || name == "" {
		return errName
	}
	if u.Port() != "" {
		name += ":" + u.Port()
	}
	u.Host = name
	return nil
}

// Is reports whether a host, without its port, is this machine: an address of loopback,
// localhost, or a name under it (RFC 6761, section 6.3). No resolver is asked, for that
// would let the network decide whether a secret may travel in the clear.
func Is(host string) bool {
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.IsLoopback()
	}
	return isName(host)
}

func isName(host string) bool {
	host = strings.TrimRight(strings.ToLower(host), ".")
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// Dial opens a connection, as http.Transport.DialContext wants it.
type Dial = func(ctx context.Context, network, address string) (net.Conn, error)

// Dialer returns a function for http.Transport.DialContext that dials as d does, except that a name
// under localhost is this machine without a look-up. Supabase's own server tells tenants apart by
// such names, and most resolvers do not know them.
func Dialer(d *net.Dialer) Dial {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if host, port, err := net.SplitHostPort(address); err == nil && isName(host) {
			address = net.JoinHostPort("localhost", port)
		}
		return d.DialContext(ctx, network, address)
	}
}

// Proxy is http.ProxyFromEnvironment, for http.Transport.Proxy, but has none for a host that
// is this machine. Go's own knows addresses and the plain word localhost alone: LOCALHOST and
// a name under it went through the proxy, and a secret that may travel in the clear to this
// machine with them.
func Proxy(r *http.Request) (*url.URL, error) {
	if Is(r.URL.Hostname()) {
		return nil, nil
	}
	return http.ProxyFromEnvironment(r)
}

// Refused is the error of a dial that did not happen because the host was refused. Its text is that
// of Why.
type Refused struct{ Why error }

// Error is why it was refused.
func (r *Refused) Error() string { return r.Why.Error() }

// Unwrap gives the reason.
func (r *Refused) Unwrap() error { return r.Why }

// Refusing returns a function for http.Transport.DialContext that asks refuse about the
// host before it dials; a host that is refused is not dialled, nor its name looked up, and the
// error is a [*Refused]. A nil refuse allows every host.
func Refusing(refuse func(host string) error, dial Dial) Dial {
	if refuse == nil {
		return dial
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			host = address
		}
		if err := refuse(host); err != nil {
			return nil, &Refused{err}
		}
		return dial(ctx, network, address)
	}
}
