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

// sampleWait is how long a suffix without a known registered name waits for
// stage one to see one: names asked without a control would prove nothing.
const sampleWait = 10 * time.Second

// commonLabels are registered and delegated under nearly every suffix; they
// are tried where stage one has not seen a delegated name yet.
var commonLabels = [...]string{"nic", "google", "amazon", "www", "example"}

// controls finds names known to be registered: those that stage one just saw
// delegated, else common ones that DNS shows delegated now. It implements rdapstage.Controls.
type controls struct {
	ask  asker
	now  func() time.Time
	done <-chan struct{} // closed when stage one will see no more names

	mu sync.Mutex
	// samples and learnt are guarded by mu. A suffix's samples are a ring, oldest overwritten first.
	samples map[string]*ring
	learnt  chan struct{} // closed, and replaced, when a sample is added
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

func newControls(ask asker, now func() time.Time, done <-chan struct{}) *controls {
	return &controls{ask: ask, now: now, done: done, samples: make(map[string]*ring), learnt: make(chan struct{})}
}

// learn remembers one delegated name per suffix of the batch: enough, at a
// batch's pace, and nothing a name.
func (c *controls) learn(b *vacant.Batch) {
	learnt := make(map[string]bool, 4)
	for i, a := range b.Answers {
		// A resolver's word will do: what makes a control is the registry's record.
		if a.Status != vacant.StatusDelegated {
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
	close(c.learnt)
	c.learnt = make(chan struct{})
}

// Registered returns up to n names under suffix that are delegated in DNS now.
// While stage one goes on and none is known, it waits a while for one.
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
	if len(names) == 0 {
		names = c.await(ctx, suffix)
	}
	return names[:min(n, len(names))]
}

// await waits for a sample under suffix until it makes no more sense.
func (c *controls) await(ctx context.Context, suffix string) []vacant.Name {
	ctx, cancel := context.WithTimeout(ctx, sampleWait)
	defer cancel()
	for {
		done := isClosed(c.done) // before looking: what was learnt until then is seen
		c.mu.Lock()
		learnt := c.learnt
		c.mu.Unlock()
		names := c.recent(suffix)
		if len(names) > 0 || done || ctx.Err() != nil {
			return names
		}
		select {
		case <-learnt:
		case <-c.done:
		case <-ctx.Done():
		}
	}
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
