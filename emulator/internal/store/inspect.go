package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"sync"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// Stored reports whether the object has storage. It opens and makes nothing.
func (s *Store) Stored() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stored()
}

// Sizes gives what the objects that have storage take, in bytes: their files, or
// their pages in memory.
func (n *Namespace) Sizes() (map[string]int64, error) {
	if n.dir == "" {
		return n.pageSizes(), nil
	}
	entries, err := os.ReadDir(n.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fileError("read", n.dir, err)
	}
	sizes := make(map[string]int64, len(entries))
	logs := map[string]int64{}
	for _, entry := range entries {
		into := sizes
		id, ok := strings.CutSuffix(entry.Name(), ".sqlite")
		if !ok {
			if id, ok = strings.CutSuffix(entry.Name(), ".sqlite-wal"); !ok {
				continue
			}
			into = logs
		}
		if info, err := entry.Info(); err == nil && isObjectID(id) { // else it is gone
			into[id] = info.Size()
		}
	}
	for id, size := range logs {
		if _, ok := sizes[id]; ok {
			sizes[id] += size
		}
	}
	return sizes, nil
}

// Size gives what one object takes, as Sizes does; ok is false if it has no
// storage.
func (n *Namespace) Size(id string) (size int64, ok bool) {
	if n.dir == "" {
		size, ok = n.pageSizes()[id]
		return size, ok
	}
	file, err := os.Stat(n.path(id))
	if err != nil {
		return 0, false
	}
	size = file.Size()
	if log, err := os.Stat(n.path(id) + "-wal"); err == nil {
		size += log.Size()
	}
	return size, true
}

func (n *Namespace) pageSizes() map[string]int64 {
	sizes := map[string]int64{}
	n.mu.Lock()
	stores := make([]*Store, 0, len(n.stores))
	for _, s := range n.stores {
		stores = append(stores, s)
	}
	for id, pages := range n.images {
		sizes[id] = int64(len(pages))
	}
	n.mu.Unlock()
	for _, s := range stores {
		if size, ok := s.pagesSize(); ok {
			sizes[s.id] = size
		}
	}
	return sizes
}

// pagesSize is the size of a store in memory.
func (s *Store) pagesSize() (int64, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case !s.written.Load():
		return 0, false
	case s.c == nil:
		return int64(len(s.pages)), s.pages != nil
	}
	pages, err := s.c.number(fixedPages)
	return pages * pageSize, err == nil
}

// Until makes statements fail that run when ctx ends; stop, which must be called
// before the store is used by others, ends that.
func (s *Store) Until(ctx context.Context) (stop func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.connect()
	if err != nil {
		return nil, err
	}
	var mu sync.Mutex // keeps the interruption from a connection that is closed
	over := false
	unwatch := context.AfterFunc(ctx, func() {
		mu.Lock()
		defer mu.Unlock()
		if over {
			return
		}
		tls := libc.NewTLS() // that of the connection belongs to another goroutine
		defer tls.Close()
		sqlite3.Xsqlite3_interrupt(tls, c.db)
	})
	return func() {
		unwatch()
		mu.Lock()
		defer mu.Unlock()
		over = true
	}, nil
}
