package pipeline

import (
	"fmt"
	"testing"

	"vacant/store"
)

// auditRow is an audit's row of n names, of which so many came to each end.
func auditRow(tld string, class store.SampleClass, agreed, undecided, noPath int) AuditRow {
	return AuditRow{Suffix: tld, Class: class, Names: 9, Sampled: agreed + undecided + noPath, Agreed: agreed, Undecided: undecided, NotAudited: noPath}
}

func TestUnverified(t *testing.T) {
	const av, reg = store.SampleAvailable, store.SampleRegistered
	for _, c := range []struct {
		name   string
		rows   []AuditRow
		wanted []string
		want   string
		fails  bool
	}{
		{"all decided", []AuditRow{auditRow("com", av, 3, 1, 0), auditRow("com", reg, 1, 0, 5)}, []string{"com"}, "[]", false},
		{"a class without a path", []AuditRow{auditRow("io", av, 0, 0, 3), auditRow("io", reg, 2, 0, 0)}, nil, "[{io [available] false false}]", false},
		{"a class whose path was silent", []AuditRow{auditRow("io", av, 0, 1, 2), auditRow("io", reg, 2, 0, 0)}, nil, "[{io [available] false true}]", true},
		{"a TLD without a path", []AuditRow{auditRow("com", av, 3, 0, 0), auditRow("dev", av, 0, 0, 3), auditRow("dev", reg, 0, 0, 1)}, nil,
			"[{dev [available registered] true false}]", true},
		{"a TLD that has no name", []AuditRow{auditRow("com", av, 3, 0, 0)}, []string{"com", "cmo"}, "[{cmo [] true false}]", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, fails := unverified(c.rows, c.wanted), false
			for i := range got {
				fails = fails || got[i].Fails()
			}
			if fmt.Sprint(got) != c.want || fails != c.fails {
				t.Errorf("%v, fails %v; want %s, %v", got, fails, c.want, c.fails)
			}
		})
	}
}
