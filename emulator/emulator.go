package emulator

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/emulator/internal/actor"
	"github.com/dormouse-do/dormouse/emulator/internal/host"
	"github.com/dormouse-do/dormouse/emulator/internal/js"
	"github.com/dormouse-do/dormouse/emulator/internal/statedir"
	"github.com/dormouse-do/dormouse/emulator/internal/store"
	"github.com/dormouse-do/dormouse/wranglercfg/bundle"
)

// Emulator runs the objects of one or more Workers. It is safe for concurrent
// use; [Emulator.Close] ends it.
type Emulator struct {
	network  *http.Transport // the default way to the outside
	set      settings
	specs    []Worker // what New was given
	sched    *actor.Scheduler
	engine   *store.Engine
	dir      *statedir.Dir
	live     atomic.Pointer[deployment]
	starting atomic.Pointer[deployment] // whose global scopes run

	deploying sync.Mutex                  // guards the next two, and is held while code is put in place
	spaces    map[string]*actor.Namespace // by unique key
	builders  map[builderKey]*bundle.Builder

	opened  sync.Mutex // guards scripts
	scripts map[*js.Worker]struct{}
}

// New starts an emulator. It fails, with file and line where there is one, for
// a configuration or migration that cannot be run, for a bound class that
// nothing provides, for a Go class that the configuration does not name, for
// code of main that cannot be bundled or throws in its global scope, and for a
// state directory that another process uses.
func New(w Worker, opts ...Option) (*Emulator, error) {
	network := http.DefaultTransport.(*http.Transport).Clone()
	network.DisableCompression = true // the runtime asks for none by itself, and shows what it gets
	set := settings{logger: slog.Default(), outbound: network}
	for _, o := range opts {
		o.apply(&set)
	}
	em := &Emulator{
		set: set, network: network, specs: append([]Worker{w}, set.also...),
		spaces: map[string]*actor.Namespace{}, scripts: map[*js.Worker]struct{}{},
	}
	em.sched = actor.NewScheduler(actor.Options{
		Virtual: set.virtual, Start: set.start,
		Seed: set.seed, Ordered: set.ordered, Repeat: set.repeat,
		Strict: set.strict, Stuck: em.stuck, Trace: traceFunc(set.event),
	})
	if err := em.start(); err != nil {
		return nil, errors.Join(err, em.Close())
	}
	return em, nil
}

func (em *Emulator) start() error {
	d, err := em.read()
	if err != nil {
		return err
	}
	path, err := stateDirOf(em.set.stateDir, d.workers[0].cfg)
	if err != nil {
		return err
	}
	em.dir = statedir.At(path)
	if em.engine, err = store.New(em.storeOptions(em.dir.Objects())); err != nil {
		return err
	}
	return em.deploy(d, false)
}

func (em *Emulator) storeOptions(objects string) store.Options {
	o := store.Options{
		Dir: objects,
		Now: em.sched.Now, PowerSafe: em.set.powerSafe, AllowUserVersion: em.set.userVersion, Step: em.set.step,
	}
	if em.set.repeat {
		o.Rand = em.sched.Random
	}
	if f := em.set.fault; f != nil {
		o.Fault = f.check
	}
	return o
}

// Namespace gives the namespace of a binding of the first Worker, for code
// outside of all objects. A binding that the configuration lacks gives a
// namespace whose every call fails and names the ones that exist.
func (em *Emulator) Namespace(binding string) *durable.Namespace {
	return em.Env().Namespace(binding)
}

// Env gives the environment of the first Worker, for code outside of all
// objects.
func (em *Emulator) Env() *durable.Env { return durable.NewEnv(em.live.Load().workers[0].env(em, nil)) }

// Handler gives the first Worker's entry: always that of the code that is in
// place when a request comes.
func (em *Emulator) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		ctx := host.WithUpgrader(em.sched.Context(req.Context()), &networkUpgrader{em, w, req})
		em.live.Load().handler.ServeHTTP(w, req.WithContext(ctx))
	})
}

// Inputs gives the absolute paths of the files that New has read: the
// configurations of all Workers, their files of secrets, and the sources of main
// with the packages that it imports.
func (em *Emulator) Inputs() []string {
	var paths []string
	for _, w := range em.live.Load().workers {
		for _, path := range append([]string{w.cfg.Path}, w.inputs...) {
			if abs, err := filepath.Abs(path); err == nil {
				paths = append(paths, abs)
			}
		}
	}
	return paths
}

// Close resets every object, drops what is not committed, and ends all
// goroutines. It waits 5 s for code that blocks and then returns an error that
// names it. Closing twice is fine.
func (em *Emulator) Close() error {
	err := em.sched.Close()
	em.network.CloseIdleConnections()
	if err != nil {
		return err // code that still runs may use what follows
	}
	em.deploying.Lock()
	defer em.deploying.Unlock()
	for _, b := range em.builders {
		b.Close()
	}
	em.builders = nil
	em.opened.Lock()
	defer em.opened.Unlock()
	for script := range em.scripts {
		delete(em.scripts, script)
		err = errors.Join(err, script.Close())
	}
	if em.engine != nil {
		err = errors.Join(err, em.engine.Close())
	}
	return err
}

// Clock gives the emulator's clock.
func (em *Emulator) Clock() *Clock { return &Clock{em} }

// Clock is the one clock of an emulator: objects, alarms and SQL tell its time.
type Clock struct{ em *Emulator }

// Now tells the time.
func (c *Clock) Now() time.Time { return c.em.sched.Now() }

// Advance moves the virtual clock. Deadlines fire one by one in order, and
// everything that is ready runs between two of them; when Advance returns,
// nothing is left to run. On the real clock it does nothing and tells
// [OnMisuse].
func (c *Clock) Advance(d time.Duration) {
	if err := c.em.sched.Advance(d); err != nil {
		c.em.misuse(err)
	}
}

func (em *Emulator) misuse(err error) {
	if em.set.misuse != nil {
		em.set.misuse(err)
		return
	}
	em.set.logger.Error(err.Error())
}

// endless is how long JavaScript may hold the turn, on the real clock.
const endless = 10 * time.Second

func (em *Emulator) stuck(held time.Duration, report string) {
	if held < endless && em.starting.Load() != nil {
		return // a large main may take its time
	}
	if held >= endless {
		em.interrupt(fmt.Errorf("JavaScript held the turn for %v", endless))
	}
	if em.set.stuck != nil {
		em.set.stuck(held, report)
		return
	}
	em.set.logger.Error(report)
}

// Clients runs n clients, one goroutine each, and waits for them. Which of them
// goes on is the scheduler's decision, so the order of their calls repeats; calls
// must be made with the context that fn gets.
func (em *Emulator) Clients(ctx context.Context, n int, fn func(ctx context.Context, i int)) {
	em.sched.Clients(ctx, n, fn)
}

// FailCalls fails every call from outside that is pending, with err.
func (em *Emulator) FailCalls(err error) { em.sched.FailRoots(err) }
