package dev

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/dormouse-do/dormouse/cmd/dormouse/internal/inspector"
	"github.com/dormouse-do/dormouse/emulator"
)

// Options says what [Run] serves, and where.
type Options struct {
	Worker  emulator.Worker
	Options []emulator.Option

	IP   string // to listen on; empty is 127.0.0.1
	Port int    // 0 takes a free one
	// CloseSockets ends WebSockets at each edit, as a deployment does.
	CloseSockets bool
	// Host is a name under which requests are answered, beside localhost and
	// addresses.
	Host string

	// NoInspector switches the inspector off.
	NoInspector bool

	// Keys is the terminal whose keys are commands; nil: there is none.
	Keys *os.File
	// Browse opens a page; nil: in the system's browser.
	Browse func(url string) error

	Out    io.Writer
	Colour bool
	JSON   bool // log as JSON, one object a line
}

// shutdownWait is how long requests in flight may take when the server ends.
const shutdownWait = 2 * time.Second

// Run serves the project until ctx ends. It returns nil when it was ended so
// and everything is on disk, and else what is wrong: with the configuration, the
// code, the state or the address.
func Run(ctx context.Context, o Options) error {
	out := newOutput(o.Out, o.Colour, o.JSON)
	var in *inspector.Inspector
	if !o.NoInspector {
		in = inspector.New()
	}
	em, err := emulator.New(o.Worker, append(listeners(out, in), o.Options...)...)
	if err != nil {
		return err
	}
	err = serve(ctx, o, em, out, in)
	return errors.Join(err, em.Close())
}

func serve(ctx context.Context, o Options, em *emulator.Emulator, out *output, in *inspector.Inspector) error {
	listener, err := listen(ctx, o)
	if err != nil {
		return err
	}
	edits := newReloader(em, out)
	if o.CloseSockets {
		edits.opts = append(edits.opts, emulator.CloseSockets)
	}
	server := &http.Server{
		Handler:           ownHosts(o.Host, inspect(in, em, edits, edits.overlay(out.requests(handlers(em, em.Handler()))))),
		ReadHeaderTimeout: time.Minute,
		ErrorLog:          slog.NewLogLogger(out, slog.LevelWarn),
	}
	server.RegisterOnShutdown(edits.tell)
	if in != nil {
		server.RegisterOnShutdown(in.Close)
	}
	files, err := edits.watch()
	if err != nil {
		return err
	}
	defer files.close()
	watching, stop := context.WithCancel(ctx)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		edits.run(watching, files)
	}()
	defer func() {
		stop()
		<-watched
	}()
	place := placeOf(listener.Addr(), in)
	out.start(em, place)
	ctx, exit := context.WithCancel(ctx)
	defer exit()
	pressed := &keys{out: out, url: browsable(place.url), open: o.Browse, reload: files.ask, exit: exit}
	if pressed.open == nil {
		pressed.open = browse
	}
	defer pressed.listen(o.Keys)()
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownWait)
	defer cancel()
	if server.Shutdown(limit) != nil { // the time is over
		return ignoreClosed(server.Close())
	}
	return nil
}

func listen(ctx context.Context, o Options) (net.Listener, error) {
	ip := o.IP
	if ip == "" {
		ip = "127.0.0.1"
	}
	addr := net.JoinHostPort(ip, strconv.Itoa(o.Port))
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("port %d of %s is used by another program: choose one with --port, or 0 for any", o.Port, ip)
	case err != nil:
		return nil, fmt.Errorf("listen on %s: %w", addr, err)
	}
	return listener, nil
}

func ignoreClosed(err error) error {
	if errors.Is(err, os.ErrClosed) || errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
