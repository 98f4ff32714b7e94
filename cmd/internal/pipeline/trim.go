package pipeline

import (
	"context"
	"sync"
	"time"

	"vacant"
	"vacant/rdapstage"
)

// A trimmer lets as many candidates through to stage one as the registries can
// be asked about by the deadline. For each operator it keeps
//
//	waiting + in flight x share <= rate x time left
//
// where share is the part of the names answered so far that has to be asked of
// the registry, one at first and what it turns out to be soon after. What does
// not fit goes back unasked: the next run makes it again. An operator whose time
// is taken is full from then on, and once all of them are, no more candidates
// are made. A nil trimmer lets everything through.
type trimmer struct {
	left     func() time.Duration
	forecast func(suffixes []string) []rdapstage.Forecast
	enough   context.CancelFunc // no more candidates
	expected []string           // suffixes that candidates are known to have

	mu sync.Mutex
	// Everything below is guarded by mu.
	drains  map[string]*drain // by operator
	of      map[string]*drain // by suffix; nil where no registry is asked
	changed chan struct{}     // closed when answers come while somebody waits for them; nil when nobody does
	dropped uint64
	cut     map[string]bool // suffixes of those dropped
}

// drain is one operator's queue.
type drain struct {
	rate     float64 // names/s; 0 = no ceiling, so it is measured
	start    float64 // questions that the first and last batch of each suffix cost, in names
	waiting  float64
	inflight float64 // let through and not answered
	asked    float64 // answered
	open     float64 // of asked: for stage two
	settled  float64
	since    time.Time // of the first that waited
	locked   time.Time // not asked before then
	quota    float64   // names that the day's quota leaves when the hunt begins; 0 = no quota
	full     bool
}

const (
	// trimReserve is kept for the last commit, and reserveQuestions for the controls
	// that close the last batches.
	trimReserve      = time.Second
	reserveQuestions = 2
	// shareDoubt is how many answers it takes until half of the initial doubt about the share is gone.
	shareDoubt = 64
	// measuredFrom is how many names must have been settled for an operator's rate to be measured.
	measuredFrom = 256
)

// newTrimmer returns nil when nothing is to be trimmed.
func (h *Hunt) newTrimmer(p *planner) *trimmer {
	if !h.cfg.Trim || h.cfg.Deadline <= 0 {
		return nil
	}
	t := &trimmer{left: h.left, forecast: h.rdap.Forecast, expected: h.gen.Suffixes(),
		drains: make(map[string]*drain), of: make(map[string]*drain), cut: make(map[string]bool)}
	for suffix, r := range p.rows {
		if d := t.drainOf(suffix); d != nil && r.Carried > 0 {
			d.waiting += float64(r.Carried)
			d.since = time.Now()
		}
	}
	for i := range p.plan.Operators {
		o := &p.plan.Operators[i]
		if d := t.drains[o.Operator]; d != nil {
			d.locked = o.LockedUntil
			if o.PerDay > 0 {
				d.quota = max(controlsLeft*float64(int64(o.PerDay)-o.UsedToday), 0.01)
			}
		}
	}
	return t
}

// begin takes what ends the making of candidates.
func (t *trimmer) begin(enough context.CancelFunc) {
	if t != nil {
		t.enough = enough
	}
}

// drainOf returns the queue that names under suffix go to. Callers hold mu, or own t.
func (t *trimmer) drainOf(suffix string) *drain {
	d, ok := t.of[suffix]
	if ok {
		return d
	}
	f := t.forecast([]string{suffix})[0]
	if f.Reason == "" {
		if d = t.drains[f.Operator]; d == nil {
			d = &drain{rate: f.Rate}
			t.drains[f.Operator] = d
		}
		d.start += questionsToStart * controlsLeft
	}
	t.of[suffix] = d
	return d
}

// budget is how many names more the operator can be asked about in the time left.
func (d *drain) budget(left time.Duration) float64 {
	rate := d.rate
	if rate == 0 {
		rate = openRate
	}
	if took := time.Since(d.since).Seconds(); d.settled >= measuredFrom && (d.rate == 0 || d.settled/took < rate) {
		rate = d.settled / took
	}
	seconds := (left - trimReserve - max(time.Until(d.locked), 0)).Seconds() - reserveQuestions/rate
	start := d.start
	if d.settled > 0 {
		start = 0
	}
	most := rate*seconds - start
	if d.quota > 0 {
		most = min(most, d.quota-start-d.settled)
	}
	return most - d.waiting
}

// room is how many names more may be let through now.
func (d *drain) room(left time.Duration) float64 {
	share := (d.open + shareDoubt) / (d.asked + shareDoubt)
	return d.budget(left)/share - d.inflight
}

// answered takes note of what stage one said.
func (t *trimmer) answered(b *vacant.Batch) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range b.Len() {
		d := t.drainOf(parentOf(b.Name(i)))
		if d == nil {
			continue
		}
		d.inflight--
		status := b.Answers[i].Status
		if status.Settled() {
			d.asked++
		}
		if status.ForStageTwo() {
			d.open++
			d.waiting++
			if d.since.IsZero() {
				d.since = time.Now()
			}
		}
	}
	if t.changed != nil {
		close(t.changed)
		t.changed = nil
	}
}

// settled takes note of names that wait no longer.
func (t *trimmer) settled(results []vacant.Result) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range results {
		if d := t.drainOf(results[i].Name.Parent()); d != nil {
			d.waiting--
			d.settled++
		}
	}
}

// trimmed tells what was left out, line "" for nothing.
func (t *trimmer) trimmed() (line string) {
	if t == nil {
		return ""
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.dropped == 0 {
		return ""
	}
	return trimmedLine(sortedKeys(t.cut), t.dropped)
}
