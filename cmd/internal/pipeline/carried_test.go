package pipeline

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"vacant"
	"vacant/cmd/internal/lab"
)

// stopped hunts until everything waits for a registry that does not answer.
func stopped(t *testing.T, tr *trial, l *lab.Lab) outcome {
	t.Helper()
	tr.db = filepath.Join(t.TempDir(), "v.db")
	inner := tr.change
	tr.change = func(c *Config) {
		if inner != nil {
			inner(c)
		}
		c.RDAP.NoWHOIS, c.RDAP.Rates, c.Grace = true, map[string]float64{"": 0.5}, 50*time.Millisecond
	}
	defer func() { tr.change = inner }()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	o := tr.runIn(ctx, t, l)
	o.neverWrong(t)
	if o.summary.End != EndSignal || o.summary.Counts.Waiting < 100 {
		t.Fatalf("ended with %q, %d waiting: there is nothing to carry", o.summary.End, o.summary.Counts.Waiting)
	}
	return o
}

// A hunt that asks everything again finds names waiting that it generates too:
// each is judged and shown once.
func TestFreshHuntOverWaitingNames(t *testing.T) {
	tr := trial{patterns: []string{"{C}{V}{C}[a-c]"}, tlds: []string{"com"}, lab: lab.Config{Seed: 91}}
	l := tr.startLab(t)
	stopped(t, &tr, l)
	tr.change = func(c *Config) { c.Fresh = true }
	o := tr.runIn(t.Context(), t, l)
	if missed := o.neverWrong(t); missed != 0 || o.summary.Counts.Waiting != 0 {
		t.Errorf("%d missed, %d waiting", missed, o.summary.Counts.Waiting)
	}
	if c := o.summary.Counts; c.Known == c.Generated {
		t.Error("nothing was asked again")
	}
}

// A fresh hunt that is stopped over and over loses none of those that waited.
func TestFreshHuntsThatAreStopped(t *testing.T) {
	tr := trial{patterns: []string{"{C}{V}{C}[a-c]"}, tlds: []string{"com"}, lab: lab.Config{Seed: 92}}
	l := tr.startLab(t)
	stopped(t, &tr, l)
	for range 3 {
		tr.change = func(c *Config) { c.Fresh, c.Grace = true, 50*time.Millisecond }
		ctx, cancel := context.WithTimeout(t.Context(), 250*time.Millisecond)
		o := tr.runIn(ctx, t, l)
		cancel()
		o.neverWrong(t)
	}
	tr.change = nil
	if o := tr.runIn(t.Context(), t, l); o.neverWrong(t) != 0 {
		t.Error("names were lost")
	}
}

// A list that repeats itself and the space beside it: every name once.
func TestListThatRepeatsTheSpace(t *testing.T) {
	tr := trial{patterns: []string{"{C}{V}[a-e]"}, tlds: []string{"com", "io"}, lab: lab.Config{Seed: 93}}
	l := tr.startLab(t)
	var lines bytes.Buffer
	for i := range 3 {
		for _, label := range []string{"bab", "BAC", "bad.com.", "Bae.IO", "zzzq", "zzzq.com", "bab.com"} {
			fmt.Fprintf(&lines, "%s\r\n", label)
		}
		fmt.Fprintf(&lines, "# round %d\n\n..\n-bad-.com\n", i)
	}
	tr.change = func(c *Config) { c.Generator.Lists, c.Generator.Stdin = []string{"-"}, bytes.NewReader(lines.Bytes()) }
	for round := range 2 {
		o := tr.runIn(t.Context(), t, l)
		if o.err != nil {
			t.Fatal(o.err)
		}
		if err := o.summary.Counts.Balance(); err != nil {
			t.Error(err)
		}
		want := map[vacant.Name]bool{}
		for _, name := range o.truth(t) {
			want[name] = true
		}
		for _, label := range []string{"zzzq"} {
			for _, tld := range tr.tlds {
				if name := label + "." + tld; l.Truth(name).Verdict == "available" {
					want[vacant.Name(name)] = true
				}
			}
		}
		for _, name := range o.emitted {
			if !want[name] {
				t.Errorf("round %d: %s was shown again, or is not available", round, name)
			}
			delete(want, name)
		}
		if len(want) > 0 {
			t.Errorf("round %d: %v missed", round, want)
		}
	}
}

// Two hunts at once, each with a store of its own, share the registries' rate.
func TestTwoHuntsShareOneBudget(t *testing.T) {
	const rate = 300
	tr := trial{patterns: []string{"{C}{V}[a-e]"}, tlds: []string{"com"}, lab: lab.Config{Seed: 94, Density: 0.5, Limit: rate}}
	l := tr.startLab(t)
	budget := filepath.Join(t.TempDir(), "budget.db")
	var both sync.WaitGroup
	outcomes := make([]outcome, 2)
	for i := range outcomes {
		both.Go(func() {
			one := tr
			one.db = filepath.Join(t.TempDir(), "v.db")
			one.change = func(c *Config) { c.BudgetPath, c.RDAP.Rates = budget, map[string]float64{"": rate * 0.8} }
			outcomes[i] = one.runIn(t.Context(), t, l)
		})
	}
	both.Wait()
	for i := range outcomes {
		o := &outcomes[i]
		if missed := o.neverWrong(t); missed != 0 || o.summary.RDAP.Limited > 0 {
			t.Errorf("hunt %d: %d missed, told to slow down %d times", i, missed, o.summary.RDAP.Limited)
		}
	}
	if len(outcomes[0].emitted) == 0 || strings.Compare(fmt.Sprint(outcomes[0].emitted), fmt.Sprint(outcomes[1].emitted)) != 0 {
		t.Error("the two do not agree")
	}
}
