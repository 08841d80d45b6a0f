package web

import (
	"compress/gzip"
	"io"

	"github.com/andybalholm/brotli"
)

// decode makes a body give what its Content-Encoding stands for. The runtime
// knows gzip and br; others are left alone.
func (r *bodyReader) decode() {
	switch r.encoding {
	case "gzip":
		r.body = &decodedBody{raw: r.body, open: func(raw io.Reader) (io.Reader, error) { return gzip.NewReader(raw) }}
	case "br":
		r.body = &decodedBody{raw: r.body, open: func(raw io.Reader) (io.Reader, error) { return brotli.NewReader(raw), nil }}
	}
	r.encoding = ""
}

func decodes(encoding string) bool { return encoding == "gzip" || encoding == "br" }

// decodedBody opens its decoder with the first read, since that may wait.
type decodedBody struct {
	raw     io.ReadCloser
	open    func(raw io.Reader) (io.Reader, error)
	decoded io.Reader
	err     error
}

func (b *decodedBody) Read(p []byte) (int, error) {
	if b.decoded == nil && b.err == nil {
		b.decoded, b.err = b.open(b.raw)
	}
	if b.err != nil {
		return 0, b.err
	}
	return b.decoded.Read(p)
}

func (b *decodedBody) Close() error { return b.raw.Close() }

type encoder interface {
	io.WriteCloser
	Flush() error
}

// encoder gives what encodes a response on its way to w as its Content-Encoding
// says, or nil: if the program says that it has done so itself, and for bodies
// that come encoded like that.
func (o *Outgoing) encoder(w io.Writer) encoder {
	encoding := o.Header.Get("Content-Encoding")
	if o.Encoded || !o.HasBody() || bodyless(o.Status) {
		return nil
	}
	if o.reader != nil && o.reader.encoding != "" && o.reader.encoding == encoding {
		return nil
	}
	switch encoding {
	case "gzip":
		return gzip.NewWriter(w)
	case "br":
		return brotli.NewWriter(w)
	}
	return nil
}

// decode has the body decoded on the way out, unless it leaves as it came.
func (o *Outgoing) decode() {
	if o.reader != nil && (o.Encoded || o.reader.encoding != o.Header.Get("Content-Encoding")) {
		o.reader.decode()
	}
}
