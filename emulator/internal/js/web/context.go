package web

import "github.com/dormouse-do/dormouse/emulator/internal/quickjs"

// ErrGlobalScope is what the global scope, which belongs to no event, answers
// to whatever needs one.
var ErrGlobalScope error = &quickjs.Error{Name: "Error", Message: "Disallowed operation called within global scope. Asynchronous I/O (ex: fetch() or connect()), setting a timeout, " +
	"and generating random values are not allowed within global scope. To fix this error, perform this operation within a handler. " +
	"https://developers.cloudflare.com/workers/runtime-apis/handlers/"}

// current is the context of the running JavaScript.
func (p *Platform) current() (IOContext, error) {
	if p.Options.Current != nil {
		if io := p.Options.Current(); io != nil {
			return io, nil
		}
	}
	return nil, ErrGlobalScope
}

// Foreign is the error for an object of I/O that belongs to another context than
// the one whose JavaScript runs (rule 1.39). Kind is the runtime's name for it.
func (p *Platform) Foreign(kind string) error {
	io, err := p.current()
	if err != nil {
		return err
	}
	other := "request. I/O objects (such as streams, request/response bodies, and others) created in the context of one request handler " +
		"cannot be accessed from a different request's handler."
	if o, ok := io.(interface{ DurableObject() bool }); ok && o.DurableObject() {
		other = "Durable Object. I/O objects (such as streams, request/response bodies, and others) created in the context of one Durable " +
			"Object cannot be accessed from a different Durable Object in the same isolate."
	}
	return &quickjs.Error{Name: "Error", Message: "Cannot perform I/O on behalf of a different " + other +
		" This is a limitation of Cloudflare Workers which allows us to improve overall performance. (I/O type: " + kind + ")"}
}
