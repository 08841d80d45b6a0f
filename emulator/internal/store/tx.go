package store

import (
	"errors"
	"fmt"

	sqlite3 "modernc.org/sqlite/lib"
)

// begin opens the implicit transaction of the turn if it is not open (6.1). After SQL has ended it, writes go singly.
func (s *Store) begin(c *conn) error {
	if s.inTx || s.lost != nil {
		return nil
	}
	if s.ns.eng.opts.ReadOnly {
		return ErrReadOnly
	}
	if err := s.ns.eng.fault("begin"); err != nil {
		return err
	}
	if err := c.do(fixedBegin); err != nil {
		return s.explain("write", err)
	}
	s.inTx = true
	return nil
}

// fault asks Options.Fault. What it makes fail stands for the disk: inside a transaction nothing of it is kept, whatever
// the application does with the error (4.17).
func (s *Store) fault(op string) error {
	err := s.ns.eng.fault(op)
	if err != nil && s.inTx {
		s.critical = err
	}
	return err
}

// Dirty reports whether there is something to commit.
func (s *Store) Dirty() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.inTx || s.lost != nil
}

// Commit ends the implicit transaction. Without writes, and while a savepoint is open, it does nothing. After an error
// nothing of the transaction is kept. The error is a *ConstraintError (4.16), ErrTransactionLost (4.15),
// ErrStatementsOpen (4.43), or one of the disk.
func (s *Store) Commit() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.depth > 0 || !s.inTx && s.lost == nil {
		return nil
	}
	c := s.c
	if s.lost != nil {
		return s.commitLost(c)
	}
	err := s.critical
	if err == nil {
		err = s.publish(c, func() error {
			if err := s.ns.eng.fault("commit"); err != nil {
				return err
			}
			return c.do(fixedCommit)
		})
	}
	if err == nil {
		s.inTx, s.unsynced, c.schemaOpen = false, true, false
		s.logBegun(c)
		return nil
	}
	s.rollback()
	return s.explainCommit(err)
}

// commitLost ends a turn whose transaction SQL has ended: what is in the file stays, and the alarm's row follows it.
func (s *Store) commitLost(c *conn) error {
	err := s.lost
	s.alarm = alarmState{}
	if alarmErr := s.publish(c, func() error { return nil }); alarmErr != nil {
		err = errors.Join(err, alarmErr)
	}
	s.rollback()
	return err
}

func (s *Store) explainCommit(err error) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code & 0xff {
	case sqlite3.SQLITE_CONSTRAINT:
		return &ConstraintError{e}
	case sqlite3.SQLITE_BUSY:
		if s.inMemory() || e.Message == "cannot commit transaction - SQL statements in progress" {
			return fmt.Errorf("%w: %w", ErrStatementsOpen, e)
		}
	}
	return s.explain("commit", err)
}

// Rollback drops everything since the last commit, savepoints included. Cursors and listings end.
func (s *Store) Rollback() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rollback()
}

func (s *Store) rollback() {
	s.depth, s.lost, s.critical, s.alarmDirty = 0, nil, nil, false
	s.alarm = alarmState{}
	c := s.c
	if c == nil {
		return
	}
	s.endRuns(ErrReset)
	s.inTx = false
	c.forgetTables()
	c.schemaOpen = false
	if !c.autocommit() {
		// It can only fail after SQLite has rolled back by itself.
		_ = c.do(fixedRollback)
	}
}

// Savepoint is a part of the implicit transaction that can be dropped alone (6.11–6.31). Savepoints nest: the last one
// begun ends first.
type Savepoint struct {
	s     *Store
	depth int
}

// ErrSavepointOrder is misuse: an outer savepoint was ended before an inner one, or one was ended twice.
var ErrSavepointOrder = errors.New("savepoint is not the innermost open one")

// Begin opens a savepoint, and the implicit transaction if necessary. Commit does nothing until it has ended.
func (s *Store) Begin() (*Savepoint, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.fault("savepoint"); err != nil {
		return nil, err
	}
	c, err := s.connect()
	if err != nil {
		return nil, err
	}
	if err := s.begin(c); err != nil {
		return nil, err
	}
	if err := c.point("SAVEPOINT", s.depth); err != nil {
		return nil, s.explain("write", err)
	}
	s.depth++
	return &Savepoint{s, s.depth}, nil
}

// Release keeps what was written since Begin, as part of the implicit transaction. After a disk error it fails with
// ErrCritical (4.17).
func (sp *Savepoint) Release() error {
	s := sp.s
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := sp.take(); err != nil {
		return err
	}
	if s.critical != nil {
		return ErrCritical
	}
	if s.lost != nil {
		return s.lost
	}
	err := s.fault("release")
	if err == nil {
		err = s.c.point("RELEASE", s.depth)
	}
	if err != nil {
		s.noteFailure(s.c, err)
		return s.explain("write", err)
	}
	return nil
}

// Rollback undoes what was written since Begin. Read cursors live on (6.17).
func (sp *Savepoint) Rollback() error {
	s := sp.s
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := sp.take(); err != nil {
		return err
	}
	s.alarm = alarmState{}
	if s.lost != nil {
		return s.lost
	}
	s.c.forgetTables()
	err := s.c.point("ROLLBACK TO", s.depth)
	if err == nil {
		err = s.c.point("RELEASE", s.depth)
	}
	if err != nil {
		s.noteFailure(s.c, err)
		return s.explain("write", err)
	}
	return nil
}

// take closes the savepoint on the store's side.
func (sp *Savepoint) take() error {
	if sp.depth == 0 || sp.depth != sp.s.depth {
		return ErrSavepointOrder
	}
	sp.depth = 0
	sp.s.depth--
	return nil
}
