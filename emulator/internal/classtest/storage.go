package classtest

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/fixtures/workerd"
)

// store runs the steps that read and write storage.
func (in *interpreter) store(ctx context.Context, st *workerd.Step, f *frame) (any, error) {
	storage := in.state.Storage()
	switch st.Do {
	case "sql":
		return in.sql(st, f)
	case "cursor":
		f.cursors[st.Cursor] = storage.SQL().Query(st.Query)
		return undefined, nil
	case "cursorNext":
		return firstColumn(f.cursors[st.Cursor])
	case "put":
		v, err := f.value(st)
		if err != nil {
			return nil, err
		}
		return undefined, storage.Put(st.Key, v, options(st)...)
	case "get":
		return got(storage.Get, st)
	case "delete":
		return storage.Delete(st.Key)
	case "kvPut":
		v, err := f.value(st)
		if err != nil {
			return nil, err
		}
		return undefined, storage.KV().Put(st.Key, v)
	case "kvGet":
		return got(func(key string, dst any, _ ...durable.StorageOption) (bool, error) { return storage.KV().Get(key, dst) }, st)
	case "kvDelete":
		return storage.KV().Delete(st.Key)
	case "setAlarm":
		return undefined, storage.SetAlarm(in.after(st.InMS))
	case "getAlarm":
		return alarmSet(storage.Alarm())
	case "deleteAlarm":
		return undefined, storage.DeleteAlarm()
	case "deleteAll", "txnDeleteAll": // a Transaction has no DeleteAll in Go: the storage's refuses
		return undefined, storage.DeleteAll()
	case "sync":
		return undefined, storage.Sync(ctx)
	}
	return in.onTransaction(st, f)
}

// onTransaction runs the steps that use the handle of a transaction.
func (in *interpreter) onTransaction(st *workerd.Step, f *frame) (any, error) {
	txn := f.txns[st.Txn]
	switch st.Do {
	case "txnPut":
		v, err := f.value(st)
		if err != nil {
			return nil, err
		}
		return undefined, txn.Put(st.Key, v)
	case "txnGet":
		return got(txn.Get, st)
	case "txnDelete":
		return txn.Delete(st.Key)
	case "txnSetAlarm":
		return undefined, txn.SetAlarm(in.after(st.InMS))
	case "txnGetAlarm":
		return alarmSet(txn.Alarm())
	case "txnDeleteAlarm":
		return undefined, txn.DeleteAlarm()
	case "rollback":
		return undefined, txn.Rollback()
	}
	return nil, fmt.Errorf("the Go interpreter has no step %q", st.Do)
}

func (in *interpreter) after(ms int) time.Time {
	return in.state.Now().Add(time.Duration(ms) * time.Millisecond)
}

func options(st *workerd.Step) (opts []durable.StorageOption) {
	if st.Options["allowUnconfirmed"] {
		opts = append(opts, durable.AllowUnconfirmed)
	}
	return opts
}

// got gives a key's value, or null.
func got(get func(string, any, ...durable.StorageOption) (bool, error), st *workerd.Step) (any, error) {
	var v any
	_, err := get(st.Key, &v)
	return v, err
}

func alarmSet(_ time.Time, ok bool, err error) (any, error) {
	if err != nil || !ok {
		return nil, err
	}
	return "set", nil
}

// sql gives the first column of the first row, null without rows.
func (in *interpreter) sql(st *workerd.Step, f *frame) (any, error) {
	args := make([]any, len(st.Args))
	for i, raw := range st.Args {
		if err := json.Unmarshal(raw, &args[i]); err != nil {
			return nil, err
		}
		if name, ok := args[i].(string); ok && strings.HasPrefix(name, "$") {
			args[i] = f.variable(name[1:])
		}
	}
	rows := in.state.Storage().SQL().Query(st.Query, args...)
	if st.Unread {
		return nil, nil
	}
	v, err := firstColumn(rows)
	if err != nil {
		return nil, err
	}
	for _, err := range rows.All() {
		if err != nil {
			return nil, err
		}
	}
	return v, nil
}

func firstColumn(rows *durable.Rows) (any, error) {
	for row, err := range rows.All() {
		if err != nil || len(row) == 0 {
			return nil, err
		}
		return row[0], nil
	}
	return nil, nil
}

// dump tells the final storage of an object.
func dump(s *durable.Storage) (out workerd.Storage, err error) {
	if _, out.Alarm, err = s.Alarm(); err != nil {
		return out, err
	}
	names, err := durable.Collect[string](s.SQL().Query(`SELECT name FROM sqlite_master WHERE type = 'table'
		AND name NOT LIKE '\_cf\_%' ESCAPE '\' AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY name`))
	if err != nil {
		return out, err
	}
	for _, name := range names {
		rows, err := durable.Collect[[]any](s.SQL().Query(`SELECT * FROM "` + name + `" ORDER BY rowid`))
		if err != nil {
			return out, err
		}
		if out.Tables == nil {
			out.Tables = map[string][][]any{}
		}
		out.Tables[name] = append([][]any{}, rows...)
	}
	for e, err := range s.KV().List(durable.ListOptions{}) {
		var v any
		if err == nil {
			err = e.Value.Decode(&v)
		}
		if err != nil {
			return out, err
		}
		if out.KV == nil {
			out.KV = map[string]json.RawMessage{}
		}
		out.KV[e.Key] = json.RawMessage(toJSON(v))
	}
	return out, nil
}
