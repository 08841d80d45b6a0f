package actor

import (
	"context"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/emulator/internal/host"
	"github.com/dormouse-do/dormouse/emulator/internal/store"
)

// txn is an open Transaction, owned by the turn; it implements [host.Txn].
type txn struct {
	a          *Actor
	point      *store.Savepoint
	parent     *txn
	changed    bool // of the alarm's run, before
	rolledBack bool
	over       bool
}

// Use reports why an operation is refused (rules 6.27, 6.28).
func (t *txn) Use(op string) error {
	switch {
	case t.rolledBack && op == "rollback":
	case t.rolledBack:
		return &durable.Error{Name: "Error", Message: "Cannot " + op + "() on rolled back transaction"}
	case t.over:
		return &durable.Error{Name: "Error", Message: "Cannot call " + op + "() on transaction that has already committed: " +
			"did you move `txn` outside of the closure?"}
	}
	return nil
}

func (t *txn) Rollback() error {
	if err := t.Use("rollback"); err != nil || t.rolledBack {
		return err
	}
	if t.a.txn != t {
		return &durable.Error{Name: "Error", Message: "Cannot roll back an outer transaction while a nested transaction is still running."}
	}
	if err := t.a.object.st.enter(); err != nil {
		return err
	}
	defer t.a.object.st.leave()
	return t.rollback()
}

func (t *txn) rollback() error {
	t.rolledBack = true
	t.a.txn = t.parent
	t.a.restoreAlarm(t.changed)
	return t.a.public(t.point.Rollback())
}

func (o *object) Transaction(ctx context.Context, fn func(context.Context, host.Txn) error) error {
	ev, err := o.event(ctx)
	if err != nil {
		return err
	}
	return ev.critical(func() error { return o.a.transact(ev, fn) })
}

// transact runs fn between the beginning and the end of a transaction. Nothing
// is committed before the outermost one ends.
func (a *Actor) transact(ev *event, fn func(context.Context, host.Txn) error) (err error) {
	point, err := a.store.Begin()
	if err != nil {
		return a.public(err)
	}
	t := &txn{a: a, point: point, parent: a.txn, changed: a.alarm != nil && a.alarm.changed}
	a.txn = t
	a.txns++
	ended := false
	defer func() {
		a.txns--
		t.over = true
		if !ended && !t.rolledBack && a.resetError() == nil { // a panic of fn
			_ = t.rollback() // the panic is the error to report
		}
	}()
	err = fn(ev.context(), t)
	ended = true
	switch {
	case a.resetError() != nil:
		panic(unwind{a})
	case t.rolledBack:
		return err
	case err != nil:
		if rerr := t.rollback(); rerr != nil {
			return rerr
		}
		return err
	}
	a.txn = t.parent
	if err := point.Release(); err != nil {
		return a.public(err)
	}
	return a.commitTransaction()
}

// commitTransaction commits what the outermost transaction wrote. A refusal
// resets the object with an internal error, other than at the end of a turn.
func (a *Actor) commitTransaction() error {
	if a.txn != nil {
		return nil
	}
	err := a.store.Commit()
	if err == nil {
		return nil
	}
	a.fault = true
	broken := a.internal(err)
	broken.Reset = true
	a.reset(broken)
	panic(unwind{a})
}

func (a *Actor) restoreAlarm(changed bool) {
	a.alarmDirty = true
	if a.alarm != nil {
		a.alarm.changed = changed
	}
}

func (st *storage) TransactionSync(fn func() error) (err error) {
	a := st.a
	if err := st.enter(); err != nil {
		return err
	}
	changed := a.alarm != nil && a.alarm.changed
	point, err := a.store.Begin()
	st.leave()
	if err != nil {
		return a.public(err)
	}
	a.syncs++
	done := false
	defer func() {
		a.syncs--
		if !done && a.resetError() == nil { // a panic of fn
			_ = point.Rollback() // the panic is the error to report
			a.restoreAlarm(changed)
		}
	}()
	err = fn()
	done = true
	if rerr := a.resetError(); rerr != nil {
		return rerr
	}
	if err != nil {
		a.restoreAlarm(changed)
		if rerr := point.Rollback(); rerr != nil {
			return a.public(rerr)
		}
		return err
	}
	return a.public(point.Release())
}
