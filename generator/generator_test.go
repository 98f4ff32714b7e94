package generator

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vacant"
)

// mustNew compiles cfg or ends the test.
func mustNew(tb testing.TB, cfg Config) *Generator {
	tb.Helper()
	g, err := New(cfg)
	if err != nil {
		tb.Fatalf("New(%+v): %v", cfg, err)
	}
	return g
}

// writeFile makes a file of lines and returns its path.
func writeFile(tb testing.TB, text string) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "list.txt")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

// made is one name as Run gave it.
type made struct {
	name  string
	index uint64
}

// collect runs g to its end and returns what it made, and Run's error.
func collect(tb testing.TB, g *Generator) ([]made, error) {
	tb.Helper()
	out := make(chan *vacant.Batch, 4)
	done := make(chan error, 1)
	go func() {
		done <- g.Run(tb.Context(), out)
		close(out)
	}()
	var all []made
	for b := range out {
		if b.Len() == 0 || b.Len() > vacant.BatchSize {
			tb.Errorf("a batch of %d names", b.Len())
		}
		for i := range b.Len() {
			all = append(all, made{string(b.Name(i)), b.Index[i]})
		}
		b.Release()
	}
	return all, <-done
}

func mustCollect(tb testing.TB, g *Generator) []made {
	tb.Helper()
	all, err := collect(tb, g)
	if err != nil {
		tb.Fatalf("Run: %v", err)
	}
	return all
}

func names(all []made) []string {
	var out []string
	for _, m := range all {
		out = append(out, m.name)
	}
	return out
}

func TestSpaceEqualsBruteForce(t *testing.T) {
	words := writeFile(t, "b\naa\na\n")
	tests := []struct {
		name string
		cfg  Config
		want string
	}{
		{"literal", Config{Patterns: []string{"Foo-1"}}, "foo-1"},
		{"set", Config{Patterns: []string{"[a-c]"}}, "a b c"},
		{"complement is within letters and digits", Config{Patterns: []string{"[^c-z3-9]"}}, "0 1 2 a b"},
		{"vowels", Config{Patterns: []string{"{V}"}}, "a e i o u"},
		{"alternatives", Config{Patterns: []string{"(get|my)x"}}, "getx myx"},
		{"top-level alternatives", Config{Patterns: []string{"b|a"}}, "a b"},
		{"repetition", Config{Patterns: []string{"(ab){1,2}"}}, "ab abab"},
		{"repetition from nothing", Config{Patterns: []string{"[ab]{0,2}"}}, "a aa ab b ba bb"},
		{"ambiguous alternatives", Config{Patterns: []string{"(a|ab)(c|bc)"}}, "abbc abc ac"},
		{"overlapping patterns", Config{Patterns: []string{"[a-c]", "[b-d]", "b"}}, "a b c d"},
		{"ambiguous words", Config{Patterns: []string{"{word}{word}"}, Wordlist: words}, "aa aaa aaaa aab ab ba baa bb"},
		{"words alone", Config{Wordlist: words}, "a aa b"},
		{"a pattern decides over words", Config{Patterns: []string{"x"}, Wordlist: words}, "x"},
		{"hyphens only where a label may have them", Config{Patterns: []string{"[a-]{1,4}"}}, "a a-a a-aa aa aa-a aaa aaaa a--a"},
		{"no A-labels", Config{Patterns: []string{"xn(-|--|-a)b"}}, "xn-ab xn-b"},
		{"prefix", Config{Patterns: []string{"a"}, Prefixes: []string{"x", "y"}}, "xa ya"},
		{"both affixes", Config{Patterns: []string{"a"}, Prefixes: []string{"x"}, Affixes: []string{"z"}}, "az xa xaz"},
		{"an empty affix is the bare label", Config{Patterns: []string{"a"}, Prefixes: []string{"x", ""}}, "a xa"},
		{"affixes that meet", Config{Wordlist: words, Prefixes: []string{"a"}, Affixes: []string{"a"}}, "aa aaa aaaa ab aba ba"},
		{"length", Config{Patterns: []string{"a{1,5}"}, MinLength: 2, MaxLength: 3}, "aa aaa"},
		{"no digit", Config{Patterns: []string{"[a1]{2}"}, NoDigit: true}, "aa"},
		{"no hyphen", Config{Patterns: []string{"a[a-]a"}, NoHyphen: true}, "aaa"},
		{"regex", Config{Patterns: []string{"[ab]{3}"}, Regex: "^a|bb$"}, "aaa aab aba abb bbb"},
		{"pronounceable", Config{Patterns: []string{"[abe]{3}"}, Pronounceable: true},
			"aab aba abb abe aeb bab bae bba bbe bea beb bee baa eab eba ebb ebe eeb"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := mustNew(t, tt.cfg)
			got := names(mustCollect(t, g))
			for i := range got {
				got[i] = strings.TrimSuffix(got[i], ".com")
			}
			want := strings.Fields(tt.want)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("made %q, want %q", got, want)
			}
			if n, exact := g.Count(); n != uint64(len(want)) || !exact {
				t.Errorf("Count() = %d, %v, want %d, true", n, exact, len(want))
			}
		})
	}
}

func TestRunStopsWithItsContext(t *testing.T) {
	g := mustNew(t, Config{Patterns: []string{"[a-z]{8}"}})
	ctx, cancel := context.WithCancel(t.Context())
	out := make(chan *vacant.Batch)
	done := make(chan error)
	go func() { done <- g.Run(ctx, out) }()
	n := uint64((<-out).Len())
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("Run = %v, want context.Canceled", err)
	}
	if got := g.Counts().Generated; got != n {
		t.Errorf("generated %d, but %d were sent", got, n)
	}
}
