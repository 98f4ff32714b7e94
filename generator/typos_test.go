package generator

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"vacant"
)

// typosBy returns what one kind makes of a brand, sorted, each once.
func typosBy(tb testing.TB, brand, kind string) []string {
	tb.Helper()
	g, err := New(Config{Typos: []string{brand}, TypoKinds: []string{kind}})
	if err != nil {
		tb.Fatal(err)
	}
	var out []string
	for i := range g.space.size {
		name, ok := g.space.unrank(nil, i)
		if !ok {
			tb.Fatalf("index %d is empty", i)
		}
		if want := "typo:" + kind; g.Source(i) != want {
			tb.Errorf("%s is of %s, want %s", name, g.Source(i), want)
		}
		out = append(out, vacant.Name(name).Label())
	}
	return out
}

// The sets are derived by hand.
func TestTyposAreThoseOfTheirKind(t *testing.T) {
	for _, tc := range []struct{ brand, kind, want string }{
		{"google", "omission", "gogle goole googe googl oogle"},
		{"google", "repetition", "ggoogle gooogle googgle googlle googlee"},
		{"google", "transposition", "ogogle gogole goolge googel"},
		{"bug", "replacement", "vug gug hug nug byg b7g b8g big bjg bhg buf but buy buh bub buv"},
		{"bu", "insertion", "vbu gbu hbu nbu bvu bgu bhu bnu byu b7u b8u biu bju buy bu7 bu8 bui buj buh"},
		{"lumo", "vowel-swap", "lamo lemo limo lomo luma lume lumi lumu"},
		{"boxes", "plural", "boxeses boxess"},
		{"lumo", "hyphenation", "l-umo lu-mo lum-o"},
		{"a-b", "hyphenation", ""},
		{"lumo.co.uk", "various", "wwwlumo www-lumo lumocouk lumo-co-uk"},
		{"gl", "bitsquatting", "fl el cl ol wl gm gn gh gd"},
		{"web", "homoglyph", "vveb uueb w3b wcb we6 we8 wed welb"},
		{"modem", "homoglyph", "nodem moden noden nnodem modenn nnodenn rnodem modern rnodern m0dem mobem moclem modlem mod3m modcm"},
	} {
		want := strings.Fields(tc.want)
		got := typosBy(t, tc.brand, tc.kind)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s of %s:\n got %v\nwant %v", tc.kind, tc.brand, got, want)
		}
	}
}

// What dnstwist's documents show of github.com is a subset of ours.
func TestBitsquatsOfAKnownBrand(t *testing.T) {
	got := typosBy(t, "github.com", "bitsquatting")
	for _, want := range strings.Fields("fithub eithub cithub oithub withub ghthub gkthub gmthub githuc githuj githur") {
		if !slices.Contains(got, want) {
			t.Errorf("%s is missing in %v", want, got)
		}
	}
}

func TestLookalikesAreLabelsThatIDNAAccepts(t *testing.T) {
	got := typosBy(t, "apple.com", "idn")
	for _, want := range []string{"аpple", "applé", "äpple", "аррӏе"} {
		name, err := vacant.ParseName(want + ".com")
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(got, name.Label()) {
			t.Errorf("%s (%s) is missing", want, name.Label())
		}
	}
	for _, label := range got {
		if _, err := vacant.ParseName(label + ".com"); err != nil || !isIDN([]byte(label)) {
			t.Errorf("%s: %v", label, err)
		}
	}
}

func TestTyposOfInternationalBrandsArePlainOrInternational(t *testing.T) {
	got := typosBy(t, "bücher.de", "omission")
	if !slices.Contains(got, "bcher") || len(got) != 6 {
		t.Errorf("got %v", got)
	}
}

func namesOf(tb testing.TB, cfg Config) []string {
	tb.Helper()
	var names []string
	for _, s := range runAll(tb, cfg, 0) {
		names = append(names, s.name)
	}
	slices.Sort(names)
	return names
}

func TestTyposStandUnderTheirTLDs(t *testing.T) {
	for _, tc := range []struct {
		name string
		cfg  Config
		want string
	}{
		{"under the brand's own", Config{Typos: []string{"ab.de"}, TypoKinds: []string{"omission", "tld-swap"}}, "a.de b.de"},
		{"under com without any", Config{Typos: []string{"ab"}, TypoKinds: []string{"omission"}}, "a.com b.com"},
		{"under named ones too, the brand itself there", Config{Typos: []string{"ab.de"}, TypoKinds: []string{"omission", "tld-swap"}, TLDs: []string{"io", "de"}},
			"a.de a.io ab.io b.de b.io"},
		{"without the brand where that kind is off", Config{Typos: []string{"ab.de"}, TypoKinds: []string{"omission"}, TLDs: []string{"io"}}, "a.de a.io b.de b.io"},
		{"two brands, each under its own", Config{Typos: []string{"ab.de", "bc.fr"}, TypoKinds: []string{"omission"}}, "a.de b.de b.fr c.fr"},
		{"no brand among another's", Config{Typos: []string{"ab.de", "a.de"}, TypoKinds: []string{"omission"}}, "b.de"},
		{"beside patterns, each name once", Config{Typos: []string{"ab.com"}, Patterns: []string{"[bc]"}, TypoKinds: []string{"omission"}}, "a.com b.com c.com"},
		{"patterns not under the brand's own", Config{Typos: []string{"ab.de"}, Patterns: []string{"c"}, TypoKinds: []string{"omission"}}, "a.de b.de c.com"},
		{"filtered", Config{Typos: []string{"ab.de"}, TypoKinds: []string{"omission", "repetition"}, MinLength: 2}, "aab.de abb.de"},
		{"affixes leave them alone", Config{Typos: []string{"ab.de"}, TypoKinds: []string{"omission"}, Prefixes: []string{"x"}}, "a.de b.de"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := namesOf(t, tc.cfg); !slices.Equal(got, strings.Fields(tc.want)) {
				t.Errorf("got %v, want %s", got, tc.want)
			}
		})
	}
}

func TestTyposRefuse(t *testing.T) {
	for _, cfg := range []Config{
		{Typos: []string{"www.example.com"}},
		{Typos: []string{""}},
		{Typos: []string{"-x"}},
		{Typos: []string{"co.uk"}},
		{Typos: []string{"a b"}},
		{Typos: []string{"x.com"}, TypoKinds: []string{"nonsense"}},
		{Typos: []string{"x.com"}, TypoKinds: []string{"omission", "-omission"}},
		{TypoKinds: []string{"omission"}, Names: []string{"a"}},
		{Typos: []string{"x"}, Hack: true},
	} {
		_, err := New(cfg)
		var hint interface{ Hint() string }
		if !errors.Is(err, ErrUsage) || !errors.As(err, &hint) || hint.Hint() == "" {
			t.Errorf("%v %v: %v", cfg.Typos, cfg.TypoKinds, err)
		}
	}
}

// bruteTypos makes a brand's typos of all kinds but tld-swap under one TLD.
func bruteTypos(t interface{ Fatal(...any) }, label string, kinds []string) map[string]bool {
	b := brand{label: label, text: []rune(label)}
	out := map[string]bool{}
	for _, typo := range b.typos(kinds) {
		if typo.label != label {
			out[typo.label] = true
		}
	}
	return out
}

func TestTyposWithPatternsEqualABruteForceSet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		label := rapid.StringMatching("[a-c1-]{0,3}[a-z]").Filter(func(s string) bool { return s[0] != '-' }).Draw(t, "label")
		kinds := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"omission", "replacement", "homoglyph", "idn", "bitsquatting", "addition"}), 1, 3, rapid.ID).Draw(t, "kinds")
		want := bruteTypos(t, label, kinds)
		for _, a := range "abc" {
			for _, b := range "ab" {
				want[string(a)+string(b)] = true
			}
		}
		n := rapid.IntRange(1, 3).Draw(t, "shards")
		var got []string
		for i := range n {
			cfg := Config{Typos: []string{label}, TypoKinds: kinds, Patterns: []string{"[abc][ab]"}, Shard: i + 1, ShardsTotal: n,
				Random: rapid.Bool().Draw(t, "random"), Seed: 5}
			for _, s := range runAll(t, cfg, 0) {
				got = append(got, vacant.Name(s.name).Label())
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, sortedKeys(asKinds(want))) {
			t.Fatalf("%s %v: got %v", label, kinds, got)
		}
	})
}

func asKinds(set map[string]bool) map[string]string {
	out := map[string]string{}
	for k := range set {
		out[k] = ""
	}
	return out
}

func TestOtherTyposAreAnotherSpace(t *testing.T) {
	seen := map[[16]byte]int{}
	for i, cfg := range []Config{
		{Typos: []string{"lumo"}}, {Typos: []string{"lumi"}}, {Typos: []string{"lumo.com"}}, {Typos: []string{"lumo.de"}},
		{Typos: []string{"lumo"}, TypoKinds: []string{"-idn"}}, {Typos: []string{"lumo"}, TLDs: []string{"de"}},
		{Typos: []string{"lumo"}, Patterns: []string{"a"}}, {Patterns: []string{"a"}},
	} {
		g, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		id, _ := g.Space()
		if k, ok := seen[id]; ok {
			t.Errorf("configs %d and %d have one id", k, i)
		}
		seen[id] = i
	}
}

func FuzzTypos(f *testing.F) {
	for _, s := range []string{"example", "a-b.de", "bücher.de", "xn--bcher-kva.de", "x.co.uk", "--", "www.example.com", "1", strings.Repeat("w", 63), "ß", "аррӏе"} {
		f.Add(s, "all")
	}
	f.Add("lumo", "-idn")
	f.Fuzz(func(t *testing.T, text, kind string) {
		g, err := New(Config{Typos: []string{text}, TypoKinds: []string{kind}})
		if err != nil {
			if !errors.Is(err, ErrUsage) {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		for i := range g.space.size {
			name, ok := g.space.unrank(nil, i)
			if _, err := vacant.ParseName(string(name)); !ok || err != nil || string(name) == text {
				t.Fatalf("%q makes %q: %v", text, name, err)
			}
		}
	})
}
