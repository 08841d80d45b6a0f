package actor

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// Scheduler hands the baton of one emulator from turn to turn and owns its
// clock. It is safe for concurrent use.
type Scheduler struct {
	opts Options
	// current is the event that holds the baton. It is written by whoever hands
	// the baton on and read by storage calls, which it lets in or not.
	current atomic.Pointer[event]
	client  atomic.Uint64 // the goroutine of the client that holds the baton, or 0
	now     atomic.Int64  // the virtual clock, ns since the epoch; 0: the real one

	mu      sync.Mutex // guards all below
	held    bool       // somebody holds the baton
	handed  uint64     // how often the baton was handed on, for the watchdog
	ready   queue
	rng     *rand.Rand // chooses from ready; nil: first come, first served
	noise   *rand.ChaCha8
	outside int // bodies of Await, and other work, that run without the baton
	timers  timerHeap
	upkeep  timerHeap // timers that nobody waits for: evictions
	alarmer *time.Timer
	advance []*advance
	still   int // deadlines that fired since virtual time moved
	roots   map[*root]struct{}
	links   map[*link]struct{}
	// accepted and rooted count events and roots: what happens to all of them
	// happens in their order.
	accepted, rooted uint64
	numbered         uint64 // ends that tools know by a number
	spaces           []*Namespace
	pool             []chan *entry // goroutines that wait for work
	workers          sync.WaitGroup
	watch            watchdog
	closing          bool // nothing new is let in, and the clock stands still
	closed           bool // everything that was there is unwound, or on its way
}

// Options configures a [Scheduler].
type Options struct {
	// Virtual makes the clock virtual, starting at Start.
	Virtual bool
	Start   time.Time
	// Seed makes the order of ready events a choice, if Ordered is set, and
	// all randomness repeatable, if Repeat is set.
	Seed    uint64
	Ordered bool
	Repeat  bool
	// Strict checks with every use of storage that the goroutine is the one
	// that holds the turn.
	Strict bool
	// Stuck is called once for each turn that has been held for a second, and
	// again after ten, with a report.
	Stuck func(held time.Duration, report string)
	// Trace, when set, is called when an event of an object begins and when it is
	// over, with the scheduler's lock held: it must not call back.
	Trace func(Trace)
}

// NewScheduler makes a scheduler; Close ends it.
func NewScheduler(o Options) *Scheduler {
	s := &Scheduler{opts: o, roots: map[*root]struct{}{}, links: map[*link]struct{}{}}
	if o.Virtual {
		s.now.Store(o.Start.UnixNano())
	}
	var key [32]byte
	if o.Repeat {
		for i := range 8 {
			key[i] = byte(o.Seed >> (8 * i))
		}
	} else {
		for i := range key {
			key[i] = byte(rand.Uint32())
		}
	}
	s.noise = rand.NewChaCha8(key)
	if o.Ordered {
		s.rng = rand.New(rand.NewPCG(o.Seed, 0x9e3779b97f4a7c15))
	}
	return s
}

// entry is code that waits for the baton: an event that has not begun, or one
// that is parked in the middle.
type entry struct {
	ev    *event
	start func()        // begins on a goroutine of the pool; nil if parked
	wake  chan struct{} // resumes the parked goroutine
	order any           // ready entries of one order keep their order
	timer bool          // of a timer of the object: see Actor.admits
	first bool          // goes before all others, whatever a seed would choose
	// latched: a latch let it go on, which comes before what the turn has begun.
	latched bool
	gone    bool // nobody waits for it any more
	// client is the goroutine of a client, or 0.
	client uint64
	state  entryState
}

type entryState uint8

const (
	parked entryState = iota // not in a queue
	queued                   // in ready, or kept out by its object's gate
	given                    // has, or had, the baton
)

// push makes e ready. It does nothing for an entry that already is, so a timer
// and a reset may both wake the same one.
func (s *Scheduler) pushLocked(e *entry) {
	if e.state != parked {
		return
	}
	e.state = queued
	s.ready.push(e)
}

// pushFirstLocked makes entries ready before all others, for what in JavaScript
// would be a continuation within the turn.
func (s *Scheduler) pushFirstLocked(es []*entry) {
	first := make([]*entry, 0, len(es))
	for _, e := range es {
		if e.state == parked {
			e.state, e.first = queued, true
			first = append(first, e)
		}
	}
	s.ready.pushFront(first)
}

// pushBegunLocked makes the tasks of a turn ready: before all others, and behind
// the code whose wait the turn has ended (as recorded: what waits for a critical
// section goes on before a section that was begun in it).
func (s *Scheduler) pushBegunLocked(es []*entry) {
	n := 0
	for n < s.ready.len() && s.ready.at(n).latched && s.ready.at(n).first {
		n++
	}
	latched := make([]*entry, 0, n)
	for range n {
		latched = append(latched, s.ready.take(0))
	}
	s.pushFirstLocked(es)
	s.ready.pushFront(latched)
}

// kickLocked hands the baton on if nobody holds it.
func (s *Scheduler) kickLocked() {
	if !s.held {
		s.handOnLocked()
	}
}

// handOnLocked gives the baton to the next entry, or to nobody.
func (s *Scheduler) handOnLocked() {
	e := s.nextLocked()
	s.takeLocked(e)
	s.wakeLocked(e)
}

func (s *Scheduler) takeLocked(e *entry) {
	s.held = e != nil
	s.handed++
	if e == nil {
		s.current.Store(nil)
		s.client.Store(0)
		return
	}
	e.state = given
	s.current.Store(e.ev)
	s.client.Store(e.client)
	s.watchLocked()
}

// nextLocked takes the entry that is to run next from the queue. When there is
// none it lets virtual time pass, if it may.
func (s *Scheduler) nextLocked() *entry {
	for {
		for s.ready.len() > 0 {
			e := s.ready.take(s.chooseLocked())
			if e.gone {
				continue
			}
			if e.ev == nil || e.ev.actor == nil || e.ev.actor.admitsLocked(e) {
				return e
			}
		}
		if !s.passTimeLocked() {
			return nil
		}
	}
}

func (s *Scheduler) chooseLocked() int {
	n := s.ready.len()
	if s.rng == nil || n == 1 || s.ready.at(0).first {
		return 0
	}
	i := s.rng.IntN(n)
	order := s.ready.at(i).order
	if order == nil {
		return i
	}
	for j := range i {
		if s.ready.at(j).order == order {
			return j
		}
	}
	return i
}

// work is a goroutine of the pool: it runs entries until the pool is closed.
func (s *Scheduler) work(e *entry) {
	defer s.workers.Done()
	in := make(chan *entry, 1)
	for e != nil {
		s.run(e)
		s.mu.Lock()
		e = s.nextLocked()
		s.takeLocked(e)
		switch {
		case e != nil && e.start != nil: // goes on with it without a switch
			s.mu.Unlock()
			continue
		case e != nil:
			e.wake <- struct{}{}
		}
		if s.closed {
			s.mu.Unlock()
			return
		}
		s.pool = append(s.pool, in)
		s.mu.Unlock()
		e = <-in
	}
}

// run runs an entry to its end. A handler that ends its goroutine with
// runtime.Goexit takes the worker with it, so the baton is handed on here.
func (s *Scheduler) run(e *entry) {
	done := false
	defer func() {
		if done {
			return
		}
		if p := recover(); p != nil {
			panic(p) // a fault of ours: the lock may be held
		}
		s.mu.Lock()
		s.handOnLocked()
		s.mu.Unlock()
	}()
	e.start()
	done = true
}

// parkLocked hands the baton on and returns when e has it, without the lock.
func (s *Scheduler) parkLocked(e *entry) {
	next := s.nextLocked()
	if next == e {
		s.takeLocked(e)
		s.mu.Unlock()
		return
	}
	s.takeLocked(next)
	s.wakeLocked(next)
	s.mu.Unlock()
	<-e.wake
}

// wakeLocked lets the new holder of the baton go on.
func (s *Scheduler) wakeLocked(e *entry) {
	switch {
	case e == nil:
	case e.start == nil:
		e.wake <- struct{}{}
	case len(s.pool) > 0:
		w := s.pool[len(s.pool)-1]
		s.pool = s.pool[:len(s.pool)-1]
		w <- e
	default:
		s.workers.Add(1)
		go s.work(e)
	}
}

// heldHere reports whether the calling goroutine is one of a test's that holds
// the baton.
func (s *Scheduler) heldHere() bool {
	owner := s.client.Load()
	if ev := s.current.Load(); ev != nil {
		owner = ev.owner
	}
	return owner != 0 && owner == goroutineID()
}

// Do runs fn with the baton and waits for it: for control from outside.
func (s *Scheduler) Do(fn func()) error {
	if s.heldHere() {
		return errHeld
	}
	done := make(chan struct{})
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		fn()
		return nil
	}
	s.pushLocked(&entry{start: func() {
		defer close(done)
		fn()
	}})
	s.kickLocked()
	s.mu.Unlock()
	<-done
	return nil
}

// release hands the baton on.
func (s *Scheduler) release() {
	s.mu.Lock()
	s.handOnLocked()
	s.mu.Unlock()
}

// Random fills p from the emulator's seed.
func (s *Scheduler) Random(p []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.noise.Read(p) // never fails
}

// randomLocked gives a number in [0, 1).
func (s *Scheduler) randomLocked() float64 { return float64(s.noise.Uint64()>>11) / (1 << 53) }

// client is code outside of all objects that takes part in the scheduler's
// order: it holds the baton between its calls.
type client struct{ s *Scheduler }

type clientKey struct{}

// Clients runs n clients, one goroutine each, whose order the scheduler
// decides, and waits for them.
func (s *Scheduler) Clients(ctx context.Context, n int, fn func(ctx context.Context, i int)) {
	var wg sync.WaitGroup
	ctx = s.Context(context.WithValue(ctx, clientKey{}, &client{s}))
	s.mu.Lock()
	s.outside++ // keeps time still until all are ready
	for i := range n {
		e := &entry{wake: make(chan struct{}, 1)}
		s.pushLocked(e)
		wg.Add(1)
		go func() {
			defer wg.Done()
			<-e.wake
			s.client.Store(goroutineID())
			defer s.release()
			fn(ctx, i)
		}()
	}
	s.outside--
	s.kickLocked()
	s.mu.Unlock()
	wg.Wait()
}

// queue is a list of entries that is mostly used first in, first out.
type queue struct {
	entries []*entry
	head    int
}

func (q *queue) len() int        { return len(q.entries) - q.head }
func (q *queue) at(i int) *entry { return q.entries[q.head+i] }

func (q *queue) push(e *entry) {
	if q.head > 0 && q.head == len(q.entries) {
		q.entries, q.head = q.entries[:0], 0
	}
	q.entries = append(q.entries, e)
}

func (q *queue) pushFront(es []*entry) {
	if len(es) == 0 {
		return
	}
	rest := q.entries[q.head:]
	q.entries, q.head = append(append(make([]*entry, 0, len(es)+len(rest)), es...), rest...), 0
}

func (q *queue) take(i int) *entry {
	k := q.head + i
	e := q.entries[k]
	copy(q.entries[q.head+1:k+1], q.entries[q.head:k])
	q.entries[q.head] = nil
	q.head++
	return e
}
