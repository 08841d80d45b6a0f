package v8value

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
	"sync"
)

// Field is one property of a struct.
type Field struct {
	Name      string
	Index     []int // for [reflect.Value.FieldByIndex]
	Type      reflect.Type
	OmitEmpty bool // leave out false, 0, nil and what is empty
	OmitZero  bool // leave out zero values, by the type's IsZero if it has one
}

var fieldCache sync.Map // reflect.Type → []Field

// Fields gives the properties of struct type t in the order of its fields. Names
// and options come from the json tag, as in encoding/json; a field without one
// is called by [Name]. Fields of embedded structs are promoted by the rules of
// encoding/json. It panics if t is no struct type. The result is shared: do not
// change it.
func Fields(t reflect.Type) []Field {
	if f, ok := fieldCache.Load(t); ok {
		return f.([]Field)
	}
	f, _ := fieldCache.LoadOrStore(t, findFields(t))
	return f.([]Field)
}

type candidate struct {
	Field
	tagged bool
}

// findFields walks over t and the structs embedded in it by depth. Of fields
// with one name the shallowest wins, of several at that depth the tagged one; if
// that does not decide, none of them counts.
func findFields(t reflect.Type) []Field {
	type level struct {
		t     reflect.Type
		index []int
	}
	var found []candidate
	seen := map[reflect.Type]bool{}
	for now := []level{{t: t}}; len(now) > 0; {
		var next []level
		count := map[reflect.Type]int{}
		for _, l := range now {
			count[l.t]++
		}
		for _, l := range now {
			if seen[l.t] {
				continue
			}
			seen[l.t] = true
			for i := range l.t.NumField() {
				f := l.t.Field(i)
				index := append(slices.Clip(l.index), i)
				c, embedded, ok := property(f)
				switch {
				case !ok:
				case embedded != nil:
					next = append(next, level{embedded, index})
				default:
					c.Index = index
					found = append(found, c)
					if count[l.t] > 1 { // embedded twice at this depth: ambiguous
						found = append(found, c)
					}
				}
			}
		}
		now = next
	}
	return dominant(found)
}

// property reads one field: a property of its own, or an embedded struct whose
// fields are promoted.
func property(f reflect.StructField) (c candidate, embedded reflect.Type, ok bool) {
	tag := f.Tag.Get("json")
	if tag == "-" {
		return c, nil, false
	}
	elem := f.Type
	if f.Anonymous && elem.Kind() == reflect.Pointer {
		elem = elem.Elem()
	}
	if !f.IsExported() && !(f.Anonymous && elem.Kind() == reflect.Struct) {
		return c, nil, false
	}
	name, options, _ := strings.Cut(tag, ",")
	if f.Anonymous && name == "" && elem.Kind() == reflect.Struct && special(elem) == 0 {
		return c, elem, true
	}
	if !f.IsExported() {
		return c, nil, false
	}
	c.tagged = name != ""
	if name == "" {
		name = Name(f.Name)
	}
	c.Field = Field{Name: name, Type: f.Type}
	for option := range strings.SplitSeq(options, ",") {
		c.OmitEmpty = c.OmitEmpty || option == "omitempty"
		c.OmitZero = c.OmitZero || option == "omitzero"
	}
	return c, nil, true
}

func dominant(found []candidate) []Field {
	slices.SortStableFunc(found, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(len(a.Index), len(b.Index)), -compareBool(a.tagged, b.tagged))
	})
	var out []Field
	for len(found) > 0 {
		n := 1
		for n < len(found) && found[n].Name == found[0].Name {
			n++
		}
		if n == 1 || len(found[0].Index) != len(found[1].Index) || found[0].tagged != found[1].tagged {
			out = append(out, found[0].Field)
		}
		found = found[n:]
	}
	slices.SortFunc(out, func(a, b Field) int { return slices.Compare(a.Index, b.Index) })
	return out
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}
