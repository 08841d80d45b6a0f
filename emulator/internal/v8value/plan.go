package v8value

import (
	"encoding"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"
)

// op is how values of a Go type are written and read.
type op uint8

const (
	opNone    op = iota
	opBool       // bool
	opInt        // int…int64
	opUint       // uint…uint64
	opFloat      // float32, float64
	opString     // string
	opAny        // any interface
	opPointer    // pointer: null or its element
	opBytes      // slice of bytes: Uint8Array
	opSlice      // Array
	opArray      // Array, or Uint8Array if of bytes
	opObjectMap
	opMap
	opStruct
	opTime
	opBigInt
	opTree // node of a tree
	opUncloneable
)

// plan is what is known of a Go type. A plan may contain itself, so it is built
// before it is complete, under planMu, and published only then.
type plan struct {
	op     op
	t      reflect.Type
	reason string // of opUncloneable

	key, elem *plan
	textKey   bool // map keys that are written by their MarshalText
	textRead  bool // and read by their UnmarshalText

	fields []fieldPlan
	byName map[string]int
}

type fieldPlan struct {
	*plan
	name      string
	key       []byte // the name as the format has it, or nil if that depends on the place
	index     int    // of a field of the struct itself, or -1
	path      []int  // of a promoted field
	omitEmpty bool
	omitZero  bool
	isZero    bool // the type has an IsZero method
}

var (
	planMu sync.Mutex // guards the building of plans
	plans  sync.Map   // reflect.Type → *plan, complete ones only
	basic  = func() (b [reflect.UnsafePointer + 1]*plan) {
		for kind, op := range map[reflect.Kind]op{
			reflect.Bool: opBool, reflect.Float32: opFloat, reflect.Float64: opFloat, reflect.String: opString,
			reflect.Int: opInt, reflect.Int8: opInt, reflect.Int16: opInt, reflect.Int32: opInt, reflect.Int64: opInt,
			reflect.Uint: opUint, reflect.Uint8: opUint, reflect.Uint16: opUint, reflect.Uint32: opUint,
			reflect.Uint64: opUint, reflect.Uintptr: opUint, reflect.Interface: opAny,
		} {
			b[kind] = &plan{op: op}
		}
		return b
	}()
)

var (
	timeType            = reflect.TypeFor[time.Time]()
	bigIntType          = reflect.TypeFor[big.Int]()
	undefinedType       = reflect.TypeFor[Undefined]()
	textMarshalerType   = reflect.TypeFor[encoding.TextMarshaler]()
	textUnmarshalerType = reflect.TypeFor[encoding.TextUnmarshaler]()
	zeroerType          = reflect.TypeFor[interface{ IsZero() bool }]()
	treeTypes           = []reflect.Type{
		undefinedType, reflect.TypeFor[Hole](),
		reflect.TypeFor[*Object](), reflect.TypeFor[*Array](), reflect.TypeFor[*Map](), reflect.TypeFor[*Set](),
		reflect.TypeFor[*Date](), reflect.TypeFor[*RegExp](), reflect.TypeFor[*Boxed](),
		reflect.TypeFor[*ArrayBuffer](), reflect.TypeFor[*View](), reflect.TypeFor[*Error](), reflect.TypeFor[*Host](),
	}
)

// special gives the op of a type that is not written by its kind, or 0.
func special(t reflect.Type) op {
	switch {
	case t == timeType:
		return opTime
	case t == bigIntType:
		return opBigInt
	case slices.Contains(treeTypes, t):
		return opTree
	}
	return 0
}

// planOf gives the plan for values of type t. Types without parts share the one
// of their kind.
func planOf(t reflect.Type) *plan {
	if p := basic[t.Kind()]; p != nil {
		return p
	}
	if p, ok := plans.Load(t); ok {
		return p.(*plan)
	}
	planMu.Lock()
	defer planMu.Unlock()
	b := builder{}
	p := b.build(t)
	for t, p := range b {
		plans.LoadOrStore(t, p)
	}
	return p
}

// builder holds the plans that are not complete yet.
type builder map[reflect.Type]*plan

func (b builder) build(t reflect.Type) *plan {
	if p := basic[t.Kind()]; p != nil {
		return p
	}
	if p, ok := plans.Load(t); ok {
		return p.(*plan)
	}
	if p, ok := b[t]; ok {
		return p
	}
	p := &plan{t: t, op: special(t)}
	b[t] = p
	if p.op != 0 {
		return p
	}
	switch t.Kind() {
	case reflect.Pointer:
		p.op, p.elem = opPointer, b.build(t.Elem())
	case reflect.Slice, reflect.Array:
		p.elem = b.build(t.Elem())
		switch {
		case t.Kind() == reflect.Array:
			p.op = opArray
		case t.Elem().Kind() == reflect.Uint8:
			p.op = opBytes
		default:
			p.op = opSlice
		}
	case reflect.Map:
		b.mapPlan(p)
	case reflect.Struct:
		b.structPlan(p)
	default: // func, chan, complex, unsafe pointer
		p.op = opUncloneable
	}
	return p
}

func (b builder) mapPlan(p *plan) {
	k := p.t.Key()
	p.op, p.key, p.elem = opMap, b.build(k), b.build(p.t.Elem())
	switch {
	case k.Kind() == reflect.String:
		p.op = opObjectMap
	case k.Implements(textMarshalerType) && special(k) == 0:
		p.op, p.textKey = opObjectMap, true
		p.textRead = reflect.PointerTo(k).Implements(textUnmarshalerType)
	}
}

func (b builder) structPlan(p *plan) {
	p.op = opStruct
	if pkg := p.t.PkgPath(); pkg == "sync" || pkg == "sync/atomic" {
		p.op = opUncloneable
		return
	}
	fields := Fields(p.t)
	if len(fields) == 0 && p.t.NumField() > 0 && hidesAll(p.t) {
		p.op, p.reason = opUncloneable, "it has no exported fields"
		return
	}
	for i := range p.t.NumField() {
		f := p.t.Field(i)
		if pkg := f.Type.PkgPath(); f.Anonymous && f.IsExported() && (pkg == "sync" || pkg == "sync/atomic") {
			p.op, p.reason = opUncloneable, "it embeds "+f.Type.String()
			return
		}
	}
	p.byName = make(map[string]int, len(fields))
	for _, f := range fields {
		fp := fieldPlan{
			plan: b.build(f.Type), name: f.Name, index: -1, path: f.Index,
			omitEmpty: f.OmitEmpty, omitZero: f.OmitZero, isZero: f.Type.Implements(zeroerType),
		}
		if len(f.Index) == 1 {
			fp.index = f.Index[0]
		}
		var e encoder
		e.key(f.Name)
		if e.buf[0] != TagTwoByte && e.buf[0] != TagPadding {
			fp.key = e.buf
		}
		p.fields = append(p.fields, fp)
	}
	slices.SortStableFunc(p.fields, func(a, b fieldPlan) int { return compareKeys(a.name, b.name, false) })
	for i, f := range p.fields {
		p.byName[f.name] = i
	}
}

// hidesAll reports whether a struct without properties has something to lose.
func hidesAll(t reflect.Type) bool {
	for i := range t.NumField() {
		if f := t.Field(i); !f.IsExported() && f.Name != "_" {
			return true
		}
	}
	return false
}

// compareKeys orders keys as JavaScript orders properties: array indices first,
// by value; others are left as they are, or sorted.
func compareKeys(a, b string, sorted bool) int {
	m, isM := index(a)
	n, isN := index(b)
	switch {
	case isM && isN:
		if m < n {
			return -1
		}
		return compareBool(m > n, false)
	case isM:
		return -1
	case isN:
		return 1
	case sorted:
		return strings.Compare(a, b)
	}
	return 0
}
