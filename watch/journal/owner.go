package journal

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// own checks whose payments the file holds, or notes it in a new one, and signs as writer.
// It counts the run, and reports whether the writer before has not signed off.
func (s *store) own(ctx context.Context, c *Config) (unclean bool, err error) {
	err = s.within(ctx, func() error {
		have, err := readMeta(ctx, s.conn)
		if err != nil {
			return err
		}
		mine := owner(c.BaseURL, c.ClientID, c.Real)
		if len(have) == 0 {
			mine["created_at"] = c.Wall().UTC().Format(stamp)
		} else if which := differs(have, mine); which != "" {
			return &OwnerError{Path: s.path, Which: which}
		}
		unclean = have["writer_pid"] != ""
		before, _ := strconv.ParseUint(have["runs"], 10, 32) // none in a new file, or in one of before they were counted
		s.run = before + 1
		mine["runs"] = strconv.FormatUint(s.run, 10)
		mine["writer_pid"] = strconv.Itoa(os.Getpid())
		mine["writer_since"] = c.Wall().UTC().Format(stamp)
		for name, value := range mine {
			if _, err := s.conn.ExecContext(ctx, metaSQL, name, value); err != nil {
				return err
			}
		}
		return nil
	})
	return unclean, err
}

// owner is whose payments they are, as the file has it.
func owner(baseURL, clientID string, real bool) map[string]string {
	return map[string]string{"base_url": address(baseURL), "client": fingerprint(clientID), "money": class(real)}
}

// differs says in words what is another's; empty: nothing.
func differs(have, mine map[string]string) string {
	switch {
	case have["money"] != mine["money"]:
		return have["money"] + " money, and this run is about " + mine["money"] + " money"
	case have["base_url"] != mine["base_url"]:
		return "another base URL, " + shown(have["base_url"]) + ", and this run asks " + shown(mine["base_url"])
	case have["client"] != mine["client"]:
		return "another client id than this run's"
	}
	return ""
}

func class(real bool) string {
	if real {
		return "real"
	}
	return "test"
}

// fingerprint stands for a client id: enough to tell two apart.
func fingerprint(clientID string) string {
	sum := sha256.Sum256([]byte("tillwatch " + clientID))
	return hex.EncodeToString(sum[:6])
}

// address is a base URL in one form, without anything that may be a secret.
func address(base string) string {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" {
		return base
	}
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	u.Scheme, u.Host = strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	return strings.TrimRight(u.String(), "/")
}

func readMeta(ctx context.Context, q querier) (map[string]string, error) {
	rows, err := q.QueryContext(ctx, "SELECT name, value FROM meta")
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	out := map[string]string{}
	for rows.Next() {
		var name, value string
		if err := rows.Scan(&name, &value); err != nil {
			return nil, err
		}
		out[name] = value
	}
	return out, rows.Err()
}

// writerOf is the process that signed as writer, and since when; zero: none has.
func writerOf(meta map[string]string) (int, time.Time) {
	pid, err := strconv.Atoi(meta["writer_pid"])
	if err != nil {
		return 0, time.Time{}
	}
	return pid, moment(meta["writer_since"])
}

var unclean = regexp.MustCompile(`[^a-z0-9._-]+`)

// DefaultName is the journal's file name for an API: "real.db" for Dollr's own, so that a
// sandbox's payments never lie among real ones. A test host's name has some letters of the
// client id's fingerprint: a sandbox is another one after each start, and knows nothing of
// the payments of the one before.
func DefaultName(baseURL, clientID string, real bool) string {
	u, err := url.Parse(address(baseURL))
	if err != nil {
		u = &url.URL{}
	}
	host := strings.TrimRight(u.Hostname(), ".")
	name := "real"
	switch {
	case real && host == "api.heydollr.app":
		return "real.db"
	case !real:
		name = "test"
	}
	if port := u.Port(); port != "" && !real {
		host += "_" + port // so that an address and its port are not taken for a payer's number
	}
	host = strings.Trim(unclean.ReplaceAllString(host, "-"), "-._")
	if host != "" {
		name += "-" + host[:min(len(host), 100)]
	}
	if !real {
		name += "_" + fingerprint(clientID)[:6]
	}
	return name + ".db"
}
