package generator

import (
	"fmt"
	"strings"

	"vacant"
)

// op is the kind of an [expr].
type op uint8

const (
	opSet    op = iota // one octet out of set
	opWord             // {word}
	opCat              // subs one after the other; none of them is the empty text
	opAlt              // one of subs
	opRepeat           // subs[0], min to max times
)

// expr is a parsed pattern.
type expr struct {
	op       op
	set      charset
	subs     []*expr
	min, max int
	own      *lexicon // opWord: its words where they are not the wordlist's
}

const (
	// maxRepeat bounds {n}: no label is longer.
	maxRepeat = vacant.MaxLabelLen
	// maxNesting bounds parentheses, and with them the parser's recursion.
	maxNesting = 50

	atomHelp    = `atoms are: a letter, digit or hyphen, [a-z], [^aeiou], \d, \l, \w, {C}, {V}, {word}, (get|my)`
	repeatHelp  = "a repetition is {n} or {m,n} after an atom, as in [a-z]{4} or (ab){1,3}"
	unicodeHelp = "internationalised names come from -w, -l or arguments; a pattern is made of a-z, 0-9 and hyphen"
)

type parser struct {
	text  string
	pos   int
	depth int
}

// parsePattern reads one pattern. Its error is a [*PatternError].
func parsePattern(text string) (*expr, error) {
	p := &parser{text: text}
	if text == "" {
		return nil, p.fail(0, "it is empty", atomHelp)
	}
	e, err := p.alternatives()
	if err != nil {
		return nil, err
	}
	if p.pos < len(text) {
		return nil, p.fail(p.pos, "a ) without its (", `write (get|my)`)
	}
	return e, nil
}

func (p *parser) fail(at int, msg, help string) error {
	return &PatternError{Pattern: p.text, Pos: at + 1, Msg: msg, Help: help}
}

// peek returns the next octet, 0 at the end: a NUL is no octet of a pattern.
func (p *parser) peek() byte {
	if p.pos < len(p.text) {
		return p.text[p.pos]
	}
	return 0
}

func (p *parser) alternatives() (*expr, error) {
	alt := &expr{op: opAlt}
	for {
		e, err := p.sequence()
		if err != nil {
			return nil, err
		}
		alt.subs = append(alt.subs, e)
		if p.peek() != '|' {
			break
		}
		p.pos++
	}
	if len(alt.subs) == 1 {
		return alt.subs[0], nil
	}
	return alt, nil
}

func (p *parser) sequence() (*expr, error) {
	cat := &expr{op: opCat}
	for p.pos < len(p.text) && p.peek() != '|' && p.peek() != ')' {
		e, err := p.atom()
		if err != nil {
			return nil, err
		}
		if e, err = p.repetition(e); err != nil {
			return nil, err
		}
		cat.subs = append(cat.subs, e)
	}
	return cat, nil
}

func (p *parser) atom() (*expr, error) {
	c := p.peek()
	switch c {
	case '[':
		return p.set()
	case '\\':
		set, err := p.class()
		return &expr{op: opSet, set: set}, err
	case '{':
		return p.named()
	case '(':
		return p.group()
	}
	set := setOf(lower(c))
	if set == 0 {
		return nil, p.badOctet()
	}
	p.pos++
	return &expr{op: opSet, set: set}, nil
}

// badOctet explains an octet that begins no atom.
func (p *parser) badOctet() error {
	switch c := p.peek(); c {
	case '.':
		return p.fail(p.pos, "a dot", "a pattern makes the label; give its endings with -t, as in -t com,co.uk")
	case '*', '+', '?':
		return p.fail(p.pos, fmt.Sprintf("%q is no repetition here", c), repeatHelp)
	case '^', '$':
		return p.fail(p.pos, fmt.Sprintf("%q has no meaning here: a pattern is always the whole label", c), "--regex filters by an expression")
	case ']', '}':
		return p.fail(p.pos, fmt.Sprintf("a %c without its opening one", c), atomHelp)
	case ',', ' ':
		return p.fail(p.pos, fmt.Sprintf("%q is not allowed in a label", c), "give several patterns with -p each, or (one|other)")
	default:
		if c >= 0x80 {
			return p.fail(p.pos, "an octet outside ASCII", unicodeHelp)
		}
		return p.fail(p.pos, fmt.Sprintf("%q is not allowed in a label", c), atomHelp)
	}
}

func (p *parser) group() (*expr, error) {
	open := p.pos
	if p.depth++; p.depth > maxNesting {
		return nil, p.fail(open, fmt.Sprintf("more than %d parentheses inside each other", maxNesting), "")
	}
	p.pos++
	e, err := p.alternatives()
	if err != nil {
		return nil, err
	}
	if p.peek() != ')' {
		return nil, p.fail(open, "a ( without its )", "write (get|my)")
	}
	p.pos++
	p.depth--
	return e, nil
}

// class reads \d, \l or \w, and \- as a hyphen.
func (p *parser) class() (charset, error) {
	const help = `classes are \d digit, \l letter, \w letter or digit`
	at := p.pos
	p.pos++
	c := p.peek()
	p.pos++
	switch c {
	case 'd':
		return digitSet, nil
	case 'l':
		return letterSet, nil
	case 'w':
		return letterSet | digitSet, nil
	case '-':
		return hyphenSet, nil
	case 0:
		return 0, p.fail(at, `a \ at the end`, help)
	}
	return 0, p.fail(at, fmt.Sprintf("no class %+q", p.text[at:at+2]), help)
}

// named reads {C}, {V} or {word}.
func (p *parser) named() (*expr, error) {
	at := p.pos
	inner, _, closed := strings.Cut(p.text[at+1:], "}")
	if !closed {
		return nil, p.fail(at, "a { without its }", atomHelp)
	}
	p.pos += len(inner) + 2
	switch inner {
	case "C":
		return &expr{op: opSet, set: consonantSet}, nil
	case "V":
		return &expr{op: opSet, set: vowelSet}, nil
	case "word":
		return &expr{op: opWord}, nil
	}
	if inner == "" || isDigit(inner[0]) || inner[0] == ',' {
		return nil, p.fail(at, "a repetition with nothing before it", repeatHelp)
	}
	return nil, p.fail(at, fmt.Sprintf("nothing is named {%s}", clip(inner)), "there are {C} consonant, {V} vowel and {word}")
}
