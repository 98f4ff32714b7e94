package generator

import (
	"slices"
	"testing"
)

func TestAffixSetsAreWhatAffixesCanBe(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range AffixSets() {
		if seen[s.Name] || s.Name == "" || s.Help == "" || len(s.Before) == 0 || len(s.After) == 0 {
			t.Errorf("%+v is named twice or lacks something", s)
		}
		seen[s.Name] = true
		for _, side := range [][]string{s.Before, s.After} {
			if clean, err := cleanAffixes("--prefix", side, nil); err != nil || len(clean) != len(side) {
				t.Errorf("@%s: %v, %d of %d", s.Name, err, len(clean), len(side))
			}
		}
	}
}

func TestASetStandsForItsAffixes(t *testing.T) {
	set := AffixSets()[0]
	byName := Config{Patterns: []string{"zap"}, Prefixes: []string{"", "@" + set.Name}, Affixes: []string{"@" + set.Name, "x"}}
	byHand := Config{Patterns: []string{"zap"}, Prefixes: append([]string{""}, set.Before...), Affixes: append([]string{"x"}, set.After...)}
	if got, want := namesOf(t, byName), namesOf(t, byHand); !slices.Equal(got, want) || len(got) == 0 {
		t.Errorf("got %v, want %v", got, want)
	}
	a, err := New(byName)
	if err != nil {
		t.Fatal(err)
	}
	b, err := New(byHand)
	if err != nil {
		t.Fatal(err)
	}
	idA, _ := a.Space()
	if idB, _ := b.Space(); idA != idB {
		t.Error("the same names are another space")
	}
}
