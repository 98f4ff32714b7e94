package generator

import (
	"regexp/syntax"
	"slices"
)

// expression is --regex as a [rule]: the states of an RE2 program followed in
// parallel. It searches, as grep does; ^ and $ tie it to the label's ends.
type expression struct {
	prog *syntax.Prog
	// keys maps what came before the position and the program counters alive
	// there to a state; next and ends remember what was worked out.
	keys keyTable
	next [][symbols]uint32 // 0 = not known yet, else 1 + state
	ends []bool
	seen []uint32 // by program counter: the mark of the closure that saw it
	mark uint32
	wait []uint32
}

// What came before a position, for \b and ^.
const (
	beforeNothing uint32 = iota
	beforeWord
	beforeHyphen
	matched // a match is behind: whatever follows passes
)

// compileExpression prepares a parsed expression.
func compileExpression(re *syntax.Regexp) (*expression, error) {
	prog, err := syntax.Compile(re.Simplify())
	if err != nil {
		return nil, err
	}
	e := &expression{prog: prog, seen: make([]uint32, len(prog.Inst))}
	e.intern([]uint32{beforeNothing, uint32(prog.Start)})
	return e, nil
}

func runeBefore(before uint32) rune {
	switch before {
	case beforeWord:
		return 'a'
	case beforeHyphen:
		return '-'
	}
	return -1
}

func (e *expression) intern(key []uint32) uint32 {
	if s, ok := e.keys.get(key); ok {
		return s
	}
	s := uint32(len(e.next))
	e.keys.put(key, s)
	e.next = append(e.next, [symbols]uint32{})
	e.ends = append(e.ends, key[0] == matched || e.closure(key, -1))
	return s
}

func (e *expression) start() uint32 { return 0 }

func (e *expression) accepts(state uint32) bool { return e.ends[state] }

func (e *expression) step(state uint32, symbol int) uint32 {
	if n := e.next[state][symbol]; n != 0 {
		return n - 1
	}
	n := e.intern(e.after(e.keys.key(state), symbol))
	e.next[state][symbol] = n + 1
	return n
}

// after returns the key of the state behind symbol.
func (e *expression) after(key []uint32, symbol int) []uint32 {
	r := rune(alphabet[symbol])
	if key[0] == matched || e.closure(key, r) {
		return []uint32{matched}
	}
	next := []uint32{beforeWord, uint32(e.prog.Start)}
	if symbol == hyphen {
		next[0] = beforeHyphen
	}
	for _, pc := range e.wait {
		if inst := &e.prog.Inst[pc]; inst.MatchRune(r) {
			next = append(next, inst.Out)
		}
	}
	slices.Sort(next[1:])
	return append(next[:1], slices.Compact(next[1:])...)
}

// closure follows, from the counters of key, all that reads nothing when r
// comes next (-1 for the end); e.wait are then those that read. It reports
// whether the expression matched.
func (e *expression) closure(key []uint32, r rune) bool {
	e.mark++
	e.wait = e.wait[:0]
	flags := syntax.EmptyOpContext(runeBefore(key[0]), r)
	hit := false
	for _, pc := range key[1:] {
		hit = e.visit(pc, flags) || hit
	}
	return hit
}

func (e *expression) visit(pc uint32, flags syntax.EmptyOp) bool {
	if e.seen[pc] == e.mark {
		return false
	}
	e.seen[pc] = e.mark
	inst := &e.prog.Inst[pc]
	switch inst.Op {
	case syntax.InstMatch:
		return true
	case syntax.InstAlt, syntax.InstAltMatch:
		first := e.visit(inst.Out, flags)
		return e.visit(inst.Arg, flags) || first
	case syntax.InstCapture, syntax.InstNop:
		return e.visit(inst.Out, flags)
	case syntax.InstEmptyWidth:
		return syntax.EmptyOp(inst.Arg)&^flags == 0 && e.visit(inst.Out, flags)
	case syntax.InstFail:
		return false
	}
	e.wait = append(e.wait, pc)
	return false
}
