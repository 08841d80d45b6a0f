package inspector

import "sync"

// keptNames bounds what names take.
const keptNames = 50_000

// names keeps the names of objects that had an event, which the runtime forgets
// when they leave memory. It is safe for concurrent use.
type names struct {
	mu   sync.Mutex // guards byID
	byID map[string]string
}

// add keeps a name. When there are too many, all are forgotten: those of objects
// that live come again.
func (n *names) add(id, name string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if _, known := n.byID[id]; known {
		return
	}
	if n.byID == nil || len(n.byID) >= keptNames {
		n.byID = map[string]string{}
	}
	n.byID[id] = name
}

// of gives the name of an object, or "".
func (n *names) of(id string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.byID[id]
}
