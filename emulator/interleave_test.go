package emulator

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dormouse-do/dormouse/emulator/durable"
)

// model is what one object's storage should be: what is committed, and what
// the turns since then have written. The handlers change it beside the storage;
// since they do so in their turns it needs no lock.
type model struct {
	committed, working map[string]int
	inside             bool // a transaction is open
}

func newModel() *model {
	return &model{committed: map[string]int{}, working: map[string]int{}}
}

func (m *model) commit() { m.committed = maps.Clone(m.working) }
func (m *model) drop()   { m.working = maps.Clone(m.committed) }

// script is a class whose one method interprets bytes as operations on storage.
type script struct {
	state *durable.State
	model *model
}

var errScript = errors.New("asked for")

// Run interprets the operations in pairs: what, and on which key.
func (s *script) Run(ctx context.Context, ops []byte) error {
	for i := 0; i+1 < len(ops); i += 2 {
		if err := s.op(ctx, ops[i]%12, fmt.Sprint("k", ops[i+1]%4), int(ops[i+1])); err != nil {
			s.model.commit() // a throw keeps what was written (rule 2.13)
			return err
		}
	}
	s.model.commit()
	return nil
}

func (s *script) op(ctx context.Context, what byte, key string, n int) error {
	st := s.state.Storage()
	if s.model.inside {
		return errors.New("an event got in while a transaction was open")
	}
	switch what {
	case 0, 1:
		return s.put(key, n)
	case 2:
		delete(s.model.working, key)
		_, err := st.Delete(key)
		return err
	case 3, 4:
		return s.compare()
	case 5:
		s.model.commit()
		return durable.Sleep(ctx, time.Duration(n%8)*time.Millisecond)
	case 6:
		s.model.commit()
		return st.Sync(ctx)
	case 7, 8:
		return ignore(s.transactionSync(key, n, what == 8))
	case 9, 10:
		return ignore(s.transaction(ctx, key, n, what == 10))
	default:
		if n%8 == 0 {
			s.model.drop()
			s.state.Abort("asked for")
		}
		return errScript
	}
}

func ignore(err error) error {
	if errors.Is(err, errScript) {
		return nil
	}
	return err
}

func (s *script) put(key string, n int) error {
	s.model.working[key] = n
	return s.state.Storage().Put(key, n)
}

func (s *script) transactionSync(key string, n int, fail bool) error {
	before := maps.Clone(s.model.working)
	return s.state.Storage().TransactionSync(func() error {
		if err := s.put(key, n); err != nil {
			return err
		}
		if err := s.put("sync", n); err != nil || !fail {
			return err
		}
		s.model.working = before
		return errScript
	})
}

// transaction waits in the middle: nobody else may get in (rule 6.20). It does
// not sleep, since a timer that falls due outside would hold up one inside
// until the section's limit (3.28).
func (s *script) transaction(ctx context.Context, key string, n int, fail bool) error {
	s.model.commit()
	return s.state.Storage().Transaction(ctx, func(ctx context.Context, _ *durable.Transaction) error {
		s.model.inside = true
		defer func() { s.model.inside = false }()
		before := maps.Clone(s.model.working)
		if err := s.put(key, n); err != nil {
			return err
		}
		if _, err := durable.Await(ctx, func(context.Context) (int, error) { return 0, nil }); err != nil {
			return err
		}
		if err := s.compare(); err != nil {
			return err
		}
		if err := s.put("txn", n); err != nil {
			return err
		}
		if fail {
			s.model.working = before
			return errScript
		}
		s.model.commit()
		return nil
	})
}

func (s *script) compare() error {
	got, err := stored(s.state)
	if err != nil {
		return err
	}
	if diff := cmp.Diff(s.model.working, got); diff != "" {
		return fmt.Errorf("storage in the turn (-want +got):\n%s", diff)
	}
	return nil
}

func stored(state *durable.State) (map[string]int, error) {
	entries, err := state.Storage().List(durable.ListOptions{})
	if err != nil {
		return nil, err
	}
	out := map[string]int{}
	for _, e := range entries {
		var n int
		if err := e.Value.Decode(&n); err != nil {
			return nil, err
		}
		out[e.Key] = n
	}
	return out, nil
}

// FuzzInterleavings lets four clients run operations on one object in an order
// that a seed chooses, then crashes it: storage must be what the model says, in
// every turn and after the crash (rules 6.1 to 6.24).
func FuzzInterleavings(f *testing.F) {
	f.Add(uint64(1), []byte{0, 1, 5, 3, 3, 0, 7, 2, 8, 3, 9, 9, 10, 2, 3, 3, 11, 1, 0, 2, 6, 0, 4, 4}, false)
	f.Add(uint64(2), []byte("a transaction that waits, and others that must not get in"), false)
	f.Add(uint64(3), []byte{9, 7, 10, 7, 9, 6, 10, 5, 5, 7, 3, 1, 11, 8, 0, 1, 4, 1, 2, 1, 7, 7, 8, 7, 6, 6}, true)
	f.Add(uint64(4), []byte{5, 7, 0, 3, 5, 1, 0, 2, 9, 3, 0, 1, 5, 5, 3, 3, 10, 2, 5, 1, 3, 1, 9, 2, 11, 16}, true)
	f.Fuzz(func(t *testing.T, seed uint64, ops []byte, disk bool) {
		if len(ops) > 256 {
			return
		}
		m := newModel()
		place := Option(InMemory)
		if disk {
			place = StateDir(t.TempDir())
		}
		em := openScript(t, m, place, Seed(seed), VirtualClock{})
		const clients = 4
		part := len(ops)/clients + 1
		em.Clients(t.Context(), clients, func(ctx context.Context, i int) {
			mine := ops[min(i*part, len(ops)):min((i+1)*part, len(ops))]
			_, err := em.Namespace("SCRIPT").GetByName("a").Call(ctx, "run", mine)
			if err != nil && err.Error() != "asked for" {
				t.Errorf("client %d, seed %d: %v", i, seed, err)
			}
		})
		if err := em.Crash(); err != nil {
			t.Fatal(err)
		}
		m.drop()
		err := RunIn(em.Namespace("SCRIPT").GetByName("a"), func(_ context.Context, instance any, _ *durable.State) error {
			return instance.(*script).compare()
		})
		if err := errors.Join(err, em.Close()); err != nil {
			t.Errorf("after the crash, seed %d: %v", seed, err)
		}
	})
}

func openScript(t *testing.T, m *model, opts ...Option) *Emulator {
	t.Helper()
	config := filepath.Join(t.TempDir(), "wrangler.json")
	const text = `{"name": "script", "compatibility_date": "2026-07-01",
		"durable_objects": {"bindings": [{"name": "SCRIPT", "class_name": "Script"}]},
		"migrations": [{"tag": "v1", "new_sqlite_classes": ["Script"]}]}`
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	class := durable.NewClass("Script", func(_ context.Context, state *durable.State, _ *durable.Env) (*script, error) {
		return &script{state, m}, nil
	})
	em, err := New(Worker{Config: config, Classes: []durable.Class{class}}, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return em
}
