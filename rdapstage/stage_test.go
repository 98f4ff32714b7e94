package rdapstage

import (
	"testing"
	"time"

	"vacant"
	"vacant/rdapstage/rdaptest"
)

func TestHonestRegistryTellsFreeFromTaken(t *testing.T) {
	srv := rdaptest.Serve(t, rdaptest.Honest(rdaptest.Names("taken.test", "held.test")))
	got := judge(t, newStage(t, onRDAP(srv)), frees("held.test", "unowned.test"))
	r := got["held.test"]
	if words(&r) != "registered" || r.Method != "rdap" || r.ExpiresAt.Year() != 2031 {
		t.Errorf("held.test: %s by %q, expires %v", words(&r), r.Method, r.ExpiresAt)
	}
	if r = got["unowned.test"]; words(&r) != "available" || r.RegistryCode != "404" || r.Source != "test" {
		t.Errorf("unowned.test: %s code %q source %q", words(&r), r.RegistryCode, r.Source)
	}
}

func TestOneCheckCostsFourQuestionsThenThree(t *testing.T) {
	srv := rdaptest.Serve(t, rdaptest.Honest(rdaptest.Names("taken.test")))
	cfg := onRDAP(srv)
	cfg.Memory, cfg.MaxPause = &memoryMemory{}, time.Minute
	for i, want := range []int{4, 3} {
		before := len(srv.Asked())
		if got := verdict(t, newStage(t, cfg), "unowned.test"); got != "available" {
			t.Fatalf("check %d: %s", i, got)
		}
		if asked := srv.Asked()[before:]; len(asked) != want {
			t.Errorf("check %d asked %d questions, want %d: %v", i, len(asked), want, asked)
		}
	}
}

func TestAvailableCarriesItsControls(t *testing.T) {
	srv := rdaptest.Serve(t, rdaptest.Honest(rdaptest.Names("taken.test")))
	r := judge(t, newStage(t, onRDAP(srv)), frees("unowned.test"))["unowned.test"]
	var kinds []string
	for _, e := range r.Evidence {
		kinds = append(kinds, string(e.Kind)+"/"+e.Control)
	}
	want := []string{"dns/", "rdap/", "rdap/registered", "rdap/registered", "rdap/free"}
	if len(kinds) != len(want) {
		t.Fatalf("evidence %v, want %v", kinds, want)
	}
	for i := range want {
		if kinds[i] != want[i] {
			t.Errorf("evidence %d is %s, want %s", i, kinds[i], want[i])
		}
	}
	if !r.Evidence[2].At.Before(r.Evidence[1].At) || !r.Evidence[3].At.After(r.Evidence[1].At) {
		t.Error("the controls do not enclose the answer")
	}
}

func BenchmarkConfirmations(b *testing.B) {
	srv := rdaptest.Serve(b, rdaptest.Honest(rdaptest.Names("taken.test")))
	names := numbered("name%06d.test", b.N)
	s := newStage(b, onRDAP(srv))
	b.ResetTimer()
	for name, r := range judge(b, s, frees(names...)) {
		if r.Verdict() != vacant.Available {
			b.Fatalf("%s: %s", name, words(&r))
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "names/s")
}
