package classtest

import (
	"encoding/json"
	"strings"

	"github.com/dormouse-do/dormouse/emulator/durable"
)

const hello = "6c3845e14bdfe5b5d585cd3fd507e0cd79d6a1519ac3c41b83a5727c377cada6"

// named is the question for the id of a name. Callers in Go make a string of
// whatever they have by themselves.
func named(name string) question {
	return func(a *asked) (any, error) { return a.ns.IDFromName(name).String(), nil }
}

// read is the question for the id that a text gives.
func read(text string) question {
	return func(a *asked) (any, error) {
		id, err := a.ns.IDFromString(text)
		return id.String(), err
	}
}

// nameOf gives a name as the recordings do.
func nameOf(id interface{ Name() (string, bool) }) any {
	if name, ok := id.Name(); ok {
		return name
	}
	return "undefined"
}

func asJSON(id durable.ID) (any, error) {
	data, err := json.Marshal(id)
	return string(data), err
}

// idQuestions are those of ids.json.
var idQuestions = merged(idsOfNames, idsOfTexts, idsCompared, stubsOfIDs, namesInside)

var idsOfNames = map[string]question{
	"number": named("5"), "null": named("null"), "undefined": named("undefined"), "object": named("[object Object]"),
	"extra-arguments": func(a *asked) (any, error) {
		return a.ns.GetByName("hello", durable.LocationHint("weur")).ID().String(), nil
	},
	"name":                   func(a *asked) (any, error) { return nameOf(a.ns.IDFromName("hello")), nil },
	"name-of-lone-surrogate": func(a *asked) (any, error) { return nameOf(a.ns.IDFromName("\xed\xa0\x80")), nil },
	"json":                   func(a *asked) (any, error) { return asJSON(a.ns.IDFromName("hello")) },
	"unique-length":          func(a *asked) (any, error) { return len(a.ns.NewUniqueID().String()), nil },
	"unique-name":            func(a *asked) (any, error) { return nameOf(a.ns.NewUniqueID()), nil },
	"unique-from-string": func(a *asked) (any, error) {
		_, err := a.ns.IDFromString(a.ns.NewUniqueID().String())
		return err == nil, err
	},
	"unique-differ": func(a *asked) (any, error) { return a.ns.NewUniqueID().Equal(a.ns.NewUniqueID()), nil },
}

var idsOfTexts = map[string]question{
	"json-of-string-id": func(a *asked) (any, error) {
		id, err := a.ns.IDFromString(hello)
		if err != nil {
			return nil, err
		}
		return asJSON(id)
	},
	"from-string":       read(hello),
	"from-string-upper": read(strings.ToUpper(hello)),
	"from-string-name": func(a *asked) (any, error) {
		id, err := a.ns.IDFromString(hello)
		return nameOf(id), err
	},
	"from-string-empty":        read(""),
	"from-string-short":        read(hello[1:]),
	"from-string-long":         read(hello + "0"),
	"from-string-not-hex":      read(hello[:63] + "g"),
	"from-string-blank-before": read(" " + hello),
	"from-string-0x":           read("0x" + hello[2:]),
	"from-string-wrong-tag":    read(hello[:63] + "7"),
	"from-string-zeros":        read(strings.Repeat("0", 64)),
	"from-string-other-namespace": func(a *asked) (any, error) {
		return read(a.other.IDFromName("hello").String())(a)
	},
}

var idsCompared = map[string]question{
	"equals-same-name": func(a *asked) (any, error) { return a.ns.IDFromName("hello").Equal(a.ns.IDFromName("hello")), nil },
	"equals-from-string": func(a *asked) (any, error) {
		id, err := a.ns.IDFromString(hello)
		return a.ns.IDFromName("hello").Equal(id), err
	},
	"equals-other-name":      func(a *asked) (any, error) { return a.ns.IDFromName("hello").Equal(a.ns.IDFromName("x")), nil },
	"equals-other-namespace": func(a *asked) (any, error) { return a.ns.IDFromName("hello").Equal(a.other.IDFromName("hello")), nil },
	"jurisdiction-eu":        restricted("eu"),
	"jurisdiction-unknown":   restricted("moon"),
	"jurisdiction-nothing":   restricted(""),
}

func restricted(jurisdiction string) question {
	return func(a *asked) (any, error) {
		ns, err := a.ns.Jurisdiction(jurisdiction)
		if err != nil {
			return nil, err
		}
		return ns.IDFromName("hello").String(), nil
	}
}

var stubsOfIDs = map[string]question{
	"get-other-namespace": func(a *asked) (any, error) { return a.call(a.ns.Get(a.other.IDFromName("hello")), "who") },
	"get-location-hint": func(a *asked) (any, error) {
		return a.call(a.ns.Get(a.ns.IDFromName("hello"), durable.LocationHint("weur")), "who")
	},
	"get-location-hint-unknown": func(a *asked) (any, error) {
		return a.call(a.ns.GetByName("hello", durable.LocationHint("moon")), "who")
	},
	"get-by-name-id": func(a *asked) (any, error) { return a.ns.GetByName("hello").ID().String(), nil },
	"stub-name":      func(a *asked) (any, error) { return nameOf(a.ns.GetByName("hello")), nil },
	"stub-name-by-id": func(a *asked) (any, error) {
		return nameOf(a.ns.Get(a.ns.IDFromName("hello"))), nil
	},
	"stub-name-by-string": func(a *asked) (any, error) {
		id, err := a.ns.IDFromString(hello)
		return nameOf(a.ns.Get(id)), err
	},
	"stub-long-name": func(a *asked) (any, error) {
		name, _ := a.ns.GetByName(strings.Repeat("x", 5000)).Name()
		return len(name), nil
	},
}

var namesInside = map[string]question{
	"inside":                 func(a *asked) (any, error) { return a.call(a.ns.GetByName("inside"), "who") },
	"inside-empty":           func(a *asked) (any, error) { return a.call(a.ns.GetByName(""), "who") },
	"inside-1024":            nameLength(strings.Repeat("x", 1024)),
	"inside-1025":            nameLength(strings.Repeat("x", 1025)),
	"inside-1024-two-byte":   nameLength(strings.Repeat("é", 512)),
	"inside-1026-two-byte":   nameLength(strings.Repeat("é", 513)),
	"inside-unique":          func(a *asked) (any, error) { return a.call(a.ns.Get(a.ns.NewUniqueID()), "nameLength") },
	"string-first-then-name": func(a *asked) (any, error) { return a.after("nameLength", a.byText, a.byName, "q1") },
	"name-first-then-string": func(a *asked) (any, error) { return a.after("nameLength", a.byName, a.byText, "q2") },
	"name-after-reset":       func(a *asked) (any, error) { return a.after("die", a.byText, a.byName, "q3") },
}

func nameLength(name string) question {
	return func(a *asked) (any, error) { return a.call(a.ns.GetByName(name), "nameLength") }
}

func (a *asked) byName(name string) (*durable.Stub, error) { return a.ns.GetByName(name), nil }

func (a *asked) byText(name string) (*durable.Stub, error) {
	id, err := a.ns.IDFromString(a.ns.IDFromName(name).String())
	return a.ns.Get(id), err
}

// after calls method through the first kind of stub, whatever comes of it, and
// asks for the length of the name through the second.
func (a *asked) after(method string, first, second func(string) (*durable.Stub, error), name string) (any, error) {
	stub, err := first(name)
	if err != nil {
		return nil, err
	}
	_, _ = a.call(stub, method)
	if stub, err = second(name); err != nil {
		return nil, err
	}
	return a.call(stub, "nameLength")
}
