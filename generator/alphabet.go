package generator

import "math/bits"

// alphabet holds the octets of a label in ASCII order, so that the order of
// symbols is the order of names.
const alphabet = "-0123456789abcdefghijklmnopqrstuvwxyz"

const (
	symbols = len(alphabet)
	hyphen  = 0 // the hyphen's symbol
)

// charset is a set of symbols, bit i for alphabet[i].
type charset uint64

const (
	hyphenSet charset = 1
	digitSet  charset = (1<<10 - 1) << 1
	letterSet charset = (1<<26 - 1) << 11
	vowelSet  charset = (1<<0 | 1<<4 | 1<<8 | 1<<14 | 1<<20) << 11 // a e i o u
	// consonantSet has 21 letters, y among them.
	consonantSet charset = letterSet &^ vowelSet
	anySet       charset = hyphenSet | digitSet | letterSet
)

// symbolOf returns the symbol of a lower-case octet, -1 if it has none.
func symbolOf(c byte) int { return int(symbolTable[c]) }

var symbolTable = func() (t [256]int8) {
	for i := range t {
		t[i] = -1
	}
	for s := range symbols {
		t[alphabet[s]] = int8(s)
	}
	return t
}()

func setOf(c byte) charset {
	if s := symbolOf(c); s >= 0 {
		return 1 << s
	}
	return 0
}

// rangeSet is lo..hi; both are octets of the alphabet and lo <= hi.
func rangeSet(lo, hi byte) charset {
	return charset(1)<<(symbolOf(hi)+1) - charset(1)<<symbolOf(lo)
}

func (c charset) has(symbol int) bool { return c>>symbol&1 != 0 }

func (c charset) size() int { return bits.OnesCount64(uint64(c)) }

// rank is the number of members below symbol.
func (c charset) rank(symbol int) int { return bits.OnesCount64(uint64(c) & (1<<symbol - 1)) }

// member returns the symbol of rank i.
func (c charset) member(i int) int {
	for ; i > 0; i-- {
		c &= c - 1
	}
	return bits.TrailingZeros64(uint64(c))
}
