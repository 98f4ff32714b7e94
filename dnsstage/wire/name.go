package wire

import "encoding/binary"

// maxLabel is the longest label, and the highest length octet that is one.
const maxLabel = 63

// pointerBits mark the first octet of a compression pointer (RFC 1035 section 4.1.4).
const pointerBits = 0xc0

// labels walks a name in a message, following pointers. Each pointer must lead
// to before the part of the name that holds it, so that no loop is possible.
type labels struct {
	msg   []byte
	off   int // of the next length octet
	start int // of the part being read: the next pointer must lead to before it
	total int // octets read of the name
	end   int // behind the name where it began, 0 while no pointer was followed
}

// next returns the next label, nil at the root.
func (l *labels) next() ([]byte, error) {
	for {
		if l.off >= len(l.msg) {
			return nil, ErrShort
		}
		n := int(l.msg[l.off])
		switch {
		case n&pointerBits == pointerBits:
			if err := l.follow(); err != nil {
				return nil, err
			}
			continue
		case n > maxLabel:
			return nil, ErrLabel
		}
		return l.take(n)
	}
}

func (l *labels) follow() error {
	if l.off+2 > len(l.msg) {
		return ErrShort
	}
	to := int(binary.BigEndian.Uint16(l.msg[l.off:]) &^ (pointerBits << 8))
	if to >= l.start || to < headerLen {
		return ErrPointer
	}
	if l.end == 0 {
		l.end = l.off + 2
	}
	l.off, l.start = to, to
	return nil
}

func (l *labels) take(n int) ([]byte, error) {
	from := l.off + 1
	if from+n > len(l.msg) {
		return nil, ErrShort
	}
	l.total += n + 1
	if l.total > maxWireName {
		return nil, ErrTooLong
	}
	l.off = from + n
	if n == 0 {
		return nil, nil
	}
	return l.msg[from:l.off], nil
}

// nameEnd checks the name at off, with all that it points to, and returns where it ends.
func nameEnd(msg []byte, off int) (int, error) {
	l := labels{msg: msg, off: off, start: off}
	for {
		label, err := l.next()
		if err != nil {
			return 0, err
		}
		if label != nil {
			continue
		}
		if l.end > 0 {
			return l.end, nil
		}
		return l.off, nil
	}
}

// plainNameEnd is nameEnd for a name that must not be compressed.
func plainNameEnd(msg []byte, off int) (end int, ok bool) {
	l := labels{msg: msg, off: off}
	for {
		label, err := l.next() // a start of 0 refuses every pointer
		if err != nil {
			return 0, false
		}
		if label == nil {
			return l.off, true
		}
	}
}

// ownedByName reports whether the checked name at off is the one in the question.
func ownedByName(msg []byte, off int) bool {
	if msg[off] == pointerBits && msg[off+1] == headerLen {
		return true // how nearly every server writes it
	}
	a, b := labels{msg: msg, off: off, start: off}, labels{msg: msg, off: headerLen}
	for {
		x, errA := a.next()
		y, errB := b.next()
		if errA != nil || errB != nil || len(x) != len(y) || !equalFold(x, y) {
			return false
		}
		if x == nil {
			return true
		}
	}
}

// appendName appends the checked name at off in canonical form: lower case, no
// trailing dot, and octets that would be misread in it escaped as in a zone
// file (RFC 1035 section 5.1), so that a label with a dot is not two labels.
func appendName(dst, msg []byte, off int) []byte {
	l := labels{msg: msg, off: off, start: off}
	from := len(dst)
	for {
		label, err := l.next()
		if err != nil || label == nil {
			return dst
		}
		if len(dst) > from {
			dst = append(dst, '.')
		}
		for _, c := range label {
			dst = appendOctet(dst, c)
		}
	}
}

func appendOctet(dst []byte, c byte) []byte {
	switch {
	case c < ' ' || c > '~':
		return append(dst, '\\', '0'+c/100, '0'+c/10%10, '0'+c%10)
	case c == '.' || c == ' ' || c == '\'' || c == '@' || c == ';' || c == '(' || c == ')' || c == '"' || c == '\\':
		return append(dst, '\\', c)
	}
	return append(dst, lower(c))
}
