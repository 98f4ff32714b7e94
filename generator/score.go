package generator

import (
	_ "embed"

	"vacant"
)

// The score of a label is what people mostly agree on: short is better than
// long, what can be said is better than what cannot, letters are better than
// digits and hyphens. How well a label can be said is judged by how usual its
// runs of three letters are in English words.

// trigramText is made by trigrams_gen.go from the words of Debian's wamerican
// 2020.12.07, which is SCOWL, copyright 2000-2011 by Kevin Atkinson, whose terms
// allow any use with that notice.
//
//go:embed trigrams.txt
var trigramText string

const (
	letters    = 27 // a-z, and 0 for a word's begin or end
	costOctet  = '!'
	costShades = 94
)

// trigrams[a][b][c] is what it costs, in eighths of a bit, that c follows on a and b.
var trigrams = readTrigrams()

func readTrigrams() (t [letters][letters][letters]uint8) {
	const line = letters + 1
	for i := range letters * letters {
		for c := range letters {
			t[i/letters][i%letters][c] = trigramText[i*line+c] - costOctet
		}
	}
	return t
}

// MaxScore is the best score there is.
const MaxScore = 100

// The score's parts. What a label has for its length and its sound adds up to
// MaxScore; the faults are taken off.
const (
	bestLength = 35
	bestSound  = 65

	easyCost  = 20 // eighths of a bit a letter: as in the commonest runs
	hardCost  = 60 // as in letters thrown together
	rareCost  = 56 // one run of letters as rare as this is stumbled over
	otherCost = 36 // of a letter outside a-z

	digitFault  = 12 // the first digit
	digitsFault = 4  // each further one
	insideFault = 10 // a digit between letters, which stands for a letter
	hyphenFault = 14 // each hyphen
	otherFault  = 16 // a letter that not every keyboard has
	doubleFault = 2  // a doubled letter: one has to be told of it
	oddFault    = 6  // where words have none: in front, or aa
	tripleFault = 12 // the same octet three times
	muteFault   = 20 // no vowel at all
	maxFault    = 60
)

// lengthScores is what a length is worth; longer than the table is worth as little as its last.
var lengthScores = [...]int{0, bestLength, bestLength, bestLength, bestLength, 34, 32, 29, 26, 23, 20, 17, 14, 10, 6, 2, -2, -6, -10, -14, -18, -22}

// Score judges a label in canonical form, from 0 to [MaxScore]: by its length, by
// how easily it is said, and by digits, hyphens and repeated letters. What it
// means and which TLD it stands under are not judged. An A-label is judged by
// what it shows. It allocates nothing but for A-labels.
func Score(label []byte) int {
	if isIDN(label) {
		return scoreUnicode(label)
	}
	var j judge
	for i, c := range label {
		j.octet(label, i, c)
	}
	return j.total(len(label))
}

// scoreUnicode judges the characters of an A-label. Those outside a-z have a
// middling sound.
func scoreUnicode(label []byte) int {
	text := []rune(vacant.Name(string(label) + ".com").Unicode())
	text = text[:max(0, len(text)-len(".com"))]
	shown := make([]byte, len(text))
	for i, r := range text {
		shown[i] = otherLetter
		if r < 0x80 {
			shown[i] = byte(r)
		}
	}
	var j judge
	for i, c := range shown {
		j.octet(shown, i, c)
	}
	return j.total(len(shown))
}

// otherLetter stands for any character outside ASCII.
const otherLetter = 0xff

// judge adds up what the octets of a label cost.
type judge struct {
	a, b   uint8 // the last two letters, 0 = none
	cost   int   // in eighths of a bit
	steps  int
	worst  int
	fault  int
	digits int
	vowel  bool
}

// octet judges the octet c at position i of label.
func (j *judge) octet(label []byte, i int, c byte) {
	twice := i > 0 && label[i-1] == c
	if twice && i > 1 && label[i-2] == c {
		j.fault += tripleFault
	}
	switch {
	case 'a' <= c && c <= 'z':
		j.letter(c - 'a' + 1)
		if twice {
			j.double(i == 1 || !doubles.has(symbolOf(c)))
		}
		j.vowel = j.vowel || soundSet.has(symbolOf(c))
	case c == otherLetter:
		j.pause(otherCost)
		j.fault += otherFault
		j.vowel = true
	case c == '-':
		j.pause(0)
		j.fault += hyphenFault
	default:
		j.digit(0 < i && i+1 < len(label) && isLetter(label[i-1]) && isLetter(label[i+1]))
	}
}

var (
	// doubles are the letters that words have twice: ee, oo, ll, ss, ...
	doubles = setOf('b') | setOf('d') | setOf('e') | setOf('f') | setOf('g') | setOf('l') | setOf('m') | setOf('n') |
		setOf('o') | setOf('p') | setOf('r') | setOf('s') | setOf('t') | setOf('z')
	// soundSet is the vowels, with y.
	soundSet = vowelSet | setOf('y')
)

func (j *judge) double(odd bool) {
	j.fault += doubleFault
	if odd {
		j.fault += oddFault - doubleFault
	}
}

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' }

func (j *judge) letter(c uint8) {
	j.step(int(trigrams[j.a][j.b][c]))
	j.a, j.b = j.b, c
}

func (j *judge) step(cost int) {
	j.cost += cost
	j.steps++
	j.worst = max(j.worst, cost)
}

// pause ends the letters so far, as at a word's end; cost is of what stands there.
func (j *judge) pause(cost int) {
	if j.b != 0 {
		j.step(int(trigrams[j.a][j.b][0]))
	}
	if cost > 0 {
		j.step(cost)
	}
	j.a, j.b = 0, 0
}

func (j *judge) digit(inside bool) {
	j.pause(hardCost)
	j.fault += digitsFault
	if j.digits++; j.digits == 1 {
		j.fault += digitFault - digitsFault
	}
	if inside {
		j.fault += insideFault
	}
}

// total returns the score of a label of n characters.
func (j *judge) total(n int) int {
	j.pause(0)
	score := lengthScores[min(n, len(lengthScores)-1)]
	if !j.vowel {
		j.fault += muteFault
	}
	if j.steps > 0 {
		each := (j.cost + max(0, j.worst-rareCost)) / j.steps
		score += bestSound * min(max(hardCost-each, 0), hardCost-easyCost) / (hardCost - easyCost)
	}
	return min(max(score-min(j.fault, maxFault), 0), MaxScore)
}
