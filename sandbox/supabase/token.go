package supabase

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"
	"unicode"

	"github.com/golang-jwt/jwt/v5"
)

// tokenFault is why a token is refused. The real server words the same fault differently
// for an upgrade, for a join and for a push.
type tokenFault struct{ upgrade, join, push string }

// The texts are those of the recordings. No recording has faultSigner's for an upgrade and
// a push, nor faultIssuedAt's: those are our best guess in the same style.
var (
	faultMalformed = &tokenFault{
		upgrade: "The token provided is not a valid JWT",
		join:    "MalformedJWT: The token provided is not a valid JWT",
		push:    "The token provided is not a valid JWT"}
	faultSigner = &tokenFault{
		upgrade: "Failed to generate JWT signer, check your JWT secret or JWKS configuration",
		join:    "JwtSignerError: Failed to generate JWT signer, check your JWT secret or JWKS configuration",
		push:    ":error_generating_signer"}
	faultSignature = &tokenFault{
		upgrade: "Failed to validate JWT signature",
		join:    "JwtSignatureError: Failed to validate JWT signature",
		push:    ":signature_error"}
	faultFields = &tokenFault{
		upgrade: "Fields `role` and `exp` are required in JWT",
		join:    "InvalidJWTToken: Fields `role` and `exp` are required in JWT",
		push:    "Fields `role` and `exp` are required in JWT"}
	faultIssuedAt = &tokenFault{
		upgrade: "The token provided is not a valid JWT",
		join:    "Unknown Error on Channel",
		push:    "The token provided is not a valid JWT"}
)

// faultExpired tells a join and a push how late they are; an upgrade is not told.
func faultExpired(seconds int64) *tokenFault {
	text := fmt.Sprintf("Token has expired %d seconds ago", seconds)
	return &tokenFault{upgrade: "Token has expired", join: "InvalidJWTToken: " + text, push: text}
}

// pass is a token that was found good.
type pass struct {
	text   string
	role   string
	exp    int64 // Unix seconds
	claims map[string]any
}

// check reads a token the way Supabase Realtime does: format, signature, exp, iat, then
// the fields it needs. nbf, aud and sub are not looked at. Numbers in the claims are json.Number.
func (s *Server) check(text string) (pass, *tokenFault) {
	text = strings.Join(strings.FieldsFunc(text, unicode.IsSpace), "")
	claims := jwt.MapClaims{}
	// The library checks the claims in another order and words; here it only takes apart.
	token, parts, err := jwt.NewParser(jwt.WithJSONNumber()).ParseUnverified(text, claims)
	if token == nil || len(parts) != 3 || errors.Is(err, jwt.ErrTokenMalformed) {
		return pass{}, faultMalformed
	}
	method, ok := token.Method.(*jwt.SigningMethodHMAC)
	if !ok { // "none", or an algorithm for which there is no key
		return pass{}, faultSigner
	}
	if err != nil {
		return pass{}, faultMalformed
	}
	signature, err := jwt.NewParser().DecodeSegment(parts[2])
	if err != nil {
		return pass{}, faultMalformed
	}
	if method.Verify(parts[0]+"."+parts[1], signature, []byte(s.opt.Secret)) != nil {
		return pass{}, faultSignature
	}
	p := pass{text: text, claims: claims}
	// A token that is late is told so even if it lacks its role.
	exp, hasExp := claims["exp"].(json.Number)
	if hasExp {
		seconds, err := exp.Float64()
		if err != nil {
			return pass{}, faultFields
		}
		p.exp = int64(seconds)
		if now := s.now().Unix(); p.exp <= now {
			return pass{}, faultExpired(now - p.exp)
		}
	}
	if iat, given := claims["iat"]; given {
		if _, isNumber := iat.(json.Number); !isNumber {
			return pass{}, faultIssuedAt
		}
	}
	p.role, ok = claims["role"].(string)
	if !ok || !hasExp {
		return pass{}, faultFields
	}
	return p, nil
}

// Mint signs a token of this project for role, with claims in addition to the usual iss, iat and
// exp. It expires life from now, by the server's clock, in whole seconds as all tokens do. A claim
// given wins over a usual one, so a test can mint what no issuer would.
func (s *Server) Mint(role string, claims map[string]any, life time.Duration) string {
	now := s.now()
	all := jwt.MapClaims{"role": role, "iss": "supabase", "iat": now.Unix(), "exp": now.Add(life).Unix()}
	maps.Copy(all, claims)
	text, err := jwt.NewWithClaims(jwt.SigningMethodHS256, all).SignedString([]byte(s.opt.Secret))
	if err != nil {
		panic("supabase: claims that are no JSON: " + err.Error())
	}
	return text
}
