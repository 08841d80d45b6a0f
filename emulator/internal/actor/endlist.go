package actor

// endList is a list of ends in the order in which they were added. It is
// guarded by the scheduler's mutex.
type endList struct {
	first, last *end
	n           int
}

func (l *endList) add(e *end) {
	e.in, e.prev, e.next = l, l.last, nil
	if l.last == nil {
		l.first = e
	} else {
		l.last.next = e
	}
	l.last = e
	l.n++
}

// remove takes e out of the list that it is in. A nil list holds nothing.
func (l *endList) remove(e *end) {
	if l == nil || e.in != l {
		return
	}
	if e.prev == nil {
		l.first = e.next
	} else {
		e.prev.next = e.next
	}
	if e.next == nil {
		l.last = e.prev
	} else {
		e.next.prev = e.prev
	}
	e.in, e.prev, e.next = nil, nil, nil
	l.n--
}
