package classtest

import (
	"io"
	"net/http"

	"github.com/dormouse-do/dormouse/emulator/durable"
)

// errorQuestions are those of errors.json.
var errorQuestions = map[string]question{
	"unknown-method":            calls("nope"),
	"unknown-method-empty-name": calls(""),
	"reserved-alarm":            calls("alarm"),
	"reserved-webSocketMessage": calls("webSocketMessage"),
	"reserved-webSocketClose":   calls("webSocketClose"),
	"reserved-webSocketError":   calls("webSocketError"),
	"reserved-dup":              calls("dup"),
	"own-property":              calls("own"),
	"own-arrow":                 calls("arrow"),
	"argument-count":            calls("args", undefined, undefined),
	"throws-class":              calls("seat"),
	"throws-unnamed-class":      calls("unnamed"),
	"throws-dom-exception":      calls("dom"),
	"result-objectID":           calls("objectID"),
	"result-state":              calls("state"),
	"result-environment":        calls("environment"),
	"result-namespace":          calls("namespace"),
	"result-cursor":             calls("cursor"),
	"argument-id":               func(a *asked) (any, error) { return a.call(a.stub, "plain", a.ns.IDFromName("x")) },
	"argument-namespace":        func(a *asked) (any, error) { return a.call(a.stub, "plain", a.ns) },
	"result-too-large":          calls("big"),
	"argument-too-large":        calls("plain", make([]byte, 33<<20)),

	"stub-unused-at-reset": func(a *asked) (any, error) {
		unused := a.ns.GetByName("r")
		a.kill("r")
		return a.call(unused, "plain")
	},
	"stub-used-before-reset":       func(a *asked) (any, error) { return a.call(a.broken(), "plain") },
	"stub-used-before-reset-fetch": func(a *asked) (any, error) { return a.get(a.broken(), "/") },

	"no-fetch-handler":           func(a *asked) (any, error) { return a.get(a.em.Namespace("BARE").GetByName("x"), "/") },
	"fetch-throws-class":         gets("/seat"),
	"fetch-throws-dom-exception": gets("/dom"),
	"fetch-body-throws":          gets("/body"),
	"fetch-body-abort":           gets("/body-abort"),
	"fetch-body-status": func(a *asked) (any, error) {
		res, err := a.request(a.stub, "/body")
		if err != nil {
			return nil, err
		}
		return res.StatusCode, res.Body.Close()
	},
}

// kill resets the object of that name.
func (a *asked) kill(name string) { _, _ = a.call(a.ns.GetByName(name), "die") }

// broken gives a stub whose object was reset behind it.
func (a *asked) broken() *durable.Stub {
	used := a.ns.GetByName("r")
	_, _ = a.call(used, "plain")
	a.kill("r")
	return used
}

func (a *asked) request(stub *durable.Stub, path string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(a.ctx, http.MethodGet, "http://x"+path, nil)
	if err != nil {
		return nil, err
	}
	return stub.Fetch(req)
}

// get gives the text at a path.
func (a *asked) get(stub *durable.Stub, path string) (any, error) {
	res, err := a.request(stub, path)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	return string(data), err
}

func gets(path string) question {
	return func(a *asked) (any, error) { return a.get(a.stub, path) }
}
