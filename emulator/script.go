package emulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"

	"github.com/evanw/esbuild/pkg/api"

	"github.com/dormouse-do/dormouse/emulator/internal/actor"
	"github.com/dormouse-do/dormouse/emulator/internal/host"
	"github.com/dormouse-do/dormouse/emulator/internal/js"
)

// needsMain reports whether something that the Worker's main exports is wanted:
// a class that Go does not provide, or the entry.
func (w *worker) needsMain() bool {
	if w.cfg.Main.Value == "" {
		return false
	}
	for _, b := range w.cfg.LocalBindings() {
		if w.classes[b.ClassName.Value] == nil {
			return true
		}
	}
	if w.Handler != nil {
		return false
	}
	info, err := os.Stat(w.cfg.MainPath())
	return err == nil && info.Mode().IsRegular()
}

// openScript bundles main, if it is needed, and makes the isolate that runs it;
// classes that Go does not provide are its exports.
func (em *Emulator) openScript(w *worker) (err error) {
	if !w.needsMain() {
		return nil
	}
	main, err := filepath.Abs(w.cfg.MainPath())
	if err != nil {
		return err
	}
	result := api.Build(api.BuildOptions{
		EntryPoints: []string{main}, Bundle: true, Format: api.FormatESModule, Target: api.ES2022, External: []string{"cloudflare:*"},
		Sourcemap: api.SourceMapExternal, Outfile: "index.js", Metafile: true, LogLevel: api.LogLevelSilent,
	})
	if len(result.Errors) > 0 {
		return fmt.Errorf("%s", api.FormatMessages(result.Errors, api.FormatMessagesOptions{}))
	}
	var code []byte
	for _, f := range result.OutputFiles {
		if filepath.Ext(f.Path) == ".js" {
			code = f.Contents
		}
	}
	w.exported = exportsOf(result.Metafile)
	w.script, err = js.Open(js.Options{
		Modules:  []js.Module{{Name: "index.js", Source: code}},
		Bindings: w.scriptBindings(),
		Env:      w.env(em, nil), Now: em.sched.Now, Random: em.sched.Random,
		Enabled: w.enabled, Logger: em.set.logger,
	})
	if err != nil {
		return err
	}
	for _, name := range w.exported {
		if _, given := w.classes[name]; !given && name != "default" {
			w.classes[name] = w.script.Class(name)
		}
	}
	return nil
}

func (w *worker) scriptBindings() (out []js.Binding) {
	for _, v := range w.vars {
		out = append(out, js.Binding{Name: v.name, Kind: js.Variable, JSON: v.json})
	}
	for _, b := range w.cfg.Bindings {
		out = append(out, js.Binding{Name: b.Name.Value, Kind: js.NamespaceBinding})
	}
	return out
}

// startScript runs the global scope of main and asks it for its classes.
func (em *Emulator) startScript(w *worker) error {
	if w.script == nil {
		return nil
	}
	if err := w.script.Start(); err != nil {
		return fmt.Errorf("%s: %w", w.cfg.MainPath(), err)
	}
	for _, n := range w.changes.Open {
		if c := w.classes[n.Class]; c != nil && c.Err() != nil {
			return fmt.Errorf("%s: class %q: %w", w.cfg.MainPath(), n.Class, c.Err())
		}
	}
	return nil
}

// entryKey names the namespace of requests; no class has such a key.
const entryKey = "_entry"

// entryHandler serves requests with main's default export: each is an object
// of its own, which ends with it.
func (em *Emulator) entryHandler(w *worker) (http.Handler, error) {
	entry := w.script.Entry()
	if err := entry.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", w.cfg.MainPath(), err)
	}
	ns := em.sched.NewNamespace(actor.Config{
		Class: entry, Key: entryKey, SQL: true, Ephemeral: true,
		Store:  em.engine.Namespace(entryKey, true),
		Logger: em.set.logger,
		Env:    func(caller *actor.Actor) host.Env { return w.env(em, caller) },
	})
	ref := ns.Ref("", nil)
	return http.HandlerFunc(func(rw http.ResponseWriter, req *http.Request) {
		var id [32]byte
		ref.Random(id[:])
		serveStub(ref.Stub(id, "", false), rw, req)
	}), nil
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
	w.WriteHeader(res.StatusCode)
	copyFlushing(w, res)
}

// copyFlushing sends each part of a body as soon as it is there.
func copyFlushing(w http.ResponseWriter, res *http.Response) {
	flusher := http.NewResponseController(w)
	buf := make([]byte, 32<<10)
	for {
		n, err := res.Body.Read(buf)
		if n > 0 {
			if _, werr := w.Write(buf[:n]); werr != nil {
				return
			}
			if res.ContentLength < 0 {
				_ = flusher.Flush() // a writer that cannot is asked in vain
			}
		}
		if err != nil {
			return
		}
	}
}

func exportsOf(metafile string) []string {
	var meta struct {
		Outputs map[string]struct {
			EntryPoint string   `json:"entryPoint"`
			Exports    []string `json:"exports"`
		} `json:"outputs"`
	}
	_ = json.Unmarshal([]byte(metafile), &meta)
	for _, out := range meta.Outputs {
		if out.EntryPoint != "" {
			return out.Exports
		}
	}
	return nil
}
