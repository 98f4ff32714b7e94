package vacant

import (
	"errors"
	"strings"
	"testing"
)

func TestParseName(t *testing.T) {
	long := strings.Repeat("a", 63)
	tests := []struct {
		name, text string
		want       Name
		err        error
	}{
		{"plain", "example.com", "example.com", nil},
		{"upper case and final dot", " ExAmple.COM. ", "example.com", nil},
		{"U-label", "BÜCHER.de", "xn--bcher-kva.de", nil},
		{"A-label", "xn--bcher-kva.de", "xn--bcher-kva.de", nil},
		{"full-width dot", "example。com", "example.com", nil},
		{"63 octets", long + ".com", Name(long + ".com"), nil},
		{"64 octets", "a" + long + ".com", "", ErrLabelLength},
		{"254 octets", strings.Repeat(long+".", 3) + strings.Repeat("a", 60) + ".c", "", ErrNameLength},
		{"a megabyte", strings.Repeat("a", 1<<20), "", ErrNameLength},
		{"empty", "", "", ErrEmptyName},
		{"a dot", ".", "", ErrEmptyName},
		{"empty label", "a..com", "", ErrEmptyLabel},
		{"leading dot", ".com", "", ErrEmptyLabel},
		{"empty label beside an IDN", "bücher..de", "", ErrEmptyLabel},
		{"one label", "com", "", ErrOneLabel},
		{"underscore", "a_b.com", "", ErrCharacter},
		{"NUL", "a\x00b.com", "", ErrCharacter},
		{"smuggled command", "a.com\r\nHELP", "", ErrCharacter},
		{"URL", "https://a.com/", "", ErrCharacter},
		{"address", "192.0.2.1", "", ErrAddress},
		{"leading hyphen", "-a.com", "", ErrHyphen},
		{"trailing hyphen", "a-.com", "", ErrHyphen},
		{"hyphens at 3 and 4", "ab--cd.com", "", ErrHyphen},
		{"A-label of nothing", "xn--a.com", "", ErrIDN},
		{"A-label that decodes to ASCII", "xn--example-.com", "", ErrIDN},
		{"emoji", "😀.com", "", ErrIDN},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseName(tt.text)
			if got != tt.want || !errors.Is(err, tt.err) {
				t.Errorf("ParseName(%.40q) = %q, %v; want %q, %v", tt.text, got, err, tt.want, tt.err)
			}
			var typed *NameError
			if err != nil && (!errors.As(err, &typed) || typed.Text != tt.text) {
				t.Errorf("error %v does not carry the text", err)
			}
		})
	}
}

func TestNameParts(t *testing.T) {
	n := Name("xn--bcher-kva.co.uk")
	if n.Label() != "xn--bcher-kva" || n.Parent() != "co.uk" || n.TLD() != "uk" || n.Unicode() != "bücher.co.uk" {
		t.Errorf("parts of %s: %q %q %q %q", n, n.Label(), n.Parent(), n.TLD(), n.Unicode())
	}
}

func TestMixedScript(t *testing.T) {
	tests := map[string]bool{
		"раураl.com":  true,  // Cyrillic with a Latin l
		"рауpal.com":  true,  // half and half
		"почта.com":   false, // Cyrillic alone
		"bücher.de":   false,
		"日本語ひらがな.jp":  false,
		"example.com": false,
	}
	for text, want := range tests {
		n, err := ParseName(text)
		if err != nil {
			t.Fatal(err)
		}
		if n.MixedScript() != want {
			t.Errorf("MixedScript(%s) = %v", text, !want)
		}
	}
}

func FuzzParseName(f *testing.F) {
	for _, seed := range []string{"example.com", "BÜCHER.de.", "xn--a.com", "a..b", "\u202e.com", "-a-.x--y", "。。"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, err := ParseName(text)
		if err != nil {
			if n != "" {
				t.Fatalf("an error came with the name %q", n)
			}
			return
		}
		again, err := ParseName(string(n))
		if err != nil || again != n {
			t.Fatalf("ParseName(%q) = %q, whose own canonical form is %q, %v", text, n, again, err)
		}
		for _, c := range []byte(n) {
			if c != '.' && c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'z') {
				t.Fatalf("%q holds %q", n, c)
			}
		}
	})
}

func TestSuffixesCheck(t *testing.T) {
	s := NewSuffixes("lab", "Co.Lab.")
	tests := []struct {
		name Name
		want error
	}{
		{"example.com", nil},
		{"example.co.uk", nil},
		{"example.uk", nil},
		{"example.lab", nil},
		{"example.co.lab", nil},
		{"a.example.com", ErrTooDeep},
		{"co.uk", ErrIsSuffix},
		{"x.gb.com", ErrTooDeep}, // gb.com is no suffix of the list: Verisign would be asked about a third level
		{"x.uk.com", ErrPrivateSuffix},
		{"foo.blogspot.com", ErrPrivateSuffix},
		{"x.nosuchtld", ErrUnknownSuffix},
		{"uk.com", nil}, // a private suffix is itself a name under com
		{"deno.dev", nil},
		{"nosuchtld", ErrUnknownSuffix},
	}
	for _, tt := range tests {
		if err := s.Check(tt.name); !errors.Is(err, tt.want) {
			t.Errorf("Check(%s) = %v, want %v", tt.name, err, tt.want)
		}
	}
	for suffix, want := range map[string]error{"com": nil, "co.uk": nil, "lab": nil, "uk.com": ErrPrivateSuffix, "nosuchtld": ErrUnknownSuffix, "example.com": ErrUnknownSuffix} {
		if err := s.Known(suffix); !errors.Is(err, want) {
			t.Errorf("Known(%s) = %v, want %v", suffix, err, want)
		}
	}
}
