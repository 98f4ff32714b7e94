package pipeline

import (
	"errors"
	"os"
	"testing"

	"vacant"
	"vacant/generator"
	"vacant/store"
)

// What a run's manifest keeps makes the same names at the same indexes again,
// whichever sources, filters, order and shard the run had.
func TestRecipeMakesTheSameSpace(t *testing.T) {
	words := write(t, "insta\nstamp\nlunch\nzoo\nfoto\n")
	for _, c := range []generator.Config{
		{Patterns: []string{"{C}{V}[a-d]", "[ab]{2,3}"}, TLDs: []string{"com", "io"}},
		{Patterns: []string{"{word}[0-9]"}, Wordlist: words, TLDs: []string{"com"}, Prefixes: []string{"my", ""}, Affixes: []string{"hq"}},
		{Wordlist: words, Blend: true, BlendKinds: []string{"overlap"}},
		{Typos: []string{"example.com"}, TypoKinds: []string{"omission", "repetition"}},
		{Patterns: []string{"[a-z]{3}"}, Regex: "a.$", MinLength: 3, MaxLength: 3, NoDigit: true, OnlyLetters: true, Starts: []string{"b", "c"}, Exclude: []string{"zz"}},
		{Patterns: []string{"[a-z]{3}"}, Ends: []string{"o"}, Contains: []string{"o"}, Pronounceable: true, NoHyphen: true, Random: true, Seed: 7},
		{Patterns: []string{"[0-9]{2}"}, OnlyDigits: true, Shard: 2, ShardsTotal: 3},
		{Wordlist: words, Hack: true, TLDs: []string{"to", "ch"}},
		{Wordlist: words, Lists: []string{words}, Names: []string{"a.dev"}},
	} {
		c.Suffixes = vacant.NewSuffixes()
		gen, err := generator.New(c)
		if err != nil {
			t.Fatal(err)
		}
		id, size := gen.Space()
		d := store.RunDetails{TLDs: gen.Suffixes(), Recipe: recipeOf(&c, gen)}
		again, err := remake(&d)
		if err != nil {
			t.Errorf("%+v: %v", c, err)
			continue
		}
		if got, n := again.Space(); got != id || n != size {
			t.Errorf("%+v: another space, of %d names, not %d", c, n, size)
		}
		if n, _ := again.Count(); n != size {
			t.Errorf("%+v: %d names, not all %d", c, n, size)
		}
	}
}

func TestRecipeOfAWordListThatHasChanged(t *testing.T) {
	words := write(t, "one\ntwo\n")
	c := generator.Config{Wordlist: words, Suffixes: vacant.NewSuffixes()}
	gen, err := generator.New(c)
	if err != nil {
		t.Fatal(err)
	}
	d := store.RunDetails{TLDs: gen.Suffixes(), Recipe: recipeOf(&c, gen)}
	if err := os.WriteFile(words, []byte("one\nthree\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := remake(&d); !errors.Is(err, errOther) {
		t.Error(err)
	}
	if err := os.Remove(words); err != nil {
		t.Fatal(err)
	}
	if _, err := remake(&d); err == nil {
		t.Error("made without its words")
	}
	d.Recipe = nil
	if _, err := remake(&d); !errors.Is(err, errNoRecipe) {
		t.Error(err)
	}
}

// Lists alone make no space.
func TestRecipeOfLists(t *testing.T) {
	c := generator.Config{Names: []string{"a.com"}, Suffixes: vacant.NewSuffixes()}
	gen, err := generator.New(c)
	if err != nil {
		t.Fatal(err)
	}
	if r := recipeOf(&c, gen); r != nil {
		t.Errorf("%s", r)
	}
}
