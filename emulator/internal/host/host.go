package host

import (
	"context"
	"log/slog"
	"net/http"
	"time"
)

// Object is one Durable Object as its own code sees it. Its methods may be
// called only by code that holds the object's turn; the context is the one that
// the event's handler was given.
type Object interface {
	Info() Info
	Now() time.Time
	Logger() *slog.Logger
	Storage() Storage
	Sockets() Sockets

	// Abort resets the object with that error and unwinds the caller; it never
	// returns.
	Abort(reason error)
	// Go starts work of the object beside its events.
	Go(fn func(context.Context) error) Task
	// WaitUntil is Go for work that nobody waits for: its error is logged.
	WaitUntil(fn func(context.Context) error)
	// AfterFunc runs fn as an event of its own once d has passed.
	AfterFunc(d time.Duration, fn func(context.Context)) (stop func() bool)

	// Latch gives a wait that other code of the emulator ends; what is waited
	// for stands in reports.
	Latch(what string) Latch
	// Await runs fn without the turn.
	Await(ctx context.Context, fn func(context.Context) error) error
	Sleep(ctx context.Context, d time.Duration) error
	// Later lets the code of a call return before its result is there; what is
	// waited for stands in reports.
	Later(what string) Continuation
	// Export lets others call a target, until nobody holds it or the instance ends.
	Export(t Target) Capability
	// Import gives this object the use of a capability that it was sent.
	Import(c Capability) Stub
	// Pipe makes a stream to send away: for the receiver to read, or, as a sink,
	// to write.
	Pipe(label string, sink bool) Stream
	// Block runs fn as a critical section; its error resets the object.
	Block(ctx context.Context, fn func(context.Context) error) error
	// Transaction runs fn as a critical section inside a storage transaction;
	// its error rolls back.
	Transaction(ctx context.Context, fn func(context.Context, Txn) error) error
	// Sync ends the turn and returns when all its writes are durable.
	Sync(ctx context.Context) error
}

// Txn is the handle of a running storage transaction.
type Txn interface {
	// Use reports why the named operation may not be used any more, or nil.
	Use(op string) error
	Rollback() error
}

// Task is work started by [Object.Go].
type Task interface {
	Wait(ctx context.Context) error
}

// Latch lets the code of one turn wait for that of another.
type Latch interface {
	// Wait ends the turn unless the latch is open, and returns once it is.
	Wait(ctx context.Context) error
	// Open lets Wait return, before all else that is ready. Opening it again does
	// nothing.
	Open()
}

// Info says which object it is.
type Info struct {
	Class   string
	ID      [32]byte
	Name    string
	HasName bool
	// Key is the unique key of the object's namespace.
	Key string
	// SQL reports whether the class is SQLite-backed.
	SQL bool
}

// Storage is one object's database.
type Storage interface {
	Exec(query string, args []any) (Cursor, error)
	DatabaseSize() (int64, error)

	Get(key string) (value []byte, ok bool, err error)
	Put(entries ...Entry) error
	Delete(keys ...string) (int, error)
	List(ListOptions) (Iterator, error)

	// Alarm gives the time of the alarm in milliseconds since the epoch.
	Alarm() (ms int64, ok bool, err error)
	SetAlarm(ms int64) error
	DeleteAlarm() error

	TransactionSync(fn func() error) error
	DeleteAll() error

	// NextBookmark gives the object's bookmark counter and counts it up.
	NextBookmark() (int64, error)
}

// Entry is one key with its value, a structured clone.
type Entry struct {
	Key   string
	Value []byte
}

// ListOptions selects keys; the zero value selects all of them.
type ListOptions struct {
	Start, StartAfter, End, Prefix  string
	HasStart, HasStartAfter, HasEnd bool
	Reverse                         bool
	Limit                           int // 0: no limit
}

// Iterator walks over a range of keys in order.
type Iterator interface {
	Next() (e Entry, ok bool, err error)
}

// Cursor walks over the rows of a query.
type Cursor interface {
	// Next gives the next row; the slice is the caller's to keep.
	Next() (row []any, ok bool, err error)
	Columns() []string
	RowsRead() int64
	RowsWritten() int64
	// Err reports why the cursor ended before its last row, or nil.
	Err() error
	// Done reports whether no row is left.
	Done() bool
	// Close drops the rows that are left.
	Close()
}

// Env is what a Worker's configuration gives to its code.
type Env interface {
	Now() time.Time
	Namespace(binding string) (Namespace, error)
	// Exported gives the namespace of a class of the Worker's own, bound or not.
	Exported(class string) (Namespace, error)
	// Entrypoint reaches an entrypoint of a Worker; an empty script is the own
	// one. Every call makes an instance of it, which gets props, a structured clone
	// or nil.
	Entrypoint(script, name string, props []byte) (Stub, error)
	// Var gives a variable as JSON.
	Var(name string) (value []byte, ok bool)
	// Transport sends requests to the outside.
	Transport() http.RoundTripper
}

// Namespace is the set of objects of one class.
type Namespace interface {
	Info() NamespaceInfo
	Random(p []byte)
	// Stub starts nothing; the object wakes at the stub's first call.
	Stub(id [32]byte, name string, hasName bool) Stub
}

// NamespaceInfo names a namespace.
type NamespaceInfo struct {
	Binding string
	Class   string
	Key     string
}

// Class makes instances.
type Class interface {
	Name() string
	// HandlesAlarm reports whether instances have an alarm handler.
	HandlesAlarm() bool
	// Err reports why the class cannot be used, or nil.
	Err() error
	New(ctx context.Context, obj Object, env Env) (Instance, error)
}

// Instance is one object in memory. Its methods are events: each is called with
// the turn held and a context that carries the event. One with handlers for
// WebSockets is a [SocketInstance] too.
type Instance interface {
	// Call is an RPC. Its error may be [ErrLater].
	Call(ctx context.Context, call Call) (Payload, error)
	// Follow is a call of a member of what Call gave before, which the caller made
	// without waiting for it. The payload is still the caller's.
	Follow(ctx context.Context, result Payload, call Call) (Payload, error)
	// Fetch answers a request; w is an Upgrader.
	Fetch(w http.ResponseWriter, req *http.Request)
	Alarm(ctx context.Context, info AlarmInfo) error
	// Value is the user's own value: the Go instance, or a handle of the
	// JavaScript one.
	Value() any
}

// ScheduledInstance is an [Instance] of a Worker's entry that cron triggers may
// reach.
type ScheduledInstance interface {
	// Scheduled runs the handler and then what it gave to waitUntil. noRetry
	// tells that the handler asked not to be called again for this time.
	Scheduled(ctx context.Context, info ScheduledInfo) (noRetry bool, err error)
}

// ScheduledInfo describes one run of a cron trigger.
type ScheduledInfo struct {
	Cron string
	Time time.Time
}

// Releaser is an [Instance] that keeps memory which is not Go's. Release is
// called once, with the baton held, when the object's instance is dropped: by an
// eviction, a reset or the end of the emulator.
type Releaser interface{ Release() }

// AlarmInfo describes one run of an alarm handler.
type AlarmInfo struct {
	ScheduledTime time.Time
	RetryCount    int
}

type objectKey struct{}

// ContextKey is the key under which a context carries the [Object] whose event
// it belongs to.
var ContextKey any = objectKey{}

type sleepKey struct{}

// WithSleep gives a context for code outside of all objects, by which it can
// sleep on the emulator's clock.
func WithSleep(ctx context.Context, sleep func(context.Context, time.Duration) error) context.Context {
	return context.WithValue(ctx, sleepKey{}, sleep)
}

// SleepFrom gives what [WithSleep] put in.
func SleepFrom(ctx context.Context) (func(context.Context, time.Duration) error, bool) {
	sleep, ok := ctx.Value(sleepKey{}).(func(context.Context, time.Duration) error)
	return sleep, ok
}

// FromContext gives the object whose event ctx belongs to.
func FromContext(ctx context.Context) (Object, bool) {
	obj, ok := ctx.Value(ContextKey).(Object)
	return obj, ok
}
