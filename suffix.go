package vacant

import (
	"errors"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// Why a name is none that a registry sells. They are wrapped in a [NameError].
var (
	ErrUnknownSuffix = errors.New("its ending is no public suffix of the ICANN section")
	ErrPrivateSuffix = errors.New("its ending is run by a private party, not by a registry")
	ErrIsSuffix      = errors.New("a public suffix itself, not a name under one")
	ErrTooDeep       = errors.New("more than one label below its public suffix")
)

// Suffixes knows under which endings a registry takes registrations: the ICANN
// section of the public suffix list, and those named by hand. The zero value
// knows the list alone. It is read-only once made and safe for concurrent use.
type Suffixes struct{ byHand map[string]bool }

// NewSuffixes returns the list's suffixes with those of byHand, which exist
// whatever the list says (a TLD named with --authority, --rdap-server and the like).
func NewSuffixes(byHand ...string) *Suffixes {
	s := &Suffixes{byHand: make(map[string]bool, len(byHand))}
	for _, suffix := range byHand {
		s.byHand[strings.ToLower(strings.Trim(suffix, "."))] = true
	}
	return s
}

// Known reports whether suffix is one: nil, or why not.
func (s *Suffixes) Known(suffix string) error {
	if s.byHand[suffix] {
		return nil
	}
	found, icann := publicsuffix.PublicSuffix(suffix)
	switch {
	case found == suffix && icann:
		return nil
	case found == suffix && strings.Contains(found, "."):
		return ErrPrivateSuffix
	}
	return ErrUnknownSuffix
}

// Flat reports whether every label below suffix makes a name that is sold: no
// other suffix of the list's ICANN section begins there, as co does below uk.
// It knows the busiest such TLDs; of others it says no.
func (s *Suffixes) Flat(suffix string) bool {
	switch suffix {
	case "com", "net", "org", "info", "dev", "app", "xyz", "online", "site", "shop", "store",
		"tech", "top", "club", "live", "page", "blog", "cloud", "design", "agency", "studio",
		"world", "life", "space", "fun", "art", "one", "link", "email", "digital", "news", "wiki":
		return true
	}
	return false
}

// Of returns the public suffix of name, "" when it has none that is known.
func (s *Suffixes) Of(name Name) string {
	for rest := name.Parent(); rest != ""; {
		if s.byHand[rest] {
			return rest
		}
		_, rest, _ = strings.Cut(rest, ".")
	}
	suffix, icann := publicsuffix.PublicSuffix(string(name))
	if !icann && suffix == string(name) {
		// Somebody's private suffix (deno.dev) is a registrable name like any other.
		suffix, icann = publicsuffix.PublicSuffix(name.Parent())
	}
	if icann && suffix != string(name) {
		return suffix
	}
	return ""
}

// Check reports why name is not exactly one label under a known suffix, as a
// [*NameError]; nil if it is. Anything deeper would be asked of the wrong
// registry, whose "no such name" proves nothing.
func (s *Suffixes) Check(name Name) error {
	suffix := s.Of(name)
	fail := func(err error) error { return &NameError{Text: string(name), Err: err} }
	if suffix != "" {
		if name.Parent() == suffix {
			return nil
		}
		return fail(ErrTooDeep)
	}
	found, icann := publicsuffix.PublicSuffix(string(name))
	switch {
	case icann && found == string(name):
		return fail(ErrIsSuffix)
	case !icann && strings.Contains(found, "."):
		return fail(ErrPrivateSuffix)
	}
	return fail(ErrUnknownSuffix)
}
