package generator

import "strings"

// keyRows are the rows of a QWERTY keyboard. Each is set half a key to the
// right of the one above it.
var keyRows = [...]string{"1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm"}

// neighbours returns the letters and digits whose keys touch that of r.
func neighbours(r rune) (keys []rune) {
	for y, row := range keyRows {
		x := strings.IndexRune(row, r)
		if x < 0 {
			continue
		}
		at := func(y, x int) {
			if 0 <= y && y < len(keyRows) && 0 <= x && x < len(keyRows[y]) {
				keys = append(keys, rune(keyRows[y][x]))
			}
		}
		at(y-1, x)
		at(y-1, x+1)
		at(y, x-1)
		at(y, x+1)
		at(y+1, x-1)
		at(y+1, x)
	}
	return keys
}

// asciiPairs are texts that are taken for one another, either way.
var asciiPairs = [][2]string{
	{"0", "o"}, {"1", "i"}, {"1", "l"}, {"2", "z"}, {"3", "8"}, {"3", "e"}, {"4", "a"}, {"5", "s"}, {"6", "9"}, {"6", "b"},
	{"7", "t"}, {"8", "b"}, {"9", "g"}, {"9", "q"}, {"b", "d"}, {"c", "e"}, {"g", "q"}, {"i", "j"}, {"i", "l"}, {"m", "n"},
	{"n", "r"}, {"u", "v"}, {"v", "y"}, {"b", "lb"}, {"d", "cl"}, {"d", "dl"}, {"h", "lh"}, {"k", "lc"}, {"m", "nn"},
	{"m", "rn"}, {"w", "vv"}, {"w", "uu"},
}

// homoglyphs puts what looks alike in one place, and in all places of the same letters.
func (b *brand) homoglyphs(add func(string)) {
	text := string(b.text)
	for _, p := range asciiPairs {
		swap(text, p[0], p[1], add)
		swap(text, p[1], p[0], add)
	}
}

// swap calls add with text where one occurrence of from is to, and where all are.
func swap(text, from, to string, add func(string)) {
	for i := range text {
		if strings.HasPrefix(text[i:], from) {
			add(text[:i] + to + text[i+len(from):])
		}
	}
	if strings.Count(text, from) > 1 {
		add(strings.ReplaceAll(text, from, to))
	}
}

// unicodeLooks are letters that IDNA lets through and that look like the first
// of their word: Latin with marks, then Cyrillic, Greek and others.
var unicodeLooks = readLooks(`
aàáâãäåāăąạаα bḃḅɓь cçćĉċčс dďđḋḍɗԁ eèéêëēĕėęěẹеҽ fḟƒ gĝğġģɡǥǵ hĥħḣḥһ iìíîïĩīĭįıịіι jĵǰј kķǩḳкκ lĺļľłḷӏ mḿṁṃм
nñńņňṅṇոη oòóôõöøōŏőọоοօσ pṕṗрρ qԛգ rŕŗřṙṛг sśŝşšșṡṣѕ tţťŧțṫṭтτ uùúûüũūŭůűųụսυ vṽṿѵν wŵẁẃẅẇẉԝω xẋẍхχ yýÿŷẏỳỵуγ
zźżžẑẓ 3з 6б
`)

func readLooks(text string) map[rune][]rune {
	looks := map[rune][]rune{}
	for _, word := range strings.Fields(text) {
		r := []rune(word)
		looks[r[0]] = r[1:]
	}
	return looks
}

// scripts are whole alphabets by the letters that look like a-z in them: a name
// all in one of them is not even mixed.
var scripts = []map[rune]rune{
	readScript("aа bь cс dԁ eе gԍ hһ iі jј kк lӏ mм nп oо pр qԛ rг sѕ tт uц vѵ wԝ xх yу 3з 6б"),
	readScript("aα bβ eε hη iι kκ mμ nν oο pρ tτ uυ vν wω xχ yγ zζ"),
}

func readScript(text string) map[rune]rune {
	script := map[rune]rune{}
	for _, word := range strings.Fields(text) {
		r := []rune(word)
		script[r[0]] = r[1]
	}
	return script
}

// lookalikes puts a letter of Unicode that looks alike in one place, in all
// places of that letter, and writes the whole in another script where that has all it takes.
func (b *brand) lookalikes(add func(string)) {
	text := string(b.text)
	seen := map[rune]bool{}
	for _, r := range b.text {
		if seen[r] {
			continue
		}
		seen[r] = true
		for _, look := range unicodeLooks[r] {
			swap(text, string(r), string(look), add)
		}
	}
	for _, script := range scripts {
		if whole, ok := rewrite(b.text, script); ok {
			add(whole)
		}
	}
}

// rewrite writes text in another script; digits and hyphens stay. ok is false
// where a letter has no counterpart.
func rewrite(text []rune, script map[rune]rune) (whole string, ok bool) {
	out := make([]rune, len(text))
	for i, r := range text {
		to, found := script[r]
		switch {
		case found:
			out[i], ok = to, true
		case r == '-' || '0' <= r && r <= '9':
			out[i] = r
		default:
			return "", false
		}
	}
	return string(out), ok
}
