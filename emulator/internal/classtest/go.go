package classtest

import (
	"encoding/json"
	"slices"

	"github.com/dormouse-do/dormouse/fixtures/workerd"
)

// Go is the subject of classes written in Go.
func Go() Subject {
	return Subject{
		Play: playGo, Ask: askGo,
		Inexpressible: inexpressible,
		Differences:   differences,
		Omit: map[string][]string{"fetch": {
			"hasBody",  // a body of net/http is never nil
			"redirect", // what becomes of a redirect is up to the client that sends a request
		}},
		Scripts: 204, Questions: 208,
	}
}

// Reasons for what Go has no words for.
const (
	noBookmark = "package durable has no bookmarks"
	noCause    = "a durable.Error has no errors inside: wrapping one joins the messages"
	notAnError = "Go throws errors: a value that is none has no counterpart"
	typed      = "a parameter's type in Go makes it impossible"
	callsOnly  = "calls are all that a stub has in Go: no properties, getters and results of calls on their way"
	noRPCValue = "Go has no such value"
	noMember   = "the API in Go has no such option or member"
	noResponse = "a handler in Go writes its response and returns nothing"
	plainClass = "every Go class serves RPC, and its constructor returns what it is"
	ownContext = "a request in Go ends with its context, and with the context's own error"
	ownBody    = "net/http does not tell a used body from an empty one"
)

// inexpressible are the recordings that Go has no words for.
var inexpressible = because(map[string][]string{
	JSOnly: {"gates/bcw-not-called-at-once", "gates/bcw-not-awaited", "gates/bcw-not-awaited-throws", "gates/sync-async-callback"},

	noBookmark: {"gates/turn-ends-bookmark", "gates/kept-before-bookmark"},
	noCause:    {"errors/throw-cause/rpc", "errors/throw-cause/fetch", "errors/throws-aggregate"},
	notAnError: {"errors/throw-null/rpc", "errors/throw-null/fetch", "errors/throw-object/rpc", "errors/throw-object/fetch",
		"errors/throws-instance", "errors/throws-function"},
	typed: {"ids/no-argument", "ids/from-string-nothing", "ids/equals-string", "ids/equals-nothing", "ids/get-string", "ids/get-nothing",
		"ids/get-by-name-nothing", "errors/waituntil-nothing", "errors/section-nothing", "errors/section-number",
		"errors/transaction-nothing", "errors/transactionsync-nothing", "alarms/nan", "alarms/infinity", "alarms/invalid-date",
		"alarms/string", "alarms/null", "alarms/undefined", "alarms/bigint", "alarms/boolean", "alarms/object", "alarms/nothing",
		"alarms/own-property-handler", "fetch/nothing", "fetch/number"},
	callsOnly: {"ids/stub-keys", "ids/stub-constructor", "ids/stub-then", "errors/unknown-property", "errors/object-prototype-member",
		"errors/static", "errors/ctx", "errors/env", "errors/getter", "errors/getter-called", "errors/getter-throws",
		"errors/pipelined-on-failure", "errors/member-of-number"},
	noRPCValue: {"errors/returns-error", "errors/result-instance", "errors/result-symbol", "errors/result-weakMap",
		"errors/result-nullPrototype", "errors/result-url", "errors/result-nestedPromise", "errors/result-generator",
		"errors/result-asyncGenerator", "errors/argument-instance", "errors/argument-symbol", "errors/argument-nested-instance"},
	noMember: {"ids/jurisdiction-of-id", "ids/unique-eu", "ids/unique-null", "ids/unique-empty", "ids/unique-unknown",
		"ids/get-routing-mode", "ids/get-routing-mode-unknown", "fetch/arguments", "fetch/cf", "fetch/no-cf", "fetch/redirect-error",
		"fetch/redirect-unknown", "fetch/status-text"},
	noResponse: {"errors/fetch-returns-string", "errors/fetch-returns-undefined", "errors/fetch-returns-null",
		"errors/fetch-returns-object", "errors/fetch-returns-error", "errors/fetch-returns-used"},
	plainClass: {"errors/not-extending-rpc", "errors/not-extending-unknown", "errors/not-extending-fetch",
		"errors/returned-object-rpc", "errors/returned-object-fetch"},
	ownContext: {"fetch/signal-aborted", "fetch/signal-aborted-later", "fetch/request-signal"},
	ownBody:    {"fetch/used-request"},
})

func because(keys map[string][]string) map[string]string {
	out := map[string]string{}
	for why, list := range keys {
		for _, key := range list {
			out[key] = why
		}
	}
	return out
}

// Reasons to answer in another way.
const (
	sectionReturns = "BlockConcurrencyWhile returns the error that has reset the object, so the code behind it runs to its next wait"
	noReasonIsNone = "State.Abort takes one string, whose zero value means no reason"
	namesGoType    = "the message names the place and the Go type"
	netHTTP        = "requests and responses are those of net/http"
	netURL         = "net/url parses the URL of a request, by other rules than the web's"
)

// differences are the recordings that Go answers in its own way.
var differences = map[string]Difference{
	"gates/bcw-throws": {Why: sectionReturns, Script: func(a *workerd.Answer) {
		a.Log = slices.Insert(a.Log, 0, "a: caught TypeError: in bcw", "a: never")
	}},
	"gates/bcw-throws-at-once": {Why: sectionReturns, Script: func(a *workerd.Answer) {
		a.Log = slices.Insert(a.Log, 0, "a: caught Error: in bcw", "a: never")
	}},
	"gates/sync-delete-all": {
		Why: "DeleteAll inside TransactionSync is refused, as inside Transaction, instead of losing the data and answering with an internal error",
		Script: func(a *workerd.Answer) {
			a.Log = []string{"a: caught Error: Cannot call deleteAll() within a transaction"}
			a.Storage["a"].KV["a"] = []byte("1")
		},
	},
	"errors/abort-empty/rpc":   {Why: noReasonIsNone, Script: defaultReason},
	"errors/abort-empty/fetch": {Why: noReasonIsNone, Script: defaultReason},

	"errors/argument-id":        uncloneable("args[0]: Go type durable.ID", false),
	"errors/argument-namespace": uncloneable("args[0]: Go type durable.Namespace", false),
	"errors/result-objectID":    uncloneable("value.id: Go type durable.ID", true),
	"errors/result-state":       uncloneable("value: Go type durable.State", true),
	"errors/result-environment": uncloneable("value: Go type durable.Env", true),
	"errors/result-namespace":   uncloneable("value: Go type durable.Namespace", true),
	"errors/result-cursor":      uncloneable("value: Go type durable.Rows", true),

	"fetch/content-length-wrong": {Why: netHTTP + ", where the header's length does not count", Question: func(v map[string]any) {
		dropHeader(v, "content-length")
		seen := v["body"].(map[string]any)
		seen["headers"] = slices.Insert(seen["headers"].([]any), 0, any([]any{"content-length", "5"}))
	}},
	"fetch/post-empty-string": {Why: netHTTP + ", where an empty body is none", Question: func(v map[string]any) {
		dropHeader(v, "content-length")
		v["body"].(map[string]any)["body"] = nil
	}},
	"fetch/post-stream": {Why: netHTTP + ", where the length of a reader is not known", Question: func(v map[string]any) {
		dropHeader(v, "content-length")
	}},
	"fetch/redirect-304":         {Why: netHTTP, Outcome: noBodyAllowed},
	"fetch/status-204-with-body": {Why: netHTTP, Outcome: noBodyAllowed},
	"fetch/data-url":             {Why: "a Go program has no use for fetching data: URLs", Outcome: failed("TypeError", "Fetch API cannot load: data:text/plain,x")},

	`urls/url " http://x/trim "`: {Why: netURL, Outcome: failed("Error", `parse " http://x/trim ": first path segment in URL cannot contain colon`)},
	`urls/url "http://x/\t\na"`:  {Why: netURL, Outcome: failed("Error", `parse "http://x/\t\na": net/url: invalid control character in URL`)},
	`urls/url "http://a b/"`:     {Why: netURL, Outcome: failed("Error", `parse "http://a b/": invalid character " " in host name`)},
	`urls/url "http://x/%"`:      {Why: netURL, Outcome: failed("Error", `parse "http://x/%": invalid URL escape "%"`)},
	`urls/url "http://x/%zz"`:    {Why: netURL, Outcome: failed("Error", `parse "http://x/%zz": invalid URL escape "%zz"`)},
	`urls/url "http://"`:         {Why: netURL, Outcome: failed("TypeError", "Invalid URL: http:")},
	`urls/url "http:///x/p"`:     {Why: netURL, Outcome: failed("TypeError", "Invalid URL: http:///x/p")},
	`urls/url "http:x/p"`:        {Why: netURL, Outcome: failed("TypeError", "Invalid URL: http:x/p")},

	`urls/url "http://0x7f.1/"`:          {Why: netURL, Outcome: gave("http://0x7f.1/")},
	`urls/url "http://127.1/"`:           {Why: netURL, Outcome: gave("http://127.1/")},
	`urls/url "http://EXÄMPLE.com/"`:     {Why: netURL, Outcome: gave("http://ex%C3%A4mple.com/")},
	`urls/url "http://x/%2e%2E/y"`:       {Why: netURL, Outcome: gave("http://x/%2e%2E/y")},
	"urls/url \"http://x/'\\\"<>`{}|^\"": {Why: netURL, Outcome: gave("http://x/%27%22%3C%3E%60%7B%7D%7C%5E")},
	`urls/url "http://x/a\\b"`:           {Why: netURL, Outcome: gave("http://x/a%5Cb")},
}

func defaultReason(a *workerd.Answer) {
	for _, o := range a.Results {
		o.Error.Message = "Application called abort() to reset Durable Object."
	}
}

func uncloneable(what string, remote bool) Difference {
	return Difference{Why: namesGoType, Outcome: &workerd.Outcome{Error: &workerd.ErrorShape{
		Class: "DOMException", Name: "DataCloneError", Message: what + " could not be cloned: it has no exported fields",
		Remote: remote, Props: map[string]any{"code": 25},
	}}}
}

// dropHeader removes a header from a request as the object saw it.
func dropHeader(v map[string]any, name string) {
	seen := v["body"].(map[string]any)
	seen["headers"] = slices.DeleteFunc(seen["headers"].([]any), func(pair any) bool { return pair.([]any)[0] == name })
}

var noBodyAllowed = &workerd.Outcome{Error: &workerd.ErrorShape{
	Class: "Error", Name: "Error", Message: "http: request method or response status code does not allow body", Remote: true,
}}

func failed(name, message string) *workerd.Outcome {
	return &workerd.Outcome{Error: &workerd.ErrorShape{Class: name, Name: name, Message: message}}
}

func gave(value string) *workerd.Outcome {
	return &workerd.Outcome{Value: json.RawMessage(toJSON(value))}
}
