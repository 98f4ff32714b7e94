package generator

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"time"

	"vacant"
)

// argumentSource is the source's name of positional names; their line is their position.
const argumentSource = "argument"

// flushAfter is how long a name read from a slow source may wait for its batch
// to fill: short enough that a user at a pipe sees answers come.
const flushAfter = 200 * time.Millisecond

// lister makes candidates of lines.
type lister struct {
	g    *Generator
	out  *emitter
	seen map[[16]byte]struct{} // nil unless DedupLists
	last string                // the suffix of the last name that had to be gone into
	flat bool                  // every label below it makes a name
	err  error                 // why nothing more can be sent
}

func newLister(g *Generator, out *emitter) *lister {
	l := &lister{g: g, out: out}
	if g.cfg.DedupLists {
		l.seen = map[[16]byte]struct{}{}
	}
	return l
}

// arguments gives the positional names.
func (l *lister) arguments() error {
	for i, text := range l.g.cfg.Names {
		if strings.TrimSpace(text) == "" {
			l.refuse(argumentSource, i+1, []byte(text), &vacant.NameError{Text: text, Err: vacant.ErrEmptyName})
			continue
		}
		l.text(argumentSource, i+1, []byte(strings.TrimSpace(text)))
	}
	return l.flush()
}

// read gives all names of a list. The batch is sent when it is full, when the
// list ends, and when a name in it has waited for flushAfter.
func (l *lister) read(ctx context.Context, source string, r io.Reader) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	chunks, free := readChunks(ctx, r)
	wait := time.NewTimer(flushAfter)
	defer wait.Stop()
	var lines splitter
	take := func(number int, line []byte, long bool) { l.line(source, number, line, long) }
	for l.err == nil {
		select {
		case c := <-chunks:
			held := l.out.held()
			lines.feed(c.data, take)
			if c.err != nil {
				return l.finish(&lines, take, source, c.err)
			}
			free <- c.data[:readSize]
			if !held {
				wait.Reset(flushAfter)
			}
		case <-wait.C:
			l.err = l.flush()
		case <-ctx.Done():
			l.err = ctx.Err()
		}
	}
	return l.err
}

// finish ends a list: err is io.EOF, or why it could not be read to its end.
func (l *lister) finish(lines *splitter, take takeLine, source string, err error) error {
	if errors.Is(err, io.EOF) {
		lines.end(take)
		return l.flush()
	}
	// What came before is good; the line it broke off in is not.
	if sent := l.flush(); sent != nil {
		return sent
	}
	return fmt.Errorf("--list: read %s, line %d: %w", source, lines.number+1, err)
}

// flush sends what is held, unless sending has failed already.
func (l *lister) flush() error {
	if l.err == nil {
		l.err = l.out.flush()
	}
	return l.err
}

func (l *lister) line(source string, number int, line []byte, long bool) {
	if l.err != nil {
		return
	}
	if long {
		l.refuse(source, number, line, errLongLine)
		return
	}
	if text := content(line); len(text) > 0 {
		l.text(source, number, text)
	}
}

// text makes the candidates of one full name or bare label.
func (l *lister) text(source string, number int, text []byte) {
	if l.plain(text) {
		return
	}
	s := string(text)
	if !strings.ContainsAny(s, dots) {
		label, err := parseLabel(s)
		if err == nil {
			err = l.label(label)
		}
		if err != nil {
			l.refuse(source, number, text, explain(s, err))
		}
		return
	}
	name, err := vacant.ParseName(s)
	if err == nil {
		err = l.g.cfg.Suffixes.Check(name)
	}
	if err != nil {
		l.refuse(source, number, text, explain(s, err))
		return
	}
	l.last = name.Parent()
	l.flat = l.g.cfg.Suffixes.Flat(l.last)
	l.candidate([]byte(name))
}

// plain takes a line that needs no bringing into form: lower case, one label
// under the suffix of the line before, as nearly all lines of long lists are.
// Anything else, and whatever is wrong with a line, is left to the long way.
func (l *lister) plain(text []byte) bool {
	dot := bytes.IndexByte(text, '.')
	if dot <= 0 || len(text) > vacant.MaxNameLen || string(text[dot+1:]) != l.last || isIDN(text[:dot]) {
		return false
	}
	// What lies under a suffix can be one itself: co under uk.
	if vacant.CheckLabel(text[:dot]) != nil || !l.flat && l.g.cfg.Suffixes.Check(vacant.Name(text)) != nil {
		return false
	}
	if l.g.filter.trivial() {
		l.pass(text)
	} else {
		l.candidate(text)
	}
	return true
}

// label makes the names of a bare label under every affix and suffix.
func (l *lister) label(label string) error {
	if isIDN([]byte(label)) && (len(l.g.affixes.pairs) > 0 || l.g.cfg.Hack) {
		return errIDNInside
	}
	l.g.affixes.around(label, l.names)
	return nil
}

// names makes the names of a whole label.
func (l *lister) names(label string) {
	if l.g.cfg.Hack {
		l.g.endings.each(label, func(label string, tld int) { l.combine(label, l.g.tlds[tld]) })
		return
	}
	for _, tld := range l.g.tlds {
		l.combine(label, tld)
	}
}

func (l *lister) combine(label, tld string) {
	buf := make([]byte, 0, len(label)+1+len(tld))
	l.candidate(append(append(append(buf, label...), '.'), tld...))
}

// candidate passes on a name that meets the filters, is this shard's, is not
// made by the space and was not named before.
func (l *lister) candidate(name []byte) {
	if l.g.filter.match(name[:bytes.IndexByte(name, '.')]) {
		l.pass(name)
	}
}

// pass is candidate for a name that meets the filters.
func (l *lister) pass(name []byte) {
	if l.err != nil || !l.g.mine(name) {
		return
	}
	if _, inSpace := l.g.space.rank(name); inSpace || l.again(name) {
		l.g.counts.duplicate(1)
		return
	}
	l.err = l.out.add(name, vacant.NoIndex)
}

// again reports whether the name was given before, by 128 bits of its SHA-256.
func (l *lister) again(name []byte) bool {
	if l.seen == nil {
		return false
	}
	sum := sha256.Sum256(name)
	key := [16]byte(sum[:16])
	if _, ok := l.seen[key]; ok {
		return true
	}
	l.seen[key] = struct{}{}
	return false
}

func (l *lister) refuse(source string, number int, text []byte, why error) {
	if l.g.mine(text) {
		l.g.badLine(source, number, text, why)
	}
}

// explain adds to a refusal what the text seems to be instead.
func explain(text string, err error) error {
	if _, rest, found := strings.Cut(text, "://"); found {
		host := rest
		if end := strings.IndexAny(rest, "/?#:"); end >= 0 {
			host = rest[:end]
		}
		return fmt.Errorf("%w; it looks like a URL: give the host part alone, %s", err, clip(host))
	}
	if _, ipErr := netip.ParseAddr(strings.Trim(text, "[]")); ipErr == nil {
		return &vacant.NameError{Text: text, Err: vacant.ErrAddress}
	}
	switch {
	case strings.ContainsRune(text, '@'):
		return fmt.Errorf("%w; it looks like a mail address: give what follows the @", err)
	case strings.ContainsAny(text, "/:"):
		return fmt.Errorf("%w; it looks like a part of a URL: give the host part alone", err)
	case strings.ContainsRune(text, '_'):
		return fmt.Errorf("%w: an underscore", err)
	case strings.HasPrefix(text, "*."):
		return fmt.Errorf("%w: a wildcard is no name", err)
	}
	return err
}
