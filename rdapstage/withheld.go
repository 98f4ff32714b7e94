package rdapstage

import "vacant"

// withheld says why label under suffix may not be for sale although no registry
// says so: ReasonClosedTLD makes it reserved, ReasonLikelyReserved and
// ReasonIDNTable leave it undetermined unless a second source says free in
// words; ReasonNone if nothing withholds it.
func withheld(suffix, label string) vacant.Reason { return vacant.ReasonNone }

// needsSecond reports whether a no of base about a name under suffix counts
// only with a second source that agrees.
func needsSecond(suffix, base string) bool { return false }

// ReservedLabels returns the labels that ICANN's Specification 5 and common
// practice withhold, sorted.
func ReservedLabels() []string { return nil }
