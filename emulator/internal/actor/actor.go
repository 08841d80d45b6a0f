package actor

import (
	"cmp"
	"context"
	"encoding/hex"
	"log/slog"
	"maps"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"time"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/emulator/internal/host"
	"github.com/dormouse-do/dormouse/emulator/internal/store"
)

// ID is the id of an object.
type ID [32]byte

func (id ID) String() string { return hex.EncodeToString(id[:]) }

// Actor is the record of one object in memory, with at most one instance. A
// reset ends the Actor and with it the stubs that have used it; an eviction
// ends only the instance.
type Actor struct {
	ns      *Namespace
	s       *Scheduler
	id      ID
	name    string
	hasName bool

	// Owned by the holder of the turn.
	store   *store.Store
	inst    host.Instance
	object  *object
	ctx     context.Context // ends with the instance
	cancel  context.CancelCauseFunc
	txn     *txn // innermost open Transaction
	txns    int  // callbacks of Transaction that have not returned
	syncs   int  // open TransactionSync calls
	outbox  []departure
	begun   []*entry // tasks of the turn, which start when it ends
	leaving []*end   // sockets whose last event is this turn's
	alarm   *alarmRun
	// alarmDirty: the turn may have changed the alarm.
	alarmDirty bool
	making     bool           // the constructor runs
	unstored   *durable.Error // why the instance's storage is broken, or nil
	using      atomic.Bool    // a storage call is under way

	// Guarded by the scheduler's mutex.
	events  map[*event]struct{} // accepted and not finished
	waiting []*entry            // kept out by the gate
	section *section            // innermost open one; nil: the gate is open
	pending map[*timer]struct{} // of AfterFunc
	exports map[*export]struct{}
	broken  *durable.Error // the reset, for good
	fault   bool           // the reset was not the application's doing
	crashed bool           // reset by a crash of everything: see stub.resolve
	dropped bool           // no longer in the namespace's table
	used    time.Time      // end of the last event
	// session: it was called, so what it has handed out holds it, even if it is
	// ephemeral; what a request hands out does not outlive it.
	session bool
	// outdated: the instance is one of a class that was replaced.
	outdated    bool
	idling      *timer
	hibernating endList // sockets that stay when the instance goes
	loose       endList // all others
	socks       socketState
}

// section is a critical section. While it is open only its own events enter.
type section struct {
	parent *section
	depth  int
	done   bool
}

// effective is the section that code begun in sec belongs to now.
func (sec *section) effective() *section {
	for sec != nil && sec.done {
		sec = sec.parent
	}
	return sec
}

// admitsLocked is the input gate. An entry that it keeps out waits in the
// actor's own list until the section is over (rules 3.4, 3.5). A timer waits
// also for every earlier timer that waits (3.28).
func (a *Actor) admitsLocked(e *entry) bool {
	if a.broken != nil {
		return e.start == nil || !e.ev.settled // parked code is unwound; events that were failed never start
	}
	if e.ev.section.effective() == a.section && !(e.timer && a.timerWaitsLocked()) {
		return true
	}
	a.waiting = append(a.waiting, e)
	e.traceKeptLocked()
	return false
}

func (a *Actor) timerWaitsLocked() bool {
	for _, e := range a.waiting {
		if e.timer {
			return true
		}
	}
	return false
}

// enterLocked opens a section for ev's code.
func (a *Actor) enterLocked(ev *event) *section {
	sec := &section{parent: ev.section.effective()}
	if sec.parent != nil {
		sec.depth = sec.parent.depth + 1
	}
	a.section, ev.section = sec, sec
	return sec
}

// leaveLocked closes a section and lets in what it kept out. The code goes on
// holding the turn (as recorded: the continuation runs before queued requests).
func (a *Actor) leaveLocked(ev *event, sec *section) {
	sec.done = true
	ev.section = sec.parent
	if a.broken != nil {
		return
	}
	a.section = sec.parent
	a.traceAdmittedLocked()
	a.s.ready.pushFront(a.waiting)
	a.waiting = nil
}

// acceptLocked makes ev one of the actor's events until it has finished.
func (a *Actor) acceptLocked(ev *event) {
	a.s.accepted++
	ev.seq = a.s.accepted
	a.events[ev] = struct{}{}
	if a.s.opts.Trace != nil {
		ev.traceLocked()
	}
}

// inOrderLocked gives the events in the order in which they were accepted.
func (a *Actor) inOrderLocked() []*event {
	return slices.SortedFunc(maps.Keys(a.events), func(x, y *event) int { return cmp.Compare(x.seq, y.seq) })
}

// submitLocked puts an event in the queue. One that comes too late fails with
// the error of the reset as it is: it was never in flight (rule 1.42).
func (a *Actor) submitLocked(ev *event) {
	if a.broken != nil {
		ev.settleLocked(result{err: a.broken})
		return
	}
	a.acceptLocked(ev)
	a.s.pushLocked(&ev.entry)
}

// process runs an event from beginning to end, with the baton.
func (a *Actor) process(ev *event) {
	if ev.export != nil && ev.export.gone {
		a.finish(ev, result{err: errGone})
		return
	}
	if ev.trace != nil {
		ev.traceStart()
	}
	if a.inst == nil && !a.construct(ev) {
		return
	}
	if ev.withdrawn {
		a.finish(ev, result{})
		return
	}
	ev.entered = true
	a.conclude(ev, a.protect(ev, func() result { return ev.handle(a, ev) }))
}

// conclude ends the turn in which the result of an event came to be, or was put
// off.
func (a *Actor) conclude(ev *event, res result) {
	if res.err == host.ErrLater && ev.later != nil {
		a.endTurn(ev)
		return
	}
	if res.err != nil && ev.throws {
		thrown := res
		ev.thrown = &thrown
	}
	if a.endTurn(ev) {
		a.finish(ev, res)
	}
}

// construct makes the instance, as the critical section that a constructor is:
// its error resets the object and fails all calls that wait (rules 2.5, 2.10).
func (a *Actor) construct(ev *event) bool {
	a.s.mu.Lock()
	sec := a.enterLocked(ev)
	limit := a.limitLocked(sec)
	a.s.mu.Unlock()
	a.store = a.ns.store.Open(a.id.String(), a.storedName())
	a.ctx, a.cancel = context.WithCancelCause(context.Background())
	a.object = newObject(a)
	a.making = true
	var traced *event
	if ev.trace != nil {
		traced = a.traceConstructor(ev)
	}
	res := a.protect(ev, func() result {
		inst, err := a.ns.class.New(ev.context(), a.object, a.ns.env(a))
		a.inst = inst
		return result{err: err}
	})
	a.making = false
	a.s.stop(limit)
	if traced != nil {
		a.s.mu.Lock()
		traced.traceEndLocked(res.err)
		a.s.mu.Unlock()
	}
	if res.err != nil {
		a.reset(withReset(res.err))
		return false
	}
	if !a.commit(ev) {
		return false
	}
	a.s.mu.Lock()
	a.leaveLocked(ev, sec)
	if len(a.begun) == 0 {
		a.s.mu.Unlock()
		return true
	}
	// The event comes behind what the constructor has begun, and before all
	// that waited (rules 2.5, 2.8).
	e := &entry{ev: ev, wake: make(chan struct{}, 1)}
	ev.at = e
	a.s.pushFirstLocked(append(a.begun, e))
	a.begun = nil
	a.s.parkLocked(e)
	ev.at = nil
	return a.resetError() == nil
}

// limitLocked resets the object if sec stays open for 30 s (rule 3.25).
func (a *Actor) limitLocked(sec *section) *timer {
	return a.s.afterLocked(30*time.Second, "limit of blockConcurrencyWhile in "+a.label(), func() {
		a.s.pushLocked(&entry{start: func() {
			if !sec.done {
				a.reset(errTimedOut)
			}
		}})
	})
}

// protect is the boundary of an event: no panic of user code passes it.
func (a *Actor) protect(ev *event, fn func() result) (res result) {
	if a.s.opts.Strict || raceEnabled {
		ev.strict = goroutineID()
	}
	returned := false
	defer func() {
		if returned {
			return
		}
		switch p := recover().(type) {
		case nil:
			a.exited(ev)
		case unwind:
			res = result{err: a.resetError()}
		default:
			res = result{err: panicError(p)}
			if _, logged := p.(host.Logged); logged {
				return
			}
			a.ns.log.Error("uncaught exception", "class", a.ns.Class(), "id", a.id.String(), "event", ev.label,
				"error", res.err, "stack", string(debug.Stack()))
		}
	}()
	res = fn()
	returned = true
	return res
}

// exited settles an event whose handler ended its goroutine.
func (a *Actor) exited(ev *event) {
	err := &durable.Error{Name: "Error", Message: "the handler ended its goroutine (runtime.Goexit)"}
	if a.making {
		a.reset(withReset(err))
		return
	}
	if a.endTurn(ev) {
		a.finish(ev, result{err: err})
	}
}

// panicError gives a panic as an error for the caller: panicking with an error
// throws it.
func panicError(p any) error {
	if err, ok := p.(error); ok {
		return err
	}
	return &durable.Error{Name: "Error", Message: text(p)}
}

// finish gives the event's result to whoever waits for it.
func (a *Actor) finish(ev *event, res result) {
	a.finished(ev, res)
	if live := res.payload.Live; live != nil && ev.reply != nil && ev.reply.users == 0 {
		live.Free()
	}
	if ev.after != nil {
		ev.after.leave()
	}
}

func (a *Actor) finished(ev *event, res result) {
	s := a.s
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(a.events, ev)
	ev.settleLocked(res)
	ev.traceEndLocked(res.err)
	if ev.last != nil {
		ev.last(nil)
	}
	ev.orphanLocked()
	a.used = s.Now()
	a.idleLocked()
}

// endTurn comes before every wait and behind the end of an event: it commits, and
// starts the tasks that the turn has begun.
func (a *Actor) endTurn(ev *event) bool {
	if !a.commit(ev) {
		return false
	}
	if len(a.begun) > 0 {
		a.s.mu.Lock()
		a.s.pushBegunLocked(a.begun)
		a.begun = nil
		a.s.mu.Unlock()
	}
	if len(a.leaving) > 0 {
		a.leave()
	}
	return true
}

// commit is the output gate: it commits what the turn wrote and then lets out
// the messages that it sent. It reports whether the object lives; a commit that
// fails resets it, and the messages never leave (rules 3.14, 3.15).
func (a *Actor) commit(ev *event) bool {
	if ev.trace == nil {
		return a.commitTurn(ev)
	}
	start, messages := a.s.Now(), len(a.outbox)
	wrote := a.store != nil && a.txn == nil && a.store.Dirty()
	lives := a.commitTurn(ev)
	ev.traceCommit(start, wrote, messages)
	return lives
}

func (a *Actor) commitTurn(ev *event) bool {
	if a.resetError() != nil {
		return false
	}
	messages := a.outbox
	a.outbox = nil
	if a.store != nil && a.txn == nil {
		dirty := a.ns.powerSafe && a.store.Dirty()
		if err := a.store.Commit(); err != nil {
			a.fault = true
			a.reset(a.commitError(err))
			return false
		}
		a.alarmCommitted()
		if dirty && !a.syncDisk(ev) {
			return false
		}
	}
	if len(messages) > 0 {
		a.s.mu.Lock()
		for _, m := range messages { // a request overtakes the calls of its turn (as recorded)
			if !m.call.isCall() {
				m.sendLocked()
			}
		}
		for _, m := range messages {
			if m.call.isCall() {
				m.sendLocked()
			}
		}
		a.s.mu.Unlock()
	}
	return true
}

// syncDisk waits, without the baton, until the commit survives a loss of power.
func (a *Actor) syncDisk(ev *event) bool {
	var err error
	st := a.store
	ev.leave(func() { err = st.Sync() })
	if err != nil {
		a.fault = true
		a.reset(a.commitError(err))
	}
	return a.resetError() == nil
}

// reset ends the actor with an error: calls in flight fail with it, uncommitted
// writes are dropped, waiting code is unwound, and the next stub makes a new
// actor (rule 2.15). The baton must be held, by whomever.
func (a *Actor) reset(err *durable.Error) {
	a.end(err)
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	for _, n := range a.s.spaces {
		for _, callee := range n.actors {
			callee.withdrawLocked(a)
		}
	}
}

// withdrawLocked drops the calls of a caller that is gone which have not been
// let in. One whose handler has begun runs to its end (as recorded).
func (a *Actor) withdrawLocked(caller *Actor) {
	for ev := range a.events {
		if ev.caller != caller || ev.entered {
			continue
		}
		ev.withdrawn = true
		ev.settleLocked(result{err: caller.broken})
		if ev.state == queued { // and not a constructor that runs for it
			ev.gone = true
			delete(a.events, ev)
			ev.traceEndLocked(caller.broken)
			a.idleLocked()
		}
	}
}

// end is reset without a word to other objects.
func (a *Actor) end(err *durable.Error) {
	s := a.s
	s.mu.Lock()
	if a.broken != nil {
		s.mu.Unlock()
		return
	}
	a.broken = err
	a.ns.dropLocked(a)
	for _, ev := range a.inOrderLocked() {
		if ev.thrown != nil {
			ev.settleLocked(*ev.thrown)
		}
		ev.settleLocked(result{err: err, reset: true, fault: a.fault})
		ev.traceEndLocked(err)
		if ev.at != nil {
			s.pushLocked(ev.at)
		}
	}
	for _, e := range a.waiting {
		if e.start == nil {
			e.state = parked
			s.pushLocked(e)
		}
	}
	for _, m := range a.outbox {
		if m.call != nil {
			m.call.settleLocked(result{err: err})
		}
	}
	a.goneLocked()
	a.waiting, a.outbox, a.begun, a.leaving = nil, nil, nil, nil
	a.loseSocketsLocked(true)
	for t := range a.pending {
		s.stopLocked(t)
	}
	s.stopLocked(a.idling)
	clear(a.pending)
	s.mu.Unlock()
	if a.cancel != nil {
		a.cancel(err)
	}
	if r, ok := a.inst.(host.Releaser); ok {
		r.Release()
	}
	a.closeStore()
}

func (a *Actor) closeStore() {
	if a.store == nil {
		return
	}
	a.store.Rollback()
	a.store.Close()
}

func (a *Actor) resetError() error {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	if a.broken == nil {
		return nil
	}
	return a.broken
}

func (a *Actor) label() string { return a.ns.Class() + "(" + a.displayName() + ")" }

func (a *Actor) displayName() string {
	if a.hasName {
		return a.name
	}
	return a.id.String()
}

// maxName is the length up to which an object knows its name (rule 1.36).
const maxName = 1024

func (a *Actor) storedName() string {
	if a.hasName && len(a.name) <= maxName {
		return a.name
	}
	return ""
}

func (a *Actor) logger() *slog.Logger {
	return a.ns.log.With("class", a.ns.Class(), "id", a.id.String())
}
