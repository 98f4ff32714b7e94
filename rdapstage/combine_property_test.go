package rdapstage

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"vacant"
)

// TestAnySequenceOfAnswersNeedsItsProof states the same of any number of
// sources, in any order, as [TestEveryCombinationNeedsItsProof] does of two.
func TestAnySequenceOfAnswersNeedsItsProof(t *testing.T) {
	verdicts := []vacant.Verdict{vacant.Undetermined, vacant.Available, vacant.Registered, vacant.Reserved, vacant.Premium}
	kinds := []vacant.Kind{vacant.KindRDAP, vacant.KindWHOIS, vacant.KindDAS}
	reasons := []vacant.Reason{vacant.ReasonBadReply, vacant.ReasonRateLimited, vacant.ReasonControlFailed, vacant.ReasonControlPending}
	rapid.Check(t, func(t *rapid.T) {
		list := make([]said, rapid.IntRange(0, 6).Draw(t, "sources"))
		for i := range list {
			list[i] = said{kind: rapid.SampledFrom(kinds).Draw(t, "kind"), verdict: rapid.SampledFrom(verdicts).Draw(t, "verdict"),
				reason: rapid.SampledFrom(reasons).Draw(t, "reason"), weak: rapid.Bool().Draw(t, "weak")}
			list[i].watched = list[i].weak && rapid.Bool().Draw(t, "watched")
		}
		d := demands{nodata: rapid.Bool().Draw(t, "nodata"), wildcard: rapid.Bool().Draw(t, "wildcard")}
		if rapid.Bool().Draw(t, "unproven") {
			d.provable = errors.New("unproven")
		}
		if rapid.Bool().Draw(t, "withheld") {
			d.withheld = vacant.ReasonLikelyReserved
		}
		more := rapid.Bool().Draw(t, "more")
		got := combine(list, more, d)
		if err := wrong(list, more, d, got); err != nil {
			t.Fatalf("%+v more=%v %+v -> %+v: %v", list, more, d, got, err)
		}
	})
}
