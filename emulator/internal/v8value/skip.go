package v8value

// span is where an object stands in the data.
type span struct {
	start, end int
	buffer     bool // an ArrayBuffer, whose view may follow
}

// index collects the spans of objects by number; nil collects none.
type spans struct{ list []span }

func (s *spans) open(start int) int {
	if s == nil {
		return 0
	}
	s.list = append(s.list, span{start: start, end: -1})
	return len(s.list) - 1
}

func (s *spans) close(id, end int) {
	if s != nil {
		s.list[id].end = end
	}
}

// skip reads over one value. It refuses what is no value, so that whatever was
// skipped could have been read.
func (d *decoder) skip(s *spans) error {
	if err := d.enter(); err != nil {
		return err
	}
	defer d.leave()
	start := d.pos
	tag, err := d.tag()
	for err == nil && tag == TagObjectCount {
		if _, err = d.uint32(); err == nil {
			tag, err = d.tag()
		}
	}
	if err != nil {
		return err
	}
	if err := d.skipTagged(tag, start, s); err != nil {
		return err
	}
	if tag != TagBuffer && tag != TagResizable && tag != TagReference || !d.at(TagView) {
		return nil
	}
	id := s.open(start)
	for range 3 {
		if _, err := d.uint32(); err != nil {
			return err
		}
	}
	if d.version > 13 || d.flags13 {
		if _, err := d.uint32(); err != nil {
			return err
		}
	}
	s.close(id, d.pos)
	return nil
}

func (d *decoder) skipTagged(tag byte, start int, s *spans) error {
	switch tag {
	case TagNull, TagUndefined, TagTrue, TagFalse:
		return nil
	case TagInt32, TagUint32, TagReference:
		_, err := d.uint32()
		return err
	case TagDouble:
		_, err := d.take(8)
		return err
	case TagOneByte, TagTwoByte, TagUTF8:
		_, err := d.counted()
		return err
	case TagBigInt:
		return d.skipBigInt()
	}
	id := s.open(start)
	if err := d.skipObject(tag, start, s); err != nil {
		return err
	}
	s.close(id, d.pos)
	return nil
}

func (d *decoder) skipBigInt() error {
	bits, err := d.uint32()
	if err == nil {
		_, err = d.take(bits >> 1 & (1<<30 - 1))
	}
	return err
}

func (d *decoder) skipObject(tag byte, start int, s *spans) (err error) {
	switch tag {
	case TagTrueBox, TagFalseBox:
		return nil
	case TagNumberBox, TagDate:
		_, err = d.take(8)
	case TagBigIntBox:
		return d.skipBigInt()
	case TagStringBox:
		_, err = d.text("the value of a String object")
	case TagRegExp:
		if _, err = d.text("the source of a RegExp"); err == nil {
			_, err = d.uint32()
		}
	case TagBuffer, TagResizable:
		if s != nil {
			s.list[len(s.list)-1].buffer = true
		}
		_, err = d.buffer(tag)
	case TagObject:
		return d.skipProps(TagObjectEnd, s)
	case TagSparse:
		if _, err = d.uint32(); err == nil {
			if err = d.skipProps(TagSparseEnd, s); err == nil {
				_, err = d.uint32()
			}
		}
	case TagDense:
		return d.skipDense(s)
	case TagMap:
		return d.skipMembers(TagMapEnd, s)
	case TagSet:
		return d.skipMembers(TagSetEnd, s)
	case TagError:
		return d.skipError(s)
	case TagHost:
		return d.skipHost(start, s)
	default:
		return d.unknown(tag, start)
	}
	return err
}

func (d *decoder) unknown(tag byte, at int) error {
	what := ""
	switch tag {
	case TagTransfer:
		what = ", a transferred ArrayBuffer"
	case TagShared:
		what = ", a SharedArrayBuffer"
	case TagSharedValue:
		what = ", a shared object"
	case TagWasmModule, TagWasmMemory:
		what = ", a WebAssembly object"
	}
	return d.syntax(at, "tag %q%s cannot be read", tag, what)
}

func (d *decoder) skipProps(end byte, s *spans) error {
	n := 0
	for ; !d.at(end); n++ {
		if _, err := d.key(); err != nil {
			return err
		}
		if err := d.skip(s); err != nil {
			return err
		}
	}
	return d.end(n)
}

func (d *decoder) skipDense(s *spans) error {
	n, err := d.length()
	if err != nil {
		return err
	}
	for range n {
		if d.at(TagHole) {
			continue
		}
		if err := d.skip(s); err != nil {
			return err
		}
	}
	if err := d.skipProps(TagDenseEnd, s); err != nil {
		return err
	}
	return d.end(int(n))
}

// length reads the length of a dense array, whose elements take a byte at least.
func (d *decoder) length() (uint32, error) {
	at := d.pos
	n, err := d.uint32()
	if err == nil && uint64(n) > uint64(len(d.data)-d.pos) {
		err = d.syntax(at, "an array of %d elements is longer than the data", n)
	}
	return n, err
}

func (d *decoder) skipMembers(end byte, s *spans) error {
	n := 0
	for ; !d.at(end); n++ {
		if err := d.skip(s); err != nil {
			return err
		}
	}
	if end == TagMapEnd && n%2 != 0 {
		return d.syntax(d.pos, "the last key of a Map has no value")
	}
	return d.end(n)
}

func (d *decoder) skipError(s *spans) error {
	_, parts, err := d.errorParts()
	if err == nil && parts.cause {
		if err = d.skip(s); err == nil {
			err = d.errorEnd()
		}
	}
	return err
}

func (d *decoder) skipHost(start int, s *spans) error {
	host, err := d.hostType(start)
	if err != nil {
		return err
	}
	if host != HostError {
		_, err := d.hostData(host)
		return err
	}
	if _, err := d.hostErrorHead(); err != nil {
		return err
	}
	if err := d.openProps(); err != nil {
		return err
	}
	id := s.open(d.pos - 1)
	if err := d.skipProps(TagObjectEnd, s); err != nil {
		return err
	}
	s.close(id, d.pos)
	return nil
}
