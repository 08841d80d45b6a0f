package js

import (
	"cmp"
	"errors"
	"strings"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/emulator/internal/host"
	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

// cursor walks over the rows of a query. Its iterators share its position (rule
// 4.32).
type cursor struct {
	io     *ioContext
	cur    host.Cursor
	record *quickjs.Record // made with the first row
	names  *quickjs.Ref    // columnNames, once asked for
	users  int             // objects of JavaScript that stand for it
}

// rowIterator and rawIterator are what a cursor's [Symbol.iterator] and raw
// give.
type (
	rowIterator struct{ *cursor }
	rawIterator struct{ *cursor }
)

func (w *Worker) installCursor(helpers quickjs.Value) error {
	n := &w.natives
	symbol, err := helpers.Get("symbolIterator")
	if err != nil {
		return err
	}
	iterate, err := w.iso.Function("", 0, func(call *quickjs.Call) (quickjs.Value, error) {
		v, _ := call.This.Host()
		c, ok := v.(*cursor)
		if !ok {
			return quickjs.Value{}, quickjs.TypeErrorf("Illegal invocation")
		}
		return c.share(n.rows, rowIterator{c})
	})
	if err != nil {
		return err
	}
	return errors.Join(
		method(w, n.cursor, "next", (*cursor).next),
		method(w, n.cursor, "toArray", (*cursor).toArray),
		method(w, n.cursor, "one", (*cursor).one),
		method(w, n.cursor, "raw", func(c *cursor, _ *quickjs.Call) (quickjs.Value, error) { return c.share(n.raw, rawIterator{c}) }),
		getter(w, n.cursor, "columnNames", (*cursor).columnNames),
		getter(w, n.cursor, "rowsRead", func(c *cursor) (quickjs.Value, error) { return c.count(host.Cursor.RowsRead) }),
		getter(w, n.cursor, "rowsWritten", func(c *cursor) (quickjs.Value, error) { return c.count(host.Cursor.RowsWritten) }),
		n.cursor.Prototype().DefineKey(symbol, quickjs.Property{Value: iterate, Writable: true, Configurable: true}),
		method(w, n.rows, "next", func(it rowIterator, call *quickjs.Call) (quickjs.Value, error) { return it.cursor.next(call) }),
		method(w, n.raw, "next", rawIterator.next),
		w.iterable(n.rows, helpers), w.iterable(n.raw, helpers),
	)
}

func newCursor(class *quickjs.Class, c *cursor) (quickjs.Value, error) { return c.share(class, c) }

// share makes an object of JavaScript that stands for the cursor.
func (c *cursor) share(class *quickjs.Class, as any) (quickjs.Value, error) {
	c.users++
	return class.New(as, c.release)
}

// release is called when an object that stands for the cursor is gone.
func (c *cursor) release() {
	if c.users--; c.users == 0 {
		c.record.Free()
		c.names.Free()
	}
}

// row gives the next row, nil at the end.
func (c *cursor) row() ([]any, error) {
	if err := c.io.own(cursorKind); err != nil {
		return nil, err
	}
	row, ok, err := c.cur.Next()
	if err != nil || !ok {
		return nil, err
	}
	if c.record == nil {
		if c.record, err = c.io.w.iso.Record(c.cur.Columns()...); err != nil {
			return nil, err
		}
	}
	for i, v := range row {
		if s, ok := v.(string); ok && strings.IndexByte(s, surrogateByte) >= 0 {
			row[i] = replaceSurrogates(s)
		}
	}
	return row, nil
}

func (c *cursor) next(*quickjs.Call) (quickjs.Value, error) {
	row, err := c.row()
	if err != nil {
		return quickjs.Value{}, err
	}
	if row == nil {
		return c.io.w.done()
	}
	v, err := c.record.Object(row)
	if err != nil {
		return v, err
	}
	return c.io.w.natives.next.Object([]any{false, v})
}

func (it rawIterator) next(*quickjs.Call) (quickjs.Value, error) {
	row, err := it.row()
	if err != nil {
		return quickjs.Value{}, err
	}
	if row == nil {
		return it.io.w.done()
	}
	v, err := it.io.w.iso.List(row)
	if err != nil {
		return v, err
	}
	return it.io.w.natives.next.Object([]any{false, v})
}

// toArray gives the rows that are left (rule 4.33).
func (c *cursor) toArray(*quickjs.Call) (quickjs.Value, error) {
	array, err := c.io.w.iso.Array()
	if err != nil {
		return array, err
	}
	for n := 0; ; n++ {
		row, err := c.row()
		if err != nil || row == nil {
			return array, err
		}
		if err := c.record.Append(array, n, row); err != nil {
			return array, err
		}
	}
}

// one gives the only row that is left. With several the cursor is closed, so that
// a write is complete (rules 4.34, 4.43).
func (c *cursor) one(*quickjs.Call) (quickjs.Value, error) {
	row, err := c.row()
	if err != nil {
		return quickjs.Value{}, err
	}
	if row == nil {
		return quickjs.Value{}, durable.ErrNoRows
	}
	if !c.cur.Done() {
		c.cur.Close()
		return quickjs.Value{}, durable.ErrMultipleRows
	}
	return c.record.Object(row)
}

// count gives one of the counts of a cursor that was not canceled.
func (c *cursor) count(of func(host.Cursor) int64) (quickjs.Value, error) {
	if err := cmp.Or(c.io.own(cursorKind), c.cur.Err()); err != nil {
		return quickjs.Value{}, err
	}
	return c.io.w.iso.Number(float64(of(c.cur))), nil
}

// columnNames gives the same array each time.
func (c *cursor) columnNames() (quickjs.Value, error) {
	if c.names != nil {
		return c.names.Value(), nil
	}
	columns := c.cur.Columns()
	list := make([]any, len(columns))
	for i, name := range columns {
		list[i] = name
	}
	v, err := c.io.w.iso.List(list)
	if err == nil {
		c.names = v.Keep()
	}
	return v, err
}
