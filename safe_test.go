package vacant

import (
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestSafeTextLetsNoOrderThrough(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"plain text as it is", "Example Registrar, Inc.", "Example Registrar, Inc."},
		{"letters of any script", "Müller 株式会社", "Müller 株式会社"},
		{"escape sequence", "\x1b]52;c;AAAA\x07", "\uFFFD]52;c;AAAA\uFFFD"},
		{"C1 control", "a\u009bb", "a\uFFFDb"},
		{"line breaks become spaces", "a\r\nb\tc\u0085d\u2028e", "a  b c d e"},
		{"bidi override", "abc\u202Efdp.exe\u2069\u200F\u061C", "abcfdp.exe"},
		{"byte order mark and joiners", "\uFEFFa\u200Bb\u200Dc", "abc"},
		{"not UTF-8", "a\xffb", "a\uFFFDb"},
		{"private use", "a\uE000b", "a\uFFFDb"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := SafeText(tt.in); got != tt.want {
				t.Errorf("SafeText(%+q) = %+q, want %+q", tt.in, got, tt.want)
			}
		})
	}
}

func FuzzSafeText(f *testing.F) {
	for _, seed := range []string{"", "=cmd", "\x1b[2J", "\u202Eabc", "\xc3\x28", "a\u0000b", "\u009b31m", "\U000E0041"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		safe := SafeText(s)
		if !utf8.ValidString(safe) {
			t.Fatalf("%+q is not UTF-8", safe)
		}
		for _, r := range safe {
			if !unicode.IsPrint(r) || unicode.Is(unicode.Bidi_Control, r) {
				t.Fatalf("%+q holds %U", safe, r)
			}
		}
		if again := SafeText(safe); again != safe {
			t.Fatalf("not stable: %+q, then %+q", safe, again)
		}
	})
}
