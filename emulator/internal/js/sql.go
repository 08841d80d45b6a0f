package js

import (
	"errors"

	"github.com/dormouse-do/dormouse/emulator/internal/host"
	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

// sqlStorage is ctx.storage.sql.
type sqlStorage struct {
	io      *ioContext
	st      host.Storage
	refused error // for every use, or nil
	// args are the bindings of the call under way, used again by the next.
	args []any
}

func (w *Worker) installSQL(helpers quickjs.Value) error {
	n := &w.natives
	nested := func(name string, class *quickjs.Class) error {
		return n.sql.Prototype().Define(name, quickjs.Property{
			Value: class.Constructor(), Writable: true, Enumerable: true, Configurable: true,
		})
	}
	return errors.Join(
		method(w, n.sql, "exec", (*sqlStorage).exec),
		getter(w, n.sql, "databaseSize", (*sqlStorage).databaseSize),
		nested("Cursor", n.cursor), nested("Statement", n.statement),
		w.installCursor(helpers),
	)
}

func (s *sqlStorage) use() error {
	if err := s.io.own(storageKind); err != nil {
		return err
	}
	return s.refused
}

// exec runs statements, the last one up to its first row (rules 4.2 to 4.26).
func (s *sqlStorage) exec(call *quickjs.Call) (quickjs.Value, error) {
	if len(call.Args) == 0 {
		return quickjs.Value{}, notOfType("exec", "SqlStorage", 1, "JsString")
	}
	query, err := text(call.Args[0])
	if err != nil {
		return quickjs.Value{}, err
	}
	args := s.args[:0]
	s.args = nil // a conversion may call exec
	for _, v := range call.Args[1:] {
		arg, err := binding(v)
		if err != nil {
			return quickjs.Value{}, err
		}
		args = append(args, arg)
	}
	if err := s.use(); err != nil {
		return quickjs.Value{}, err
	}
	cur, err := s.st.Exec(query, args)
	clear(args)
	s.args = args
	if err != nil {
		return quickjs.Value{}, err
	}
	return newCursor(s.io.w.natives.cursor, &cursor{io: s.io, cur: cur})
}

// binding gives a value as SQLite is given it (rules 4.18 to 4.24).
func binding(v quickjs.Value) (any, error) {
	switch v.Kind() {
	case quickjs.Undefined, quickjs.Null:
		return nil, nil
	case quickjs.Number:
		f, err := v.Float()
		if f != f { // SQLite has no NaN
			return nil, err
		}
		return f, err
	case quickjs.BigInt:
		return nil, quickjs.TypeErrorf("Cannot convert a BigInt value to a number")
	case quickjs.Object:
		if b, err := v.Bytes(); err == nil {
			if b == nil {
				b = []byte{}
			}
			return b, nil
		}
	}
	return text(v)
}

func (s *sqlStorage) databaseSize() (quickjs.Value, error) {
	if err := s.use(); err != nil {
		return quickjs.Value{}, err
	}
	n, err := s.st.DatabaseSize()
	return s.io.w.iso.Number(float64(n)), err
}
