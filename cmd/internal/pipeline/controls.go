package pipeline

import (
	"context"
	"sync"
	"time"

	"vacant"
)

// samplesPerSuffix is how many delegated names are remembered under a suffix:
// a control tries up to five, since some delegated names have no record.
const samplesPerSuffix = 8

// sampleAge is how long a delegated name counts as delegated "now".
const sampleAge = time.Hour

// commonLabels are registered and delegated under nearly every suffix; they
// are tried where stage one has not seen a delegated name yet.
var commonLabels = [...]string{"nic", "google", "amazon", "www", "example"}

// controls finds names known to be registered: those that stage one just saw
// delegated, else common ones that DNS shows delegated now. It implements rdapstage.Controls.
type controls struct {
	ask asker
	now func() time.Time

	mu sync.Mutex
	// samples is guarded by mu. A suffix's samples are a ring, oldest overwritten first.
	samples map[string]*ring
}

type sample struct {
	name vacant.Name
	at   time.Time
}

type ring struct {
	held [samplesPerSuffix]sample
	next int
}

func (r *ring) add(s sample) {
	r.held[r.next%samplesPerSuffix] = s
	r.next++
}

func newControls(ask asker, now func() time.Time) *controls {
	return &controls{ask: ask, now: now, samples: make(map[string]*ring)}
}

// learn remembers one delegated name per suffix of the batch: enough, at a
// batch's pace, and nothing a name.
func (c *controls) learn(b *vacant.Batch) {
	learnt := make(map[string]bool, 4)
	for i, a := range b.Answers {
		if a.Status != vacant.StatusDelegated || a.Has(vacant.FlagResolver) && !a.Has(vacant.FlagProven) {
			continue
		}
		name := b.Name(i)
		if seen := learnt[string(suffixOf(name))]; seen {
			continue
		}
		n := vacant.Name(name)
		learnt[n.Parent()] = true
		c.add(n, a.Time())
	}
}

// suffixOf returns what follows the first dot.
func suffixOf(name []byte) []byte {
	for i, b := range name {
		if b == '.' {
			return name[i+1:]
		}
	}
	return nil
}

func (c *controls) add(name vacant.Name, at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.samples[name.Parent()]
	if r == nil {
		r = &ring{}
		c.samples[name.Parent()] = r
	}
	r.add(sample{name, at})
}

// Registered returns up to n names under suffix that are delegated in DNS now.
func (c *controls) Registered(ctx context.Context, suffix string, n int) []vacant.Name {
	names := c.recent(suffix)
	for _, label := range commonLabels {
		if len(names) >= n || ctx.Err() != nil {
			break
		}
		name := vacant.Name(label + "." + suffix)
		proof, err := c.ask(ctx, name)
		if err == nil && proof.Status == vacant.StatusDelegated {
			c.add(name, proof.At)
			names = append(names, name)
		}
	}
	return names[:min(n, len(names))]
}

// recent returns the samples under suffix that are not too old, newest first, each once.
func (c *controls) recent(suffix string) []vacant.Name {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.samples[suffix]
	if r == nil {
		return nil
	}
	var names []vacant.Name
	seen := make(map[vacant.Name]bool)
	for i := range samplesPerSuffix {
		s := r.held[(r.next-1-i+2*samplesPerSuffix)%samplesPerSuffix]
		if s.name == "" || seen[s.name] || c.now().Sub(s.at) > sampleAge {
			continue
		}
		seen[s.name] = true
		names = append(names, s.name)
	}
	return names
}
