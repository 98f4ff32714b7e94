package rdapstage

import (
	"cmp"
	"time"
)

// withDefaults returns t with its zero fields filled in.
func (t Timing) withDefaults() Timing {
	return Timing{
		BatchNames:  cmp.Or(t.BatchNames, 64),
		BatchAge:    cmp.Or(t.BatchAge, 60*time.Second),
		BatchIdle:   cmp.Or(t.BatchIdle, 10*time.Second),
		FreeControl: cmp.Or(t.FreeControl, 24*time.Hour),
		LearnGap:    cmp.Or(t.LearnGap, 10*time.Minute),
		Query:       cmp.Or(t.Query, 10*time.Second),
		Quarantine:  cmp.Or(t.Quarantine, time.Hour),
		Proof:       cmp.Or(t.Proof, 32),
		Spacing:     cmp.Or(t.Spacing, 36),
	}
}
