package pipeline

import (
	"context"
	"strings"
	"testing"
	"time"

	"vacant"
	"vacant/cmd/internal/lab"
	"vacant/rdapstage"
)

// TestTrimmedHuntLeavesNothingWaiting hunts with a registry that has time for a
// part of what there is: with Trim nothing is left waiting, without it much is,
// and the same hunt again goes on.
func TestTrimmedHuntLeavesNothingWaiting(t *testing.T) {
	tr := trial{lab: lab.Config{Seed: 4}, patterns: []string{"{C}{V}{C}{V}"}, tlds: []string{"com", "io"}}
	l := planLab(t, &tr)
	cfg := tr.config(t, l)
	cfg.RDAP.Rates = map[string]float64{"": 40}
	cfg.Deadline, cfg.Trim = 4*time.Second, true
	var said []string
	cfg.Notice = func(line string) { said = append(said, line) }
	sum := huntWith(t, cfg)
	c := sum.Counts
	if c.Waiting != 0 || sum.End != EndDeadline || c.Queued < 100 || c.Unasked == 0 {
		t.Errorf("%s: %s", sum.End, c.StageTwo())
	}
	if most := 4.0 * 2 * 40; float64(c.Queued) > most {
		t.Errorf("%d names for two operators at 40 a second", c.Queued)
	}
	all := strings.Join(said, "\n")
	if !strings.Contains(all, "in 4s the registries have time for") || !strings.Contains(all, "trimmed: ") {
		t.Errorf("said:\n%s", all)
	}

	cfg.Trim, cfg.Deadline = false, 2*time.Second
	said = nil
	again := huntWith(t, cfg)
	if again.Counts.Waiting < 1000 || again.Counts.Known != c.Delegated+c.Queued || !strings.Contains(strings.Join(said, "\n"), "2s is not enough") {
		t.Errorf("%s; %s; said:\n%s", again.Counts.StageOne(), again.Counts.StageTwo(), strings.Join(said, "\n"))
	}
}

// forecasts is what stage two says of two operators and a suffix without any.
func forecasts(suffixes []string) []rdapstage.Forecast {
	known := map[string]rdapstage.Forecast{
		"com": {Operator: "a", Rate: 10}, "net": {Operator: "a", Rate: 10}, "io": {Operator: "b", Rate: 100},
		"es": {Reason: vacant.ReasonNoRegistry},
	}
	list := make([]rdapstage.Forecast, len(suffixes))
	for i, s := range suffixes {
		list[i] = known[s]
	}
	return list
}

func named(suffix string, n int) *vacant.Batch {
	b := new(vacant.Batch)
	for i := range n {
		b.AppendName(vacant.Name(strings.Repeat("a", i%50+1)+"."+suffix), uint64(i))
	}
	return b
}

// TestTrimmerLetsThroughWhatThereIsTimeFor goes through one trimmer's life
// without a clock: twelve seconds are left all along.
func TestTrimmerLetsThroughWhatThereIsTimeFor(t *testing.T) {
	ended := false
	tr := &trimmer{left: func() time.Duration { return 12 * time.Second }, forecast: forecasts, enough: func() { ended = true },
		expected: []string{"com", "net", "es"}, drains: map[string]*drain{}, of: map[string]*drain{}, cut: map[string]bool{}}
	ctx, cancel := context.WithCancel(t.Context())
	give := func(b *vacant.Batch, wantPart, wantRest int, wantDropped uint64) *vacant.Batch {
		t.Helper()
		part, rest, dropped := tr.fit(ctx, b)
		lens := [2]int{}
		for i, p := range []*vacant.Batch{part, rest} {
			if p != nil {
				lens[i] = p.Len()
			}
		}
		if lens != [2]int{wantPart, wantRest} || dropped != wantDropped {
			t.Fatalf("part and rest %v, %d dropped; want %d, %d and %d", lens, dropped, wantPart, wantRest, wantDropped)
		}
		return part
	}
	give(named("es", 500), 500, 0, 0) // no registry is asked: there is time for all
	// 11 seconds less two questions at 10 a second are 108 names, less the first controls.
	first := give(named("com", 500), 105, 395, 0)
	for i := range first.Answers {
		first.Answers[i].Status = vacant.StatusDelegated
		if i%10 == 0 {
			first.Answers[i].Status = vacant.StatusNXDomain
		}
	}
	tr.answered(first) // 11 of 105: the doubt about the share is 75/169 by now
	second := give(named("com", 1000), 212, 788, 0)
	for i := range second.Answers {
		second.Answers[i].Status = vacant.StatusNXDomain
	}
	tr.answered(second) // all of them: more than there is time for
	give(named("com", 100), 0, 0, 100)
	if !ended && tr.dropFull(named("net", 10)) != 10 {
		t.Error("another suffix of the same operator has room")
	}
	if ended {
		t.Error("candidates under es could still be asked")
	}
	if line := tr.trimmed(); !strings.Contains(line, "candidates under com, net were not asked") {
		t.Error(line)
	}
	give(named("io", 100), 100, 0, 0)
	cancel()
	// What cannot be decided when the run ends is dropped: nothing in flight is waited for.
	part, rest, _ := tr.fit(ctx, named("io", 20_000))
	if part == nil || rest == nil {
		t.Fatal("io has room for some")
	}
	if part, rest, dropped := tr.fit(ctx, rest); part != nil || rest != nil || dropped == 0 {
		t.Errorf("%v, %v, %d dropped after the end", part, rest, dropped)
	}
}

func TestAllOperatorsFullEndTheMaking(t *testing.T) {
	ended := 0
	tr := &trimmer{left: func() time.Duration { return 0 }, forecast: forecasts, enough: func() { ended++ },
		expected: []string{"com", "io"}, drains: map[string]*drain{}, of: map[string]*drain{}, cut: map[string]bool{}}
	for i, suffix := range []string{"com", "io"} {
		if _, _, dropped := tr.fit(t.Context(), named(suffix, 10)); dropped != 10 || ended != i {
			t.Errorf("%s: %d dropped, making ended %d times", suffix, dropped, ended)
		}
	}
}

func TestAnOperatorWithoutCeilingIsMeasured(t *testing.T) {
	d := &drain{settled: 1000, since: time.Now().Add(-10 * time.Second)}
	if got := d.budget(11 * time.Second); got < 950 || got > 1000 {
		t.Errorf("%.0f names in ten seconds at 100 a second", got)
	}
	if got := new(drain).budget(11 * time.Second); got < 9*openRate || got > 10*openRate {
		t.Errorf("%.0f names in ten seconds, nothing measured", got)
	}
}

func TestLockoutsAndQuotasTakeTime(t *testing.T) {
	for _, tt := range []struct {
		name      string
		d         drain
		low, high float64
	}{
		{"ten seconds at 10 a second", drain{rate: 10}, 97, 99},
		{"locked out for four of them", drain{rate: 10, locked: time.Now().Add(4 * time.Second)}, 57, 60},
		{"a quota of 30", drain{rate: 10, quota: 30}, 29.9, 30},
		{"a quota of 30, 20 settled and 5 waiting", drain{rate: 10, quota: 30, settled: 20, waiting: 5}, 4.9, 5},
		{"ninety wait", drain{rate: 10, waiting: 90}, 7, 9},
	} {
		if got := tt.d.budget(11 * time.Second); got < tt.low || got > tt.high {
			t.Errorf("%s: %.1f names, want %.0f to %.0f", tt.name, got, tt.low, tt.high)
		}
	}
}

// TestDeadlineCountsFromTheOpening has a deadline that is over when the hunt begins:
// next to nothing is asked.
func TestDeadlineCountsFromTheOpening(t *testing.T) {
	tr := trial{lab: lab.Config{Seed: 4}, patterns: []string{"[a-z]{5}"}, tlds: []string{"com"}}
	l := planLab(t, &tr)
	cfg := tr.config(t, l)
	cfg.Deadline = time.Nanosecond
	if sum := huntWith(t, cfg); sum.End != EndDeadline || sum.Counts.Queued+sum.Counts.Delegated > 200_000 {
		t.Errorf("%s after %d answers", sum.End, sum.Counts.Queued+sum.Counts.Delegated)
	}
}
