package pipeline

import (
	"slices"

	"vacant/store"
)

// Unverified is a TLD of which an audit shows nothing, or nothing of some classes.
type Unverified struct {
	Suffix  string              `json:"tld"`
	Classes []store.SampleClass `json:"classes"` // of which no name was decided; none = the store has no name of the kind asked for
	Whole   bool                `json:"whole"`   // nothing at all was decided of the TLD
	Asked   bool                `json:"asked"`   // one of Classes has an independent path, and that decided nothing
}

// Fails reports whether an audit that leaves u so has failed to do what it was
// asked for. A class without any independent path fails none by itself: that is
// so every night. A TLD of which nothing is known to be true does.
func (u *Unverified) Fails() bool { return u.Whole || u.Asked }

// unverified finds the TLDs of which nothing was decided, by classes; rows are
// sorted by TLD. wanted are the TLDs that were asked for by name.
func unverified(rows []AuditRow, wanted []string) []Unverified {
	var list []Unverified
	for rest := rows; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n].Suffix == rest[0].Suffix {
			n++
		}
		if u := unverifiedIn(rest[:n]); len(u.Classes) > 0 {
			list = append(list, u)
		}
		rest = rest[n:]
	}
	for _, tld := range wanted {
		if !slices.ContainsFunc(rows, func(r AuditRow) bool { return r.Suffix == tld }) {
			list = append(list, Unverified{Suffix: tld, Classes: []store.SampleClass{}, Whole: true})
		}
	}
	return list
}

// unverifiedIn looks at the rows of one TLD.
func unverifiedIn(rows []AuditRow) Unverified {
	u := Unverified{Suffix: rows[0].Suffix}
	for i := range rows {
		if r := &rows[i]; r.Decided() == 0 {
			u.Classes = append(u.Classes, r.Class)
			u.Asked = u.Asked || r.Undecided > 0
		}
	}
	u.Whole = len(u.Classes) == len(rows)
	return u
}
