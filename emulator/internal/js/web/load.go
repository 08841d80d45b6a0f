package web

import (
	"embed"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"sync"

	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

// unit is a part of the platform that is written in JavaScript:
// runtime/<name>.js, whose value is a function
//
//	(function (native, use) { 'use strict'; …; return { Name, … } })
//
// It is called at most once in an isolate, when one of its globals or another
// unit first needs it. use(name) gives what another unit returned; what is
// returned but no global is seen by units and Go only.
type unit struct {
	name    string
	globals []string // names it returns that become globals
	eager   bool     // run by Install
	// when tells whether the globals are there at all, by compatibility flags; nil:
	// always.
	when func(p *Platform) bool
	// natives adds the functions of Go that the unit is called with, or is nil.
	natives func(p *Platform, n *natives)
}

// units lists all units. Users of a unit need not stand after it.
func units() []unit {
	return []unit{
		{name: "core", eager: true, natives: coreNatives},
		{name: "language", eager: true},
		{name: "disposal", globals: []string{"DisposableStack", "AsyncDisposableStack", "SuppressedError"}},
		eventUnit,
		timerUnit,
		blobUnit,
		fetchUnit,
		urlUnit,
		{name: "headers", globals: []string{"Headers"}},
		websocketUnit,
		{name: "iterators"},
		streamUnit,
		{name: "streams.gen"},
		globalsUnit,
		performanceUnit,
		{name: "immediates", globals: []string{"setImmediate", "clearImmediate"}, when: (*Platform).nodeCompat},
		{name: "marks", globals: []string{"PerformanceEntry", "PerformanceMark", "PerformanceMeasure"}, when: (*Platform).nodeCompat, natives: performanceNatives},
		encodingUnit,
		{name: "textstreams", globals: []string{"TextEncoderStream", "TextDecoderStream"}},
		cryptoUnit,
		consoleUnit,
		inspectUnits[0],
		inspectUnits[1],
		errorUnit,
		{name: "clonehosts"},
	}
}

//go:generate go run ./gen $NODE_PACKAGES
//go:generate go run ./gen/bytecode

//go:embed runtime/*.js runtime/*.gen.bin
var sources embed.FS

// unitFile is how files of the platform stand in stacks.
const unitFile = "dormouse:"

// unitCodes keeps compiled units for the process.
var unitCodes struct {
	sync.Mutex // guards codes; held while a unit is compiled, so that each is once
	codes      map[string]*quickjs.Code
}

func unitCode(name string) (*quickjs.Code, error) {
	unitCodes.Lock()
	defer unitCodes.Unlock()
	if c := unitCodes.codes[name]; c != nil {
		return c, nil
	}
	source, err := sources.ReadFile("runtime/" + name + ".js")
	if err != nil {
		return nil, err
	}
	c := compiledUnit(name, source)
	if c == nil {
		if c, err = quickjs.Compile(string(source), unitFile+name, quickjs.HostScriptCode); err != nil {
			return nil, err
		}
	}
	if unitCodes.codes == nil {
		unitCodes.codes = map[string]*quickjs.Code{}
	}
	unitCodes.codes[name] = c
	return c, nil
}

// compiledUnit gives a unit as [CompileUnit] left it in runtime/*.gen.bin, or nil
// if there is none of this source.
func compiledUnit(name string, source []byte) *quickjs.Code {
	compiled, err := sources.ReadFile("runtime/" + name + ".bin")
	if err != nil || len(compiled) < sumSize || binary.LittleEndian.Uint32(compiled) != crc32.Checksum(source, castagnoli) {
		return nil
	}
	return quickjs.LoadCode(compiled[sumSize:], unitFile+name, quickjs.HostScriptCode)
}

const sumSize = 4 // of the checksum of the source, which stands first

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// CompileUnit compiles a unit for runtime/*.gen.bin.
func CompileUnit(name string, source []byte) ([]byte, error) {
	c, err := quickjs.Compile(string(source), unitFile+name, quickjs.HostScriptCode)
	if err != nil {
		return nil, err
	}
	return append(binary.LittleEndian.AppendUint32(nil, crc32.Checksum(source, castagnoli)), c.Bytes()...), nil
}

// loader is what a platform knows of its units.
type loader struct {
	units   map[string]unit
	exports map[string]*quickjs.Ref // of the units that have run
	use     *quickjs.Ref            // the function of that name
}

// install runs the eager units and puts accessors in place of the globals of
// all others, which run the unit when they are first touched.
func (l *loader) install(p *Platform) error {
	scope := p.Isolate.OpenScope()
	defer scope.Close()
	l.units, l.exports = map[string]unit{}, map[string]*quickjs.Ref{}
	use, err := p.Isolate.Function("use", 1, func(c *quickjs.Call) (quickjs.Value, error) { return p.use(c.Arg(0).String()) })
	if err != nil {
		return err
	}
	l.use = use.Keep()
	all := units()
	for _, u := range all {
		l.units[u.name] = u
	}
	core, err := p.use("core")
	if err != nil {
		return err
	}
	for _, u := range all {
		if u.eager {
			if _, err := p.use(u.name); err != nil {
				return err
			}
		}
		if err := l.declare(p, core, u); err != nil {
			return err
		}
	}
	return nil
}

// declare makes the globals of a unit, lazily unless it is eager.
func (l *loader) declare(p *Platform, core quickjs.Value, u unit) error {
	if len(u.globals) == 0 || u.when != nil && !u.when(p) {
		return nil
	}
	args := make([]quickjs.Value, 1, 1+len(u.globals))
	for n, s := range append([]string{u.name}, u.globals...) {
		v, err := p.Isolate.String(s)
		if err != nil {
			return err
		}
		if n == 0 {
			args[0] = v
		} else {
			args = append(args, v)
		}
	}
	how := "lazy"
	if u.eager {
		how = "global"
	}
	_, err := core.Invoke(how, args...)
	return err
}

// use gives what a unit returned, after running it if it has not run yet. Units
// that use each other in a circle are a mistake.
func (p *Platform) use(name string) (quickjs.Value, error) {
	if ref, ok := p.loader.exports[name]; ok {
		if ref == nil {
			return quickjs.Value{}, fmt.Errorf("unit %s of the platform needs itself", name)
		}
		return ref.Value(), nil
	}
	u, ok := p.loader.units[name]
	if !ok {
		return quickjs.Value{}, fmt.Errorf("the platform has no unit %s", name)
	}
	p.loader.exports[name] = nil
	exports, err := p.run(u)
	if err != nil {
		delete(p.loader.exports, name)
		return quickjs.Value{}, err
	}
	p.loader.exports[name] = exports.Keep()
	return exports, nil
}

func (p *Platform) run(u unit) (quickjs.Value, error) {
	code, err := unitCode(u.name)
	if err != nil {
		return quickjs.Value{}, err
	}
	fn, err := p.Isolate.Run(code)
	if err != nil {
		return quickjs.Value{}, err
	}
	object, err := p.Isolate.Object()
	if err != nil {
		return quickjs.Value{}, err
	}
	n := &natives{iso: p.Isolate, object: object}
	if u.natives != nil {
		u.natives(p, n)
	}
	if n.err != nil {
		return quickjs.Value{}, n.err
	}
	return fn.Call(quickjs.Value{}, object, p.loader.use.Value())
}

// export gives one of the values that a unit returned.
func (p *Platform) export(unit, name string) (quickjs.Value, error) {
	exports, err := p.use(unit)
	if err != nil {
		return quickjs.Value{}, err
	}
	return exports.Get(name)
}

// natives collects the functions of Go that a unit is called with. The first
// error stays and ends the unit.
type natives struct {
	iso    *quickjs.Isolate
	object quickjs.Value
	err    error
}

func (n *natives) add(name string, length int, fn quickjs.Func) {
	if n.err != nil {
		return
	}
	var v quickjs.Value
	if v, n.err = n.iso.Function(name, length, fn); n.err == nil {
		n.err = n.object.Set(name, v)
	}
}

func coreNatives(p *Platform, n *natives) {
	// enabled(on, off, since) asks for a compatibility flag.
	n.add("enabled", 3, func(c *quickjs.Call) (quickjs.Value, error) {
		on := p.Options.Enabled == nil || p.Options.Enabled(c.Arg(0).String(), c.Arg(1).String(), c.Arg(2).String())
		return p.Isolate.Bool(on), nil
	})
	n.add("constructor", 3, p.constructor)
	n.add("guard", 2, p.guardCode)
	n.add("jsonError", 1, func(c *quickjs.Call) (quickjs.Value, error) { return p.Isolate.String(jsonError(c.Arg(0).String())) })
	// loaded(name) gives what a unit returned if it has run, else undefined.
	n.add("loaded", 1, func(c *quickjs.Call) (quickjs.Value, error) {
		if ref := p.loader.exports[c.Arg(0).String()]; ref != nil {
			return ref.Value(), nil
		}
		return quickjs.Value{}, nil
	})
}

// constructor(name, class, illegal) makes the function that users see in place
// of a class of ours: it looks like one of the runtime's own, and refuses to be
// called without new with the runtime's words.
func (p *Platform) constructor(c *quickjs.Call) (quickjs.Value, error) {
	name := c.Arg(0).String()
	if c.Arg(2).Truthy() {
		return p.Isolate.Constructor(name, 0, func(*quickjs.Call) (quickjs.Value, error) {
			return quickjs.Value{}, quickjs.TypeErrorf("Illegal constructor")
		})
	}
	class := c.Arg(1).Keep()
	return p.Isolate.Constructor(name, 0, func(c *quickjs.Call) (quickjs.Value, error) {
		if c.New.IsUndefined() {
			return quickjs.Value{}, quickjs.TypeErrorf("Failed to construct '%s': Please use the 'new' operator, this object constructor cannot be called as a function.", name)
		}
		return class.Value().NewAs(c.New, c.Args...)
	})
}
