package actor

import (
	"context"
	"time"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/emulator/internal/host"
)

// alarm is the schedule of one object's alarm. It is guarded by the scheduler's
// mutex; the record in the object's database is the truth.
type alarm struct {
	name    string // of the object, as far as known (rule 1.38)
	hasName bool
	at      int64 // ms; the time that was set
	retries int   // failed runs that count
	faults  int   // failed runs that were not the application's fault
	timer   *timer
	running bool
	overdue bool // fell due again while running
}

// alarmRun is an alarm handler in progress, owned by the turn.
type alarmRun struct {
	at int64
	// changed: the handler, or an event beside it, set or deleted the alarm, so
	// that the end of the run leaves it alone.
	changed bool
}

// maxRetries is how often a failed alarm runs again (rule 7.27).
const maxRetries = 6

// LoadAlarms schedules the alarms that storage knows of; overdue ones fire at
// once (rules 7.24, 12.14).
func (n *Namespace) LoadAlarms() error {
	records, err := n.store.Alarms()
	if err != nil {
		return err
	}
	n.s.mu.Lock()
	defer n.s.mu.Unlock()
	for _, r := range records {
		id, err := parseID(r.ID)
		if err != nil {
			continue
		}
		al := n.scheduleLocked(id, r.Time, 0)
		al.name, al.hasName = r.Name, r.Name != ""
	}
	n.s.kickLocked()
	return nil
}

// scheduleLocked sets the time at which the alarm runs, delay after it.
func (n *Namespace) scheduleLocked(id ID, ms int64, delay time.Duration) *alarm {
	al := n.alarms[id]
	if al == nil {
		al = &alarm{}
		n.alarms[id] = al
	}
	n.s.stopLocked(al.timer)
	al.at, al.overdue = ms, false
	at := time.UnixMilli(ms)
	if delay > 0 {
		at = n.s.Now().Add(delay)
	}
	al.timer = n.s.atLocked(at, "alarm of "+n.Class()+"("+n.nameLocked(id)+")", func() { n.fireLocked(id, al) })
	return al
}

func (n *Namespace) nameLocked(id ID) string {
	if a := n.actors[id]; a != nil {
		return a.displayName()
	}
	return id.String()
}

func (n *Namespace) forgetLocked(id ID) {
	if al := n.alarms[id]; al != nil {
		n.s.stopLocked(al.timer)
		if !al.running {
			delete(n.alarms, id)
		}
	}
}

// alarmCommitted tells the schedule what a commit did to the alarm.
func (a *Actor) alarmCommitted() {
	if !a.alarmDirty {
		return
	}
	a.alarmDirty = false
	ms, ok, err := a.store.Alarm()
	if err != nil {
		// A delivery that finds the alarm not due puts the schedule right.
		a.ns.log.Error("reading the alarm", "class", a.ns.Class(), "id", a.id.String(), "error", err)
		ms, ok = a.s.Now().UnixMilli(), true
	}
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	if !ok {
		a.ns.forgetLocked(a.id)
		return
	}
	al := a.ns.scheduleLocked(a.id, ms, 0)
	al.retries, al.faults = 0, 0
	al.name, al.hasName = a.name, a.hasName
}

// fireLocked delivers an alarm. The handler of one object never runs twice at
// a time (rule 7.19).
func (n *Namespace) fireLocked(id ID, al *alarm) {
	if al.running {
		al.overdue = true
		return
	}
	al.running = true
	a := n.actorLocked(id, al.name, al.hasName)
	at, retries := al.at, al.retries
	ev := newEvent(a, "alarm", nil, func(a *Actor, ev *event) result { return a.runAlarm(ev, at, retries) },
		func(r result) { n.firedLocked(id, al, at, r) })
	a.submitLocked(ev)
}

// runAlarm is the alarm event (rules 7.16, 7.26).
func (a *Actor) runAlarm(ev *event, at int64, retries int) result {
	ms, ok, err := a.store.Alarm()
	switch {
	case err != nil:
		return result{err: err, fault: true}
	case !ok:
		return result{}
	case ms > a.s.Now().UnixMilli():
		a.s.mu.Lock()
		a.ns.scheduleLocked(a.id, ms, 0)
		a.s.mu.Unlock()
		return result{}
	case !a.ns.class.HandlesAlarm():
		a.ns.log.Warn("Attempted to run a scheduled alarm without a handler, did you remember to export an alarm() function?",
			"class", a.ns.Class(), "id", a.id.String())
		a.alarmDirty = true
		return result{err: a.store.DeleteAlarm()}
	}
	run := &alarmRun{at: ms}
	a.alarm = run
	limit := a.limitAlarm()
	res := a.protect(ev, func() result {
		return result{err: a.inst.Alarm(ev.context(), host.AlarmInfo{ScheduledTime: time.UnixMilli(at).UTC(), RetryCount: retries})}
	})
	a.s.stop(limit)
	if a.resetError() != nil {
		return res
	}
	a.alarm = nil
	switch {
	case res.err == nil:
	case run.changed:
		return result{} // replaced or deleted: there is nothing to retry
	default:
		a.ns.log.Error("alarm failed", "class", a.ns.Class(), "id", a.id.String(), "retryCount", retries, "error", res.err)
	}
	if !run.changed && (res.err == nil || retries >= maxRetries) {
		a.alarmDirty = true
		if err := a.store.DeleteAlarm(); err != nil {
			return result{err: err}
		}
	}
	return res
}

// errAlarmTooLong is the failure of a run of more than 15 minutes (rule 7.25).
var errAlarmTooLong = &durable.Error{Name: "Error", Message: "Alarm exceeded its allowed execution time", Reset: true}

func (a *Actor) limitAlarm() *timer {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	return a.s.afterLocked(15*time.Minute, "limit of the alarm handler of "+a.label(), func() {
		a.s.pushLocked(&entry{start: func() { a.reset(errAlarmTooLong) }})
	})
}

// firedLocked plans what follows a run: a retry after a failure (rules 7.27,
// 7.28, 7.37), or nothing.
func (n *Namespace) firedLocked(id ID, al *alarm, at int64, r result) {
	s := n.s
	al.running = false
	if s.closing || n.alarms[id] != al {
		return
	}
	replaced := al.timer != nil && (al.timer.index >= 0 || al.overdue)
	switch {
	case al.overdue:
		al.overdue = false
		n.fireLocked(id, al)
	case replaced:
	case r.err == nil:
		delete(n.alarms, id)
	case al.retries >= maxRetries && !r.fault:
		delete(n.alarms, id)
		if r.reset {
			n.clearLocked(id, at)
		}
	default:
		n.retryLocked(id, al, at, r)
	}
}

// clearLocked removes the record of an alarm whose last run ended in a reset,
// so that nothing of that run could remove it.
func (n *Namespace) clearLocked(id ID, at int64) {
	a := n.actorLocked(id, "", false)
	a.submitLocked(newEvent(a, "alarm", nil, func(a *Actor, _ *event) result {
		if ms, ok, err := a.store.Alarm(); err != nil || !ok || ms != at {
			return result{err: err}
		}
		a.alarmDirty = true
		return result{err: a.store.DeleteAlarm()}
	}, nil))
}

func (n *Namespace) retryLocked(id ID, al *alarm, at int64, r result) {
	exp := &al.retries
	if r.fault {
		exp = &al.faults
	}
	*exp++
	delay := time.Duration(1<<min(*exp, 10)) * time.Second
	delay += time.Duration(float64(delay) * n.s.randomLocked() / 4)
	n.scheduleLocked(id, at, delay)
}

// RunAlarm runs the alarm of an object at once, if one is set: it is removed
// first, and an error of the handler is the result (rule 16.7).
func (st *stub) runAlarm() (ran bool, err error) {
	m := control{name: "alarm", fn: func(a *Actor, ev *event) result {
		ms, ok, err := a.store.Alarm()
		if err != nil || !ok {
			return result{err: err, value: false}
		}
		a.alarmDirty = true
		if err := a.store.DeleteAlarm(); err != nil {
			return result{err: err, value: false}
		}
		if !a.ns.class.HandlesAlarm() {
			return result{value: true}
		}
		err = a.inst.Alarm(ev.context(), host.AlarmInfo{ScheduledTime: time.UnixMilli(ms).UTC()})
		return result{value: true, err: err}
	}}
	p, err := send(context.Background(), st, m)
	if err != nil {
		return false, err
	}
	r, err := p.waitOutside(context.Background())
	if err != nil {
		return false, err
	}
	ran, _ = r.value.(bool)
	return ran, r.err
}
