package lab

import (
	"sync"
	"time"
)

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
