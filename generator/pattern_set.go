package generator

import (
	"fmt"
	"strconv"
	"strings"
)

// repetition reads {n} or {m,n} after e, if there is one.
func (p *parser) repetition(e *expr) (*expr, error) {
	if !p.atRepetition() {
		return e, nil
	}
	at := p.pos
	inner, _, closed := strings.Cut(p.text[at+1:], "}")
	if !closed {
		return nil, p.fail(at, "a { without its }", repeatHelp)
	}
	lo, hi, err := bounds(inner)
	if err != nil {
		return nil, p.fail(at, err.Error(), repeatHelp)
	}
	p.pos += len(inner) + 2
	if p.atRepetition() {
		return nil, p.fail(p.pos, "a repetition of a repetition", "put parentheses around the first, as in (a{2}){3}")
	}
	return &expr{op: opRepeat, subs: []*expr{e}, min: lo, max: hi}, nil
}

func (p *parser) atRepetition() bool {
	rest := p.text[min(p.pos, len(p.text)):]
	return len(rest) > 1 && rest[0] == '{' && (isDigit(rest[1]) || rest[1] == ',' || rest[1] == '}')
}

// bounds reads the inside of a repetition.
func bounds(s string) (lo, hi int, err error) {
	first, last, two := strings.Cut(s, ",")
	if !two {
		last = first
	}
	if lo, err = strconv.Atoi(first); err != nil || !isDigit(first[0]) {
		return 0, 0, fmt.Errorf("{%s} is no repetition", clip(s))
	}
	if hi, err = strconv.Atoi(last); err != nil || !isDigit(last[0]) {
		return 0, 0, fmt.Errorf("{%s} is no repetition: it needs an upper bound", clip(s))
	}
	switch {
	case lo > hi:
		return 0, 0, fmt.Errorf("{%s}: the first number is larger than the second", s)
	case hi == 0:
		return 0, 0, fmt.Errorf("{%s} repeats nothing", s)
	case hi > maxRepeat:
		return 0, 0, fmt.Errorf("{%s}: no label is longer than %d octets", s, maxRepeat)
	}
	return lo, hi, nil
}

const setHelp = "a set is [abc], [a-z0-9] or [^aeiou]; a hyphen in it comes first or last"

// set reads [...]. A complement is taken within letters and digits: the hyphen
// is never in it.
func (p *parser) set() (*expr, error) {
	open := p.pos
	p.pos++
	negate := p.peek() == '^'
	if negate {
		p.pos++
	}
	var set charset
	for p.peek() != ']' {
		if p.pos >= len(p.text) {
			return nil, p.fail(open, "a [ without its ]", setHelp)
		}
		item, err := p.setItem()
		if err != nil {
			return nil, err
		}
		set |= item
	}
	p.pos++
	if negate {
		set = (letterSet | digitSet) &^ set
	}
	if set == 0 {
		return nil, p.fail(open, "a set with nothing in it", setHelp)
	}
	return &expr{op: opSet, set: set}, nil
}

// setItem reads one octet, class or range.
func (p *parser) setItem() (charset, error) {
	at := p.pos
	if p.peek() == '\\' {
		return p.class()
	}
	lo := lower(p.peek())
	if symbolOf(lo) < 0 {
		return 0, p.badSetOctet()
	}
	p.pos++
	rest := p.text[p.pos:]
	if len(rest) < 2 || rest[0] != '-' || rest[1] == ']' {
		return setOf(lo), nil
	}
	p.pos++
	hi := lower(p.peek())
	if symbolOf(hi) < 0 {
		return 0, p.badSetOctet()
	}
	p.pos++
	if isDigit(lo) != isDigit(hi) || lo == '-' || hi == '-' || lo > hi {
		return 0, p.fail(at, fmt.Sprintf("%q is no range", p.text[at:p.pos]), "ranges go up and stay within letters or digits, as in [a-f] or [2-9]")
	}
	return rangeSet(lo, hi), nil
}

func (p *parser) badSetOctet() error {
	c := p.peek()
	if c >= 0x80 {
		return p.fail(p.pos, "an octet outside ASCII", unicodeHelp)
	}
	return p.fail(p.pos, fmt.Sprintf("%q is not allowed in a label", c), setHelp)
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// clip shortens user text for a message.
func clip(s string) string {
	s = fmt.Sprintf("%+q", s)
	s = s[1 : len(s)-1]
	if len(s) > 60 {
		s = s[:57] + "..."
	}
	return s
}
