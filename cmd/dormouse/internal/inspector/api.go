package inspector

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/emulator/durable"
)

// api answers what the page asks. It is safe for concurrent use.
type api struct {
	em       *emulator.Emulator
	problem  Problem
	timeline *timeline
	names    *names
	closed   <-chan struct{} // ends what would last for ever
}

// routes lists the API: what reads is GET, what changes something is POST.
func (a *api) routes() map[string]http.Handler {
	routes := map[string]http.Handler{"GET events": http.HandlerFunc(a.events)}
	for pattern, h := range map[string]handler{
		"GET state":   a.state,
		"GET objects": a.objects,
		"GET name":    a.name,
		"GET object":  a.object,
		"GET tables":  a.tables,
		"GET table":   a.table,
		"GET kv":      a.kv,
		"GET sockets": a.sockets,

		"POST query":     a.query,
		"POST kv/put":    a.putKV,
		"POST kv/delete": a.deleteKV,
		"POST alarm":     a.alarm,
		"POST act":       a.act,
		"POST socket":    a.socket,
		"POST scheduled": a.scheduled,
	} {
		routes[pattern] = h
	}
	return routes
}

type namespace struct {
	Key      string   `json:"key"`
	Worker   string   `json:"worker"`
	Class    string   `json:"class"`
	Bindings []string `json:"bindings"`
	SQLite   bool     `json:"sqlite"`
	Language string   `json:"language"`
}

func (a *api) state(*http.Request) (any, error) {
	out := struct {
		Namespaces []namespace `json:"namespaces"`
		Problem    string      `json:"problem"`
	}{Namespaces: []namespace{}}
	for _, n := range a.em.Namespaces() {
		out.Namespaces = append(out.Namespaces, namespace(n))
	}
	if a.problem != nil {
		if err := a.problem(); err != nil {
			out.Problem = err.Error()
		}
	}
	return out, nil
}

type object struct {
	ID      string  `json:"id"`
	Name    string  `json:"name"`
	State   string  `json:"state"`
	Size    int64   `json:"size"`
	Alarm   float64 `json:"alarm"` // 0: none
	Sockets int     `json:"sockets"`
	Events  int     `json:"events"`
	Used    float64 `json:"used"` // 0: not in memory
}

func (a *api) objectOf(o emulator.ObjectInfo) object {
	return object{o.ID, cmp.Or(o.Name, a.names.of(o.ID)), string(o.State), o.Size, millis(o.Alarm), o.Sockets, o.Events, millis(o.Used)}
}

// maxPage is how many objects, rows or keys one answer has.
const maxPage = 1000

// objects lists objects: ns, q for a part of the name or the begin of the id,
// state, sort by a column, desc, limit, offset.
func (a *api) objects(req *http.Request) (any, error) {
	q := req.URL.Query()
	list, err := a.em.Objects(q.Get("ns"))
	if err != nil {
		return nil, requestError{err.Error()}
	}
	counts := map[string]int{}
	found := []object{}
	text, state := strings.ToLower(strings.TrimSpace(q.Get("q"))), q.Get("state")
	for _, info := range list {
		counts[string(info.State)]++
		o := a.objectOf(info)
		if state != "" && string(info.State) != state ||
			text != "" && !strings.Contains(strings.ToLower(o.Name), text) && !strings.HasPrefix(info.ID, text) {
			continue
		}
		found = append(found, o)
	}
	sortObjects(found, q.Get("sort"), q.Get("desc") != "")
	limit, offset := page(q)
	total := len(found)
	found = found[min(offset, total):min(offset+limit, total)]
	return map[string]any{"objects": found, "total": total, "all": len(list), "counts": counts}, nil
}

var stateOrder = map[string]int{string(emulator.Active): 0, string(emulator.Idle): 1, string(emulator.Hibernated): 2, string(emulator.Stored): 3}

var objectColumns = map[string]func(x, y object) int{
	"name":    func(x, y object) int { return cmp.Compare(x.Name, y.Name) },
	"state":   func(x, y object) int { return cmp.Compare(stateOrder[x.State], stateOrder[y.State]) },
	"size":    func(x, y object) int { return cmp.Compare(x.Size, y.Size) },
	"sockets": func(x, y object) int { return cmp.Compare(x.Sockets, y.Sockets) },
	"alarm":   func(x, y object) int { return cmp.Compare(x.Alarm, y.Alarm) },
	"used":    func(x, y object) int { return cmp.Compare(x.Used, y.Used) },
}

// sortObjects sorts by a column; ties, and an unknown column, leave the order of
// ids.
func sortObjects(list []object, column string, desc bool) {
	by, ok := objectColumns[column]
	if !ok {
		return
	}
	slices.SortStableFunc(list, func(x, y object) int {
		if desc {
			return by(y, x)
		}
		return by(x, y)
	})
}

// page reads limit and offset.
func page(q url.Values) (limit, offset int) {
	limit, err := strconv.Atoi(q.Get("limit"))
	if err != nil || limit < 1 || limit > maxPage {
		limit = 100
	}
	if offset, err = strconv.Atoi(q.Get("offset")); err != nil || offset < 0 {
		offset = 0
	}
	return limit, offset
}

// name gives the id of the object with that name.
func (a *api) name(req *http.Request) (any, error) {
	ns, err := a.em.NamespaceByKey(req.URL.Query().Get("ns"))
	if err != nil {
		return nil, requestError{err.Error()}
	}
	return map[string]string{"id": ns.IDFromName(req.URL.Query().Get("name")).String()}, nil
}

// which says, in a query or in the body of a request, which object is meant.
type which struct {
	Namespace string `json:"ns"`
	ID        string `json:"id"`
}

func whichOf(req *http.Request) which {
	q := req.URL.Query()
	return which{q.Get("ns"), q.Get("id")}
}

func (a *api) open(w which) (*emulator.Object, error) {
	o, err := a.em.Object(w.Namespace, w.ID)
	if err != nil {
		return nil, requestError{err.Error()}
	}
	return o, nil
}

// stub gives a stub for control of an object.
func (a *api) stub(w which) (*durable.Stub, error) {
	o, err := a.open(w)
	if err != nil {
		return nil, err
	}
	return o.Stub()
}

func (a *api) object(req *http.Request) (any, error) {
	o, err := a.open(whichOf(req))
	if err != nil {
		return nil, err
	}
	info, exists := o.Info()
	return struct {
		object
		Exists bool `json:"exists"`
	}{a.objectOf(info), exists}, nil
}
