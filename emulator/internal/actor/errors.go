package actor

import (
	"errors"
	"fmt"
	"strings"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/emulator/internal/host"
	"github.com/dormouse-do/dormouse/emulator/internal/v8value"
)

// ErrClosed is the error of calls to a closed emulator.
var ErrClosed = errors.New("emulator: closed")

// errForeign is the error of a stub or namespace that no emulator has made.
var errForeign = errors.New("emulator: the stub or namespace belongs to no emulator")

// errHeld refuses control by code that it would have to wait for.
var errHeld = errors.New("emulator: called by code that holds the turn (the function of RunIn, or a client of Clients), " +
	"which it would wait for without end: call it before or after")

// errInSync refuses the end of a turn inside TransactionSync, where it would
// commit half of the transaction.
var errInSync = errors.New("durable: the turn cannot end inside TransactionSync: use Transaction, or wait outside")

// unwind is the panic that takes the code of a reset object off its
// goroutine. The event's boundary recovers it.
type unwind struct{ actor *Actor }

func (u unwind) String() string {
	return fmt.Sprintf("emulator: object %s was reset: %v", u.actor.id, u.actor.resetError())
}

// internalError is the error of a fault that is not the application's; the
// runtime's callers see no more of it than a reference.
func internalError(reference string) *durable.Error {
	return &durable.Error{Name: "Error", Message: internalText + reference}
}

const internalText = "internal error; reference = "

// bareInternal reports the internal error of a turn that could not be committed,
// which has no property of its own, however the object was asked (rules 4.15,
// 4.43). That of a transaction has some (4.16).
func bareInternal(err error) bool {
	var e *durable.Error
	return errors.As(err, &e) && !e.Reset && strings.HasPrefix(e.Message, internalText)
}

// errStorageGone is what storage says of an instance that was shut down
// without an error of its own (rule 2.35).
var errStorageGone = &durable.Error{
	Name: "Error", Message: "Durable Object storage is no longer accessible.", Retryable: true, Reset: true,
}

var errTimedOut = &durable.Error{
	Name: "Error",
	Message: "A call to blockConcurrencyWhile() in a Durable Object waited for too long. " +
		"The call was canceled and the Durable Object was reset.",
	Overloaded: true, Reset: true,
}

var errTooDeep = &durable.Error{Name: "Error", Message: "blockConcurrencyWhile() calls are nested too deeply.", Reset: true}

var errConnectionLost = &durable.Error{Name: "Error", Message: "Network connection lost.", Retryable: true}

// withReset marks the error of something that reset the object.
func withReset(err error) *durable.Error {
	e := durable.AsError(err)
	e.Reset = true
	return e
}

// remote gives an error of a handler as the caller sees it: its properties are
// copies, and those that cannot be copied do not arrive (rules 10.19, 10.38).
func remote(err error) error {
	if r, ok := errors.AsType[host.Remote](err); ok {
		return r.Remote()
	}
	e := durable.AsError(err)
	e.Remote = true
	if e.Props == nil {
		return e
	}
	props := make(map[string]any, len(e.Props))
	for name, value := range e.Props {
		data, err := v8value.Marshal(value)
		if err != nil {
			continue
		}
		var out any
		if v8value.Unmarshal(data, &out) == nil {
			props[name] = out
		}
	}
	e.Props = props
	return e
}
