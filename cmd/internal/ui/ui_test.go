package ui

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"vacant/cmd/internal/pipeline"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestThousands(t *testing.T) {
	for n, want := range map[uint64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := thousands(n); got != want {
			t.Errorf("thousands(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestSummaryHoldsBothEquations(t *testing.T) {
	sum := pipeline.Summary{RunID: "r1", End: pipeline.EndDone, Elapsed: 2 * time.Second}
	sum.Counts.Generated, sum.Counts.Delegated, sum.Counts.Queued, sum.Counts.Available = 10, 9, 1, 1
	var out strings.Builder
	Summarize(&out, sum)
	for _, want := range []string{sum.Counts.StageOne(), sum.Counts.StageTwo(), "done after 2s", "1 available", "(5/s)"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the summary lacks %q:\n%s", want, out.String())
		}
	}
	var record struct {
		Schema  int
		Summary struct {
			StageOne string `json:"stage_one"`
			StageTwo string `json:"stage_two"`
			Counts   map[string]uint64
		}
	}
	if err := json.Unmarshal(SummaryJSON(sum), &record); err != nil {
		t.Fatal(err)
	}
	if record.Schema != 1 || record.Summary.StageOne != sum.Counts.StageOne() || record.Summary.StageTwo != sum.Counts.StageTwo() || record.Summary.Counts["generated"] != 10 {
		t.Errorf("record %+v", record)
	}
}

func TestMeterTellsRatesAndTimeLeft(t *testing.T) {
	var m meter
	look := func(elapsed time.Duration, delegated uint64) {
		p := pipeline.Progress{Elapsed: elapsed, Total: 2000}
		p.Counts.Delegated = delegated
		m.update(p)
	}
	look(time.Second, 500)
	look(2*time.Second, 1000)
	look(2*time.Second, 1000) // no time has passed: nothing to divide by
	if m.rate != 500 {
		t.Errorf("rate %v, want 500", m.rate)
	}
	if got := left(m.settled(), 2000, m.rate); got != 2*time.Second {
		t.Errorf("time left %v, want 2s", got)
	}
	if got := left(5, 0, 10); got != 0 {
		t.Errorf("time left without a total %v, want none", got)
	}
}

func TestStatsLinesComeAtTheirPeriodAndEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		w := Watch(NewTalk(&out), func() pipeline.Progress { return pipeline.Progress{} }, Options{Every: 5 * time.Second})
		time.Sleep(16 * time.Second)
		synctest.Wait()
		w.Stop()
		w.Stop()
		time.Sleep(time.Minute)
		if got := strings.Count(out.String(), "vacant: stats "); got != 3 {
			t.Errorf("%d lines in 16 s, want 3:\n%s", got, out.String())
		}
	})
}

func TestNothingIsShownUnasked(t *testing.T) {
	var out strings.Builder
	w := Watch(NewTalk(&out), func() pipeline.Progress { t.Error("progress was looked at"); return pipeline.Progress{} }, Options{})
	w.Stop()
	if out.Len() > 0 {
		t.Errorf("shown: %q", out.String())
	}
}

// lockedBuilder is a terminal that several may write to.
type lockedBuilder struct {
	mu  sync.Mutex
	all strings.Builder
}

func (b *lockedBuilder) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.all.Write(p)
}

func (b *lockedBuilder) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.all.String()
}

func TestBarsAreDrawnAndLinesComeThrough(t *testing.T) {
	var out lockedBuilder
	talk := NewTalk(&out)
	b := newBars(talk, false)
	m := meter{rate: 1234, now: pipeline.Progress{Total: 10_000, TotalExact: true}}
	m.now.Counts.Delegated, m.now.Counts.Queued, m.now.Counts.Available = 2400, 100, 7
	b.show(m)
	m.now.Counts.Delegated, m.now.Counts.Queued = 10_000, 0
	b.show(m) // all that are known of, and yet not the end
	if b.one.Completed() {
		t.Error("the bar of stage one is over before the run is")
	}
	m.now.Counts.Delegated, m.now.Counts.Queued = 2400, 100
	if got := oneText(m); !strings.Contains(got, "2,500/10,000") || !strings.Contains(got, "1,234/s") {
		t.Errorf("stage one's text %q", got)
	}
	if got := twoText(m); !strings.Contains(got, "7 available") {
		t.Errorf("stage two's text %q", got)
	}
	if _, err := io.WriteString(talk, "a line\n"); err != nil {
		t.Fatal(err)
	}
	b.end()
	if _, err := io.WriteString(talk, "after\n"); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); !strings.Contains(got, "a line\n") || !strings.HasSuffix(got, "after\n") {
		t.Errorf("lines were lost: %q", got)
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("gone") }

func TestTalkGoesToTheStreamWhenTheBarsAreGone(t *testing.T) {
	var out strings.Builder
	talk := NewTalk(&out)
	talk.divert(broken{})
	if _, err := io.WriteString(talk, "kept\n"); err != nil || out.String() != "kept\n" {
		t.Errorf("wrote %q, %v", out.String(), err)
	}
}
