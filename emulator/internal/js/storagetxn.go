package js

import (
	"context"
	"errors"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/emulator/internal/host"
	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

func (w *Worker) installTransactions() error {
	class := w.natives.storage
	return errors.Join(
		waitingMethod(w, class, "transaction", (*storage).transact),
		method(w, class, "transactionSync", (*storage).transactionSync),
		waitingMethod(w, class, "sync", (*storage).sync),
		waitingMethod(w, class, "getCurrentBookmark", (*storage).currentBookmark),
		asyncMethod(w, class, "getBookmarkForTime", (*storage).bookmarkForTime),
		asyncMethod(w, class, "onNextSessionRestoreBookmark", (*storage).restoreBookmark),
		asyncMethod(w, class, "deleteAll", (*storage).deleteAll),
		method(w, w.natives.transaction, "deleteAll", func(*storage, *quickjs.Call) (quickjs.Value, error) {
			return quickjs.Value{}, &durable.Error{Name: "Error", Message: "Cannot call deleteAll() within a transaction"}
		}),
		method(w, w.natives.transaction, "rollback", (*storage).rollback),
	)
}

// transactionSync calls a callback inside a savepoint. What it throws undoes it
// and is thrown on (rules 6.11 to 6.18).
func (s *storage) transactionSync(call *quickjs.Call) (result quickjs.Value, err error) {
	p := s.params(call, "transactionSync")
	callback := p.function(1)
	if p.err != nil {
		return result, p.err
	}
	if err := s.use("transactionSync"); err != nil {
		return result, err
	}
	err = s.st.TransactionSync(func() (err error) {
		result, err = callback.Call(quickjs.Value{})
		return err
	})
	return result, err
}

// transact runs a callback as a transaction that lasts over several turns, in a
// critical section (rules 6.20 to 6.32).
func (s *storage) transact(call *quickjs.Call) (quickjs.Value, error) {
	p := s.params(call, "transaction")
	callback := p.function(1)
	if p.err != nil {
		return quickjs.Value{}, p.err
	}
	if err := s.use("transaction"); err != nil {
		return quickjs.Value{}, err
	}
	var txn host.Txn
	return s.io.startSection(&section{
		io: s.io, callback: callback.Keep(),
		enter: func(ctx context.Context, run func(context.Context) error) error {
			return s.io.obj.Transaction(ctx, func(ctx context.Context, t host.Txn) error {
				txn = t
				return run(ctx)
			})
		},
		args: func() ([]quickjs.Value, error) {
			handle, err := s.io.w.natives.transaction.New(&storage{io: s.io, st: s.st, class: "DurableObjectTransaction", txn: txn}, nil)
			return []quickjs.Value{handle}, err
		},
	})
}

// rollback discards the transaction's writes; a second one does nothing (rules
// 6.26 to 6.29).
func (s *storage) rollback(*quickjs.Call) (quickjs.Value, error) {
	if err := s.io.own(storageKind); err != nil {
		return quickjs.Value{}, err
	}
	return quickjs.Value{}, s.txn.Rollback()
}

// maxAlarm is the last time, in milliseconds, that the runtime's dates have, and
// its negative the first (rule 7.7).
const maxAlarm = 9223372036854

// date converts a number or Date to milliseconds since the epoch (rules 7.2 to
// 7.7).
func (p *params) date(n int) int64 {
	v := p.call.Arg(n - 1)
	if p.missing(n) || v.Kind() != quickjs.Number && !v.IsDate() {
		p.refuse(n, "date")
	}
	if p.err != nil {
		return 0
	}
	ms, err := v.Float()
	switch {
	case err != nil:
		p.err = err
	case ms != ms, ms-ms != 0:
		p.err = quickjs.TypeErrorf("The value cannot be converted because it is not a valid Date.")
	case ms > maxAlarm:
		p.err = quickjs.TypeErrorf("This API doesn't support dates after 2189.")
	case ms < -maxAlarm:
		p.err = quickjs.TypeErrorf("This API doesn't support dates before 1687.")
	}
	return int64(ms)
}

func (s *storage) setAlarm(call *quickjs.Call) (quickjs.Value, error) {
	p := s.params(call, "setAlarm")
	at := p.date(1)
	p.flags(2, "SetAlarmOptions", "allowConcurrency", "allowUnconfirmed")
	if p.err != nil {
		return quickjs.Value{}, p.err
	}
	if err := s.use("setAlarm"); err != nil {
		return quickjs.Value{}, err
	}
	return quickjs.Value{}, s.st.SetAlarm(at)
}

func (s *storage) getAlarm(call *quickjs.Call) (quickjs.Value, error) {
	p := s.params(call, "getAlarm")
	p.flags(1, "GetAlarmOptions", "allowConcurrency")
	if p.err != nil {
		return quickjs.Value{}, p.err
	}
	if err := s.use("getAlarm"); err != nil {
		return quickjs.Value{}, err
	}
	ms, ok, err := s.st.Alarm()
	if err != nil {
		return quickjs.Value{}, err
	}
	if !ok {
		return s.io.w.iso.Null(), nil
	}
	return s.io.w.iso.Number(float64(ms)), nil
}

func (s *storage) deleteAlarm(call *quickjs.Call) (quickjs.Value, error) {
	p := s.params(call, "deleteAlarm")
	p.flags(1, "SetAlarmOptions", "allowConcurrency", "allowUnconfirmed")
	if p.err != nil {
		return quickjs.Value{}, p.err
	}
	if err := s.use("deleteAlarm"); err != nil {
		return quickjs.Value{}, err
	}
	return quickjs.Value{}, s.st.DeleteAlarm()
}

// alarmInfo makes the argument of an alarm handler (rule 7.16).
func (w *Worker) alarmInfo(info host.AlarmInfo) (quickjs.Value, error) {
	v, err := w.natives.alarmInfo.New(nil, nil)
	if err != nil {
		return v, err
	}
	define := func(name string, value quickjs.Value) error {
		return v.Define(name, quickjs.Property{Value: value, Enumerable: true, Configurable: true})
	}
	return v, errors.Join(
		define("scheduledTime", w.iso.Number(float64(info.ScheduledTime.UnixMilli()))),
		define("retryCount", w.iso.Number(float64(info.RetryCount))),
		define("isRetry", w.iso.Bool(info.RetryCount > 0)),
	)
}
