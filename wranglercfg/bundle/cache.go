package bundle

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// cacheSize is how many bundles the process keeps. A test binary rarely has more
// projects; one that does builds again.
const cacheSize = 32

// cache holds the bundles of the process by what was asked for.
var cache struct {
	mu     sync.Mutex // guards the fields below; not held during a build
	slots  map[string]*slot
	recent []string // keys, the one asked for last at the end
}

// slot is the place of one bundle. Who builds it holds mu, so that others who
// want the same wait for it instead of building, too.
type slot struct {
	mu     sync.Mutex
	bundle *Bundle // nil until a build succeeded
}

// cached returns what build makes of a project, or made before if the files
// still are as they were.
func (p *project) cached(build func() (*Bundle, error)) (*Bundle, error) {
	s := take(p.key())
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bundle != nil && !s.bundle.Stale() {
		return s.bundle, nil
	}
	s.bundle = nil
	var b *Bundle
	var err error
	outside(func() { b, err = build() })
	if err == nil {
		s.bundle = b
	}
	return b, err
}

// take returns the slot of a key and forgets the one that was not asked for the
// longest.
func take(key string) *slot {
	cache.mu.Lock()
	defer cache.mu.Unlock()
	if cache.slots == nil {
		cache.slots = map[string]*slot{}
	}
	s := cache.slots[key]
	if s == nil {
		s = &slot{}
		cache.slots[key] = s
	} else {
		i := slices.Index(cache.recent, key)
		cache.recent = slices.Delete(cache.recent, i, i+1)
	}
	cache.recent = append(cache.recent, key)
	if len(cache.recent) > cacheSize {
		delete(cache.slots, cache.recent[0])
		cache.recent = slices.Delete(cache.recent, 0, 1)
	}
	return s
}

// key holds everything that a bundle depends on beside files. Maps are printed
// in the order of their keys.
func (p *project) key() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%q %q %q %q %q %q %q %q %q %q %q", p.config, p.root, p.main, p.folder, p.tsconfig, p.factory, p.fragment,
		p.define, p.alias, p.external, p.conditions)
	fmt.Fprint(&b, p.node, p.minify, p.keepNames, p.findModules, p.keepFileNames, p.noBundle, p.skipModules, p.anyFormat, p.readable)
	for _, r := range p.rules.active {
		b.WriteString(r.text)
	}
	for _, r := range p.rules.removed {
		b.WriteString(r.text)
	}
	return b.String()
}
