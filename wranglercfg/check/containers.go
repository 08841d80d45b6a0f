package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dormouse-do/dormouse/wranglercfg"
)

// containers judges how containers and exports refer to each other (X11), at
// each level that wrangler validates.
func (s *selection) containers() {
	for _, m := range s.top.Get("exports").Members() {
		s.containerValue(m)
	}
	elsewhere := false
	for _, m := range s.top.Get("env").Members() {
		elsewhere = elsewhere || m.Value.Get("containers") != nil
	}
	name := s.top.Get("name").Text()
	s.links(s.top.Get("containers"), s.top.Get("exports"), name, "", elsewhere)
	if s.env == nil {
		return
	}
	for _, m := range s.env.Get("exports").Members() {
		s.containerValue(m)
	}
	if own := s.env.Get("name"); own != nil {
		name = own.Text()
	}
	s.links(s.env.Get("containers"), s.inherited("exports"), name, "-"+s.name, s.top.Get("containers") != nil)
}

// containerValue judges the property of one entry.
func (s *selection) containerValue(m wranglercfg.Member) {
	c := m.Value.Get("container")
	if c == nil || m.Value.Get("type").Text() != wranglercfg.TypeDurableObject || !live(m.Value) {
		return
	}
	switch {
	case c.Kind() != wranglercfg.String || c.Text() == "":
		s.errorf(CodeContainer, c.Pos(), `"exports.%s.container" must be a non-empty string naming a container in the "containers" array, but got %s.`, m.Key, c.JSON())
	case m.Value.Get("storage").Text() == wranglercfg.StorageLegacyKV:
		s.errorf(CodeContainer, c.Pos(), `"exports.%s.container" requires "storage" to be "sqlite". Containers are not supported on Durable Objects using the "legacy-kv" storage backend.`, m.Key)
	}
}

// live reports whether an entry of exports stands for a class that there is (X4).
func live(export *wranglercfg.Node) bool {
	state := export.Get("state")
	return state == nil || state.Text() == wranglercfg.StateCreated || state.Text() == wranglercfg.StateExpectingTransfer
}

// container is one entry of containers.
type container struct {
	node        *wranglercfg.Node
	name, class string
	namePos     wranglercfg.Pos
}

// links holds containers against the exports of the same level. Containers of
// another level say nothing about these exports (X11).
func (s *selection) links(list, exports *wranglercfg.Node, script, suffix string, elsewhere bool) {
	if list == nil && elsewhere {
		return
	}
	if list != nil && list.Kind() != wranglercfg.List {
		if value := list.JSON(); value != "null" && value != `""` && value != "false" && value != "0" {
			s.errorf(CodeContainer, list.Pos(), `"containers" field should be an array, but got %s`, value)
		}
		return
	}
	l := &linker{selection: s, exports: exports, named: map[string]container{}, byContainer: map[string][]string{}}
	for _, n := range list.Items() {
		if n.Kind() != wranglercfg.Object {
			s.errorf(CodeContainer, n.Pos(), `"containers" should hold objects, but got %s`, n.JSON())
			continue
		}
		l.add(n, script, suffix)
	}
	l.entries()
	for _, c := range l.containers {
		l.container(c)
	}
}

type linker struct {
	*selection
	exports     *wranglercfg.Node
	containers  []container
	named       map[string]container
	byContainer map[string][]string // classes whose live entries name the container
	declared    bool                // there is a durable-object entry
}

// add reads an entry; one without a name is called after the Worker and class.
func (l *linker) add(n *wranglercfg.Node, script, suffix string) {
	c := container{node: n, name: n.Get("name").Text(), class: n.Get("class_name").Text(), namePos: memberPos(n, "name")}
	if v := n.Get("class_name"); v != nil && v.Kind() != wranglercfg.String {
		l.errorf(CodeContainer, v.Pos(), `Expected "containers.class_name" to be of type string but got %s.`, v.JSON())
	}
	if v := n.Get("name"); v != nil && v.Kind() != wranglercfg.String {
		l.errorf(CodeContainer, v.Pos(), `Expected "containers.name" to be of type string but got %s.`, v.JSON())
		return
	}
	if c.name == "" {
		switch {
		case n.Get("class_name") == nil:
			l.errorf(CodeContainer, n.Pos(), `"containers.name" is required when "containers.class_name" is not defined, because there is no class name to derive a default name from.`).
				Hint = `name this container and reference it from an entry of exports, or set "class_name"`
			return
		case script == "":
			l.errorf(CodeContainer, n.Pos(), `Must have either a top level "name" and "containers.class_name" field defined, or have field "containers.name" defined.`)
			return
		}
		c.name = strings.ReplaceAll(strings.ToLower(script+"-"+c.class+suffix), " ", "-")
	}
	if other, ok := l.named[c.name]; ok {
		l.errorf(CodeContainer, c.namePos, `"containers" contains more than one container named "%s". Container names must be unique.`, c.name).
			Hint = fmt.Sprintf("the other is on line %d", other.namePos.Line)
	} else {
		l.named[c.name] = c
	}
	if i := slices.IndexFunc(l.containers, func(o container) bool { return o.class == c.class && c.class != "" }); i >= 0 {
		l.errorf(CodeContainer, memberPos(n, "class_name"), `More than one container is attached to the Durable Object "%s". A Durable Object can only have one container attached to it.`, c.class).
			Hint = fmt.Sprintf("the other is on line %d", l.containers[i].node.Pos().Line)
	}
	l.containers = append(l.containers, c)
}

// entries judges what live entries of exports say of containers.
func (l *linker) entries() {
	for _, m := range l.exports.Members() {
		if m.Value.Get("type").Text() != wranglercfg.TypeDurableObject {
			continue
		}
		l.declared = true
		name := m.Value.Get("container")
		if !live(m.Value) || name.Text() == "" {
			continue
		}
		if _, ok := l.named[name.Text()]; !ok {
			l.errorf(CodeContainer, name.Pos(), `"exports.%s.container" references a container named "%s", but no container with that name is defined in "containers".`, m.Key, name.Text())
			continue
		}
		classes := append(l.byContainer[name.Text()], m.Key)
		l.byContainer[name.Text()] = classes
		if len(classes) > 1 {
			l.errorf(CodeContainer, name.Pos(), `The container "%s" is referenced by more than one Durable Object export (%s). A container can only back a single Durable Object.`, name.Text(), strings.Join(classes, ", "))
		}
	}
}

// container judges one entry of containers against the exports.
func (l *linker) container(c container) {
	classes := l.byContainer[c.name]
	at := memberPos(c.node, "class_name")
	if c.node.Get("class_name") == nil {
		if len(classes) == 0 {
			l.errorf(CodeContainer, c.namePos, `The container "%s" is not linked to a Durable Object. Either set "containers.class_name", or reference this container from a Durable Object's `+"`exports`"+` entry via its "container" field.`, c.name)
		}
		return
	}
	entry := l.exports.Get(c.class)
	if entry.Get("type").Text() != wranglercfg.TypeDurableObject {
		entry = nil
	}
	named := entry.Get("container")
	switch {
	case named.Kind() == wranglercfg.String && named.Text() != c.name:
		l.errorf(CodeContainer, at, `The container "%s" sets "class_name" to "%s", but "exports.%s.container" is "%s". A Durable Object and its container must reference each other consistently.`, c.name, c.class, c.class, named.Text())
	case len(classes) == 1 && classes[0] != c.class:
		l.errorf(CodeContainer, at, `The container "%s" sets "class_name" to "%s", but "exports.%s.container" references it. A Durable Object and its container must reference each other consistently.`, c.name, c.class, classes[0])
	case l.declared && (entry == nil || !live(entry)):
		l.errorf(CodeContainer, at, `The container "%s" sets "class_name" to "%s", but "exports" has no live "durable-object" entry for "%s".`, c.name, c.class, c.class)
	case named == nil && entry.Get("storage").Text() == wranglercfg.StorageLegacyKV:
		l.errorf(CodeContainer, at, `The container "%s" sets "class_name" to "%s", but "exports.%s.storage" is "legacy-kv". Containers are not supported on Durable Objects using the "legacy-kv" storage backend.`, c.name, c.class, c.class)
	}
}
