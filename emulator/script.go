package emulator

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"slices"

	"github.com/dormouse-do/dormouse/emulator/internal/host"
	"github.com/dormouse-do/dormouse/emulator/internal/js"
	"github.com/dormouse-do/dormouse/wranglercfg"
	"github.com/dormouse-do/dormouse/wranglercfg/bundle"
)

// Kinds of what main is wanted for.
type want uint8

const (
	nothing want = iota
	entryOnly
	classes
)

// wantsMain tells what is wanted of the Worker's main: classes that Go does not
// provide, or the entry alone.
func (w *worker) wantsMain() want {
	for _, b := range w.cfg.LocalBindings() {
		if w.classes[b.ClassName.Value] == nil {
			return classes
		}
	}
	if w.Handler == nil && (w.cfg.Main.Value != "" || w.Main != "") {
		return entryOnly
	}
	return nothing
}

// openScript bundles main, if it is wanted, and makes the isolate that runs it;
// classes that Go does not provide are its exports.
func (em *Emulator) openScript(w *worker) error {
	wanted := w.wantsMain()
	if wanted == nothing {
		return nil
	}
	b, err := em.build(w)
	var failed *bundle.Error
	if errors.As(err, &failed) {
		w.inputs = append(w.inputs, failed.Inputs...)
	}
	switch {
	case errors.Is(err, bundle.ErrNoMain) && w.Main == "" && w.cfg.Main.Value == "":
		return nil // classes that nothing provides are refused by name
	case err != nil && wanted == entryOnly:
		w.noEntry = fmt.Errorf("%s: %w", w.cfg.Path, err)
		return nil
	case err != nil:
		return fmt.Errorf("%s: %w", w.cfg.Path, err)
	}
	w.bundle = b
	w.inputs = append(w.inputs, b.Inputs...)
	modules, err := scriptModules(b)
	if err != nil {
		return fmt.Errorf("%s: %w", w.cfg.Path, err)
	}
	w.script, err = js.Open(js.Options{
		Modules: modules, Bindings: w.scriptBindings(), Env: w.env(em, nil),
		Object: func(name string) bool { return w.spaces[name] != nil },
		Now:    em.sched.Now, Random: em.sched.Random,
		Enabled: w.enabled, Source: w.written, Logger: em.set.logger,
		Console: em.consoleFunc(w), Uncaught: em.uncaughtFunc(w),
	})
	if err != nil {
		return err
	}
	for _, u := range w.unsupported() {
		em.set.logger.Warn(fmt.Sprintf("%s: the %s binding %s is not supported yet: using env.%s throws", at(u.Name.Pos), u.Kind, u.Name.Value, u.Name.Value))
	}
	for _, name := range b.Exports {
		if _, given := w.classes[name]; !given && name != "default" {
			w.classes[name] = w.script.Class(name)
		}
	}
	return nil
}

// build bundles main: the first time as a whole, and again as far as it changed.
func (em *Emulator) build(w *worker) (*bundle.Bundle, error) {
	if em.live.Load() == nil {
		return bundle.Build(w.cfg, w.bundleOptions())
	}
	key := builderKey{w.cfg.Path, w.cfg.Env, w.cfg.Top().JSON()}
	if b := em.builders[key]; b != nil {
		return b.Rebuild()
	}
	for other, b := range em.builders {
		if other.path == key.path {
			b.Close()
			delete(em.builders, other)
		}
	}
	b, err := bundle.NewBuilder(w.cfg, w.bundleOptions())
	if err != nil {
		return nil, err
	}
	if em.builders == nil {
		em.builders = map[builderKey]*bundle.Builder{}
	}
	em.builders[key] = b
	return b.Rebuild()
}

// builderKey says for which configuration a builder was made.
type builderKey struct{ path, env, text string }

func (w *worker) bundleOptions() bundle.Options {
	return bundle.Options{Main: w.Main, Define: w.Define, Alias: w.Alias}
}

// scriptModules gives a bundle's modules to the adapter.
func scriptModules(b *bundle.Bundle) (out []js.Module, err error) {
	kinds := map[bundle.Kind]js.Kind{bundle.ESModule: js.ESModule, bundle.Text: js.Text, bundle.Data: js.Data}
	for _, m := range b.Modules {
		kind, ok := kinds[m.Kind]
		if !ok {
			return nil, fmt.Errorf("module %s: a %s module cannot be instantiated yet", m.Name, m.Kind)
		}
		out = append(out, js.Module{Name: m.Name, Kind: kind, Source: m.Source})
	}
	return out, nil
}

// written maps a place in a module to where it was written, for people: the path
// starts at the configuration's folder.
func (w *worker) written(module string, line, column int) (string, int, int) {
	file, l, c, ok := w.bundle.Position(module, line, column)
	if !ok {
		return module, line, column
	}
	if dir, err := filepath.Abs(filepath.Dir(w.cfg.Path)); err == nil {
		if rel, err := filepath.Rel(dir, file); err == nil && filepath.IsLocal(rel) {
			file = rel
		}
	}
	return filepath.ToSlash(file), l, c
}

func (w *worker) scriptBindings() (out []js.Binding) {
	for _, v := range w.vars {
		out = append(out, js.Binding{Name: v.name, Kind: js.Variable, JSON: v.json})
	}
	for _, b := range w.cfg.Bindings {
		out = append(out, js.Binding{Name: b.Name.Value, Kind: js.NamespaceBinding})
	}
	if name := w.cfg.Node().Get("version_metadata").Get("binding").Text(); name != "" {
		out = append(out, js.Binding{Name: name, Kind: js.Variable, JSON: []byte(`{"id":"00000000-0000-4000-8000-000000000000","tag":"","timestamp":""}`)})
	}
	for _, s := range w.services() {
		out = append(out, js.Binding{Name: s.Get("binding").Text(), Kind: js.ServiceBinding, Script: s.Get("service").Text(), Entrypoint: cmp.Or(s.Get("entrypoint").Text(), "default")})
	}
	for _, b := range w.unsupported() {
		out = append(out, js.Binding{Name: b.Name.Value, Kind: js.Unsupported, What: fmt.Sprintf("%s (%s, %s)", b.Name.Value, b.Kind, at(b.Name.Pos))})
	}
	return out
}

// services gives the service bindings.
func (w *worker) services() []*wranglercfg.Node { return w.cfg.Node().Get("services").Items() }

// unsupported gives the bindings of kinds that no code can use yet.
func (w *worker) unsupported() (out []wranglercfg.BindingName) {
	for _, b := range w.cfg.BindingNames() {
		switch b.Key {
		case "durable_objects", "vars", "secrets", "version_metadata", "services":
		default:
			out = append(out, b)
		}
	}
	return out
}

// startScripts runs the global scope of each main and asks it for its classes.
// It holds the baton meanwhile, so that code which never ends is ended.
func (em *Emulator) startScripts(d *deployment) error {
	em.starting.Store(d)
	defer em.starting.Store(nil)
	var errs []error
	err := em.sched.Do(func() {
		for _, w := range d.workers {
			if w.script != nil {
				errs = append(errs, w.startScript(d.workers[0] == w))
			}
		}
	})
	return errors.Join(append(errs, err)...)
}

func (w *worker) startScript(first bool) error {
	if err := w.script.Start(); err != nil {
		return fmt.Errorf("%s: %w", w.cfg.MainPath(), err)
	}
	for _, n := range w.changes.Open {
		if c := w.classes[n.Class]; c != nil && c.Err() != nil {
			return fmt.Errorf("%s: class %q: %w", w.cfg.MainPath(), n.Class, c.Err())
		}
	}
	if first && w.Handler == nil {
		if err := w.script.Entry().Err(); err != nil {
			return fmt.Errorf("%s: %w", w.cfg.MainPath(), err)
		}
	}
	return nil
}

// interrupt ends the JavaScript that runs.
func (em *Emulator) interrupt(cause error) {
	if d := em.live.Load(); d != nil {
		d.interrupt(cause)
	}
	if d := em.starting.Load(); d != nil {
		d.interrupt(cause)
	}
}

func (d *deployment) interrupt(cause error) {
	for _, w := range d.workers {
		if w.script != nil {
			w.script.Interrupt(cause)
		}
	}
}

// noEntry answers for a Worker that serves nothing, with the reason.
func noEntry(err error) http.Handler {
	text := "This Worker has no entry: set Handler in emulator.Worker, or main in the configuration."
	if err != nil {
		text = err.Error()
	}
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, text, http.StatusNotImplemented) })
}

// serveStub sends a request of a server to an object and copies its response.
func serveStub(st host.Stub, w http.ResponseWriter, req *http.Request) {
	out := req.Clone(req.Context())
	out.URL.Scheme, out.URL.Host = "http", req.Host
	res, err := st.Fetch(out)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer res.Body.Close()
	for name, values := range res.Header {
		w.Header()[name] = slices.Clone(values)
	}
	if res.StatusCode == http.StatusSwitchingProtocols {
		forwardSocket(w, req, res)
		return
	}
	w.WriteHeader(res.StatusCode)
	if err := copyFlushing(w, res); err != nil && req.Context().Value(http.ServerContextKey) != nil {
		panic(http.ErrAbortHandler) // cuts the connection: the client must not take what it has for the whole
	}
}

// copyFlushing sends each part of a body as soon as it is there. The error is
// that of the body.
func copyFlushing(w http.ResponseWriter, res *http.Response) error {
	flusher := http.NewResponseController(w)
	buf := make([]byte, 32<<10)
	for {
		n, err := res.Body.Read(buf)
		if n > 0 {
			if _, werr := w.Write(buf[:n]); werr != nil {
				return nil // the client is gone
			}
			if res.ContentLength < 0 {
				_ = flusher.Flush() // a writer that cannot is asked in vain
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
