package inspector

import (
	"fmt"
	"net/http"
	"time"

	"github.com/dormouse-do/dormouse/emulator"
)

// alarm runs, cancels or sets the alarm of an object.
func (a *api) alarm(req *http.Request) (any, error) {
	var ask struct {
		which
		Do string `json:"do"`
		At int64  `json:"at"` // ms since the epoch
	}
	if err := read(req, &ask); err != nil {
		return nil, err
	}
	o, err := a.open(ask.which)
	if err != nil {
		return nil, err
	}
	switch ask.Do {
	case "run":
		stub, err := o.Stub()
		if err != nil {
			return nil, err
		}
		ran, err := emulator.RunAlarm(stub)
		return map[string]bool{"ran": ran}, err
	case "cancel":
		return struct{}{}, o.SetAlarm(time.Time{})
	case "set":
		if ask.At <= 0 {
			return nil, requestError{"an alarm needs a time behind 1970"}
		}
		return struct{}{}, o.SetAlarm(time.UnixMilli(ask.At))
	}
	return nil, requestError{fmt.Sprintf("no action %q: it is run, cancel or set", ask.Do)}
}

// act evicts, aborts or deletes an object.
func (a *api) act(req *http.Request) (any, error) {
	var ask struct {
		which
		Do string `json:"do"`
	}
	if err := read(req, &ask); err != nil {
		return nil, err
	}
	stub, err := a.stub(ask.which)
	if err != nil {
		return nil, err
	}
	switch ask.Do {
	case "evict":
		return struct{}{}, emulator.Evict(stub)
	case "abort":
		return struct{}{}, emulator.Abort(stub, "Durable Object was aborted by the inspector.")
	case "delete":
		return struct{}{}, emulator.Reset(stub)
	}
	return nil, requestError{fmt.Sprintf("no action %q: it is evict, abort or delete", ask.Do)}
}

type socket struct {
	Number       uint64   `json:"number"`
	Hibernatable bool     `json:"hibernatable"`
	Peer         string   `json:"peer"`
	State        string   `json:"state"`
	Tags         []string `json:"tags"`
	Attachment   string   `json:"attachment"`
	Protocol     string   `json:"protocol"`
	Queued       int      `json:"queued"`
	Answered     float64  `json:"answered"`
}

func (a *api) sockets(req *http.Request) (any, error) {
	o, err := a.open(whichOf(req))
	if err != nil {
		return nil, err
	}
	out := []socket{}
	for _, s := range o.Sockets() {
		out = append(out, socket{s.Number, s.Hibernatable, s.Peer, s.State, s.Tags, s.Attachment, s.Protocol, s.Queued, millis(s.Answered)})
	}
	return map[string]any{"sockets": out}, nil
}

// socket sends a text or a close frame.
func (a *api) socket(req *http.Request) (any, error) {
	var ask struct {
		which
		Number   uint64 `json:"number"`
		Do       string `json:"do"`
		ToObject bool   `json:"toObject"`
		Text     string `json:"text"`
		Code     int    `json:"code"`
		Reason   string `json:"reason"`
	}
	if err := read(req, &ask); err != nil {
		return nil, err
	}
	o, err := a.open(ask.which)
	if err != nil {
		return nil, err
	}
	switch ask.Do {
	case "send":
		return struct{}{}, o.SendText(ask.Number, ask.Text, emulator.Way(ask.ToObject))
	case "close":
		return struct{}{}, o.CloseSocket(ask.Number, ask.Code, ask.Reason, emulator.Way(ask.ToObject))
	}
	return nil, requestError{fmt.Sprintf("no action %q: it is send or close", ask.Do)}
}

// scheduled runs the scheduled handler. An error of the handler is an answer.
func (a *api) scheduled(req *http.Request) (any, error) {
	var ask struct {
		Cron string `json:"cron"`
		At   int64  `json:"at"` // ms since the epoch; 0: now
	}
	if err := read(req, &ask); err != nil {
		return nil, err
	}
	run := emulator.Scheduled{Cron: ask.Cron}
	if ask.At != 0 {
		run.Time = time.UnixMilli(ask.At)
	}
	noRetry, err := a.em.RunScheduled(req.Context(), run)
	out := map[string]any{"outcome": "ok", "noRetry": noRetry}
	if err != nil {
		out["outcome"], out["error"] = "exception", err.Error()
	}
	return out, nil
}
