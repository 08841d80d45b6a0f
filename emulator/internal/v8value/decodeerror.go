package v8value

// errorParts is what an error in V8's own form has before its cause.
type errorParts struct {
	stack, cause bool
	stackText    string
}

// errorParts reads an error in V8's own form up to its cause or its end.
func (d *decoder) errorParts() (*Error, errorParts, error) {
	e := &Error{Name: "Error", Plain: true, NoMessage: true}
	var parts errorParts
	next := func() (byte, error) {
		if d.pos >= len(d.data) {
			return 0, d.short()
		}
		d.pos++
		return d.data[d.pos-1], nil
	}
	part, err := next()
	if name, ok := errorTags[part]; err == nil && ok {
		e.Name = name
		part, err = next()
	}
	if err == nil && part == ErrorMessage {
		e.NoMessage = false
		if e.Message, err = d.text("the message of an error"); err == nil {
			part, err = next()
		}
	}
	if err == nil && part == ErrorStack {
		parts.stack = true
		if parts.stackText, err = d.text("the stack of an error"); err == nil {
			part, err = next()
		}
	}
	parts.cause = part == ErrorCause
	if err == nil && !parts.cause && part != ErrorEnd {
		err = d.syntax(d.pos-1, "%q is no part of an error", part)
	}
	if parts.stack {
		e.Props = append(e.Props, Property{"stack", parts.stackText})
	}
	return e, parts, err
}

// errorEnd reads the end of an error behind its cause.
func (d *decoder) errorEnd() error {
	b, err := d.take(1)
	if err == nil && b[0] != ErrorEnd {
		err = d.syntax(d.pos-1, "%q is no part of an error", b[0])
	}
	return err
}

func (d *decoder) plainError(id int) (*Error, error) {
	e, parts, err := d.errorParts()
	if err != nil {
		return nil, err
	}
	d.known(id, e)
	if parts.cause {
		cause, err := d.any()
		if err != nil {
			return nil, err
		}
		e.Props = append(e.Props, Property{"cause", cause})
		err = d.errorEnd()
		return e, err
	}
	return e, nil
}

// delimited reports whether the bytes of one of the runtime's types tell where
// they end.
func delimited(host uint32) bool {
	return host == HostHeaders || host == HostDOMException || host == HostError || host == HostBlob
}

// hostData reads the bytes of one of the runtime's types other than an error.
func (d *decoder) hostData(host uint32) ([]byte, error) {
	start := d.pos
	switch host {
	case HostHeaders: // a guard, then names, by number or as 0 and text, with values
		if _, err := d.uint32(); err != nil {
			return nil, err
		}
		n, err := d.uint32()
		for ; err == nil && n > 0; n-- {
			var name uint32
			if name, err = d.uint32(); err == nil && name == 0 {
				_, err = d.counted()
			}
			if err == nil {
				_, err = d.counted()
			}
		}
		if err != nil {
			return nil, err
		}
	case HostDOMException: // name, message, stack
		for range 3 {
			if _, err := d.counted(); err != nil {
				return nil, err
			}
		}
	case HostBlob: // type, bytes
		for range 2 {
			if _, err := d.counted(); err != nil {
				return nil, err
			}
		}
	default:
		d.pos = len(d.data)
	}
	return d.data[start:d.pos], nil
}

// hostType reads the number of one of the runtime's types, and refuses one whose
// end is not known inside another value.
func (d *decoder) hostType(start int) (uint32, error) {
	at := d.pos
	host, err := d.uint32()
	if err == nil && !delimited(host) && start != d.start {
		name := ""
		if n, ok := hostTypes[host]; ok {
			name = " (" + n + ")"
		}
		err = d.syntax(at, "an object of the runtime's type %d%s inside another value cannot be read", host, name)
	}
	return host, err
}

// hostErrorHead reads name and message of an error in the runtime's form.
func (d *decoder) hostErrorHead() (*Error, error) {
	n, err := d.uint32()
	if err != nil {
		return nil, err
	}
	e := &Error{Name: "Error"}
	switch {
	case n == 0:
		if e.Name, err = d.text("the name of an error"); err != nil {
			return nil, err
		}
	case uint64(n) < uint64(len(hostErrors)):
		e.Name = hostErrors[n]
	}
	e.Message, err = d.text("the message of an error")
	return e, err
}

// openProps reads the beginning of the object with an error's own properties.
func (d *decoder) openProps() error {
	at := d.pos
	tag, err := d.tag()
	if err == nil && tag != TagObject {
		err = d.syntax(at, "the properties of an error are not an object")
	}
	return err
}

func (d *decoder) hostError(id int) (*Error, error) {
	e, err := d.hostErrorHead()
	if err != nil {
		return nil, err
	}
	if err := d.openProps(); err != nil {
		return nil, err
	}
	d.object(nil) // the object takes a number, and is gone once the error is made
	if e.Props, err = d.props(TagObjectEnd); err != nil {
		return nil, err
	}
	d.known(id, e)
	return e, nil
}
