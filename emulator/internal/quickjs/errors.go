package quickjs

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unsafe"

	lib "modernc.org/libquickjs"
)

// Error is what JavaScript threw, or what ended it. As the result of a host function it is thrown: as the value that it
// came from while that is alive, else as a new error of the class that Name says, if the language has it.
type Error struct {
	Name    string // class, such as "TypeError"; empty if what was thrown is not an Error
	Message string // or the text of what was thrown
	// Stack is the heading "Name: Message" and lines "    at function (file:line:column)", the innermost first, at most
	// ten of them. Empty if what was thrown carries none.
	Stack        string
	File         string // where it was thrown, if known
	Line, Column int    // counted from 1; 0 if unknown

	cause  error
	value  Value
	thrown bool // value was thrown
	ended  bool // JavaScript was unwound; nothing was thrown
}

// Error gives the place, class and message.
func (e *Error) Error() string {
	text := e.heading()
	if e.File != "" {
		return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, text)
	}
	return text
}

// Unwrap gives the cause: one of the errors of the limits, what [Terminate] or [Isolate.Interrupt] was given, or the Go
// error of the host function that threw.
func (e *Error) Unwrap() error { return e.cause }

// Ended reports whether JavaScript was ended, by a limit, [Terminate] or [Isolate.Interrupt], rather than that it threw.
func (e *Error) Ended() bool { return e.ended }

// Thrown gives the value that was thrown. It belongs to the scope in which the error was returned; ok is false when that
// has been closed, or when nothing was thrown: limits and Terminate throw nothing.
func (e *Error) Thrown() (v Value, ok bool) {
	return e.value, e.thrown && (e.value.iso == nil || e.value.iso.alive(e.value))
}

// Throw makes an error that a host function returns to throw v.
func (v Value) Throw() error {
	if v.iso == nil {
		return &Error{Message: "undefined", thrown: true}
	}
	e := v.iso.describe(v.iso.raw(v))
	e.value, e.thrown = v, true
	return e
}

// TypeErrorf gives an error that is thrown as a TypeError.
func TypeErrorf(format string, args ...any) error {
	return &Error{Name: "TypeError", Message: fmt.Sprintf(format, args...)}
}

// RangeErrorf gives an error that is thrown as a RangeError.
func RangeErrorf(format string, args ...any) error {
	return &Error{Name: "RangeError", Message: fmt.Sprintf(format, args...)}
}

// nativeErrors are the engine's numbers of the classes that have one.
var nativeErrors = map[string]int{
	"EvalError": 0, "RangeError": 1, "ReferenceError": 2, "SyntaxError": 3, "TypeError": 4, "URIError": 5, "AggregateError": 7,
}

// NewError makes an Error object without throwing it, with the stack of the JavaScript that is running. A name that is
// no class of the language becomes a property of the object.
func (i *Isolate) NewError(name, message string) (Value, error) {
	return i.run(func() lib.TJSValue { return i.newError(name, message) })
}

func (i *Isolate) newError(name, message string) lib.TJSValue {
	text := i.newString(message)
	if isException(text) {
		return exception
	}
	e := i.constructRaw(i.errorCtor, text)
	i.drop(text)
	if isException(e) || name == "" || name == "Error" {
		return e
	}
	rc := int32(0)
	if k, ok := nativeErrors[name]; ok {
		rc = lib.XJS_SetPrototype(i.tls, i.ctx, e, (*lib.TJSContext)(pointer(i.ctx)).Fnative_error_proto[k])
	} else if text := i.newString(name); !isException(text) {
		i.withAtom("name", func(a lib.TJSAtom) lib.TJSValue {
			rc = lib.XJS_DefinePropertyValue(i.tls, i.ctx, e, a, text, lib.MJS_PROP_WRITABLE|lib.MJS_PROP_CONFIGURABLE)
			return undefined
		})
	}
	if rc < 0 {
		i.drop(e)
		return exception
	}
	return e
}

// lastThrown remembers which Go error became which object, so that an error that passes through JavaScript uncaught
// still wraps it. One is enough: it is the one that is on its way.
type lastThrown struct {
	v   lib.TJSValue
	err error
}

// throw makes err the pending exception.
func (i *Isolate) throw(err error) lib.TJSValue {
	var t *termination
	if errors.As(err, &t) {
		return i.terminate(err)
	}
	if i.stop != nil {
		return i.terminate(i.stop.cause)
	}
	v := i.errorValue(err)
	if isException(v) {
		return v
	}
	i.drop(i.last.v)
	i.last = lastThrown{i.dup(v), err}
	return lib.XJS_Throw(i.tls, i.ctx, v)
}

// ErrorValue gives the value that a host function would throw for err.
func (i *Isolate) ErrorValue(err error) (Value, error) {
	return i.run(func() lib.TJSValue { return i.errorValue(err) })
}

func (i *Isolate) errorValue(err error) lib.TJSValue {
	var e *Error
	if !errors.As(err, &e) {
		return i.newError("", err.Error())
	}
	if v, ok := e.Thrown(); ok && (v.iso == nil || v.iso == i) {
		return i.dup(i.raw(v))
	}
	v := i.newError(e.Name, e.Message)
	if _, trace, ok := strings.Cut(e.Stack, "\n"); ok && !isException(v) {
		// The error comes from elsewhere, such as the compiler: its own place is what matters.
		i.setTrace(v, trace+"\n")
	}
	return v
}

// caught takes the pending exception.
func (i *Isolate) caught() error {
	v := lib.XJS_GetException(i.tls, i.ctx)
	e := i.describe(v)
	if i.stop == nil && quotaAt(i.quota).exceeded != 0 && i.isOutOfMemory(v) {
		i.stop = &stop{cause: i.memoryError()}
	}
	if i.stop != nil {
		i.drop(v)
		return i.stopped(e)
	}
	e.value, e.thrown = i.push(v), true
	if last := i.last; last.err != nil && tagOf(last.v) == lib.EJS_TAG_OBJECT && payload(last.v) == payload(v) && tagOf(v) == lib.EJS_TAG_OBJECT {
		e.cause = last.err
	}
	return e
}

// stopped is the error of an unwound isolate; at is the place that this caller has seen, or nil.
func (i *Isolate) stopped(at *Error) error {
	i.stop.see(at)
	e := &Error{Message: i.stop.cause.Error(), cause: i.stop.cause, ended: true}
	if at = i.stop.last; at == nil {
		at = i.stop.jump
	}
	if at != nil {
		e.File, e.Line, e.Column = at.File, at.Line, at.Column
		_, frames, _ := strings.Cut(at.Stack, "\n    at ")
		e.Stack = e.Message + "\n    at " + frames
	}
	return e
}

// see remembers where the engine's error says that it was thrown.
func (s *stop) see(at *Error) {
	if s.jump == nil && at != nil && at.File != "" {
		s.jump = at
	}
}

// here describes the place that is running, or nil if the innermost function has made no call yet: its position is kept
// in a variable of the interpreter until then, and what its frame holds is of an earlier frame.
func (i *Isolate) here() *Error {
	sf := (*lib.TJSRuntime)(pointer(i.rt)).Fcurrent_stack_frame
	if sf == 0 {
		return nil
	}
	frame := (*lib.TJSStackFrame)(pointer(sf))
	if c := lib.XJS_GetClassID(i.tls, frame.Fcur_func); c != lib.EJS_CLASS_C_FUNCTION && c != lib.EJS_CLASS_C_FUNCTION_DATA {
		fn := (*lib.TJSObject)(pointer(uintptr(payload(frame.Fcur_func))))
		code := (*lib.TJSFunctionBytecode)(pointer(*(*uintptr)(unsafe.Pointer(&fn.Fu))))
		if frame.Fcur_pc <= code.Fbyte_code_buf || frame.Fcur_pc > code.Fbyte_code_buf+uintptr(code.Fbyte_code_len) {
			return nil
		}
	}
	e := &Error{}
	e.setFrames(i.Stack(maxFrames))
	if e.File == "" {
		return nil
	}
	return e
}

// setFrames fills the stack and the place.
func (e *Error) setFrames(frames []Frame) {
	if len(frames) == 0 {
		return
	}
	e.Stack = e.heading()
	for _, f := range frames {
		e.Stack += "\n    at " + f.String()
		if e.File == "" && f.File != "" {
			e.File, e.Line, e.Column = f.File, f.Line, f.Column
		}
	}
}

// heading is the first line of a stack.
func (e *Error) heading() string {
	switch {
	case e.Name == "":
		return e.Message
	case e.Message == "":
		return e.Name
	}
	return e.Name + ": " + e.Message
}

// isOutOfMemory knows the engine's own error, and the null that it throws when it cannot even make one.
func (i *Isolate) isOutOfMemory(v lib.TJSValue) bool {
	if tagOf(v) == lib.EJS_TAG_NULL {
		return true
	}
	is := false
	i.ownText(v, "message", func(text []byte) { is = string(text) == "out of memory" })
	return is
}

// describe reads what was thrown, running as little code of JavaScript as possible: names and messages may be getters.
func (i *Isolate) describe(v lib.TJSValue) *Error {
	e := &Error{}
	if lib.XJS_IsError(i.tls, i.ctx, v) == 0 {
		e.Message = i.display(v)
		return e
	}
	e.Name, _ = i.text(v, "name")
	e.Message, _ = i.text(v, "message")
	if e.Message == "stack overflow" && e.Name == "RangeError" {
		e.Message = "Maximum call stack size exceeded" // as V8 says it
		e.cause = ErrStackOverflow
	}
	e.setFrames(i.frames(v, maxFrames))
	return e
}

// display is the text of a value that is not an Error.
func (i *Isolate) display(v lib.TJSValue) string {
	text, err := i.peek(func() lib.TJSValue { return lib.XJS_ToString(i.tls, i.ctx, v) })
	if err {
		return "an object that has no text"
	}
	return text
}

// text reads a property as a string; what fails or is no string has none.
func (i *Isolate) text(v lib.TJSValue, name string) (string, bool) {
	text, failed := i.peek(func() lib.TJSValue {
		return i.withAtom(name, func(a lib.TJSAtom) lib.TJSValue { return lib.XJS_GetPropertyInternal(i.tls, i.ctx, v, a, v, 0) })
	})
	return text, !failed
}

// ownText lends the own data property of that name, if it is a string.
func (i *Isolate) ownText(v lib.TJSValue, name string, use func(text []byte)) {
	if tagOf(v) != lib.EJS_TAG_OBJECT {
		return
	}
	i.lend(func() lib.TJSValue {
		return i.withAtom(name, func(a lib.TJSAtom) lib.TJSValue { return i.ownData(v, a) })
	}, use)
}

// frames reads the stack of an error, at most limit frames of it: with deep recursion the text is half a megabyte.
func (i *Isolate) frames(v lib.TJSValue, limit int) (frames []Frame) {
	i.trace(v, func(text []byte) { frames = parseFrames(text, limit) })
	return frames
}

// peek turns the result of fn, which it owns, into text; exceptions are swallowed.
func (i *Isolate) peek(fn func() lib.TJSValue) (text string, failed bool) {
	return text, i.lend(fn, func(b []byte) { text = string(b) })
}

// lend is peek without a copy.
func (i *Isolate) lend(fn func() lib.TJSValue, use func(text []byte)) (failed bool) {
	v := fn()
	if !isException(v) {
		if t := tagOf(v); t != lib.EJS_TAG_OBJECT && t != lib.EJS_TAG_UNDEFINED && t != lib.EJS_TAG_SYMBOL {
			if p := lib.XJS_ToCStringLen2(i.tls, i.ctx, i.array+32, v, 0); p != 0 {
				use(view(p, int(*(*uint64)(pointer(i.array + 32)))))
				lib.XJS_FreeCString(i.tls, i.ctx, p)
				i.drop(v)
				return false
			}
		}
		i.drop(v)
	}
	i.drop(lib.XJS_GetException(i.tls, i.ctx))
	return true
}

// maxFrames is how many lines of a stack are kept, as in V8.
const maxFrames = 10

// Frame is one call of a stack.
type Frame struct {
	Function     string // empty at the top level of a script or module, or for an anonymous function
	File         string // empty in functions of the engine or the host
	Line, Column int    // counted from 1
}

// String is the frame as V8 writes it.
func (f Frame) String() string {
	place := f.File
	if place == "" {
		place = "native"
	} else if f.Line > 0 {
		place += ":" + strconv.Itoa(f.Line) + ":" + strconv.Itoa(f.Column)
	}
	if f.Function == "" {
		return place
	}
	return f.Function + " (" + place + ")"
}

// parseFrames reads the engine's lines "    at function (file:line:column)" and "    at file:line:column".
func parseFrames(trace []byte, limit int) []Frame {
	var frames []Frame
	for b := range bytes.Lines(trace) {
		if len(frames) == limit {
			break
		}
		line, ok := strings.CutPrefix(string(bytes.TrimSuffix(b, []byte("\n"))), "    at ")
		if !ok {
			continue
		}
		var f Frame
		place := line
		if strings.HasSuffix(line, ")") {
			if at := strings.LastIndex(line, " ("); at >= 0 {
				f.Function, place = line[:at], line[at+2:len(line)-1]
			}
		} else if _, _, ok := cutLast(line); !ok {
			continue // code of the host: stacks do not show it
		}
		if f.Function == "<anonymous>" || f.Function == "<eval>" {
			f.Function = ""
		}
		if place != "native" {
			f.File, f.Line, f.Column = splitPlace(place)
		}
		frames = append(frames, f)
	}
	return frames
}

func splitPlace(place string) (file string, line, column int) {
	rest, last, ok := cutLast(place)
	if !ok {
		return place, 0, 0
	}
	if file, first, ok := cutLast(rest); ok {
		return file, first, last
	}
	return rest, last, 0
}

func cutLast(s string) (before string, n int, ok bool) {
	at := strings.LastIndexByte(s, ':')
	if at < 0 {
		return s, 0, false
	}
	n, err := strconv.Atoi(s[at+1:])
	return s[:at], n, err == nil
}

// Stack gives the frames of the JavaScript that is running, the innermost first, at most limit; none outside of host
// functions.
func (i *Isolate) Stack(limit int) []Frame {
	if i.depth == 0 || i.closed {
		return nil
	}
	e := i.newError("", "")
	if isException(e) {
		i.drop(lib.XJS_GetException(i.tls, i.ctx))
		return nil
	}
	defer i.drop(e)
	return i.frames(e, limit)
}
