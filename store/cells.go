package store

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"vacant"
)

// cells are the columns of one record as text, made safe for a terminal, in one
// buffer that is used again for the next record.
type cells struct {
	buf  []byte
	ends []int
}

func (c *cells) reset() { c.buf, c.ends = c.buf[:0], c.ends[:0] }

func (c *cells) add(s string) {
	c.buf = append(c.buf, vacant.SafeText(s)...)
	c.ends = append(c.ends, len(c.buf))
}

func (c *cells) addUnless(left bool, s string) {
	if left {
		s = ""
	}
	c.add(s)
}

// addTimeUnless adds a time as RFC 3339 has it, in UTC to the second; the zero
// time is empty.
func (c *cells) addTimeUnless(left bool, t time.Time) {
	if !left && !t.IsZero() {
		c.buf = t.UTC().AppendFormat(c.buf, time.RFC3339)
	}
	c.ends = append(c.ends, len(c.buf))
}

func (c *cells) at(i int) []byte {
	start := 0
	if i > 0 {
		start = c.ends[i-1]
	}
	return c.buf[start:c.ends[i]]
}

// appendCSV appends c as one line of RFC 4180 with LF, as encoding/csv writes it.
func (c *cells) appendCSV(dst []byte) []byte {
	for i := range c.ends {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendCell(dst, c.at(i))
	}
	return append(dst, '\n')
}

// plainCell is what needs neither quotes nor care: letters, digits and what
// stands in names, servers and times, but not what begins a formula.
var plainCell = func() (plain [256]bool) {
	for _, r := range "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:/_[]()" {
		plain[r] = true
	}
	return plain
}()

func appendCell(dst, text []byte) []byte {
	if len(text) == 0 {
		return dst
	}
	for i, b := range text {
		if !plainCell[b] && (i == 0 || i == len(text)-1 || b != '-' && b != ' ') || b == '\\' {
			return appendCareful(dst, cell(string(text)))
		}
	}
	return append(dst, text...)
}

// appendCareful quotes s where encoding/csv would.
func appendCareful(dst []byte, s string) []byte {
	if !needsQuotes(s) {
		return append(dst, s...)
	}
	dst = append(dst, '"')
	for i := range len(s) {
		if s[i] == '"' {
			dst = append(dst, '"')
		}
		dst = append(dst, s[i])
	}
	return append(dst, '"')
}

func needsQuotes(s string) bool {
	if s == "" {
		return false
	}
	if s == `\.` || strings.ContainsAny(s, ",\"\r\n") {
		return true
	}
	first, _ := utf8.DecodeRuneInString(s)
	return unicode.IsSpace(first)
}

// cell makes text safe to open in a spreadsheet: a cell that starts like a
// formula, after white space or in full width too, is quoted as text.
func cell(s string) string {
	s = strings.TrimSpace(s)
	if first, _ := utf8.DecodeRuneInString(s); s != "" && strings.ContainsRune("=+-@＝＋－＠", first) {
		return "'" + s
	}
	return s
}

// jsonKeys returns names as they stand before the values of an object.
func jsonKeys(names []string) [][]byte {
	keys := make([][]byte, len(names))
	for i, name := range names {
		keys[i] = append(appendJSON([]byte{','}, name), ':')
	}
	return keys
}

// appendFields appends c as members of an object that has members already.
func (c *cells) appendFields(dst []byte, keys [][]byte) []byte {
	for i, key := range keys {
		dst = appendJSON(append(dst, key...), c.at(i))
	}
	return dst
}

// appendJSON appends text as a JSON string, as encoding/json writes it without
// escaping HTML.
func appendJSON[T string | []byte](dst []byte, text T) []byte {
	dst = append(dst, '"')
	for len(text) > 0 {
		if n := plainJSON(text); n > 0 {
			dst, text = append(dst, text[:n]...), text[n:]
			continue
		}
		r, size := utf8.DecodeRuneInString(string(text[:min(len(text), utf8.UTFMax)]))
		dst = appendEscaped(dst, r, string(text[:size]))
		text = text[size:]
	}
	return append(dst, '"')
}

// plainJSON returns how many octets from the start are ASCII and need no escape.
func plainJSON[T string | []byte](text T) int {
	for i := range len(text) {
		if b := text[i]; b < ' ' || b >= utf8.RuneSelf || b == '"' || b == '\\' {
			return i
		}
	}
	return len(text)
}

func appendEscaped(dst []byte, r rune, raw string) []byte {
	const hex = "0123456789abcdef"
	switch {
	case r == '"' || r == '\\':
		return append(dst, '\\', byte(r))
	case r < ' ':
		if i := strings.IndexRune("\b\f\n\r\t", r); i >= 0 {
			return append(dst, '\\', "bfnrt"[i])
		}
		return append(dst, '\\', 'u', '0', '0', hex[r>>4], hex[r&15])
	case r == utf8.RuneError && len(raw) == 1:
		return append(dst, `\ufffd`...)
	case r == '\u2028' || r == '\u2029':
		return append(dst, '\\', 'u', '2', '0', '2', hex[r&15])
	}
	return append(dst, raw...)
}
