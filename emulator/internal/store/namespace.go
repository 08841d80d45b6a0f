package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
)

// Namespace is the storage of all objects of one class.
type Namespace struct {
	eng        *Engine
	key        string
	dir        string // empty: in memory
	sqlEnabled bool
	invalid    error // why the unique key cannot be used

	mu     sync.Mutex // guards the fields below
	stores map[string]*Store
	images map[string][]byte   // in memory: pages of closed stores by id
	rows   map[string]alarmRow // the rows of _cf_ALARM; nil until read
	meta   *conn               // metadata.sqlite, once needed
}

// SQLEnabled reports what the namespace was made with.
func (n *Namespace) SQLEnabled() bool { return n.sqlEnabled }

// UniqueKey is the namespace's identity and its folder's name.
func (n *Namespace) UniqueKey() string { return n.key }

// Open gives the store of an object; a store that is open already is given again. Nothing is opened on disk until
// needed. The name, if known, is written beside the object's alarm (12.10).
func (n *Namespace) Open(id, name string) *Store {
	n.mu.Lock()
	defer n.mu.Unlock()
	s := n.stores[id]
	if s == nil {
		s = &Store{ns: n, id: id, name: name}
		if pages, ok := n.images[id]; ok {
			s.pages = pages
			s.written.Store(true)
			delete(n.images, id)
		}
		n.stores[id] = s
	}
	return s
}

// IDs lists the objects that have storage, sorted.
func (n *Namespace) IDs() ([]string, error) {
	ids := []string{}
	if n.dir == "" {
		n.mu.Lock()
		for id := range n.images {
			ids = append(ids, id)
		}
		for id, s := range n.stores {
			if s.written.Load() {
				ids = append(ids, id)
			}
		}
		n.mu.Unlock()
		sort.Strings(ids)
		return ids, nil
	}
	entries, err := os.ReadDir(n.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fileError("read", n.dir, err)
	}
	for _, entry := range entries {
		id, ok := strings.CutSuffix(entry.Name(), ".sqlite")
		if ok && isObjectID(id) {
			ids = append(ids, id)
		}
	}
	sort.Strings(ids)
	return ids, nil
}

// isObjectID reports whether s is 64 lower-case hex digits (12.1).
func isObjectID(s string) bool {
	return len(s) == 64 && strings.Trim(s, "0123456789abcdef") == ""
}

func (n *Namespace) path(id string) string { return filepath.Join(n.dir, id+".sqlite") }

func (n *Namespace) all() []*Store {
	n.mu.Lock()
	defer n.mu.Unlock()
	list := make([]*Store, 0, len(n.stores))
	for _, s := range n.stores {
		list = append(list, s)
	}
	return list
}

func (n *Namespace) crash() {
	for _, s := range n.all() {
		s.crash()
	}
	if n.dir == "" {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.rows = nil
	if n.meta != nil {
		n.meta.close()
		n.meta = nil
	}
}

func (n *Namespace) close() {
	for _, s := range n.all() {
		s.Close()
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.rows, n.images = nil, nil
	if n.meta != nil {
		n.meta.close()
		n.meta = nil
	}
}
