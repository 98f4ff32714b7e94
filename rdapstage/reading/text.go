package reading

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"vacant"
)

// MaxWHOISText bounds a WHOIS or DAS reply that is read at all; the longest known
// is under 20 KB.
const MaxWHOISText = 64 << 10

// lineKind says what part a line plays in a WHOIS reply.
type lineKind uint8

const (
	operative lineKind = iota // may decide
	comment                   // marked by the server as a remark; limit texts and "no entries" hide here too
	legal                     // in a paragraph of terms
	furniture                 // stands in every reply: database time, addresses of forms
)

// textLine is one line, trimmed, without comment marks, spaces collapsed.
type textLine struct {
	text  string
	raw   string // as sent, for tables whose columns matter
	kind  lineKind
	whole bool       // ended by a line break: nothing of it can be cut off
	bare  bool       // nothing but a comment mark
	free  *freeMatch // what it says as a "not found" sentence, nil if it is none
	echo  bool       // the label that was asked about, which says nothing
}

// whoisText is a WHOIS reply, taken apart.
type whoisText struct {
	host    string     // who sent it, bare; set by the caller
	row     row        // ... and what is known of it alone
	trusted bool       // ... and whether that is the registry's own by the word of the user
	lines   []textLine // no empty ones, but "" parts paragraphs
	size    int        // octets without surrounding space
	html    bool
	odd     bool // has NUL or is longer than 64 KiB: nobody's normal reply
	flat    string
}

// parseWHOIS decodes text and sorts its lines.
func parseWHOIS(text []byte) *whoisText {
	r := &whoisText{size: len(bytes.TrimSpace(text)), odd: len(text) > MaxWHOISText}
	if r.odd {
		text = text[:MaxWHOISText]
	}
	s := Decode(text)
	if strings.ContainsRune(s, 0) {
		r.odd = true
		s = strings.ReplaceAll(s, "\x00", "")
	}
	r.html = strings.ContainsAny(s, "<{") && htmlTag.MatchString(s) || strings.HasPrefix(strings.TrimSpace(s), "HTTP/")
	for line := range strings.Lines(s) {
		r.lines = append(r.lines, newLine(line))
	}
	r.sortParagraphs()
	r.flatten()
	return r
}

var htmlTag = patternOf(`(?i)<\s*[/!]?\s*(?:html|head|body|title|pre|p|div|span|br|h[1-6]|center|script|table|tr|td|font|b|i|a|meta|doctype|xml|\?xml)\b[^<>]*>|^\s*\{`)

// Decode makes UTF-8 of what a server may send: UTF-8, UTF-16 with a byte
// order mark, or else Latin-1.
func Decode(b []byte) string {
	switch {
	case bytes.HasPrefix(b, []byte("\xef\xbb\xbf")):
		b = b[3:]
	case bytes.HasPrefix(b, []byte("\xff\xfe")), bytes.HasPrefix(b, []byte("\xfe\xff")):
		return lineEnds.Replace(decodeUTF16(b))
	}
	if utf8.Valid(b) {
		return lineEnds.Replace(string(b))
	}
	runes := make([]rune, len(b))
	for i, c := range b {
		runes[i] = rune(c)
	}
	return lineEnds.Replace(string(runes))
}

// lineEnds makes one of the line ends of all systems.
var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")

func decodeUTF16(b []byte) string {
	little := b[0] == 0xff
	units := make([]uint16, 0, len(b)/2)
	for i := 2; i+1 < len(b); i += 2 {
		if little {
			units = append(units, uint16(b[i])|uint16(b[i+1])<<8)
		} else {
			units = append(units, uint16(b[i+1])|uint16(b[i])<<8)
		}
	}
	return string(utf16.Decode(units))
}

func newLine(raw string) textLine {
	l := textLine{whole: strings.HasSuffix(raw, "\n")}
	l.raw = strings.TrimRight(raw, "\r\n")
	t := strings.TrimSpace(l.raw)
	if bare := strings.TrimLeft(t, "%#;*>-=|\u00a0 \t"); len(bare) < len(t) && t[0] != '-' {
		l.kind, l.bare, t = comment, bare == "", bare
	} else if strings.Trim(t, "-=_*") == "" {
		t = ""
	}
	l.text = strings.Join(strings.Fields(t), " ")
	if isFurniture(l.text) {
		l.kind = furniture
	}
	l.free = freeStatement(l.text)
	return l
}

func isFurniture(t string) bool {
	return len(t) < 200 && (furnitureLine.MatchString(t) || strings.HasSuffix(strings.ToLower(strings.TrimSuffix(t, ".")), "all rights reserved"))
}

// furnitureLine matches lines that stand under every reply of some server.
var furnitureLine = patternOf(`(?i)^(?:(?:whois |rdap )?(?:data ?base )?(?:was )?(?:last (?:update|updated|modified)|record last updated)\b.*|last update of (?:the )?whois database.*|whois database was last updated on.*|` +
	`url of the icann .*|for more information on (?:whois|domain) status codes.*|status codes: for more information.*|important information about the deployment of rdap.*|https?://\S+ ?<*|` +
	`query time: .*|when: .*|querying \S+\]?|\[?whois\.[\w.-]+\]?|end of whois record\.?|whois server version .*|version: ?[\d.]+|query_datetime: .*|` +
	`\(c\) .*|©.*|copyright .*|rights restricted by copyright.*|restricted rights\.?)$`)

// legalWords are words that only terms of use have.
var legalWords = []string{
	"terms", "agree", "lawful", "copyright", "guarantee", "accura", "rights", "purpose", "liable", "liability", "permission", "unsolicited", "redistribut", "repackag",
	"disclaimer", "conditions", "intellectual property", "legal", "policy", "policies", "unauthorised", "propiedad", "informativ", "utiliza", "tribunales",
	"bedingungen", "droit", "donn\u00e9es", "informatique", "responsab", "responsib", "undertake", "accountable", "promises", "accredit",
	"registrar of record", "operational stability", "sponsorship", "registration records", "shared name", "advertising", "use of this", "personal data", "privacy", "high volume", "high-volume", "bulk",
}

// isLegalese reports whether a line has one of them.
func isLegalese(line string) bool { return hasAny(strings.ToLower(line), legalWords...) }

// sortParagraphs marks the paragraphs of terms: runs of lines between empty
// ones that are prose and speak like lawyers. Remarks run on over bare marks.
func (r *whoisText) sortParagraphs() {
	for start := 0; start < len(r.lines); {
		end := start
		for end < len(r.lines) && (r.lines[end].text != "" || r.lines[end].bare) {
			end++
		}
		if isLegal(r.lines[start:end]) {
			for i := start; i < end; i++ {
				if r.lines[i].kind != furniture && !standsAlone(r.lines[start:end], i-start) {
					r.lines[i].kind = legal
				}
			}
		}
		start = end + 1
	}
}

// isLegal reports whether a paragraph is prose with legal words.
func isLegal(p []textLine) bool {
	marks, octets := 0, 0
	for _, l := range p {
		octets += len(l.text)
		if isLegalese(l.text) && !isField(l) {
			marks++
		}
	}
	return marks > 0 && octets > 40
}

// isField reports whether a line is a field that records have.
func isField(l textLine) bool {
	f, ok := splitField(l)
	return ok && classOf(f.key) != keyOther
}

// isHeading reports whether a line is a field whose value stands below it.
func isHeading(l textLine) bool {
	f, ok := splitField(l)
	return ok && f.value == "" && classOf(f.key) != keyOther
}

// standsAlone reports whether line i of a paragraph of terms is a sentence of
// its own between two others, as an error put before or after the terms would
// be, and not one that was wrapped.
func standsAlone(p []textLine, i int) bool {
	t := p[i].text
	if t == "" || isField(p[i]) || p[i].free != nil || i > 0 && isHeading(p[i-1]) {
		return true
	}
	if len(t) > 100 || isLegalese(t) || !startsSentence(t) {
		return false
	}
	return (i == 0 || parts(p[i-1])) && (i == len(p)-1 || endsSentence(t) || startsSentence(p[i+1].text) || parts(p[i+1]))
}

// parts reports whether a line is no part of the sentence before or after it.
func parts(l textLine) bool {
	return endsSentence(l.text) || l.free != nil || l.kind == furniture || isField(l)
}

func endsSentence(t string) bool { return t == "" || strings.ContainsAny(t[len(t)-1:], ".!?:;") }

// startsSentence reports whether a line may be the beginning of one: with no
// small letter, or with a host's name.
func startsSentence(t string) bool {
	first, _ := utf8.DecodeRuneInString(t)
	return t != "" && !unicode.IsLower(first) && !strings.ContainsRune(",;:.)", first) || leadingHost.MatchString(t)
}

var leadingHost = patternOf(`^[\p{L}\p{N}_-]+(?:\.[\p{L}\p{N}_-]+)+ `)

// flatten joins all lines, for phrases that may be wrapped.
func (r *whoisText) flatten() {
	var b strings.Builder
	for _, l := range r.lines {
		if !l.echo {
			b.WriteString(l.text)
		}
		b.WriteByte(' ')
	}
	r.flat = b.String()
}

// Clip makes text from the network fit for evidence: printable, at most
// [vacant.MaxExcerpt] octets.
func Clip(s string) string {
	s = strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f || c >= 0x80 && c < 0xa0 {
			return ' '
		}
		return c
	}, strings.ToValidUTF8(s, "?"))
	if len(s) <= vacant.MaxExcerpt {
		return s
	}
	s = s[:vacant.MaxExcerpt-len("...")]
	for !utf8.ValidString(s) {
		s = s[:len(s)-1]
	}
	return s + "..."
}
