package wire

import (
	crand "crypto/rand"
	"encoding/binary"
	"math/rand/v2"
)

// NewRand returns the generator that ids and case are drawn from. A seed of 0
// takes one from the system, which is the only way that no forger can follow;
// any other gives the same stream each time, for tests.
func NewRand(seed uint64) *rand.ChaCha8 {
	var key [32]byte
	if seed == 0 {
		_, _ = crand.Read(key[:]) // never fails (Go 1.24)
	} else {
		binary.LittleEndian.PutUint64(key[:], seed)
	}
	return rand.NewChaCha8(key)
}
