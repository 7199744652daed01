// Package loopback knows which hosts are this machine by their very name.
package loopback

import (
	"context"
	"net"
	"net/netip"
	"strings"
)

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
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// Dialer returns a function for http.Transport.DialContext that dials as d does, except
// that a name under localhost is this machine without asking anybody. Supabase's own
// server tells tenants apart by such names, and most resolvers do not know them.
func Dialer(d *net.Dialer) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if host, port, err := net.SplitHostPort(address); err == nil && isName(host) {
			address = net.JoinHostPort("localhost", port)
		}
		return d.DialContext(ctx, network, address)
	}
}
