package js

import (
	"context"
	"io"

	"github.com/dormouse-do/dormouse/emulator/internal/host"
	"github.com/dormouse-do/dormouse/emulator/internal/js/clone"
	"github.com/dormouse-do/dormouse/emulator/internal/js/web"
	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

// transfer carries the bodies of what is sent.
func (s *sender) transfer() web.Transfer {
	c := s.c
	return web.Transfer{
		IO: c,
		Send: func(body *web.Outgoing) (uint32, error) {
			stream := c.obj.Pipe("a stream that was sent", false)
			c.pump(stream.Writer(c.obj), body, nil)
			return s.number(stream), nil
		},
		Drain: func() (uint32, io.ReadCloser, error) {
			stream := c.obj.Pipe("a stream that was sent", true)
			return s.number(stream), stream.Reader(c.obj), nil
		},
	}
}

// transfer carries the bodies of what was received.
func (r *reader) transfer() web.Transfer {
	c := r.c
	return web.Transfer{
		IO: c,
		Receive: func(number uint32) (io.ReadCloser, error) {
			stream, err := r.stream(number)
			if err != nil {
				return nil, err
			}
			return stream.Reader(c.obj), nil
		},
		Fill: func(number uint32, body *web.Outgoing, done func() error) error {
			stream, err := r.stream(number)
			if err == nil {
				c.pump(stream.Writer(c.obj), body, done)
			}
			return err
		},
	}
}

func (r *reader) stream(number uint32) (host.Stream, error) {
	if int(number) < len(r.caps) && !r.taken[number] {
		if stream, ok := r.caps[number].(host.Stream); ok {
			r.taken[number] = true
			return stream, nil
		}
	}
	return nil, &clone.Error{Message: "a reference to a stream that was not sent"}
}

// pump writes a body to a stream until either ends, beside the object's events;
// seen, unless nil, is called when the reader has seen the end.
func (c *ioContext) pump(to host.StreamWriter, body *web.Outgoing, seen func() error) {
	c.Go("a stream", func(ctx context.Context) {
		if !c.copy(ctx, to, body) || seen == nil {
			return
		}
		err := to.Drained(ctx)
		if err == nil {
			err = c.Run(ctx, seen)
		}
		if err != nil {
			c.w.uncaught(c, err)
		}
	})
}

func (c *ioContext) copy(ctx context.Context, to host.StreamWriter, body *web.Outgoing) bool {
	end := error(streamLost{})
	defer func() { to.Close(end) }() // also when a reset unwinds it
	if err := body.Copy(ctx, func(p []byte) error { return to.Write(ctx, p) }); err == nil {
		end = nil
	}
	return end == nil
}

// streamLost is the error of a stream whose sender failed, or has gone: why, is
// not sent.
type streamLost struct{}

func (streamLost) Error() string {
	return "ReadableStream received over RPC disconnected prematurely."
}

// Throw implements [web.Thrower].
func (e streamLost) Throw(iso *quickjs.Isolate) (quickjs.Value, error) {
	return iso.NewError("Error", e.Error())
}
