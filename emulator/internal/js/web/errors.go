package web

import (
	"errors"
	"log/slog"
	"math"
	"strings"

	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

// errorUnit has what Error.prepareStackTrace is called with.
var errorUnit = unit{name: "callsites"}

// allFrames is more than any stack has.
const allFrames = math.MaxInt32

// installErrors gives Error what V8 adds to the language: stacks in V8's format
// with places in the user's sources, captureStackTrace, stackTraceLimit and
// prepareStackTrace.
func (p *Platform) installErrors() error {
	scope := p.Isolate.OpenScope()
	defer scope.Close()
	class, err := p.Isolate.Global().Get("Error")
	if err != nil {
		return err
	}
	proto, err := class.Get("prototype")
	if err != nil {
		return err
	}
	kept := class.Keep() // scripts may replace the global
	get, err := p.Isolate.Function("stack", 0, func(c *quickjs.Call) (quickjs.Value, error) {
		frames, ok := c.This.Frames(allFrames)
		if !ok {
			return quickjs.Value{}, nil
		}
		frames, err := withoutConstructors(c.This, frames)
		if err != nil {
			return quickjs.Value{}, err
		}
		text, err := p.stackOf(kept.Value(), c.This, frames)
		if err != nil {
			return text, err
		}
		return text, setStack(c.This, text)
	})
	if err != nil {
		return err
	}
	set, err := p.Isolate.Function("stack", 1, func(c *quickjs.Call) (quickjs.Value, error) {
		if !c.This.IsObject() {
			return quickjs.Value{}, nil
		}
		return quickjs.Value{}, setStack(c.This, c.Arg(0))
	})
	if err != nil {
		return err
	}
	capture, err := p.Isolate.Function("captureStackTrace", 2, func(c *quickjs.Call) (quickjs.Value, error) {
		return p.captureStackTrace(c, kept.Value())
	})
	if err != nil {
		return err
	}
	return errors.Join(
		proto.Define("stack", quickjs.Property{Get: get, Set: set, Configurable: true}),
		class.Define("captureStackTrace", quickjs.Property{Value: capture, Writable: true, Configurable: true}),
		class.Define("stackTraceLimit", quickjs.Property{Value: p.Isolate.Number(maxFrames), Writable: true, Enumerable: true, Configurable: true}),
	)
}

// withoutConstructors leaves out the frames in which an error was being made:
// those of its class's constructors, as V8 does.
func withoutConstructors(e quickjs.Value, frames []quickjs.Frame) ([]quickjs.Frame, error) {
	names := map[string]bool{}
	for proto, err := e.Prototype(); ; proto, err = proto.Prototype() {
		if err != nil {
			return nil, err
		}
		if !proto.IsObject() {
			break
		}
		class, err := proto.Get("constructor")
		if err != nil {
			return nil, err
		}
		if class.IsFunction() {
			name, err := class.Get("name")
			if err != nil {
				return nil, err
			}
			names[name.String()] = true
		}
	}
	for len(frames) > 0 && frames[0].Function != "" && names[frames[0].Function] {
		frames = frames[1:]
	}
	return frames, nil
}

func setStack(of, stack quickjs.Value) error {
	return of.Define("stack", quickjs.Property{Value: stack, Writable: true, Configurable: true})
}

// captureStackTrace(object, above) gives an object the property stack. Frames
// up to that of the function above are left out; it is known by its name, since
// frames have nothing else.
func (p *Platform) captureStackTrace(c *quickjs.Call, class quickjs.Value) (quickjs.Value, error) {
	object := c.Arg(0)
	if !object.IsObject() {
		return quickjs.Value{}, quickjs.TypeErrorf("invalid_argument")
	}
	frames := c.Isolate.Stack(allFrames)
	if above := c.Arg(1); above.IsFunction() {
		name, err := above.Get("name")
		if err != nil {
			return name, err
		}
		for n, f := range frames {
			if f.Function == name.String() {
				frames = frames[n+1:]
				break
			}
		}
	}
	text, err := p.stackOf(class, object, frames)
	if err != nil {
		return text, err
	}
	return quickjs.Value{}, setStack(object, text)
}

// stackOf makes the value of an object's property stack.
func (p *Platform) stackOf(class, object quickjs.Value, frames []quickjs.Frame) (quickjs.Value, error) {
	limit := maxFrames
	if v, err := class.Get("stackTraceLimit"); err != nil {
		return v, err
	} else if v.Kind() == quickjs.Number {
		f, err := v.Float()
		if err != nil {
			return v, err
		}
		limit = int(max(0, min(f, allFrames)))
	}
	frames = p.own(frames)
	frames = frames[:min(limit, len(frames))]
	prepare, err := class.Get("prepareStackTrace")
	if err != nil {
		return prepare, err
	}
	if prepare.IsFunction() {
		sites, err := p.callSites(frames)
		if err != nil {
			return sites, err
		}
		return prepare.Call(class, object, sites)
	}
	head, err := heading(object)
	if err != nil {
		return quickjs.Value{}, err
	}
	return p.Isolate.String(head + p.stackText(frames))
}

// heading is the first line of a stack: name and message.
func heading(object quickjs.Value) (string, error) {
	parts := []string{"Error", ""}
	for n, key := range []string{"name", "message"} {
		v, err := object.Get(key)
		if err != nil {
			return "", err
		}
		if v.IsUndefined() {
			continue
		}
		if parts[n], err = v.Text(); err != nil {
			return "", err
		}
	}
	switch {
	case parts[0] == "":
		return parts[1], nil
	case parts[1] == "":
		return parts[0], nil
	}
	return parts[0] + ": " + parts[1], nil
}

// callSites makes the list that prepareStackTrace gets.
func (p *Platform) callSites(frames []quickjs.Frame) (quickjs.Value, error) {
	sites := make([]quickjs.Value, 0, len(frames))
	class, err := p.export("callsites", "CallSite")
	if err != nil {
		return class, err
	}
	for _, f := range frames {
		name, err := p.Isolate.String(f.Function)
		if err != nil {
			return name, err
		}
		file, err := p.Isolate.String(f.File)
		if err != nil {
			return file, err
		}
		site, err := class.New(name, file, p.Isolate.Number(float64(f.Line)), p.Isolate.Number(float64(f.Column)))
		if err != nil {
			return site, err
		}
		sites = append(sites, site)
	}
	return p.Isolate.Array(sites...)
}

// own leaves the platform's own functions out of a stack, and gives the others
// the places in what the user wrote.
func (p *Platform) own(frames []quickjs.Frame) []quickjs.Frame {
	out := make([]quickjs.Frame, 0, len(frames))
	for n, f := range frames {
		switch {
		case strings.HasPrefix(f.File, unitFile):
			continue
		case f.File == "":
			// A function of the engine or of the host. The innermost are the
			// platform's; one that was called by a unit is part of it.
			if len(out) == 0 || n+1 < len(frames) && strings.HasPrefix(frames[n+1].File, unitFile) {
				continue
			}
		default:
			f.File, f.Line, f.Column = p.source(f.File, f.Line, f.Column)
		}
		out = append(out, f)
	}
	return out
}

// stackText is the lines of a stack as they stand behind its heading.
func (p *Platform) stackText(frames []quickjs.Frame) string {
	var out strings.Builder
	for _, f := range frames {
		out.WriteString("\n    at ")
		if f.File == "" {
			out.WriteString(f.Function + " (<anonymous>)")
		} else {
			out.WriteString(f.String())
		}
	}
	return out.String()
}

// Stack is the stack of an error as JavaScript shows it; "" if it has none.
func (p *Platform) Stack(v quickjs.Value) string {
	if !v.IsObject() {
		return ""
	}
	stack, err := v.Get("stack")
	if err != nil || stack.Kind() != quickjs.String {
		return ""
	}
	return stack.String()
}

// source is where a place was written.
func (p *Platform) source(file string, line, column int) (string, int, int) {
	if p.Options.Source == nil || file == "" {
		return file, line, column
	}
	return p.Options.Source(file, line, column)
}

// describeError(value) tells what an error event says of what was thrown.
func (p *Platform) describeError(c *quickjs.Call) (quickjs.Value, error) {
	e := thrown(c.Arg(0))
	text := e.Message
	if e.Name != "" {
		if text = e.Name; e.Message != "" {
			text += ": " + e.Message
		}
	}
	file, line, column := e.File, e.Line, e.Column
	if frames := c.Isolate.Stack(allFrames); file == "" {
		for _, f := range p.own(frames) {
			file, line, column = f.File, f.Line, f.Column
			break
		}
	} else {
		file, line, column = p.source(file, line, column)
	}
	o, err := c.Isolate.Object()
	if err != nil {
		return o, err
	}
	message, err := c.Isolate.String(text)
	if err != nil {
		return o, err
	}
	name, err := c.Isolate.String(file)
	if err != nil {
		return o, err
	}
	return o, errors.Join(o.Set("message", message), o.Set("filename", name),
		o.Set("lineno", c.Isolate.Number(float64(line))), o.Set("colno", c.Isolate.Number(float64(column))))
}

func thrown(v quickjs.Value) *quickjs.Error {
	e := &quickjs.Error{}
	errors.As(v.Throw(), &e)
	return e
}

// uncaught(error, text) prints an error that nobody handles.
func (p *Platform) uncaught(c *quickjs.Call) (quickjs.Value, error) {
	text := c.Arg(1).String()
	if frames, ok := c.Arg(0).Frames(allFrames); ok {
		frames = p.own(frames)
		text += p.stackText(frames[:min(maxFrames, len(frames))])
	}
	p.print(slog.LevelError, text)
	return quickjs.Value{}, nil
}

// guardCode(fn, constructor) gives a function that does what fn does, a function
// that makes code from strings: in the global scope only (since 2025-06-01).
func (p *Platform) guardCode(c *quickjs.Call) (quickjs.Value, error) {
	fn := c.Arg(0).Keep()
	name, err := c.Arg(0).Get("name")
	if err != nil {
		return name, err
	}
	call := func(c *quickjs.Call) (quickjs.Value, error) {
		if _, err := p.current(); err == nil || !p.enabled("allow_eval_during_startup", "disallow_eval_during_startup", "2025-06-01") {
			return quickjs.Value{}, &quickjs.Error{Name: "EvalError", Message: "Code generation from strings disallowed for this context"}
		}
		if c.New.IsUndefined() {
			return fn.Value().Call(quickjs.Value{}, c.Args...)
		}
		return fn.Value().New(c.Args...)
	}
	if c.Arg(1).Truthy() {
		return c.Isolate.Constructor(name.String(), 1, call)
	}
	return c.Isolate.Function(name.String(), 1, call)
}
