package emulator

import (
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"
)

// Option changes how [New] sets up an emulator. Of two options of one kind the
// later one counts.
type Option interface{ apply(*settings) }

type settings struct {
	stateDir    *string // nil: the default
	virtual     bool
	start       time.Time
	seed        uint64
	ordered     bool
	repeat      bool
	strict      bool
	userVersion bool
	powerSafe   bool
	logger      *slog.Logger
	outbound    http.RoundTripper
	also        []Worker
	fault       *Fault
	step        func(string)
	stuck       func(held time.Duration, report string)
	misuse      func(error)
	console     func(ConsoleMessage)
	uncaught    func(*UncaughtError)
	event       func(Event)
}

// StateDir is the directory that holds the objects' databases, in local
// workerd's layout (<dir>/v3/do/<unique key>/<id>.sqlite). A relative path
// starts at the configuration's folder. The default is ".dormouse/state" beside
// the configuration of the first Worker; those of [Also] share it. The
// files beside a database that end in -wal and -shm belong to it, also when
// nothing runs: copy all three.
//
// A class that one Worker transfers to another (M12, X12) keeps its objects:
//
//   - If both are on one state, nothing is moved, also by [New].
//   - If each has run on its own default one, [ApplyMigrations] of both, in
//     any order, moves the folder from the giver's to the taker's. New refuses to
//     start until then, since the giver may be about to run.
//   - If the taker was started before, without the giver, its class is empty;
//     as long as it is, ApplyMigrations of both brings the objects.
//   - A directory that was chosen, and that is not the default one of a Worker
//     given, takes nothing from elsewhere, so that a trial leaves the objects where
//     they are: a transfer of objects that are in the giver's own is an error.
//
// A folder is moved by renaming it. Where that is not possible, as between file
// systems, ApplyMigrations changes nothing, and its error says what to copy.
type StateDir string

func (d StateDir) apply(s *settings) { v := string(d); s.stateDir = &v }

// InMemory keeps all data in memory.
const InMemory StateDir = ""

// VirtualClock starts a clock that stands still until [Clock.Advance] moves it
// or until a call from outside waits and nothing else can run. The default is
// the real clock. The zero time starts it at [DefaultStart].
type VirtualClock struct{ Start time.Time }

// DefaultStart is where a virtual clock starts, so that runs repeat.
var DefaultStart = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

func (c VirtualClock) apply(s *settings) {
	s.virtual, s.start = true, c.Start
	if c.Start.IsZero() {
		s.start = DefaultStart
	}
}

// RealClock runs the emulator on package time, which inside a synctest bubble
// is the bubble's. It undoes an earlier [VirtualClock].
type RealClock struct{}

func (RealClock) apply(s *settings) { s.virtual = false }

// Seed makes the order of events that are ready at the same time a choice of
// that seed, and repeats all randomness, ids included. Calls of one stub keep
// their order. The default is first come, first served.
type Seed uint64

func (n Seed) apply(s *settings) { s.seed, s.ordered, s.repeat = uint64(n), true, true }

// Repeatable makes ids and other randomness the same in each run, in the
// default order of events.
type Repeatable bool

func (r Repeatable) apply(s *settings) { s.repeat = bool(r) }

// Strict checks with every use of storage that it comes from the goroutine that
// runs the object's turn. It costs about a microsecond each; with -race it is
// always on.
type Strict bool

func (v Strict) apply(s *settings) { s.strict = bool(v) }

// AllowUserVersion permits PRAGMA user_version, which the real runtime refuses
// although Cloudflare's guide uses it (rules 4.68, 16.5). Code that needs this
// option fails in production; keep the version in a table instead.
//
// The guide's TypeScript reads a column "version", which SQLite names
// user_version, so it always sees version 0: with the option its first instance
// migrates, and the next one fails with "duplicate column name".
type AllowUserVersion bool

func (v AllowUserVersion) apply(s *settings) { s.userVersion = bool(v) }

// PowerSafe makes every commit survive a loss of power before anything leaves
// the object. Without it commits survive the death of the process.
type PowerSafe bool

func (v PowerSafe) apply(s *settings) { s.powerSafe = bool(v) }

// Logger takes what objects and the runtime log. The default is
// [slog.Default].
func Logger(l *slog.Logger) Option { return option(func(s *settings) { s.logger = l }) }

// Outbound carries the requests of JavaScript's fetch and of
// [durable.Env.HTTPClient]. The default is a transport like
// [http.DefaultTransport] that asks for no compression by itself, as Cloudflare's
// runtime does not.
func Outbound(rt http.RoundTripper) Option { return option(func(s *settings) { s.outbound = rt }) }

// Also adds another Worker to the emulator, which bindings reach by
// script_name.
func Also(w Worker) Option { return option(func(s *settings) { s.also = append(s.also, w) }) }

// OnStuck is told of a turn that has been held for a second, and again after
// ten: code that blocks outside of durable.Await stops all objects. The default
// logs the report.
func OnStuck(fn func(held time.Duration, report string)) Option {
	return option(func(s *settings) { s.stuck = fn })
}

// OnMisuse is told of calls that make no sense and cannot return an error, such
// as advancing the real clock. The default logs them.
func OnMisuse(fn func(error)) Option { return option(func(s *settings) { s.misuse = fn }) }

type option func(*settings)

func (o option) apply(s *settings) { o(s) }

// Fault makes one storage operation fail; it is an [Option].
type Fault struct {
	n     int64
	seen  atomic.Int64
	fired atomic.Bool
}

// FailAt makes the n-th storage operation of the emulator fail, counted from 0:
// reads, writes and the steps of a commit. A sweep runs a scenario for n = 0, 1,
// … and ends when the fault did not fire.
func FailAt(n int) *Fault { return &Fault{n: int64(n)} }

func (f *Fault) apply(s *settings) { s.fault = f }

// Fired reports whether the operation came up.
func (f *Fault) Fired() bool { return f.fired.Load() }

func (f *Fault) check(op string) error {
	if f.seen.Add(1)-1 != f.n {
		return nil
	}
	f.fired.Store(true)
	return &FaultError{Op: op}
}

// FaultError is the error of the operation that a [Fault] made fail.
type FaultError struct{ Op string }

func (e *FaultError) Error() string { return "injected fault in storage operation " + e.Op }
