package vacant

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// SafeText makes text from outside fit to leave the program: what a terminal,
// a log or a table could take for an order is gone. Line breaks, tabs and other
// white space become a space, invisible format characters (all bidi controls,
// joiners, the byte order mark) are dropped, and any other character that does
// not print, or an octet that is not UTF-8, becomes U+FFFD.
func SafeText(s string) string {
	if plainText(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		switch {
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case unicode.IsSpace(r):
			b.WriteByte(' ')
		case unicode.Is(unicode.Cf, r):
		default:
			b.WriteRune(utf8.RuneError)
		}
	}
	return b.String()
}

// plainText reports whether s is printable ASCII throughout.
func plainText(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
