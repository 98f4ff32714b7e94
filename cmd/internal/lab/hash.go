package lab

import (
	"encoding/binary"
	"math/bits"
)

// key is the 128-bit key of a keyed hash.
type key struct{ k0, k1 uint64 }

// keyOf spreads a seed over a key.
func keyOf(seed uint64) key {
	return key{mix(seed + 0x9e3779b97f4a7c15), mix(seed + 0x3c6ef372fe94f82a)}
}

// mix is the finaliser of splitmix64: a bijection in which each bit of the
// input moves half the bits of the output.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// unit maps a hash to [0, 1).
func unit(h uint64) float64 { return float64(h>>11) / (1 << 53) }

// draw returns an independent number in [0, 1) for each salt.
func draw(h uint64, salt uint64) float64 { return unit(mix(h ^ mix(salt))) }

// sip is SipHash-2-4 (Aumasson and Bernstein): keyed, so that neighbouring names and seeds
// share nothing, and quick enough to be asked for each query.
func sip(k key, p []byte) uint64 {
	v0, v1 := k.k0^0x736f6d6570736575, k.k1^0x646f72616e646f6d
	v2, v3 := k.k0^0x6c7967656e657261, k.k1^0x7465646279746573
	last := uint64(len(p)) << 56
	for ; len(p) >= 8; p = p[8:] {
		m := binary.LittleEndian.Uint64(p)
		v3 ^= m
		v0, v1, v2, v3 = sipRounds(2, v0, v1, v2, v3)
		v0 ^= m
	}
	for i, c := range p {
		last |= uint64(c) << (8 * i)
	}
	v3 ^= last
	v0, v1, v2, v3 = sipRounds(2, v0, v1, v2, v3)
	v0, v1, v2, v3 = sipRounds(4, v0^last, v1, v2^0xff, v3)
	return v0 ^ v1 ^ v2 ^ v3
}

func sipRounds(n int, v0, v1, v2, v3 uint64) (uint64, uint64, uint64, uint64) {
	for range n {
		v0 += v1
		v1 = bits.RotateLeft64(v1, 13) ^ v0
		v0 = bits.RotateLeft64(v0, 32)
		v2 += v3
		v3 = bits.RotateLeft64(v3, 16) ^ v2
		v0 += v3
		v3 = bits.RotateLeft64(v3, 21) ^ v0
		v2 += v1
		v1 = bits.RotateLeft64(v1, 17) ^ v2
		v2 = bits.RotateLeft64(v2, 32)
	}
	return v0, v1, v2, v3
}
