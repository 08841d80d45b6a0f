package web

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"

	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

var streamUnit = unit{
	name: "streams",
	globals: []string{
		"ReadableStream", "ReadableStreamDefaultReader", "ReadableStreamBYOBReader", "ReadableStreamDefaultController", "ReadableByteStreamController",
		"ReadableStreamBYOBRequest", "WritableStream", "WritableStreamDefaultWriter", "WritableStreamDefaultController", "TransformStream",
		"TransformStreamDefaultController", "ByteLengthQueuingStrategy", "CountQueuingStrategy", "IdentityTransformStream", "FixedLengthStream",
		"CompressionStream", "DecompressionStream",
	},
	natives: func(p *Platform, n *natives) {
		p.textNatives(n)
		p.bodyNatives(n)
		n.add("compressor", 1, p.compressor)
		n.add("compress", 2, p.compress)
		n.add("decompressor", 1, p.decompressor)
		n.add("decompress", 2, p.decompress)
	},
}

// compressor is the state of a CompressionStream.
type compressor struct {
	out    bytes.Buffer
	writer interface {
		io.WriteCloser
		Flush() error
	}
}

func (p *Platform) compressor(c *quickjs.Call) (quickjs.Value, error) {
	s := &compressor{}
	switch format := c.Arg(0).String(); format {
	case "gzip":
		s.writer = gzip.NewWriter(&s.out)
	case "deflate":
		s.writer = zlib.NewWriter(&s.out)
	default:
		w, err := flate.NewWriter(&s.out, flate.DefaultCompression)
		if err != nil {
			return quickjs.Value{}, err
		}
		s.writer = w
	}
	return p.Isolate.Host(p.Isolate.Null(), s, nil)
}

// compress(state, bytes) gives what is ready, or undefined; without bytes it
// ends the stream.
func (p *Platform) compress(c *quickjs.Call) (quickjs.Value, error) {
	s, ok := hostOf[*compressor](c.Arg(0))
	if !ok {
		return quickjs.Value{}, fmt.Errorf("not a compressor")
	}
	var err error
	if c.Arg(1).IsUndefined() {
		err = s.writer.Close()
	} else {
		var b []byte
		if b, err = c.Arg(1).Bytes(); err == nil {
			_, err = s.writer.Write(b)
		}
	}
	if err != nil {
		return quickjs.Value{}, err
	}
	return p.drain(&s.out)
}

func (p *Platform) drain(out *bytes.Buffer) (quickjs.Value, error) {
	if out.Len() == 0 {
		return quickjs.Value{}, nil
	}
	defer out.Reset()
	return p.Isolate.Uint8Array(out.Bytes())
}

// decompressor is the state of a DecompressionStream. It decompresses when all
// has arrived.
type decompressor struct {
	format string
	in     bytes.Buffer
}

func (p *Platform) decompressor(c *quickjs.Call) (quickjs.Value, error) {
	return p.Isolate.Host(p.Isolate.Null(), &decompressor{format: c.Arg(0).String()}, nil)
}

func (p *Platform) decompress(c *quickjs.Call) (quickjs.Value, error) {
	s, ok := hostOf[*decompressor](c.Arg(0))
	if !ok {
		return quickjs.Value{}, fmt.Errorf("not a decompressor")
	}
	if !c.Arg(1).IsUndefined() {
		b, err := c.Arg(1).Bytes()
		if err == nil {
			s.in.Write(b)
		}
		return quickjs.Value{}, err
	}
	var r io.Reader
	var err error
	switch s.format {
	case "gzip":
		r, err = gzip.NewReader(&s.in)
	case "deflate":
		r, err = zlib.NewReader(&s.in)
	default:
		r = flate.NewReader(&s.in)
	}
	var out bytes.Buffer
	if err == nil {
		_, err = io.Copy(&out, io.LimitReader(r, bodyLimit))
	}
	if err != nil {
		return quickjs.Value{}, quickjs.TypeErrorf("Decompression failed.")
	}
	return p.drain(&out)
}
