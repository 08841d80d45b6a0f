package js

import "github.com/dormouse-do/dormouse/emulator/durable"

// own refuses an object of I/O that belongs to another context than the one
// whose JavaScript runs. Kind is the runtime's name for it.
func (c *ioContext) own(kind string) error {
	if c.w.current == c {
		return nil
	}
	return c.w.foreign(kind)
}

// foreign is the error for I/O of another context.
func (w *Worker) foreign(kind string) error {
	switch {
	case w.current == nil:
		return errGlobalScope
	case !w.current.entry:
		return &durable.Error{Name: "Error", Message: "Cannot perform I/O on behalf of a different Durable Object. I/O objects (such as " +
			"streams, request/response bodies, and others) created in the context of one Durable Object cannot be accessed from a " +
			"different Durable Object in the same isolate. This is a limitation of Cloudflare Workers which allows us to improve " +
			"overall performance. (I/O type: " + kind + ")"}
	}
	return &durable.Error{Name: "Error", Message: "Cannot perform I/O on behalf of a different request. I/O objects (such as streams, " +
		"request/response bodies, and others) created in the context of one request handler cannot be accessed from a different " +
		"request's handler. This is a limitation of Cloudflare Workers which allows us to improve overall performance. (I/O type: " +
		kind + ")"}
}

// Kinds of I/O objects, as errors name them.
const (
	storageKind = "ActorCacheInterface"
	cursorKind  = "State"
	listingKind = "ListCursor"
)
