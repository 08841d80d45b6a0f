package quickjs

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"sync"

	lib "modernc.org/libquickjs"
)

// CodeKind tells scripts from modules.
type CodeKind uint8

// The kinds of code.
const (
	ScriptCode CodeKind = iota
	ModuleCode
	// HostScriptCode is a script of the host's own, kept without its text and its lines: functions show no source, as
	// those of the engine, and stacks show no place in it. It takes a third of the memory.
	HostScriptCode
)

// Code is compiled JavaScript. It belongs to no isolate, never changes, and may be used by any goroutine.
type Code struct {
	Kind CodeKind
	File string // as it stands in stacks; for a module, also its name

	bytecode []byte
}

// Size is how many bytes the compiled form takes.
func (c *Code) Size() int { return len(c.bytecode) }

// Bytes gives the compiled form, for [LoadCode].
func (c *Code) Bytes() []byte { return bytes.Clone(c.bytecode) }

// LoadCode takes what [Code.Bytes] gave, in whichever process, for the same source, file and kind. The engine trusts
// it: what comes from another version of the engine is refused when it is run, but what was damaged does damage.
func LoadCode(bytecode []byte, file string, kind CodeKind) *Code {
	return &Code{Kind: kind, File: file, bytecode: bytes.Clone(bytecode)}
}

// keptCode bounds the cache; beyond it the cache starts anew.
const keptCode = 256 << 20

// compiled is the cache of the process, by content.
var compiled struct {
	sync.Mutex // guards the fields below; never held while anything is compiled
	codes      map[[sha256.Size]byte]*Code
	bytes      int
}

// Compile compiles source, or gives what was compiled from the same source, file and kind before. Imports are not
// looked at. Errors are SyntaxErrors with their place.
func Compile(source, file string, kind CodeKind) (*Code, error) {
	key := contentKey(source, file, kind)
	compiled.Lock()
	c := compiled.codes[key]
	compiled.Unlock()
	if c != nil {
		return c, nil
	}
	bytecode, err := compile(source, file, kind)
	if err != nil {
		return nil, err
	}
	c = &Code{Kind: kind, File: file, bytecode: bytecode}
	compiled.Lock()
	defer compiled.Unlock()
	if compiled.codes == nil || compiled.bytes+len(bytecode) > keptCode {
		compiled.codes, compiled.bytes = make(map[[sha256.Size]byte]*Code), 0
	}
	compiled.codes[key] = c
	compiled.bytes += len(bytecode)
	return c, nil
}

func contentKey(source, file string, kind CodeKind) (key [sha256.Size]byte) {
	h := sha256.New()
	head := binary.LittleEndian.AppendUint64([]byte{byte(kind)}, uint64(len(file)))
	h.Write(head)
	h.Write([]byte(file))
	h.Write([]byte(source))
	h.Sum(key[:0])
	return key
}

// compilerMemory stops a source that would need unreasonably much.
const compilerMemory = 1 << 30

// compile works in an isolate of its own: compiling a module also looks up its imports, which must have no effect.
func compile(source, file string, kind CodeKind) (bytecode []byte, err error) {
	i, err := Open(Options{
		MemoryLimit: compilerMemory,
		Load:        func(*Isolate, string, map[string]string) (Module, error) { return Module{Exports: []Export{}}, nil },
	})
	if err != nil {
		return nil, err
	}
	defer i.Close()
	flags := int32(lib.MJS_EVAL_TYPE_GLOBAL)
	if kind == ModuleCode {
		flags = lib.MJS_EVAL_TYPE_MODULE
	}
	if kind == HostScriptCode {
		lib.XJS_SetStripInfo(i.tls, i.rt, lib.MJS_STRIP_SOURCE|lib.MJS_STRIP_DEBUG)
	}
	_, err = i.enter(func() lib.TJSValue {
		fn := i.eval(source, file, flags|lib.MJS_EVAL_FLAG_COMPILE_ONLY)
		if isException(fn) {
			return fn
		}
		p := lib.XJS_WriteObject(i.tls, i.ctx, i.array, fn, lib.MJS_WRITE_OBJ_BYTECODE)
		if p == 0 {
			return exception
		}
		bytecode = append(bytecode, view(p, int(*(*uint64)(pointer(i.array))))...)
		return undefined
	})
	return bytecode, err
}

// read makes the engine's form of code: a function, or a module whose imports have been loaded.
func (i *Isolate) read(c *Code) lib.TJSValue {
	p := malloc(i.tls, len(c.bytecode))
	copy(view(p, len(c.bytecode)), c.bytecode)
	v := lib.XJS_ReadObject(i.tls, i.ctx, p, uint64(len(c.bytecode)), lib.MJS_READ_OBJ_BYTECODE)
	free(i.tls, p)
	if isException(v) || c.Kind != ModuleCode {
		return v
	}
	if !i.guard("import.meta", func() error { return i.meta(uintptr(payload(v)), c.File) }) {
		i.drop(v)
		return exception
	}
	if lib.XJS_ResolveModule(i.tls, i.ctx, v) < 0 {
		i.drop(v)
		return exception
	}
	return v
}

// Run runs code: a script gives the value of its last expression, a module a promise that settles when it has run.
func (i *Isolate) Run(c *Code) (Value, error) {
	if c == nil {
		return Value{}, fmt.Errorf("no code to run")
	}
	return i.run(func() lib.TJSValue {
		v := i.read(c)
		if isException(v) {
			return v
		}
		return lib.XJS_EvalFunction(i.tls, i.ctx, v)
	})
}
