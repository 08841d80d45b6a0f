package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"sync"
	"sync/atomic"
	"time"
)

// Options says where an engine keeps its objects and what it takes from its surroundings.
type Options struct {
	// Dir is the root that holds a folder per unique key (…/v3/do). Empty: everything is kept in memory.
	Dir string
	// Now is the clock that SQL sees. Required.
	Now func() time.Time
	// Rand fills its argument for SQL's random() and randomblob(). Nil: SQLite's own generator.
	Rand func([]byte)
	// MaxOpen is how many connections may be open before the least recently used idle one is closed. 0: the smaller of
	// 1024 and an eighth of the process's limit of open files.
	MaxOpen int
	// PowerSafe makes a commit survive power loss once Sync has returned; without it commits survive kill -9.
	PowerSafe bool
	// AllowUserVersion permits PRAGMA user_version, which the real runtime refuses.
	AllowUserVersion bool
	// ReadOnly reads the folder of another process, which may run objects on it meanwhile: nothing is written there, and
	// every store is one snapshot, taken at its first use. Writes fail with ErrReadOnly.
	ReadOnly bool
	// Fault, if not nil, is called before each storage operation and step; its error makes that one fail. The
	// operations: open, exec, next, get, put, delete, list, get-alarm, set-alarm, delete-alarm, bookmark, delete-all,
	// savepoint, release; the steps within them: begin, commit, alarm-row, replace, sync.
	Fault func(op string) error
	// Step, if not nil, is called between the durable steps of a commit.
	Step func(step string)
}

// Engine holds the storage of all objects of one emulator. Its methods may be called from any goroutine.
type Engine struct {
	opts  Options
	vfs   *vfs
	lock  *os.File
	clock atomic.Int64 // grows with every use of a store; orders them by last use

	mu         sync.Mutex // guards the fields below
	namespaces map[string]*Namespace
	open       map[*Store]struct{} // stores that have a connection
	closed     bool
}

// New opens the root folder, which no other process may then use for running objects, or starts in memory.
func New(opts Options) (*Engine, error) {
	if opts.Now == nil {
		return nil, errors.New("store: Options.Now is required")
	}
	if opts.MaxOpen <= 0 {
		opts.MaxOpen = min(1024, max(8, openFileLimit()/8))
	}
	e := &Engine{opts: opts, namespaces: make(map[string]*Namespace), open: make(map[*Store]struct{})}
	if opts.Dir != "" && !opts.ReadOnly {
		if err := os.MkdirAll(opts.Dir, 0o700); err != nil {
			return nil, fileError("create", opts.Dir, err)
		}
		lock, err := lockDir(opts.Dir)
		if err != nil {
			return nil, err
		}
		e.lock = lock
	}
	v, err := registerVFS(opts.Now)
	if err != nil {
		if e.lock != nil {
			_ = e.lock.Close()
		}
		return nil, err
	}
	e.vfs = v
	return e, nil
}

// Namespace is the storage of one class under its unique key. The flag only travels with it: SQL is refused to
// KV-backed classes by the caller (13.1).
func (e *Engine) Namespace(uniqueKey string, sqlEnabled bool) *Namespace {
	e.mu.Lock()
	defer e.mu.Unlock()
	if n := e.namespaces[uniqueKey]; n != nil {
		return n
	}
	n := &Namespace{eng: e, key: uniqueKey, sqlEnabled: sqlEnabled, stores: make(map[string]*Store)}
	if uniqueKey == "" || uniqueKey == "." || uniqueKey == ".." || filepath.Base(uniqueKey) != uniqueKey {
		n.invalid = fmt.Errorf("unique key %q cannot name a folder", uniqueKey)
	}
	if e.opts.Dir != "" {
		n.dir = filepath.Join(e.opts.Dir, uniqueKey)
	} else {
		n.images = make(map[string][]byte)
		n.rows = make(map[string]alarmRow)
	}
	e.namespaces[uniqueKey] = n
	return n
}

// Crash drops everything uncommitted and closes what a killed process would leave open. Committed data stays, in
// memory too. Stores can be used on; their cursors and iterators have ended.
func (e *Engine) Crash() {
	for _, n := range e.all() {
		n.crash()
	}
}

// Close ends all stores without committing and gives the folder back. Calling it twice is fine.
func (e *Engine) Close() error {
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		return nil
	}
	e.closed = true
	e.mu.Unlock()
	for _, n := range e.all() {
		n.close()
	}
	e.vfs.unregister()
	if e.lock != nil {
		return e.lock.Close()
	}
	return nil
}

func (e *Engine) all() []*Namespace {
	e.mu.Lock()
	defer e.mu.Unlock()
	list := make([]*Namespace, 0, len(e.namespaces))
	for _, n := range e.namespaces {
		list = append(list, n)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].key < list[j].key })
	return list
}

// fault asks the injected fault, if any.
func (e *Engine) fault(op string) error {
	if e.opts.Fault == nil {
		return nil
	}
	if err := e.opts.Fault(op); err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	return nil
}

func (e *Engine) step(name string) {
	if e.opts.Step != nil {
		e.opts.Step(name)
	}
}

// admit makes room for the connection of s, whose mutex the caller holds, and counts it as open.
func (e *Engine) admit(s *Store) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return ErrClosed
	}
	for len(e.open) >= e.opts.MaxOpen && e.evictLocked() {
	}
	e.open[s] = struct{}{}
	return nil
}

// evictLocked closes the idle connection that was used longest ago. Busy stores stay: the limit is a wish. A store in
// use is never waited for, so holding two stores' mutexes cannot deadlock.
func (e *Engine) evictLocked() bool {
	var oldest *Store
	for s := range e.open {
		if oldest == nil || s.used.Load() < oldest.used.Load() {
			oldest = s
		}
	}
	if e.tryEvictLocked(oldest) {
		return true
	}
	candidates := make([]*Store, 0, len(e.open))
	for s := range e.open {
		candidates = append(candidates, s)
	}
	sort.Slice(candidates, func(i, j int) bool { return candidates[i].used.Load() < candidates[j].used.Load() })
	return slices.ContainsFunc(candidates, e.tryEvictLocked)
}

func (e *Engine) tryEvictLocked(s *Store) bool {
	if !s.mu.TryLock() {
		return false
	}
	defer s.mu.Unlock()
	if !s.idle() || s.hibernate() != nil {
		return false
	}
	delete(e.open, s)
	return true
}

func (e *Engine) dismiss(s *Store) {
	e.mu.Lock()
	delete(e.open, s)
	e.mu.Unlock()
}
