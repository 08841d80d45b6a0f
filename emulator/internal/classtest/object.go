package classtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/fixtures/workerd"
)

// run is one replay of a script: what all its parties write to.
type run struct {
	script *workerd.Script

	mu      sync.Mutex // guards all below
	lines   []string
	results map[string]workerd.Outcome
	frozen  bool // the script is over: nothing is recorded any more
}

func (r *run) log(party, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.frozen {
		r.lines = append(r.lines, party+": "+text)
	}
}

func (r *run) keep(key string, v any, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.frozen {
		r.results[key] = outcome(v, err)
	}
}

func (r *run) freeze() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.frozen = true
}

func (r *run) over() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.frozen
}

// scripted is the class that plays scripts. Its methods are those of the class of
// record/interpreter.mjs.
type scripted struct {
	in   *interpreter
	spec workerd.Object
}

// class makes the class whose objects play the script of r.
func (r *run) class() durable.Class {
	return durable.NewClass("Obj", func(ctx context.Context, state *durable.State, env *durable.Env) (*scripted, error) {
		name, _ := state.ID().Name()
		o := &scripted{
			in:   &interpreter{party: name, run: r, state: state, env: env, stubs: map[string]*durable.Stub{}, fields: map[string]float64{}},
			spec: r.script.Objects[name],
		}
		if r.over() {
			return o, nil
		}
		_, err := o.in.body(ctx, o.spec.Constructor, newFrame(map[string]any{}))
		return o, err
	})
}

// Run runs a handler of the script.
func (o *scripted) Run(ctx context.Context, handler string, arg any) (any, error) {
	steps, ok := o.spec.Handlers[handler]
	if !ok {
		return nil, fmt.Errorf("script has no handler %s", handler)
	}
	vars := map[string]any{}
	if arg != nil {
		vars["arg"] = arg
	}
	return o.in.body(ctx, steps, newFrame(vars))
}

// ServeHTTP runs the handler that the path names.
func (o *scripted) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	var arg any
	if query := req.URL.Query(); query.Has("arg") {
		arg = query.Get("arg")
	}
	v, err := o.Run(req.Context(), strings.TrimPrefix(req.URL.Path, "/"), arg)
	if err != nil {
		panic(err)
	}
	if v == undefined {
		v = nil
	}
	w.Header().Set("Content-Type", "application/json")
	if _, err := io.WriteString(w, toJSON(v)); err != nil {
		panic(err)
	}
}

// Alarm runs the script's alarm.
func (o *scripted) Alarm(ctx context.Context, info durable.AlarmInfo) error {
	if o.in.run.over() {
		return nil
	}
	_, err := o.in.body(ctx, o.spec.Alarm, newFrame(map[string]any{"retryCount": float64(info.RetryCount), "isRetry": info.IsRetry()}))
	return err
}

// Dump tells the object's final storage as JSON.
func (o *scripted) Dump(context.Context) (string, error) {
	storage, err := dump(o.in.state.Storage())
	return toJSON(storage), err
}

// stub gives the stub of a step: the party's own of that name, or a new one.
func (in *interpreter) stub(st *workerd.Step) *durable.Stub {
	ns := in.env.Namespace("OBJ")
	if st.Stub == "" {
		return ns.GetByName(st.Object)
	}
	if in.stubs[st.Stub] == nil {
		in.stubs[st.Stub] = ns.GetByName(st.Object)
	}
	return in.stubs[st.Stub]
}

// send calls a handler of another object and waits.
func send(ctx context.Context, stub *durable.Stub, st *workerd.Step, f *frame) (any, error) {
	if st.Via == "fetch" {
		return fetch(ctx, stub, st, f)
	}
	v, err := stub.Call(ctx, "run", arguments(st, f)...)
	return decoded(v, err)
}

// start calls without waiting, and keeps what the call comes to.
func (in *interpreter) start(st *workerd.Step, f *frame) error {
	if st.Via == "fetch" {
		return errors.New("the Go interpreter has no fetch of an object that is not awaited")
	}
	p := in.stub(st).Start("run", arguments(st, f)...)
	f.tasks = append(f.tasks, task{st.As, in.state.Go(func(ctx context.Context) error {
		v, err := decoded(p.Wait(ctx))
		in.run.keep(in.party+"."+st.As, v, err)
		return nil
	})})
	return nil
}

func arguments(st *workerd.Step, f *frame) []any {
	if st.Arg == nil {
		return []any{st.Method}
	}
	return []any{st.Method, fill(*st.Arg, f)}
}

func decoded(v durable.Value, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	var out any
	err = v.Decode(&out)
	return out, err
}

// fetch calls a handler by a request.
func fetch(ctx context.Context, stub *durable.Stub, st *workerd.Step, f *frame) (any, error) {
	address := "http://object/" + st.Method
	if st.Arg != nil {
		address += "?arg=" + url.QueryEscape(fill(*st.Arg, f))
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	res, err := stub.Fetch(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	var v any
	err = json.NewDecoder(res.Body).Decode(&v)
	return v, err
}
