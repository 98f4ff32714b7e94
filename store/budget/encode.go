package budget

import (
	"encoding/binary"
	"errors"

	"vacant"
)

// accountForm is the first octet of an account.
const accountForm = 2

// errEntry says that an entry is not what this program writes.
var errEntry = errors.New("an entry cannot be read")

func (a *account) append(dst []byte) []byte {
	flags := byte(0)
	if a.gathering {
		flags = 1
	}
	dst = append(dst, accountForm, flags)
	for _, v := range []int64{a.next, a.gap, a.lockAt, a.lockFor, int64(len(a.spans))} {
		dst = binary.AppendVarint(dst, v)
	}
	for i := range a.spans {
		s := &a.spans[i]
		dst = binary.AppendVarint(binary.AppendVarint(dst, s.length), s.first)
		dst = binary.AppendUvarint(dst, uint64(len(s.parts)))
		for _, n := range s.parts {
			dst = binary.AppendUvarint(dst, uint64(n))
		}
	}
	return dst
}

// varints reads numbers until one is missing.
type varints struct {
	buf []byte
	bad bool
}

func (v *varints) next() int64 {
	n, size := binary.Varint(v.buf)
	return v.step(n, size)
}

func (v *varints) count() int64 {
	n, size := binary.Uvarint(v.buf)
	if n > 1<<32-1 {
		size = 0
	}
	return v.step(int64(n), size)
}

func (v *varints) step(n int64, size int) int64 {
	if size <= 0 {
		v.buf, v.bad = nil, true
		return 0
	}
	v.buf = v.buf[size:]
	return n
}

// readAccount reads what append wrote; nothing is an account nobody used.
func readAccount(data []byte) (a account, err error) {
	if len(data) == 0 {
		return a, nil
	}
	if len(data) < 2 || data[0] != accountForm {
		return a, errEntry
	}
	v := varints{buf: data[2:]}
	a.gathering = data[1]&1 != 0
	a.next, a.gap, a.lockAt, a.lockFor = v.next(), v.next(), v.next(), v.next()
	for i := v.next(); i > 0 && !v.bad; i-- {
		a.spans = append(a.spans, readSpan(&v))
	}
	if v.bad || !a.plausible() {
		return account{}, errEntry
	}
	return a, nil
}

func readSpan(v *varints) span {
	s := span{length: v.next(), first: v.next()}
	n := v.count()
	if n > 8*grain { // the span, and what is ahead of it
		v.bad = true
	}
	for ; n > 0 && !v.bad; n-- {
		part := v.count()
		s.parts = append(s.parts, uint32(part))
		s.sum += int(part)
	}
	return s
}

// plausible is false for numbers that no run of the program could have written.
func (a *account) plausible() bool {
	const late = int64(1) << 62
	for _, t := range []int64{a.next, a.gap, a.lockAt} {
		if t < -late || t > late {
			return false
		}
	}
	for i := range a.spans {
		s := &a.spans[i]
		if s.length <= 0 || s.length > int64(vacant.Day) || s.first < 0 || s.first > late/s.width() {
			return false
		}
	}
	return a.lockFor >= 0 && a.lockFor <= int64(MaxLockOut) && len(a.spans) <= maxSpans+3
}
