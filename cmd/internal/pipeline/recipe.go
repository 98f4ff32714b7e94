package pipeline

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"

	"vacant"
	"vacant/generator"
	"vacant/store"
)

// recipe is what a run's manifest keeps to make its space again: the sources and
// filters, not how its names were ordered or shared out, and the space's id, by
// which a word list that has changed since is found out.
type recipe struct {
	ID string `json:"id"` // of generator.Space, in hex

	Patterns      []string `json:"patterns,omitempty"`
	Wordlist      string   `json:"wordlist,omitempty"` // absolute, as BlendWith
	Blend         bool     `json:"blend,omitempty"`
	BlendWith     string   `json:"blend_with,omitempty"`
	BlendKinds    []string `json:"blend_kinds,omitempty"`
	Prefixes      []string `json:"prefixes,omitempty"`
	Affixes       []string `json:"suffixes,omitempty"`
	Hack          bool     `json:"hack,omitempty"`
	Typos         []string `json:"typos,omitempty"`
	TypoKinds     []string `json:"typo_kinds,omitempty"`
	TLDs          []string `json:"tlds,omitempty"`
	MinLength     int      `json:"min_length,omitempty"`
	MaxLength     int      `json:"max_length,omitempty"`
	Regex         string   `json:"regex,omitempty"`
	NoHyphen      bool     `json:"no_hyphen,omitempty"`
	NoDigit       bool     `json:"no_digit,omitempty"`
	OnlyLetters   bool     `json:"only_letters,omitempty"`
	OnlyDigits    bool     `json:"only_digits,omitempty"`
	Starts        []string `json:"starts,omitempty"`
	Ends          []string `json:"ends,omitempty"`
	Contains      []string `json:"contains,omitempty"`
	Exclude       []string `json:"exclude,omitempty"`
	Pronounceable bool     `json:"pronounceable,omitempty"`
}

// recipeOf returns the recipe of gen's space, nil where it has none.
func recipeOf(c *generator.Config, gen *generator.Generator) json.RawMessage {
	id, size := gen.Space()
	if size == 0 {
		return nil
	}
	text, err := json.Marshal(recipe{ID: hex.EncodeToString(id[:]),
		Patterns: c.Patterns, Wordlist: absolute(c.Wordlist), Blend: c.Blend, BlendWith: absolute(c.BlendWith), BlendKinds: c.BlendKinds,
		Prefixes: c.Prefixes, Affixes: c.Affixes, Hack: c.Hack, Typos: c.Typos, TypoKinds: c.TypoKinds, TLDs: c.TLDs,
		MinLength: c.MinLength, MaxLength: c.MaxLength, Regex: c.Regex, NoHyphen: c.NoHyphen, NoDigit: c.NoDigit,
		OnlyLetters: c.OnlyLetters, OnlyDigits: c.OnlyDigits, Starts: c.Starts, Ends: c.Ends, Contains: c.Contains, Exclude: c.Exclude,
		Pronounceable: c.Pronounceable})
	if err != nil {
		return nil // a recipe holds texts and numbers: this does not happen, and costs an audit at most
	}
	return text
}

// absolute makes a path good for a process in another folder.
func absolute(path string) string {
	if path == "" {
		return ""
	}
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

// config returns what makes the space; suffixes are those the run knew.
func (r *recipe) config(suffixes []string) generator.Config {
	return generator.Config{Suffixes: vacant.NewSuffixes(suffixes...),
		Patterns: r.Patterns, Wordlist: r.Wordlist, Blend: r.Blend, BlendWith: r.BlendWith, BlendKinds: r.BlendKinds,
		Prefixes: r.Prefixes, Affixes: r.Affixes, Hack: r.Hack, Typos: r.Typos, TypoKinds: r.TypoKinds, TLDs: r.TLDs,
		MinLength: r.MinLength, MaxLength: r.MaxLength, Regex: r.Regex, NoHyphen: r.NoHyphen, NoDigit: r.NoDigit,
		OnlyLetters: r.OnlyLetters, OnlyDigits: r.OnlyDigits, Starts: r.Starts, Ends: r.Ends, Contains: r.Contains, Exclude: r.Exclude,
		Pronounceable: r.Pronounceable}
}

var (
	errNoRecipe = errors.New("its runs were made by a version that kept no recipe of it; the same hunt once more adds one")
	errOther    = errors.New("a word list has changed since")
)

// remake makes the generator of a run's whole space again, whatever shard and
// order the run had. It makes the same names at the same indexes, or there is an error.
func remake(d *store.RunDetails) (*generator.Generator, error) {
	if len(d.Recipe) == 0 {
		return nil, errNoRecipe
	}
	var r recipe
	if err := json.Unmarshal(d.Recipe, &r); err != nil {
		return nil, fmt.Errorf("its recipe cannot be read: %w", err)
	}
	gen, err := generator.New(r.config(d.TLDs))
	if err != nil {
		return nil, err
	}
	if id, _ := gen.Space(); hex.EncodeToString(id[:]) != r.ID {
		return nil, errOther
	}
	return gen, nil
}
