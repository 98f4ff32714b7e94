package generator

import (
	"bufio"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vacant"
)

func TestTLDs(t *testing.T) {
	byHand := vacant.NewSuffixes("test")
	tests := []struct {
		given string
		want  string // "" = refused
	}{
		{"com", "a.com"},
		{".DEV co.uk dev", "a.dev a.co.uk"},
		{"рф", "a.xn--p1ai"},
		{"test", "a.test"},
		{"nosuch", ""},
		{"github.io", ""},
		{"c_m", ""},
		{".", ""},
		{"a..b", ""},
		{"192.0.2", ""},
	}
	for _, tt := range tests {
		g, err := New(Config{Patterns: []string{"a"}, TLDs: strings.Fields(tt.given), Suffixes: byHand})
		if err != nil {
			var bad *UsageError
			if tt.want != "" || !errors.As(err, &bad) || bad.Hint() == "" || !strings.Contains(err.Error(), "--tlds") {
				t.Errorf("%q: %v", tt.given, err)
			}
			continue
		}
		if got := strings.Join(names(mustCollect(t, g)), " "); got != tt.want {
			t.Errorf("%q: made %s, want %q", tt.given, got, tt.want)
		}
	}
}

func TestUsage(t *testing.T) {
	for name, cfg := range map[string]Config{
		"shard above the total": {Shard: 4, ShardsTotal: 3},
		"shard 0 of 3":          {ShardsTotal: 3},
		"shard without a total": {Shard: 1},
		"a prefix with a dot":   {Prefixes: []string{"a.b"}},
		"a suffix with a space": {Affixes: []string{"a b"}},
	} {
		if _, err := New(cfg); !errors.Is(err, ErrUsage) {
			t.Errorf("%s: %v, want an error of usage", name, err)
		}
	}
}

func TestAGeneratorOfNothingMakesNothing(t *testing.T) {
	g := mustNew(t, Config{})
	if n, exact := g.Count(); n != 0 || !exact {
		t.Errorf("Count() = %d, %v", n, exact)
	}
	if id, size := g.Space(); id != [16]byte{} || size != 0 {
		t.Errorf("Space() = %x, %d", id, size)
	}
	if got := mustCollect(t, g); len(got) > 0 || g.HasLists() || len(g.Suffixes()) > 0 || g.Contains([]byte("a.com")) {
		t.Errorf("made %q, HasLists %v, Suffixes %q", names(got), g.HasLists(), g.Suffixes())
	}
}

func TestSuffixesAreThoseThatCandidatesCanHave(t *testing.T) {
	list := writeFile(t, "a.com\n")
	tests := []struct {
		cfg  Config
		want string
	}{
		{Config{Patterns: []string{"a"}, TLDs: []string{"net", "com"}}, "com net"},
		{Config{Names: []string{"A.Dev", "b.co.uk"}}, "co.uk dev"},
		{Config{Names: []string{"a.dev", "bare"}}, "com dev"},
		{Config{Lists: []string{list}, TLDs: []string{"io"}}, "io"},
	}
	for _, tt := range tests {
		if got := strings.Join(mustNew(t, tt.cfg).Suffixes(), " "); got != tt.want {
			t.Errorf("%+v: %s, want %s", tt.cfg, got, tt.want)
		}
	}
}

func TestContains(t *testing.T) {
	g := mustNew(t, Config{Patterns: []string{"[a-z]{3}"}, TLDs: []string{"com", "co.uk"}, Regex: "^a"})
	for name, want := range map[string]bool{
		"abc.com": true, "abc.co.uk": true, "bbc.com": false, "abc.uk": false, "abcd.com": false, "ab.com": false,
		"abc": false, "": false, "abc.": false, ".com": false, "ABC.com": false, "a\x00c.com": false, "abc.com.com": false,
	} {
		if g.Contains([]byte(name)) != want {
			t.Errorf("Contains(%q) = %v", name, !want)
		}
	}
	name := []byte("abc.co.uk")
	if n := testing.AllocsPerRun(100, func() { g.Contains(name) }); n != 0 {
		t.Errorf("Contains allocates %v times", n)
	}
}

func TestPresetsHoldKnownTLDsOnceEach(t *testing.T) {
	for _, p := range Presets() {
		tlds, err := PresetTLDs(p.Name)
		if err != nil || !slices.Equal(tlds, p.TLDs) || p.Help == "" || len(tlds) < 5 {
			t.Errorf("preset %q: %q, %v", p.Name, tlds, err)
		}
		for i, tld := range tlds {
			if new(vacant.Suffixes).Known(tld) != nil || slices.Contains(tlds[:i], tld) {
				t.Errorf("preset %s: %s is unknown or there twice", p.Name, tld)
			}
		}
	}
	_, err := PresetTLDs("nosuch")
	if bad := new(UsageError); !errors.As(err, &bad) || !strings.Contains(bad.Hint(), "popular") {
		t.Errorf("an unknown preset: %v", err)
	}
}

// Registration is open in all TLDs that a preset offers.
func TestPresetsHoldOpenTLDs(t *testing.T) {
	f, err := os.Open(filepath.Join("..", "..", "shared", "data", "registry", "tlds.tsv"))
	if err != nil {
		t.Skip("SKIPPED: needs shared/data beside the checkout")
	}
	defer func() { _ = f.Close() }()
	policy := map[string]string{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if fields := strings.Split(lines.Text(), "\t"); len(fields) > 1 {
			policy[fields[0]] = fields[1]
		}
	}
	for _, p := range Presets() {
		for _, tld := range p.TLDs {
			if policy[tld] != "open" {
				t.Errorf("preset %s: %s is %q", p.Name, tld, policy[tld])
			}
		}
	}
}
