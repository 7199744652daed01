package sandbox

import (
	"crypto/subtle"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Dollr's two words for a call without a good bearer token.
const (
	notAuthenticated = "Not authenticated"
	badCredentials   = "Could not validate credentials"
)

// obtainToken serves POST /v1/jwt/client/obtain/token.
func obtainToken(c *call) {
	f, ok := c.body()
	if !ok {
		return
	}
	id, secret := f.text("client_id"), f.text("client_secret")
	if len(f.faults) > 0 {
		c.refuse(f.faults...)
		return
	}
	if c.s.faults.on(LockedOut) || !same(id, c.s.opt.ClientID) || !same(secret, c.s.opt.ClientSecret) {
		c.fail(http.StatusUnauthorized, badCredentials)
		return
	}
	c.reply(http.StatusOK, map[string]any{
		"access_token": c.s.mintToken(),
		"expires_in":   max(1, int(c.s.opt.TokenLife/time.Minute)), // minutes, unlike a realtime key's
	})
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// mintToken signs a bearer token for the one merchant that the sandbox has.
func (s *Server) mintToken() string {
	now := s.wall()
	token := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.RegisteredClaims{
		ID: s.series(), Subject: s.opt.ClientID, IssuedAt: jwt.NewNumericDate(now),
		ExpiresAt: jwt.NewNumericDate(now.Add(s.opt.TokenLife)),
	})
	text, err := token.SignedString(s.secret)
	if err != nil {
		panic("sandbox: signing a bearer token: " + err.Error()) // a bug
	}
	return text
}

// series names the tokens that were not withdrawn together with earlier ones.
func (s *Server) series() string { return strconv.FormatInt(s.revoked.Load(), 10) }

// admit checks the bearer token. When it is false the call has been answered.
func (c *call) admit() bool {
	text, ok := strings.CutPrefix(c.r.Header.Get("Authorization"), "Bearer ")
	if !ok || text == "" {
		c.fail(http.StatusUnauthorized, notAuthenticated)
		return false
	}
	// The algorithm is checked against ours, for a token must not choose its own check. The
	// clock is the server's, so that one set ahead expires tokens early, as it would.
	claims := new(jwt.RegisteredClaims)
	_, err := jwt.ParseWithClaims(text, claims, func(t *jwt.Token) (any, error) {
		if t.Method != jwt.SigningMethodHS256 {
			return nil, fmt.Errorf("algorithm %s", t.Method.Alg())
		}
		return c.s.secret, nil
	}, jwt.WithTimeFunc(c.s.wall), jwt.WithExpirationRequired())
	if err != nil || claims.ID != c.s.series() || c.s.faults.on(LockedOut) {
		c.fail(http.StatusUnauthorized, badCredentials)
		return false
	}
	return true
}
