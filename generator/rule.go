package generator

// rule is one condition on a label as an automaton, so that it can be compiled
// into a space. Its states are small numbers; [dead] means that no label with
// this beginning can pass.
type rule interface {
	start() uint32
	step(state uint32, symbol int) uint32
	accepts(state uint32) bool
}

// shape is the rule that a label is one at all: not empty, no hyphen first or
// last, none at both positions 3 and 4 unless idn words are about.
type shape struct{ hyphens, idn bool }

const (
	shapeEmpty  = 0
	shapeFourth = 4      // four octets or more
	shapeHyphen = 1 << 4 // the last octet is a hyphen
	shapeIDN    = 1 << 5 // hyphens at positions 3 and 4: only an IDN word may be so
)

func onlyIDN(state uint32) bool { return state&shapeIDN != 0 }

func (r shape) start() uint32 { return shapeEmpty }

func (r shape) step(state uint32, symbol int) uint32 {
	if !r.hyphens {
		return 1
	}
	next := min(state&7+1, shapeFourth) | state&shapeIDN
	if symbol != hyphen {
		return next
	}
	switch state {
	case shapeEmpty:
		return dead
	case 3 | shapeHyphen:
		if !r.idn {
			return dead
		}
		next |= shapeIDN
	}
	return next | shapeHyphen
}

func (r shape) accepts(state uint32) bool { return state != shapeEmpty && state&shapeHyphen == 0 }

// shaped is what [shape] wants of a label by itself, octet by octet known to be of the alphabet.
func shaped(label []byte) bool {
	n := len(label)
	if n == 0 || label[0] == '-' || label[n-1] == '-' {
		return false
	}
	return n < 4 || label[2] != '-' || label[3] != '-' || isIDN(label)
}

// length is the rule that a label has lo to hi octets.
type length struct{ lo, hi int }

func (r length) start() uint32 { return 0 }

func (r length) step(state uint32, _ int) uint32 {
	if int(state) >= r.hi {
		return dead
	}
	return state + 1
}

func (r length) accepts(state uint32) bool { return int(state) >= r.lo }

// pronounceable is the rule of --pronounceable: letters, at most two consonants
// and at most two vowels in a row, and a vowel at all. y is a consonant, as in
// {C}; a hyphen begins anew; digits and IDN labels do not pass.
type pronounceable struct{}

const (
	runVowels = 1 << 2 // the run of state&3 letters is one of vowels
	hasVowel  = 1 << 3
)

func (pronounceable) start() uint32 { return 0 }

func (pronounceable) step(state uint32, symbol int) uint32 {
	switch {
	case symbol == hyphen:
		return state & hasVowel
	case digitSet.has(symbol):
		return dead
	}
	kind := uint32(0)
	if vowelSet.has(symbol) {
		kind = runVowels
	}
	run := uint32(1)
	if state&3 > 0 && state&runVowels == kind {
		run += state & 3
	}
	if run > 2 {
		return dead
	}
	if kind != 0 {
		state |= hasVowel
	}
	return run | kind | state&hasVowel
}

func (pronounceable) accepts(state uint32) bool { return state&hasVowel != 0 }

// passes runs a rule over a label.
func passes(r rule, label []byte) bool {
	state := r.start()
	for _, c := range label {
		if state = r.step(state, symbolOf(c)); state == dead {
			return false
		}
	}
	return r.accepts(state)
}

// isIDN reports whether label looks like an A-label.
func isIDN(label []byte) bool { return len(label) > 4 && string(label[:4]) == "xn--" }
