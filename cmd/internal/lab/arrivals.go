package lab

import (
	"slices"
	"sync"
	"time"
)

// Arrival is one request as it reached an operator.
type Arrival struct {
	At      time.Time
	Teller  Teller // TellerRDAP, TellerWHOIS or TellerDAS
	Refused bool   // it was over the limit
}

// MostIn returns the most of these times, in order, that lie within one span of
// that length, wherever it begins.
func MostIn(times []time.Time, span time.Duration) int {
	most, from := 0, 0
	for i, at := range times {
		for at.Sub(times[from]) >= span {
			from++
		}
		most = max(most, i-from+1)
	}
	return most
}

// arrivalLog keeps the arrivals of an operator where that is asked for.
type arrivalLog struct {
	mu  sync.Mutex
	on  bool
	all []Arrival // guarded by mu
}

func (l *arrivalLog) add(a Arrival) {
	if !l.on {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, a)
}

// Arrivals returns every request to the operator of a TLD since the lab began,
// in order of time; nothing without [Config.KeepArrivals], or for a TLD that the lab does not have.
func (l *Lab) Arrivals(tld string) []Arrival {
	for _, o := range l.operators {
		if o.runs(tld) {
			return o.arrivals.sorted()
		}
	}
	return nil
}

func (l *arrivalLog) sorted() []Arrival {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := slices.Clone(l.all)
	slices.SortStableFunc(all, func(a, b Arrival) int { return a.At.Compare(b.At) })
	return all
}

// window counts the most events seen in any one second.
type window struct {
	mu sync.Mutex
	// recent, from and most are guarded by mu; recent[from:] are the events of the last second.
	recent []time.Time
	from   int
	most   int
}

func (w *window) add(now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.from < len(w.recent) && now.Sub(w.recent[w.from]) >= time.Second {
		w.from++
	}
	if w.from > len(w.recent)/2 { // seldom enough that a request costs a constant
		w.recent = append(w.recent[:0], w.recent[w.from:]...)
		w.from = 0
	}
	w.recent = append(w.recent, now)
	w.most = max(w.most, len(w.recent)-w.from)
}

func (w *window) max() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.most
}
