package doctor

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"tillwatch/watch/realtime"
	"tillwatch/watch/wire"
)

// channel opens one socket, and joins the payment's channel if there is a key for it.
func (r *run) channel(ctx context.Context) {
	r.group("CHANNEL")
	var missing []string
	if r.Realtime.URL == "" {
		missing = append(missing, "supabase_url")
	}
	if r.Realtime.APIKey == "" {
		missing = append(missing, "supabase_anon_key")
	}
	if len(missing) > 0 {
		r.notTried("socket", "there is no usable "+strings.Join(missing, " and ")+", so every payment is polled",
			"set SUPABASE_URL and SUPABASE_ANON_KEY, which Dollr has for you: news then come at once")
		return
	}
	socket, err := r.open(ctx)
	if err == nil {
		defer socket.Close()
		err = r.beat(ctx, socket)
	}
	switch {
	case err != nil:
		r.notTried("join", "there is no socket")
	case r.Payment == nil:
		r.notTried("join", "no payment was given")
	case r.key.Text == "":
		r.notTried("join", "there is no key")
	default:
		r.join(ctx, socket)
	}
}

func (r *run) open(ctx context.Context) (*realtime.Probe, error) {
	ctx, cancel := each(ctx)
	defer cancel()
	socket, opened, err := realtime.Dial(ctx, r.Realtime)
	if err == nil {
		r.line(Good, "socket", "opened in "+took(opened)+": the anon key is accepted")
		return socket, nil
	}
	do := "look at NETWORK above, and try again; until then every payment is polled"
	var refused *realtime.DialError
	if errors.As(err, &refused) {
		switch status := refused.Status; {
		case status == 0:
		case refused.Page && status < http.StatusInternalServerError:
			do = "check supabase_url, and whether a proxy or a login page answers for it; until then every payment is polled"
		case status == http.StatusUnauthorized, status == http.StatusForbidden:
			do = "check supabase_anon_key: it is the anon key of this very supabase_url"
		case status == http.StatusNotFound:
			do = "check supabase_url: there is no Realtime at that address"
		case status == http.StatusTooManyRequests:
			do = "it is full: wait and try again; until then every payment is polled"
		default:
			do = "wait and try again; until then every payment is polled"
		}
	}
	r.line(Bad, "socket", outside(err.Error()), do)
	return nil, err
}

func (r *run) beat(ctx context.Context, socket *realtime.Probe) error {
	ctx, cancel := each(ctx)
	defer cancel()
	beat, err := socket.Beat(ctx)
	if err != nil {
		r.line(Bad, "heartbeat", outside(err.Error()), "it opens sockets and says nothing: wait and try again; until then every payment is polled")
		return err
	}
	r.line(Good, "heartbeat", "answered in "+took(beat))
	return nil
}

func (r *run) join(ctx context.Context, socket *realtime.Probe) {
	topic, changes := wire.Channel(*r.Payment)
	joining, cancel := each(ctx)
	defer cancel()
	reply, err := socket.Join(joining, topic, changes, realtime.Token{Text: r.key.Text, Expires: r.key.Expires})
	if err != nil {
		r.line(Bad, "join", "Supabase says: "+outside(err.Error()), "tell Dollr's support these words; meanwhile the payment is polled")
		r.notTried("system ok", "the channel was not joined")
		return
	}
	r.line(Good, "join", "answered in "+took(reply))
	waiting, cancel := each(ctx)
	defer cancel()
	ready, err := socket.Ready(waiting, topic)
	if err != nil {
		r.line(Bad, "system ok", "Supabase says: "+outside(err.Error()), "joined, but no changes would be told: tell Dollr's support; meanwhile the payment is polled")
		return
	}
	r.line(Good, "system ok", "changes are told from "+took(reply+ready)+" after the join")
}
