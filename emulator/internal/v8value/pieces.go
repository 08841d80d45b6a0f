package v8value

import (
	"math"
	"math/big"
)

// Writer writes a value piece by piece, for engines that have values of their
// own. It does not check that the pieces make a value. A Writer belongs to one
// goroutine.
type Writer struct{ e encoder }

// NewWriter begins a value; data has the header already.
func NewWriter() *Writer {
	w := &Writer{encoder{buf: make([]byte, 0, 128), wtf: true}}
	w.e.header()
	return w
}

// Bytes gives what was written.
func (w *Writer) Bytes() []byte { return w.e.buf }

// Tag writes a tag that begins no object.
func (w *Writer) Tag(tag byte) { w.e.tag(tag) }

// Open writes a tag that begins an object and gives the object's number.
func (w *Writer) Open(tag byte) (id uint32) {
	w.e.open(tag)
	return w.e.next - 1
}

// Skip takes a number as an object would.
func (w *Writer) Skip() { w.e.next++ }

// Next is the number of the next object.
func (w *Writer) Next() uint32 { return w.e.next }

// Uint32 writes a length or count.
func (w *Writer) Uint32(n uint32) { w.e.uvarint(uint64(n)) }

// Double writes a number without a tag.
func (w *Writer) Double(f float64) { w.e.double(f) }

// Raw writes bytes as they are.
func (w *Writer) Raw(b []byte) { w.e.buf = append(w.e.buf, b...) }

// Number writes a number: as an integer where V8 would.
func (w *Writer) Number(f float64) { w.e.float(f) }

// Bool writes true or false.
func (w *Writer) Bool(b bool) { w.e.bool(b) }

// String writes a string, given as WTF-8.
func (w *Writer) String(s string) { w.e.string(s) }

// Key writes the name of a property; array indices become numbers.
func (w *Writer) Key(s string) { w.e.key(s) }

// BigInt writes a BigInt without its tag.
func (w *Writer) BigInt(n *big.Int) { w.e.bigInt(n) }

// Reference writes an object that was written before.
func (w *Writer) Reference(id uint32) {
	w.e.tag(TagReference)
	w.e.uvarint(uint64(id))
}

// RegExp writes a regular expression.
func (w *Writer) RegExp(source, flags string) error { return w.e.regexp(&RegExp{source, flags}) }

// Buffer writes an ArrayBuffer.
func (w *Writer) Buffer(b *ArrayBuffer) error { return w.e.buffer(b) }

// View writes what follows its buffer: a view of it.
func (w *Writer) View(v *View) { w.e.view(v) }

// Error writes the beginning of an error in V8's older form: name and message,
// and the stack unless it is empty. Its cause may follow, behind the letter c;
// the letter that ends it must.
func (w *Writer) Error(name string, message, stack *string) {
	w.e.open(TagError)
	for tag, n := range errorTags {
		if n == name {
			w.e.tag(tag)
		}
	}
	if message != nil {
		w.e.tag(ErrorMessage)
		w.e.string(*message)
	}
	if stack != nil {
		w.e.tag(ErrorStack)
		w.e.string(*stack)
	}
}

// HostErrorName writes the name of an error in the runtime's form.
func (w *Writer) HostErrorName(name string) { w.e.hostErrorName(name) }

// Reader reads a value piece by piece. It never reserves more memory than a
// fixed multiple of its input, whatever that says about lengths. Errors are
// [SyntaxError]s. A Reader belongs to one goroutine.
type Reader struct{ d decoder }

// NewReader begins with the header, if there is one.
func NewReader(data []byte) (*Reader, error) {
	d, err := newDecoder(data)
	r := &Reader{d}
	r.d.exact = true
	return r, err
}

// Again reports whether reading failed for a reason that reading the data
// anew, as V8 does for some data of version 13, may mend, and begins anew.
func (r *Reader) Again(err error) bool {
	again := r.d.retry13(err)
	if again {
		r.d.exact = true
	}
	return again
}

// Offset is where the next piece begins.
func (r *Reader) Offset() int { return r.d.pos }

// Tag reads the next tag.
func (r *Reader) Tag() (byte, error) { return r.d.tag() }

// At reads the next tag if it is the given one.
func (r *Reader) At(tag byte) bool { return r.d.at(tag) }

// Uint32 reads a length or count.
func (r *Reader) Uint32() (uint32, error) { return r.d.uint32() }

// Double reads a number without a tag.
func (r *Reader) Double() (float64, error) { return r.d.double() }

// Raw reads n bytes, which stay part of the input.
func (r *Reader) Raw(n uint32) ([]byte, error) { return r.d.take(n) }

// String reads the rest of a string, as WTF-8, if tag begins one.
func (r *Reader) String(tag byte) (s string, ok bool, err error) { return r.d.string(tag) }

// Text reads a string with its tag; what says what it is for, in errors.
func (r *Reader) Text(what string) (string, error) { return r.d.text(what) }

// Number reads the rest of a number if tag begins one, boxed or not.
func (r *Reader) Number(tag byte) (f float64, ok bool, err error) {
	f, ok, err = r.d.number(tag)
	if f != f {
		f = math.NaN()
	}
	return f, ok, err
}

// BigInt reads the rest of a BigInt, boxed or not.
func (r *Reader) BigInt() (*big.Int, error) { return r.d.bigInt() }

// Key reads the name of a property.
func (r *Reader) Key() (string, error) { return r.d.key() }

// Length reads the length of a dense array, which the data has the bytes for.
func (r *Reader) Length() (uint32, error) { return r.d.length() }

// End reads the number behind the last of n members and compares.
func (r *Reader) End(n int) error { return r.d.end(n) }

// Date reads the rest of a Date, as milliseconds.
func (r *Reader) Date() (float64, error) {
	f, err := r.d.double()
	return timeClip(f), err
}

// RegExp reads the rest of a regular expression.
func (r *Reader) RegExp() (source, flags string, err error) {
	re, err := r.d.regexp()
	if err != nil {
		return "", "", err
	}
	return re.Source, re.Flags, nil
}

// Buffer reads the rest of an ArrayBuffer; its bytes stay part of the input.
func (r *Reader) Buffer(tag byte) (ArrayBuffer, error) { return r.d.buffer(tag) }

// View reads the rest of a view on b.
func (r *Reader) View(b *ArrayBuffer) (View, error) { return r.d.view(b) }

// Error reads an error in V8's older form up to its cause, if it has one, or to
// its end.
func (r *Reader) Error() (e *Error, cause bool, err error) {
	e, parts, err := r.d.errorParts()
	return e, parts.cause, err
}

// ErrorEnd reads the end of an error behind its cause.
func (r *Reader) ErrorEnd() error { return r.d.errorEnd() }

// HostErrorHead reads name and message of an error in the runtime's form.
func (r *Reader) HostErrorHead() (name, message string, err error) {
	e, err := r.d.hostErrorHead()
	if err != nil {
		return "", "", err
	}
	return e.Name, e.Message, nil
}

// Enter counts a level of nesting and refuses one too many; Leave goes back.
func (r *Reader) Enter() error { return r.d.enter() }

// Leave ends what Enter began.
func (r *Reader) Leave() { r.d.leave() }

// Errorf makes an error of the data at an offset.
func (r *Reader) Errorf(at int, format string, args ...any) error {
	return r.d.syntax(at, format, args...)
}
