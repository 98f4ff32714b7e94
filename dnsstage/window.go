package dnsstage

import "time"

// window is how many queries may be in flight to one server over UDP: no more
// than it takes for the most answers a second. More of them would only wait in
// queues: the server's socket buffer, until it drops them (a default one holds
// some 250 small packets), and ours; and whatever is kept for each leaves the
// processor's cache.
//
// It is found by trying. A trial asks for an epoch with another window, half as
// wide again or narrower by as much, once the answers to what was sent before
// have come:
//
//	wider     stays where answers a second grew by a third of it, and is tried further at once.
//	narrower  stays where they did not fall, and is tried further at once.
//
// After one that failed comes the other, and when both have, a rest. An epoch is short, so
// answers a second vary by more than a trial's gain on a machine that is shared;
// such a mistake is undone by the next trials, since near the knee the one
// direction loses what the other cannot win. Only a window that was reached is
// tried: where something else is the limit (a rate, too few names), it stays.
type window struct {
	size, most float64
	reached    bool // since the epoch's start
	from       time.Duration
	answers    int // since then
	trial      int8
	turn       int8 // which trial is next
	failed     int  // trials in a row
	was        float64
	wasRate    float64 // answers/s with it
	restUntil  time.Duration
}

const (
	wider    int8 = 1
	narrower int8 = -1

	startWindow = 256 // in flight to a server that nothing is known of: about what a default socket buffer of 208 KiB holds
	floorWindow = 16  // fewer save nothing
	windowStep  = 1.5 // of a trial
	widerGain   = 1 + (windowStep-1)/3
	narrowLoss  = 0.97

	shortEpoch = 20 * time.Millisecond // at least; and two round trips
	epochCount = 64                    // answers that say anything at all
	trialRest  = time.Second
)

func newWindow(most int) window {
	w := window{most: float64(max(most, 1)), turn: narrower}
	w.resize(startWindow)
	return w
}

// room is how many more may fly.
func (w *window) room(flying int) int {
	n := int(w.size) - flying
	if n <= 0 {
		w.reached = true
	}
	return n
}

func (w *window) resize(to float64) { w.size = min(w.most, max(floorWindow, to)) }

// set is resize by somebody who knows better: it ends a trial.
func (w *window) set(now time.Duration, to float64) {
	w.trial = 0
	w.resize(to)
	w.restUntil = now + trialRest
	w.start(now, 0)
}

// start begins an epoch once what was sent so far has been answered.
func (w *window) start(now, srtt time.Duration) {
	w.from, w.answers, w.reached = now+srtt, 0, false
}

// answered counts an answer and judges the epoch when it is over.
func (w *window) answered(now, srtt time.Duration) {
	if now < w.from {
		return
	}
	w.answers++
	if w.answers < epochCount || now-w.from < max(shortEpoch, 2*srtt) {
		return
	}
	w.judge(now, float64(w.answers)/(now-w.from).Seconds())
	w.start(now, srtt)
}

func (w *window) judge(now time.Duration, rate float64) {
	switch {
	case w.trial == 0:
		if w.reached && now >= w.restUntil {
			w.try(now, rate)
		}
	case w.trial == wider && rate >= widerGain*w.wasRate, w.trial == narrower && rate >= narrowLoss*w.wasRate:
		w.failed = 0
		w.try(now, rate)
	default:
		w.size = w.was
		w.rest(now)
	}
}

// rest ends a trial that failed.
func (w *window) rest(now time.Duration) {
	w.trial, w.turn = 0, -w.turn
	if w.failed++; w.failed > 1 {
		w.failed, w.restUntil = 0, now+trialRest
	}
}

// try begins the next trial; the rate is that of the window now.
func (w *window) try(now time.Duration, rate float64) {
	w.trial, w.was, w.wasRate = w.turn, w.size, rate
	if w.trial == wider {
		w.resize(w.size * windowStep)
	} else {
		w.resize(w.size / windowStep)
	}
	if w.size == w.was { // at its bound
		w.rest(now)
	}
}
