package classtest

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/emulator/internal/v8value"
	"github.com/dormouse-do/dormouse/fixtures/workerd"
)

// undefined is the value of a variable that is not set and of a step that
// gives nothing.
var undefined = v8value.Undefined{}

// interpreter runs the steps of one party in Go, as record/interpreter.mjs does
// in JavaScript. An object's interpreter belongs to the object's turn.
type interpreter struct {
	party  string
	run    *run
	state  *durable.State // nil for the client
	env    *durable.Env   // nil for the client
	stubs  map[string]*durable.Stub
	fields map[string]float64
}

// frame is one run of a handler: its variables, transactions, tasks, cursors.
type frame struct {
	vars    map[string]any
	txns    map[string]*durable.Transaction
	cursors map[string]*durable.Rows
	tasks   []task
}

type task struct {
	name string
	task *durable.Task
}

func newFrame(vars map[string]any) *frame {
	return &frame{vars: vars, txns: map[string]*durable.Transaction{}, cursors: map[string]*durable.Rows{}}
}

// steps runs a list. returned tells that a step "return" ended it.
func (in *interpreter) steps(ctx context.Context, list []workerd.Step, f *frame) (value any, returned bool, err error) {
	for i := range list {
		st := &list[i]
		switch st.Do {
		case "return":
			v, err := f.value(st)
			return v, true, err
		case "try":
			if v, returned, err := in.steps(ctx, st.Body, f); err != nil {
				in.run.log(in.party, "caught "+brief(err))
			} else if returned {
				return v, true, nil
			}
			continue
		}
		v, err := in.step(ctx, st, f)
		if err != nil {
			return nil, false, err
		}
		if st.As != "" && st.Do != "start" && st.Do != "spawn" {
			f.vars[st.As] = v
		}
	}
	return undefined, false, nil
}

// body is steps for a callback, of which only the value is of interest.
func (in *interpreter) body(ctx context.Context, list []workerd.Step, f *frame) (any, error) {
	v, _, err := in.steps(ctx, list, f)
	return v, err
}

// value is what a step stores or returns: its Value or its variable.
func (f *frame) value(st *workerd.Step) (any, error) {
	if st.Var != "" {
		return f.variable(st.Var), nil
	}
	if st.Value == nil {
		return undefined, nil
	}
	var v any
	err := json.Unmarshal(st.Value, &v)
	return v, err
}

func (f *frame) variable(name string) any {
	if v, ok := f.vars[name]; ok {
		return v
	}
	return undefined
}

// step runs one step and gives what it gave.
func (in *interpreter) step(ctx context.Context, st *workerd.Step, f *frame) (any, error) {
	switch st.Do {
	case "log":
		in.run.log(in.party, fill(st.Text, f))
	case "add":
		n, _ := f.vars[st.Var].(float64) // null and undefined count as 0
		f.vars[st.Var] = n + st.N
	case "field":
		in.fields[st.Field] += st.N
		return in.fields[st.Field], nil
	case "throw":
		return nil, thrown(&st.ThrownError)
	case "abort":
		in.state.Abort(reason(st))
	case "sleep":
		return undefined, durable.Sleep(ctx, time.Duration(st.MS)*time.Millisecond)
	case "settled":
	case "call":
		return send(ctx, in.stub(st), st, f)
	case "start":
		return undefined, in.start(st, f)
	case "spawn":
		f.tasks = append(f.tasks, task{st.As, in.state.Go(func(ctx context.Context) error {
			_, err := in.body(ctx, st.Body, f)
			return err
		})})
	case "join", "joinAll":
		return undefined, f.join(ctx, st.Task)
	case "waitUntil":
		in.state.WaitUntil(func(ctx context.Context) error {
			_, err := in.body(ctx, st.Body, f)
			return err
		})
	case "timer":
		in.state.AfterFunc(time.Duration(st.MS)*time.Millisecond, func(ctx context.Context) {
			// An error of a timer has nobody to go to, as a rejection in JavaScript.
			_, _ = in.body(ctx, st.Body, f)
		})
	case "bcw", "transaction", "transactionSync":
		return in.section(ctx, st, f)
	default:
		return in.store(ctx, st, f)
	}
	return undefined, nil
}

// join waits for one task, or for all with "". What they came to does not
// matter to who waits.
func (f *frame) join(ctx context.Context, name string) error {
	for _, t := range f.tasks {
		if name == "" || t.name == name {
			_ = t.task.Wait(ctx)
		}
	}
	return nil
}

// section runs a step that calls back.
func (in *interpreter) section(ctx context.Context, st *workerd.Step, f *frame) (v any, err error) {
	switch st.Do {
	case "bcw":
		err = in.state.BlockConcurrencyWhile(ctx, func(ctx context.Context) (err error) {
			v, err = in.body(ctx, st.Body, f)
			return err
		})
	case "transaction":
		err = in.state.Storage().Transaction(ctx, func(ctx context.Context, txn *durable.Transaction) (err error) {
			f.txns[st.Txn] = txn
			v, err = in.body(ctx, st.Body, f)
			return err
		})
	default:
		err = in.state.Storage().TransactionSync(func() (err error) {
			v, err = in.body(ctx, st.Body, f)
			return err
		})
	}
	return v, err
}

var placeholder = regexp.MustCompile(`\$\{(\w+)\}`)

// fill puts variables into a text: a string as it is, others as JSON.
func fill(text string, f *frame) string {
	return placeholder.ReplaceAllStringFunc(text, func(p string) string {
		switch v := f.variable(p[2 : len(p)-1]).(type) {
		case string:
			return v
		case v8value.Undefined:
			return "undefined"
		default:
			return toJSON(v)
		}
	})
}

// toJSON is JSON as JavaScript writes it.
func toJSON(v any) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Sprintf("%#v", v)
	}
	return strings.TrimSuffix(b.String(), "\n")
}
