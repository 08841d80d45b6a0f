package store

import (
	"path/filepath"
	"sort"

	sqlite3 "modernc.org/sqlite/lib"
)

// AlarmRecord is a row of _cf_ALARM: an object that wants to be woken.
type AlarmRecord struct {
	ID   string
	Name string // of the object; empty if unknown
	Time int64  // milliseconds since the epoch
}

type alarmRow struct {
	nanos int64
	name  string
}

const createAlarms = "CREATE TABLE IF NOT EXISTS _cf_ALARM (\n      actor_id TEXT PRIMARY KEY,\n      scheduled_time INTEGER,\n      actor_name TEXT\n    ) WITHOUT ROWID"

// Alarms lists the rows, sorted by time and id. A row may be too early, or its object may have no alarm at all, after a
// crash: opening the object puts it right (12.13), so Store.Alarm has the last word.
func (n *Namespace) Alarms() ([]AlarmRecord, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := n.loadLocked(); err != nil {
		return nil, err
	}
	list := make([]AlarmRecord, 0, len(n.rows))
	for id, row := range n.rows {
		list = append(list, AlarmRecord{ID: id, Name: row.name, Time: row.nanos / nanosPerMilli})
	}
	sort.Slice(list, func(i, j int) bool {
		if list[i].Time != list[j].Time {
			return list[i].Time < list[j].Time
		}
		return list[i].ID < list[j].ID
	})
	return list, nil
}

func (n *Namespace) metaPath() string { return filepath.Join(n.dir, "metadata.sqlite") }

// loadLocked reads the rows once (12.14).
func (n *Namespace) loadLocked() error {
	if n.rows != nil {
		return nil
	}
	if n.invalid != nil {
		return n.invalid
	}
	if !fileExists(n.metaPath()) {
		n.rows = make(map[string]alarmRow)
		return nil
	}
	if n.eng.opts.ReadOnly {
		return n.loadSnapshotLocked()
	}
	if err := n.openLocked(); err != nil {
		return err
	}
	return n.readRowsLocked(n.meta, "SELECT actor_id, scheduled_time, actor_name FROM _cf_ALARM")
}

func (n *Namespace) readRowsLocked(c *conn, query string) error {
	st, _, err := c.compileTrusted(query, 0)
	if err != nil {
		return n.explain("read", err)
	}
	defer st.finalize(c)
	rows := make(map[string]alarmRow)
	for {
		row, err := c.step(st)
		if err != nil {
			return n.explain("read", err)
		}
		if !row {
			n.rows = rows
			return nil
		}
		rows[st.textValue(c, 0)] = alarmRow{sqlite3.Xsqlite3_column_int64(c.tls, st.addr, 1), st.textValue(c, 2)}
	}
}

// openLocked opens metadata.sqlite, which is made or extended if necessary (12.10, 12.12).
func (n *Namespace) openLocked() error {
	if n.meta != nil {
		return nil
	}
	wal, err := prepareFile(n.dir, n.metaPath())
	if err != nil {
		return err
	}
	c, err := openConn(n.eng.vfs, n.metaPath())
	if err != nil {
		return n.explain("open", err)
	}
	setup := "PRAGMA synchronous=NORMAL; "
	if n.eng.opts.PowerSafe {
		setup = "PRAGMA synchronous=FULL; "
	}
	if !wal {
		setup = "PRAGMA journal_mode=WAL; " + setup
	}
	if err := c.run(setup + createAlarms); err != nil {
		c.close()
		return n.explain("open", err)
	}
	if st, _, err := c.compileTrusted("SELECT actor_name FROM _cf_ALARM", 0); err == nil {
		st.finalize(c)
	} else if err := c.run("ALTER TABLE _cf_ALARM ADD COLUMN actor_name TEXT"); err != nil {
		c.close()
		return n.explain("open", err)
	}
	n.meta = c
	return nil
}

func (n *Namespace) explain(op string, err error) error {
	if e, ok := err.(*Error); ok {
		return explainFile(op, n.metaPath(), e)
	}
	return err
}

func (n *Namespace) row(id string) (alarmRow, bool, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := n.loadLocked(); err != nil {
		return alarmRow{}, false, err
	}
	row, ok := n.rows[id]
	return row, ok, nil
}

// setRow writes the row of an object; it is durable when setRow returns.
func (n *Namespace) setRow(id string, row alarmRow) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := n.eng.fault("alarm-row"); err != nil {
		return err
	}
	if err := n.loadLocked(); err != nil {
		return err
	}
	if n.dir != "" {
		var name any
		if row.name != "" {
			name = row.name
		}
		if err := n.writeLocked(fixedRowSet, id, row.nanos, name); err != nil {
			return err
		}
	}
	n.rows[id] = row
	return nil
}

func (n *Namespace) deleteRow(id string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := n.eng.fault("alarm-row"); err != nil {
		return err
	}
	if err := n.loadLocked(); err != nil {
		return err
	}
	if n.dir != "" {
		if err := n.writeLocked(fixedRowDelete, id); err != nil {
			return err
		}
	}
	delete(n.rows, id)
	return nil
}

func (n *Namespace) writeLocked(which int, args ...any) error {
	if err := n.openLocked(); err != nil {
		return err
	}
	st, err := n.meta.own(which)
	if err == nil {
		err = st.bind(n.meta, args)
	}
	if err == nil {
		err = n.meta.finish(st)
	}
	if err != nil {
		return n.explain("write", err)
	}
	return nil
}
