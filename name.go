package vacant

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
)

// Name is a domain name in canonical form: lower case, A-labels (RFC 5890), no
// trailing dot, at least two labels. Make one from outside text with [ParseName].
type Name string

// Limits of a name in presentation form without the final dot (RFC 1035 section 2.3.4).
const (
	MaxNameLen  = 253 // octets in a name
	MaxLabelLen = 63  // octets in a label
)

// Why a text is no name. They are wrapped in a [NameError].
var (
	ErrEmptyName   = errors.New("empty name")
	ErrEmptyLabel  = errors.New("empty label")
	ErrLabelLength = errors.New("label longer than 63 octets")
	ErrNameLength  = errors.New("name longer than 253 octets")
	ErrCharacter   = errors.New("character not allowed in a host name")
	ErrHyphen      = errors.New("label starts or ends with a hyphen, or has one at both positions 3 and 4")
	ErrOneLabel    = errors.New("no dot in the name")
	ErrAddress     = errors.New("an IP address, not a name")
	ErrIDN         = errors.New("not a valid internationalised name")
)

// NameError says which text was refused as a name, and why.
type NameError struct {
	Text string // what was given; control characters are not removed
	Err  error  // one of the sentinels above
}

func (e *NameError) Error() string {
	text := e.Text
	if len(text) > 80 {
		text = text[:77] + "..."
	}
	return fmt.Sprintf("%+q: %v", text, e.Err)
}

func (e *NameError) Unwrap() error { return e.Err }

// ParseName brings text into canonical form: surrounding space and one trailing
// dot dropped, upper case folded, U-labels turned to A-labels by the rules of
// IDNA lookup (RFC 5891 section 5) and checked again by those of registration.
// The error is a [*NameError].
func ParseName(text string) (Name, error) {
	s := strings.TrimSuffix(strings.TrimSpace(text), ".")
	fail := func(err error) (Name, error) { return "", &NameError{Text: text, Err: err} }
	if s == "" {
		return fail(ErrEmptyName)
	}
	// A text this long cannot become a name and is not worth the IDNA tables.
	if len(s) > 4*MaxNameLen {
		return fail(ErrNameLength)
	}
	ascii, plain := foldASCII(s)
	if !plain || strings.Contains(ascii, "xn--") {
		// Plain idna.ToASCII, or an ignored error, would give wrong names.
		a, err := idna.Lookup.ToASCII(s)
		if err != nil {
			return fail(idnaReason(s))
		}
		if _, err := idna.Registration.ToASCII(a); err != nil || !permittedIDN(a) {
			return fail(idnaReason(s))
		}
		ascii = a
	}
	if err := checkLDH(ascii); err != nil {
		return fail(err)
	}
	return Name(ascii), nil
}

// permittedIDN reports whether the U-label of every A-label consists of code
// points that RFC 5892 permits in one: letters, marks, digits and a few
// contextual ones. The idna package lets emoji and other symbols pass.
func permittedIDN(ascii string) bool {
	for label := range strings.SplitSeq(ascii, ".") {
		if !strings.HasPrefix(label, "xn--") {
			continue
		}
		u, err := idna.Punycode.ToUnicode(label)
		if err != nil {
			return false
		}
		for _, r := range u {
			if r >= 0x80 && !unicode.In(r, unicode.L, unicode.M, unicode.Nd) && !strings.ContainsRune(contextual, r) {
				return false
			}
		}
	}
	return true
}

// contextual are the CONTEXTJ and CONTEXTO code points of RFC 5892 appendix A
// that are neither letter, mark nor digit: ZWNJ, ZWJ, middle dot, Greek
// keraia, Hebrew geresh and gershayim, Katakana middle dot.
const contextual = "\u200c\u200d\u00b7\u0375\u05f3\u05f4\u30fb"

// idnaReason finds the plain reason behind a refused IDN, if there is one.
func idnaReason(s string) error {
	for _, label := range strings.Split(s, ".") {
		if label == "" {
			return ErrEmptyLabel
		}
	}
	return ErrIDN
}

// foldASCII lower-cases s; plain is false when s has an octet outside ASCII.
func foldASCII(s string) (folded string, plain bool) {
	upper := false
	for i := range len(s) {
		c := s[i]
		if c >= 0x80 {
			return s, false
		}
		upper = upper || 'A' <= c && c <= 'Z'
	}
	if upper {
		return strings.ToLower(s), true
	}
	return s, true
}

func checkLDH(s string) error {
	if len(s) > MaxNameLen {
		return ErrNameLength
	}
	labels, digits := 0, true
	for label := range strings.SplitSeq(s, ".") {
		if err := CheckLabel(label); err != nil {
			return err
		}
		labels++
		digits = digits && strings.Trim(label, "0123456789") == ""
	}
	switch {
	case digits && labels == 4:
		return ErrAddress
	case labels < 2:
		return ErrOneLabel
	}
	return nil
}

// CheckLabel reports why label, already folded to lower case, is no LDH label
// or A-label (RFC 5890 section 2.3.1), nil if it is one.
func CheckLabel[S ~string | ~[]byte](label S) error {
	n := len(label)
	switch {
	case n == 0:
		return ErrEmptyLabel
	case n > MaxLabelLen:
		return ErrLabelLength
	}
	for i := range n {
		c := label[i]
		if c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'z') {
			return ErrCharacter
		}
	}
	if label[0] == '-' || label[n-1] == '-' {
		return ErrHyphen
	}
	if n >= 4 && label[2] == '-' && label[3] == '-' && string(label[:2]) != "xn" {
		return ErrHyphen
	}
	return nil
}

// Label returns the first label: "bücher" of bücher.de, as an A-label.
func (n Name) Label() string {
	label, _, _ := strings.Cut(string(n), ".")
	return label
}

// Parent returns the name without its first label: the suffix, for a name that
// [Suffixes.Check] let through.
func (n Name) Parent() string {
	_, parent, _ := strings.Cut(string(n), ".")
	return parent
}

// TLD returns the last label.
func (n Name) TLD() string { return string(n[strings.LastIndexByte(string(n), '.')+1:]) }

// IsIDN reports whether any label is an A-label.
func (n Name) IsIDN() bool {
	return strings.HasPrefix(string(n), "xn--") || strings.Contains(string(n), ".xn--")
}

// Unicode returns the name with its A-labels shown as U-labels, or the name
// itself where there are none or they do not decode to printable text.
func (n Name) Unicode() string {
	if !n.IsIDN() {
		return string(n)
	}
	u, err := idna.Display.ToUnicode(string(n))
	if err != nil {
		return string(n)
	}
	for _, r := range u {
		if !unicode.IsPrint(r) || unicode.Is(unicode.Bidi_Control, r) {
			return string(n)
		}
	}
	return u
}

// MixedScript reports whether one label of the name mixes letters of scripts
// that are not commonly written together, the mark of a homograph (UTS 39).
// Han with Hiragana, Katakana, Hangul or Bopomofo is common, and so is Latin with those.
func (n Name) MixedScript() bool {
	if !n.IsIDN() {
		return false
	}
	for label := range strings.SplitSeq(n.Unicode(), ".") {
		if mixedScript(label) {
			return true
		}
	}
	return false
}

var eastAsian = map[string]bool{"Han": true, "Hiragana": true, "Katakana": true, "Hangul": true, "Bopomofo": true, "Latin": true}

func mixedScript(label string) bool {
	seen := make(map[string]bool)
	for _, r := range label {
		if !unicode.IsLetter(r) {
			continue
		}
		if s := scriptOf(r); s != "" {
			seen[s] = true
		}
	}
	if len(seen) < 2 {
		return false
	}
	for s := range seen {
		if !eastAsian[s] {
			return true
		}
	}
	return false
}

func scriptOf(r rune) string {
	if r < 0x80 {
		return "Latin"
	}
	for name, table := range unicode.Scripts {
		if name != "Common" && name != "Inherited" && unicode.Is(table, r) {
			return name
		}
	}
	return ""
}
