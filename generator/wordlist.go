package generator

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"vacant"
)

// lexicon is a wordlist: its words sorted, each once.
type lexicon struct {
	plain []string // what {word} stands for
	idn   []string // A-labels: labels by themselves, never a part of one
	used  charset  // of plain
	lo,
	hi int // shortest and longest of plain

	graph, idnGraph *graph // nil where there are too many words for one
	root, idnRoot   uint32
}

// Reasons for which a word is refused, besides those of a label.
var (
	errDotInWord = errors.New("a word has no dot; full names are read by -l")
	errIDNInside = errors.New("an internationalised word can only stand alone, not inside a pattern or with --blend, --prefix, --suffix or --hack")
)

// addWord reads one line of a wordlist.
func (l *lexicon) addWord(text string, idnAllowed bool) error {
	if strings.ContainsAny(text, dots) {
		return errDotInWord
	}
	label, err := parseLabel(text)
	if err != nil {
		return err
	}
	if !isIDN([]byte(label)) {
		l.plain = append(l.plain, label)
		return nil
	}
	if !idnAllowed {
		return errIDNInside
	}
	l.idn = append(l.idn, label)
	return nil
}

// finish sorts the words and works out what patterns need to know of them.
func (l *lexicon) finish() {
	l.plain, l.idn = sortedSet(l.plain), sortedSet(l.idn)
	l.lo = longest
	for _, w := range l.plain {
		l.lo, l.hi = min(l.lo, len(w)), max(l.hi, len(w))
		for i := range len(w) {
			l.used |= setOf(w[i])
		}
	}
	if len(l.plain) == 0 {
		l.lo = 0
	}
	l.graph, l.root = wordGraph(l.plain)
	l.idnGraph, l.idnRoot = wordGraph(l.idn)
}

func sortedSet(words []string) []string {
	slices.Sort(words)
	return slices.Clip(slices.Compact(words))
}

// maxGraphWords is how many words are compiled into automata; more would take
// longer than a user waits for a count.
const maxGraphWords = 2_000_000

// wordGraph returns nil for more words than an automaton can hold.
func wordGraph(words []string) (*graph, uint32) {
	g := &graph{limit: maxSubsets}
	if len(words) > maxGraphWords {
		return nil, dead
	}
	root, ok := g.addWords(words, 0)
	if !ok {
		return nil, dead
	}
	return g, root
}

// readWords fills a lexicon from the file of words that flag names.
func (g *Generator) readWords(flag, file string, idnAllowed bool) (*lexicon, error) {
	in, err := g.openSource(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", flag, err)
	}
	defer func() { _ = in.Close() }()
	lex := &lexicon{}
	buf := make([]byte, readSize)
	var lines splitter
	take := func(number int, line []byte, long bool) {
		if err := takeWord(lex, line, long, idnAllowed); err != nil {
			g.badLine(file, number, line, err)
		}
	}
	for {
		n, err := in.Read(buf)
		lines.feed(buf[:n], take)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s: read %s: %w", flag, file, err)
		}
	}
	lines.end(take)
	lex.finish()
	return lex, nil
}

func takeWord(lex *lexicon, line []byte, long, idnAllowed bool) error {
	if long {
		return errLongLine
	}
	text := content(line)
	if len(text) == 0 {
		return nil
	}
	return lex.addWord(string(text), idnAllowed)
}

// dots are the characters that separate labels (RFC 3490 section 3.1).
const dots = ".\u3002\uff0e\uff61"

// parseLabel brings one bare label into canonical form.
func parseLabel(text string) (string, error) {
	if symbolsOnly(text) {
		if err := vacant.CheckLabel(text); err != nil {
			return "", &vacant.NameError{Text: text, Err: err}
		}
		if !strings.HasPrefix(text, "xn--") {
			return text, nil
		}
	}
	// A label is judged as part of a name: IDNA has rules that need one.
	name, err := vacant.ParseName(text + ".com")
	var bad *vacant.NameError
	if errors.As(err, &bad) {
		return "", &vacant.NameError{Text: text, Err: bad.Err}
	}
	return name.Label(), err
}

func symbolsOnly(text string) bool {
	for i := range len(text) {
		if symbolOf(text[i]) < 0 {
			return false
		}
	}
	return true
}

// openSource opens a file of words or names; "-" is Stdin.
func (g *Generator) openSource(file string) (io.ReadCloser, error) {
	if file != "-" {
		return os.Open(file)
	}
	if g.cfg.Stdin == nil {
		return nil, usage("pipe names into it, or name a file", "standard input is not there to be read")
	}
	return io.NopCloser(g.cfg.Stdin), nil
}
