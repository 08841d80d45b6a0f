package socket

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// stream is a connection of which one side is bytes.
type stream struct {
	io.Reader
	bytes.Buffer // what was written
}

func (s *stream) Read(p []byte) (int, error) { return s.Reader.Read(p) }
func (s *stream) Close() error               { return nil }

// readAll gives the frames in data, and the error that ends them.
func readAll(r io.Reader) (frames []Frame, err error) {
	c := NewConn(&stream{Reader: r}, nil, nil)
	for {
		f, err := c.Read()
		if err != nil {
			return frames, err
		}
		if len(f.Data) == 0 {
			f.Data = nil
		}
		frames = append(frames, f)
	}
}

func key(p []byte) { copy(p, []byte{1, 2, 3, 4}) }

// What is written is read again, from clients and servers, however the network
// cuts it.
func TestRoundTrip(t *testing.T) {
	var want []Frame
	for _, n := range []int{0, 1, 125, 126, 127, 65535, 65536, 140_000} {
		want = append(want, Frame{Op: Binary, Data: bytes.Repeat([]byte{byte(n), 7}, n/2)}, Frame{Op: Text, Data: []byte(strings.Repeat("x", n))})
	}
	want = append(want, Frame{Op: Ping, Data: []byte("p")}, Frame{Op: Close, Code: 4000, Data: []byte("bye")}, Frame{Op: Close, Code: NoStatus})
	for i := range want {
		if len(want[i].Data) == 0 {
			want[i].Data = nil
		}
	}
	for name, mask := range map[string]func([]byte){"server": nil, "client": key} {
		var out stream
		if err := NewConn(&out, nil, mask).Write(want...); err != nil {
			t.Fatal(err)
		}
		for cut, r := range map[string]io.Reader{
			"whole": bytes.NewReader(out.Bytes()), "halves": iotest.HalfReader(bytes.NewReader(out.Bytes())), "bytes": iotest.OneByteReader(bytes.NewReader(out.Bytes())),
		} {
			got, err := readAll(r)
			if err != io.EOF {
				t.Errorf("%s, %s: %v", name, cut, err)
			}
			if diff := cmp.Diff(want, got, cmp.Comparer(bytes.Equal)); diff != "" {
				t.Errorf("%s, %s: -want +got:\n%.1000s", name, cut, diff)
			}
		}
	}
}

// The key of a fragment goes on where a part of it was read, however long that
// part is.
func TestLargeFragments(t *testing.T) {
	want := bytes.Repeat([]byte("0123456789a"), 30_000)
	var in []byte
	for i, part := range [][]byte{want[:70_001], want[70_001:]} {
		var out stream
		if err := NewConn(&out, nil, key).Write(Frame{Op: Binary, Data: part}); err != nil {
			t.Fatal(err)
		}
		out.Bytes()[0] = []byte{0x02, 0x80}[i]
		in = append(in, out.Bytes()...)
	}
	if got, err := readAll(bytes.NewReader(in)); err != io.EOF || len(got) != 1 || !bytes.Equal(got[0].Data, want) {
		t.Errorf("%d messages, %v", len(got), err)
	}
}

// What came with the handshake is read first.
func TestFirstBytes(t *testing.T) {
	c := NewConn(&stream{Reader: strings.NewReader("lo")}, []byte{0x81, 5, 'h', 'e', 'l'}, nil)
	if f, err := c.Read(); err != nil || string(f.Data) != "hello" {
		t.Errorf("got %q, %v", f.Data, err)
	}
}

// A connection that ends within a frame is told from one that ends behind it.
func TestCutOff(t *testing.T) {
	whole := []byte{0x81, 0xfe, 0, 3, 1, 2, 3, 4, 'a' ^ 1, 'b' ^ 2, 'c' ^ 3}
	for n := range len(whole) + 1 {
		frames, err := readAll(bytes.NewReader(whole[:n]))
		want := io.ErrUnexpectedEOF
		if n == 0 || n == len(whole) {
			want = io.EOF
		}
		if err != want || len(frames) != n/len(whole) {
			t.Errorf("%d bytes: %d frames, %v, want %v", n, len(frames), err, want)
		}
	}
}

// A frame that claims to be large takes no memory before it comes.
func TestClaimedLength(t *testing.T) {
	head := []byte{0x82, 127, 0, 0, 0, 0, 0x02, 0, 0, 0} // 32 MiB
	n := testing.AllocsPerRun(1, func() {
		if _, err := readAll(bytes.NewReader(head)); err != io.ErrUnexpectedEOF {
			t.Error(err)
		}
	})
	if n > 20 {
		t.Errorf("%v allocations", n)
	}
	var fault *ProtocolError
	head[9] = 1
	if _, err := readAll(bytes.NewReader(head)); !errors.As(err, &fault) || fault.Code != 1009 {
		t.Errorf("got %v", err)
	}
}

// A length that the library has no number for is named nevertheless, and only
// where nothing else is wrong with the frame.
func TestTopBit(t *testing.T) {
	for _, tt := range []struct {
		name  string
		frame []byte
		want  ProtocolError
	}{
		{"masked", []byte{0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 1, 1, 2, 3, 4}, ProtocolError{1009, "Message is too large: 9223372036854775809 > 33554432"}},
		{"all", []byte{0x82, 0x7f, 255, 255, 255, 255, 255, 255, 255, 255}, ProtocolError{1009, "Message is too large: 18446744073709551615 > 33554432"}},
		{"behind a fragment", []byte{0x02, 1, 'a', 0x80, 0x7f, 0x80, 0, 0, 0, 0, 0, 0, 0}, ProtocolError{1009, "Message is too large: 9223372036854775808 > 33554431"}},
		{"reserved bit", []byte{0xa2, 0x7f, 0x80, 0, 0, 0, 0, 0, 0, 0}, ProtocolError{1002, "Received frame had RSV bits 2 or 3 set"}},
	} {
		var got *ProtocolError
		if _, err := readAll(bytes.NewReader(tt.frame)); !errors.As(err, &got) || *got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, err, &tt.want)
		}
	}
}

// Control frames have no limit of their own: the longest reasons and pings that
// were handed over are written in full.
func TestLongControlFrames(t *testing.T) {
	want := []Frame{{Op: Ping, Data: bytes.Repeat([]byte("p"), 300)}, {Op: Close, Code: 4000, Data: bytes.Repeat([]byte("r"), 70_000)}}
	for name, mask := range map[string]func([]byte){"server": nil, "client": key} {
		var out stream
		if err := NewConn(&out, nil, mask).Write(want...); err != nil {
			t.Fatal(err)
		}
		got, err := readAll(bytes.NewReader(out.Bytes()))
		if diff := cmp.Diff(want, got); diff != "" || err != io.EOF {
			t.Errorf("%s: %v, -want +got:\n%.1000s", name, err, diff)
		}
	}
}

// Texts are repaired as the web's decoder does it: a replacement for each
// longest beginning of a rune.
func TestValidText(t *testing.T) {
	for in, want := range map[string]string{
		"":                         "",
		"é€😀":                      "é€😀",
		"a\xffb":                   "a\uFFFDb",
		"\xe2\x82A":                "\uFFFDA",
		"\xf0\x9f\x98B":            "\uFFFDB",
		"\xf0\x9f\x98":             "\uFFFD",
		"\xed\xa0\x80":             "\uFFFD\uFFFD\uFFFD",
		"\xf5\x80":                 "\uFFFD\uFFFD",
		"\xc0\xaf":                 "\uFFFD\uFFFD",
		"\xe2\x82\xe2\x82\xac\xc3": "\uFFFD€\uFFFD",
	} {
		if got := string(validText([]byte(in))); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// FuzzRead: any bytes are frames or an error; the frames are the same however
// the network cuts the bytes, and are read again when they are written.
func FuzzRead(f *testing.F) {
	var out stream
	frames := []Frame{{Op: Text, Data: []byte("hello")}, {Op: Binary, Data: make([]byte, 200)}, {Op: Close, Code: 1000, Data: []byte("bye")}}
	if err := NewConn(&out, nil, key).Write(frames...); err != nil {
		f.Fatal(err)
	}
	f.Add(out.Bytes())
	f.Add([]byte{0x01, 1, 'a', 0x89, 0, 0x80, 1, 'b'})
	f.Add([]byte{0x81, 2, 0xc3, 0x28, 0x88, 3, 3, 0xe8, 0xff})
	f.Add([]byte{0x82, 127, 0, 0, 0, 0, 0x02, 0, 0, 1})
	f.Add([]byte{0xc1, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := readAll(bytes.NewReader(data))
		again, cutErr := readAll(iotest.OneByteReader(bytes.NewReader(data)))
		if diff := cmp.Diff(got, again); diff != "" || err.Error() != cutErr.Error() {
			t.Fatalf("byte by byte: %v, then %v\n%s", err, cutErr, diff)
		}
		for i := range got { // their own close frames need not be writable
			if got[i].Op == Close && got[i].Code == NoStatus {
				got[i].Data = nil
			}
		}
		var out stream
		if err := NewConn(&out, nil, key).Write(got...); err != nil {
			t.Fatal(err)
		}
		written, err := readAll(bytes.NewReader(out.Bytes()))
		if diff := cmp.Diff(got, written); diff != "" || err != io.EOF {
			t.Fatalf("written and read again: %v\n%s", err, diff)
		}
	})
}

func BenchmarkRead(b *testing.B) {
	for _, n := range []int{16, 1024, 65536} {
		b.Run(fmt.Sprint("size=", n), func(b *testing.B) {
			var out stream
			if err := NewConn(&out, nil, key).Write(Frame{Op: Binary, Data: make([]byte, n)}); err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(n))
			b.ReportAllocs()
			r := bytes.NewReader(out.Bytes())
			c := NewConn(&stream{Reader: r}, nil, nil)
			for b.Loop() {
				r.Reset(out.Bytes())
				if _, err := c.Read(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
