package v8value

import (
	"errors"
	"fmt"
	"reflect"
)

// SyntaxError says that data is not in V8's format, or in a part of it that this
// package does not read.
type SyntaxError struct {
	Offset int // of the byte that cannot be right
	Msg    string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("invalid serialized value at byte %d: %s", e.Offset, e.Msg)
}

// UncloneableError says that a Go value has no counterpart in JavaScript, such
// as a func or a chan; the runtime's name for it is DataCloneError.
type UncloneableError struct {
	Path   string // where in the value, such as args[0].seats[3]
	Type   reflect.Type
	Reason string // beyond the type itself; may be empty
}

func (e *UncloneableError) Error() string {
	msg := fmt.Sprintf("%s: Go type %v could not be cloned", e.Path, e.Type)
	if e.Reason != "" {
		msg += ": " + e.Reason
	}
	return msg
}

// RangeError says that a Go value is of a kind that JavaScript has, but outside
// of what it can hold exactly.
type RangeError struct {
	Path string
	Msg  string
}

func (e *RangeError) Error() string { return e.Path + ": " + e.Msg }

// TypeError says that a decoded value does not fit the Go type that it is
// decoded into.
type TypeError struct {
	Path  string
	Value string // the value or its kind, such as 1.5 or Array
	Type  reflect.Type
	Hint  string // may be empty
}

func (e *TypeError) Error() string {
	msg := fmt.Sprintf("%s: %s does not fit Go type %v", e.Path, e.Value, e.Type)
	if e.Hint != "" {
		msg += ": " + e.Hint
	}
	return msg
}

// under puts a segment before the path of err, on the way up from the place of
// the error: the way down costs nothing.
func under(segment string, err error) error {
	var (
		u *UncloneableError
		r *RangeError
		t *TypeError
	)
	switch {
	case errors.As(err, &u):
		u.Path = segment + u.Path
	case errors.As(err, &r):
		r.Path = segment + r.Path
	case errors.As(err, &t):
		t.Path = segment + t.Path
	}
	return err
}

func underIndex(i int, err error) error { return under(fmt.Sprintf("[%d]", i), err) }

func underKey(key string, err error) error {
	for i, r := range key {
		if !(r == '_' || r == '$' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || i > 0 && '0' <= r && r <= '9' || r >= 0x80) {
			return under(fmt.Sprintf("[%q]", key), err)
		}
	}
	if key == "" {
		return under(`[""]`, err)
	}
	return under("."+key, err)
}
