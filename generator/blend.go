package generator

import (
	"slices"
	"strings"
)

// A blend is one word made of two: the head of the first and the tail of the
// second. With --blend they are what the wordlist's words are. There are two kinds.
//
// An overlap has the letters that end the first word and begin the second once,
// two of them or more: insta and stamp are instamp.
//
// A syllable blend is cut where words are spoken apart. Heads are a word whole,
// its consonants before the first vowel (br of breakfast), and what ends with a
// vowel or with its syllable (ca, cam of camera; tech of technic). Tails are a
// word whole, what begins with any of its vowels (unch of lunch), and what begins
// with a syllable (ware of software). A vowel meets consonants, or a syllable
// that one consonant closes meets a part of a word that begins with another;
// consonants alone meet the second word from its first vowel on; one of the two
// words is cut; and the blend has no more vowels to say than the longer-spoken of
// the two words: brunch, smog, motel, malware, camcorder.
//
// A word of the lists is no blend, nor is a word blended with itself.

// maxBlends is how many blends a space may have: so many words can be compiled.
const maxBlends = maxGraphWords

// maxBlendTries bounds the pairs of heads and tails that are looked at: some 10 s.
const maxBlendTries = 2_000_000_000

// The kinds of blends, as --blend-kinds names them.
const (
	blendOverlap  = "overlap"
	blendSyllable = "syllable"
)

// checkBlend refuses flags that do not go together.
func (g *Generator) checkBlend() error {
	for _, kind := range g.cfg.BlendKinds {
		if kind != blendOverlap && kind != blendSyllable {
			return usage("kinds are overlap and syllable", "--blend-kinds %s: there is no such kind", clip(kind))
		}
	}
	switch {
	case g.cfg.Wordlist == "-" && g.cfg.BlendWith == "-":
		return usage("name a file for one of them", "standard input is named twice")
	case g.cfg.Blend && g.cfg.Wordlist == "":
		return usage("name one with -w FILE", "--blend needs a wordlist")
	case !g.cfg.Blend && len(g.cfg.BlendKinds) > 0:
		return usage("add --blend", "--blend-kinds without --blend")
	case !g.cfg.Blend && g.cfg.BlendWith != "":
		return usage("add --blend", "--blend-with without --blend")
	}
	return nil
}

// blends replaces the words of first by the blends of first and second.
func (g *Generator) blends(first, second *lexicon) (*lexicon, error) {
	b := &blender{seconds: second.plain, found: map[string]struct{}{}, limit: maxBlends}
	if len(g.cfg.Patterns)+len(g.affixes.pairs) == 0 && !g.cfg.Hack {
		b.filter = g.filter // labels are the blends themselves
	}
	b.isWord = func(text []byte) bool {
		_, inFirst := slices.BinarySearch(first.plain, string(text))
		_, inSecond := slices.BinarySearch(second.plain, string(text))
		return inFirst || inSecond
	}
	err := error(nil)
	for _, kind := range g.cfg.blendKinds() {
		if err == nil && kind == blendOverlap {
			err = b.overlaps(first.plain)
		} else if err == nil {
			err = b.syllables(first.plain)
		}
	}
	if err != nil {
		return nil, err
	}
	out := &lexicon{plain: make([]string, 0, len(b.found))}
	for text := range b.found {
		out.plain = append(out.plain, text)
	}
	out.finish()
	return out, nil
}

func (c *Config) blendKinds() []string {
	if len(c.BlendKinds) == 0 {
		return []string{blendOverlap, blendSyllable}
	}
	return c.BlendKinds
}

// blender collects blends.
type blender struct {
	seconds []string // sorted
	isWord  func([]byte) bool
	filter  *filter // nil where it is not the blends that are filtered
	found   map[string]struct{}
	limit   int // of found
	buf     []byte
}

func (b *blender) add(head, tail string) error {
	if len(head)+len(tail) > maxRepeat {
		return nil
	}
	b.buf = append(append(b.buf[:0], head...), tail...)
	if _, again := b.found[string(b.buf)]; again || b.isWord(b.buf) || b.filter != nil && !b.filter.match(b.buf) {
		return nil
	}
	if len(b.found) >= b.limit {
		return usage("use fewer words, --max-length, or --blend-kinds overlap", "--blend: these words make more than %d blends", b.limit)
	}
	b.found[string(b.buf)] = struct{}{}
	return nil
}

// minOverlap is how many letters two words must share: of one, nobody sees it.
const minOverlap = 2

// overlaps adds the blends of words that share letters.
func (b *blender) overlaps(firsts []string) error {
	for _, first := range firsts {
		for cut := 1; cut <= len(first)-minOverlap; cut++ {
			shared := first[cut:]
			at, _ := slices.BinarySearch(b.seconds, shared)
			for ; at < len(b.seconds) && strings.HasPrefix(b.seconds[at], shared); at++ {
				if second := b.seconds[at]; len(second) > len(shared) && second != first {
					if err := b.add(first, second[len(shared):]); err != nil {
						return err
					}
				}
			}
		}
	}
	return nil
}

// syllables adds the blends of words that are cut between their syllables.
func (b *blender) syllables(firsts []string) error {
	var heads, tails []piece
	for _, w := range firsts {
		heads = append(heads, headsOf(w)...)
	}
	for _, w := range b.seconds {
		tails = append(tails, tailsOf(w)...)
	}
	if uint64(len(heads))*uint64(len(tails)) > maxBlendTries {
		return usage("use fewer words, or --blend-kinds overlap", "--blend: syllables of so many words would take too long")
	}
	hi := maxRepeat
	if b.filter != nil {
		hi = b.filter.hi
	}
	for i := range heads {
		for k := range tails {
			h, t := &heads[i], &tails[k]
			if len(h.text)+len(t.text) > hi || !h.meets(t) {
				continue
			}
			if err := b.add(h.text, t.text); err != nil {
				return err
			}
		}
	}
	return nil
}
