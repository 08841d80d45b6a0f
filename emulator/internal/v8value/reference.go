package v8value

// anyReference reads a reference whose tag stood at start. A tree shares the
// node; otherwise the earlier value is read again.
func (d *decoder) anyReference(start int) (any, error) {
	if d.exact {
		id, err := d.uint32()
		if err != nil {
			return nil, err
		}
		if uint64(id) >= uint64(len(d.objects)) || d.objects[id] == nil {
			return nil, d.syntax(start, "a reference to object %d, which does not stand before it", id)
		}
		v := d.objects[id]
		if b, ok := v.(*ArrayBuffer); ok && d.at(TagView) {
			return d.anyView(b)
		}
		return v, nil
	}
	b, isView, from, err := d.jump(start)
	if err != nil {
		return nil, err
	}
	if isView {
		return d.anyView(&b)
	}
	defer d.back(from)
	return d.any()
}

// place is where reading goes on behind a reference.
type place struct {
	data []byte
	pos  int
}

// jump reads a reference whose tag stood at start and goes to the value that it
// means; back returns. If a view follows on the buffer that it means, it gives
// that buffer instead and stays.
func (d *decoder) jump(start int) (b ArrayBuffer, isView bool, from place, err error) {
	id, err := d.uint32()
	if err != nil {
		return b, false, from, err
	}
	if d.spans == nil {
		if err := d.findSpans(); err != nil {
			return b, false, from, err
		}
	}
	if uint64(id) >= uint64(len(d.spans)) || d.spans[id].start >= start {
		return b, false, from, d.syntax(start, "a reference to object %d, which does not stand before it", id)
	}
	s := d.spans[id]
	if s.end > start {
		return b, false, from, d.syntax(start, "object %d contains itself, which a Go value cannot", id)
	}
	if d.reread -= s.end - s.start; d.reread < 0 {
		return b, false, from, d.syntax(start, "references repeat more than the size of the data allows")
	}
	from = place{d.data, d.pos}
	// An end behind the object hides a view from whoever wants its buffer.
	d.data, d.pos = d.data[:s.end], s.start
	if s.buffer && (&decoder{data: from.data, pos: from.pos}).peek() == TagView {
		tag, err := d.tag()
		if err == nil {
			b, err = d.buffer(tag)
		}
		d.data, d.pos = from.data, from.pos
		d.at(TagView)
		return b, true, from, err
	}
	return b, false, from, d.enter()
}

func (d *decoder) back(p place) {
	d.data, d.pos = p.data, p.pos
	d.leave()
}

func (d *decoder) findSpans() error {
	all := spans{list: []span{}}
	d.whole = d.data
	whole := decoder{data: d.data, pos: d.start, start: d.start, version: d.version, flags13: d.flags13}
	err := whole.skip(&all)
	d.spans = all.list
	return err
}
