package generator

import (
	"slices"
	"strings"
)

// piece is the head or the tail of a word, cut where it is spoken apart.
type piece struct {
	word, text string
	beats      int   // vowels to say in text
	all        int   // and in word
	joint      joint // of a head its end, of a tail its begin
}

// joint is what stands where a piece was cut.
type joint uint8

const (
	jointVowel   joint = iota // a vowel
	jointOne                  // one consonant that closes a syllable, or consonants that begin one
	jointOnset                // of a head: consonants with no vowel before them
	jointSeveral              // of a head: several consonants that close a syllable
)

// meets reports whether head h and tail t make a blend that can be said.
func (h *piece) meets(t *piece) bool {
	switch {
	case h.word == t.word || h.text == h.word && t.text == t.word:
		return false
	case h.beats+t.beats > max(h.all, t.all) || len(t.text) < 2 || len(h.text)+len(t.text) < 4:
		return false
	case h.joint == jointOnset:
		return t.joint == jointVowel && t.beats == t.all // from its first vowel on
	case h.joint == jointVowel:
		return t.joint == jointOne
	case t.joint == jointVowel:
		return h.text != h.word || h.joint == jointOne
	}
	return h.joint == jointOne && t.text != t.word && h.text[len(h.text)-1] != t.text[0]
}

// sounded marks the vowels of word: a e i o u, and y but for one that begins a
// word or stands before a vowel; not the u of qu.
func sounded(word string) []bool {
	marks := make([]bool, len(word))
	for i := range len(word) {
		switch c := word[i]; c {
		case 'y':
			marks[i] = i > 0 && (i+1 == len(word) || !strings.ContainsRune(vowels, rune(word[i+1])))
		case 'u':
			marks[i] = i == 0 || word[i-1] != 'q'
		default:
			marks[i] = strings.IndexByte(vowels, c) >= 0
		}
	}
	return marks
}

// runs are the vowels of a word, each run of them from at to end-1.
type vowelRun struct{ at, end int }

func vowelRuns(word string) (runs []vowelRun) {
	marks := sounded(word)
	for i := 0; i < len(word); i++ {
		if !marks[i] {
			continue
		}
		at := i
		for i < len(word) && marks[i] {
			i++
		}
		runs = append(runs, vowelRun{at, i})
	}
	return runs
}

// beats is how many vowels of runs are said in a text that ends at end: a last
// lone e behind another vowel is not.
func beats(word string, runs []vowelRun) int {
	n := len(runs)
	if n > 1 && runs[n-1].at == len(word)-1 && word[len(word)-1] == 'e' {
		n--
	}
	return n
}

// headsOf returns the heads of word, itself among them.
func headsOf(word string) []piece {
	runs := vowelRuns(word)
	all := beats(word, runs)
	if len(runs) == 0 {
		return nil
	}
	var out []piece
	cut := func(end, said int, j joint) {
		if end > 0 && !slices.ContainsFunc(out, func(p piece) bool { return len(p.text) == end }) {
			out = append(out, piece{word, word[:end], said, all, j})
		}
	}
	cut(runs[0].at, 0, jointOnset)
	for i, r := range runs {
		next := len(word)
		if i+1 < len(runs) {
			next = runs[i+1].at
		}
		n := next - r.end // consonants between this vowel and the next
		if n == 0 {
			continue
		}
		cut(r.end, i+1, jointVowel)
		switch {
		case next == len(word): // the word whole, below
		case n == 1:
			cut(next, i+1, jointOne)
		default:
			cut(next-1, i+1, closing(n-1))
		}
	}
	last := runs[len(runs)-1].end
	if last == len(word) {
		cut(len(word), all, jointVowel)
	} else {
		cut(len(word), all, closing(len(word)-last))
	}
	return out
}

// closing is the joint of a head that ends in n consonants.
func closing(n int) joint {
	if n == 1 {
		return jointOne
	}
	return jointSeveral
}

// onsets are consonants that begin English syllables together.
var onsets = strings.Fields("bl br ch cl cr dr fl fr gl gr kn ph pl pr qu sc sh sk sl sm sn sp st sw th tr tw wh wr chr sch scr shr spl spr squ str thr")

// tailsOf returns the tails of word, itself among them.
func tailsOf(word string) []piece {
	runs := vowelRuns(word)
	all := beats(word, runs)
	if len(runs) == 0 {
		return nil
	}
	var out []piece
	said := func(from int) int { return all - from }
	if runs[0].at > 0 {
		out = append(out, piece{word, word, all, all, jointOne})
	}
	for i, r := range runs {
		if i == len(runs)-1 && len(runs) > all {
			break // a mute e
		}
		out = append(out, piece{word, word[r.at:], said(i), all, jointVowel})
		if i == 0 {
			continue
		}
		if r.at == runs[i-1].end {
			continue
		}
		out = append(out, piece{word, word[r.at-1:], said(i), all, jointOne})
		if at := onsetAt(word, runs[i-1].end, r.at); at < r.at-1 {
			out = append(out, piece{word, word[at:], said(i), all, jointOne})
		}
	}
	return out
}

// onsetAt returns where the syllable of the vowel at to begins, not before from.
func onsetAt(word string, from, to int) int {
	for n := min(3, to-from); n > 1; n-- {
		if slices.Contains(onsets, word[to-n:to]) {
			return to - n
		}
	}
	return max(from, to-1)
}
