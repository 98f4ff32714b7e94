package wire

import "crypto/sha1" // the only hash that NSEC3 has (RFC 5155 section 11)

// Hasher hashes the names directly below one suffix as NSEC3 does (RFC 5155
// section 5). It allocates nothing; one goroutine at a time may use it.
type Hasher struct {
	iterations uint16
	salt       []byte
	suffix     []byte // wire form
	name       [maxWireName + 255]byte
	again      [HashLen + 255]byte
}

// NewHasher returns a hasher for the names below suffix; salt is copied.
func NewHasher(suffix string, iterations uint16, salt []byte) (*Hasher, error) {
	h := &Hasher{iterations: iterations, salt: append([]byte(nil), salt...)}
	var err error
	h.suffix, err = AppendWire(nil, suffix)
	return h, err
}

// Suffix returns the hash of the suffix itself.
func (h *Hasher) Suffix() [HashLen]byte {
	return h.finish(copy(h.name[:], h.suffix))
}

// Child returns the hash of label directly below the suffix. A name that is too
// long to be one gets the zero hash, which no name has.
func (h *Hasher) Child(label []byte) (sum [HashLen]byte) {
	if len(label) > maxLabel || 1+len(label)+len(h.suffix) > maxWireName {
		return sum
	}
	h.name[0] = byte(len(label))
	n := 1 + copy(h.name[1:], label)
	n += copy(h.name[n:], h.suffix)
	return h.finish(n)
}

// finish hashes the first n octets of h.name.
func (h *Hasher) finish(n int) [HashLen]byte {
	n += copy(h.name[n:], h.salt)
	sum := sha1.Sum(h.name[:n])
	for range h.iterations {
		copy(h.again[:], sum[:])
		sum = sha1.Sum(h.again[:HashLen+copy(h.again[HashLen:], h.salt)])
	}
	return sum
}
