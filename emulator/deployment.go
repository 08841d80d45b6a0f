package emulator

import (
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/emulator/internal/actor"
	"github.com/dormouse-do/dormouse/emulator/internal/js"
	"github.com/dormouse-do/dormouse/migrations"
	"github.com/dormouse-do/dormouse/wranglercfg"
)

// deployment is what [New] or [Emulator.Reload] has put in place: the Workers
// with their code. It does not change.
type deployment struct {
	workers  []*worker
	migrated *MigrationPlan
	handler  http.Handler // the first Worker's entry
}

// read reads the configurations of all Workers.
func (em *Emulator) read() (*deployment, error) {
	d := &deployment{}
	for _, spec := range em.specs {
		w, err := loadWorker(spec)
		if err != nil {
			return nil, err
		}
		for _, warning := range w.warnings {
			em.set.logger.Warn(warning.Error())
		}
		d.workers = append(d.workers, w)
	}
	for _, w := range d.workers {
		w.all = d.workers
	}
	return d, nil
}

// deploy puts a deployment in place. Up to the point where the migrations are
// applied an error leaves everything as it was.
func (em *Emulator) deploy(d *deployment, closeSockets bool) error {
	em.deploying.Lock()
	defer em.deploying.Unlock()
	var fresh []*js.Worker
	placed := false
	defer func() {
		for _, script := range fresh {
			if !placed {
				em.closeScript(script)
			}
		}
	}()
	for _, w := range d.workers {
		if err := em.openScript(w); err != nil {
			return err
		}
		if w.script != nil {
			em.opened.Lock()
			em.scripts[w.script] = struct{}{}
			em.opened.Unlock()
			fresh = append(fresh, w.script)
		}
	}
	var opened []opening
	err := em.migrate(d, func() (err error) {
		if opened, err = em.openNamespaces(d); err != nil {
			return err
		}
		return em.startScripts(d)
	})
	if err != nil {
		return err
	}
	placed = true
	if err := em.place(d, opened, closeSockets); err != nil {
		return err
	}
	em.retire(em.live.Swap(d))
	return nil
}

// place gives the namespaces their new classes and starts the alarms of new
// ones.
func (em *Emulator) place(d *deployment, opened []opening, closeSockets bool) error {
	for _, o := range opened {
		if o.fresh {
			if err := o.ns.LoadAlarms(); err != nil {
				return err
			}
			continue
		}
		o.ns.Replace(o.config, closeSockets)
	}
	for _, w := range d.workers {
		em.openEntrypoints(w)
	}
	switch first := d.workers[0]; {
	case first.Handler != nil:
		d.handler = first.Handler(durable.NewEnv(first.env(em, nil)))
	case first.script != nil:
		d.handler = first.entrypoints["default"]
	default:
		d.handler = noEntry(first.noEntry)
	}
	return nil
}

// retire closes what an earlier deployment ran once none of its objects is left.
func (em *Emulator) retire(old *deployment) {
	if old == nil {
		return
	}
	for _, w := range old.workers {
		if w.script == nil {
			continue
		}
		em.sched.Post(func() { // objects may end meanwhile
			w.script.Retire(func() {
				em.sched.Post(func() { em.closeScript(w.script) })
			})
		})
	}
}

func (em *Emulator) closeScript(script *js.Worker) {
	em.opened.Lock()
	defer em.opened.Unlock()
	if _, open := em.scripts[script]; !open {
		return
	}
	delete(em.scripts, script)
	if err := script.Close(); err != nil {
		em.set.logger.Error("closing an isolate", "error", err)
	}
}

// Reload reads the configurations, secrets and code anew and puts them in place
// of the old, as a deployment does. Requests and calls that run finish on the old
// code; an object gets the new code as soon as it has nothing to do, and within
// 2 s of the emulator's clock, when it is reset. Its storage, its alarm and the
// sockets that may hibernate stay; with [CloseSockets] every object that has a
// socket is reset, so that clients see what they see at a deployment.
//
// Migrations that create or rename classes are applied; one that would delete or
// transfer objects is an error. An error leaves the old code in place.
func (em *Emulator) Reload(opts ...ReloadOption) error {
	d, err := em.read()
	if err != nil {
		return err
	}
	return em.deploy(d, slices.Contains(opts, CloseSockets))
}

// ReloadOption is an option of [Emulator.Reload].
type ReloadOption int

// CloseSockets ends all WebSockets of objects, which a deployment does on
// Cloudflare (rule 9.61).
const CloseSockets ReloadOption = 1

// refuseLoss refuses, while objects run, migrations that take objects away.
func refuseLoss(workers []*worker) error {
	var errs []error
	for _, w := range workers {
		for _, s := range w.changes.Steps {
			switch s.Kind {
			case migrations.Delete:
				errs = append(errs, fmt.Errorf("%s: the migration deletes class %s with all its objects, which is not done while they run: "+
					"stop, and run dormouse migrations apply --allow-delete %s", at(s.Pos), s.Class, s.Class))
			case migrations.Transfer:
				errs = append(errs, fmt.Errorf("%s: the migration transfers class %s, which is not done while objects run: "+
					"stop, and start again", at(s.Pos), s.Class))
			}
		}
	}
	return errors.Join(errs...)
}

// opening is a namespace of a deployment that is not in place yet.
type opening struct {
	ns     *actor.Namespace
	config actor.Config
	fresh  bool
}

// configs gives the configurations of all Workers.
func (d *deployment) configs() []*wranglercfg.Config {
	out := make([]*wranglercfg.Config, len(d.workers))
	for i, w := range d.workers {
		out[i] = w.cfg
	}
	return out
}
