package pipeline

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"vacant"
)

// nothingDelegated answers every name as absent.
func nothingDelegated(context.Context, vacant.Name) (vacant.DNSProof, error) {
	return vacant.DNSProof{Status: vacant.StatusNXDomain}, nil
}

func delegatedBatch(names ...vacant.Name) *vacant.Batch {
	b := &vacant.Batch{}
	for i, n := range names {
		b.AppendName(n, uint64(i))
		b.Answers[i] = vacant.Answer{Status: vacant.StatusDelegated, At: uint32(time.Now().Unix()), Flags: vacant.FlagResolver}
	}
	return b
}

// The first names of a suffix reach stage two before stage one has seen a
// delegated one there: their control is waited for, not done without.
func TestControlsWaitForStageOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		done := make(chan struct{})
		c := newControls(nothingDelegated, time.Now, done)
		got := make(chan []vacant.Name)
		ask := func(suffix string) { go func() { got <- c.Registered(t.Context(), suffix, 5) }() }

		ask("io")
		synctest.Wait()
		c.learn(delegatedBatch("taken.com")) // another suffix
		synctest.Wait()
		select {
		case names := <-got:
			t.Fatalf("did not wait: %v", names)
		default:
		}
		c.learn(delegatedBatch("taken.io", "second.io"))
		if names := <-got; len(names) != 1 || names[0] != "taken.io" {
			t.Errorf("waited for %v", names)
		}

		start := time.Now()
		ask("dev")
		if names := <-got; len(names) != 0 || time.Since(start) != sampleWait {
			t.Errorf("%v after %s", names, time.Since(start))
		}
		ask("dev")
		synctest.Wait()
		close(done)
		if names := <-got; len(names) != 0 {
			t.Errorf("%v came from nowhere", names)
		}
	})
}

// A sample is a control only as long as it is delegated "now".
func TestSamplesGrowOld(t *testing.T) {
	now := time.Now()
	c := newControls(nothingDelegated, func() time.Time { return now }, nobodyElse())
	for range samplesPerSuffix + 3 {
		c.learn(delegatedBatch("taken.com"))
	}
	if names := c.Registered(t.Context(), "com", 5); len(names) != 1 {
		t.Errorf("one name, seen again and again, gave %v", names)
	}
	now = now.Add(sampleAge + time.Minute)
	if names := c.Registered(t.Context(), "com", 5); len(names) != 0 {
		t.Errorf("%v are more than an hour old", names)
	}
}
