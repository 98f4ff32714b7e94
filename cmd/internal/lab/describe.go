package lab

import (
	"maps"
	"slices"
	"strings"
)

// Imitation says how the lab shows a TLD that it imitates.
type Imitation struct {
	TLD     string
	Sources []string // as they are to be asked: "rdap", "whois HOST", "das HOST"
	Notes   []string // what is peculiar, in a few words each
}

// Imitations returns the TLDs that the lab shows as their registries do, sorted.
func Imitations() []Imitation {
	var all []Imitation
	for _, tld := range slices.Sorted(maps.Keys(imitated)) {
		r := imitated[tld]
		all = append(all, Imitation{TLD: tld, Sources: r.sources(), Notes: r.notes()})
	}
	return all
}

func (r *registry) sources() (list []string) {
	if r.rdap != nil {
		list = append(list, "rdap")
	}
	for _, m := range r.port {
		kind := "whois "
		if m.teller == TellerDAS {
			kind = "das "
		}
		list = append(list, kind+m.speaks)
	}
	return list
}

func (r *registry) notes() (list []string) {
	add := func(is bool, text string) {
		if is {
			list = append(list, text)
		}
	}
	add(r.closed, "a brand's: nothing is for sale")
	add(r.rdap != nil && r.rdap.unlisted, "not in the bootstrap file")
	add(r.rdap != nil && r.rdap.second, "wants a second source")
	add(r.wildcard, "no NXDOMAIN")
	add(slices.ContainsFunc(r.port, func(m portManner) bool { return m.refuses }), "port 43 refuses")
	add(len(r.sources()) == 0, "nobody can be asked")
	return list
}

// String is one line of three columns, parted by tabs.
func (i Imitation) String() string {
	return i.TLD + "\t" + dashed(i.Sources, ", ") + "\t" + dashed(i.Notes, "; ")
}

func dashed(list []string, sep string) string {
	if len(list) == 0 {
		return "-"
	}
	return strings.Join(list, sep)
}
