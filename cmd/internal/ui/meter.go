package ui

import (
	"time"

	"vacant/cmd/internal/pipeline"
)

// meter makes rates out of two looks at a run.
type meter struct {
	now               pipeline.Progress
	rate, confirmRate float64 // names a second, smoothed
}

// smoothing is the weight of the newest look: rates settle within some ten looks.
const smoothing = 0.2

func (m *meter) update(p pipeline.Progress) {
	before := *m
	m.now = p
	dt := (p.Elapsed - before.now.Elapsed).Seconds()
	if dt <= 0 {
		return
	}
	m.rate = smooth(before.rate, float64(m.settled()-before.settled())/dt)
	m.confirmRate = smooth(before.confirmRate, float64(m.confirmed()-before.confirmed())/dt)
}

func smooth(old, latest float64) float64 {
	if old == 0 {
		return latest
	}
	return old + smoothing*(latest-old)
}

// settled counts the candidates that stage one is done with, asked or not.
func (m *meter) settled() uint64 {
	c := &m.now.Counts
	return c.Invalid + c.Duplicate + c.Known + c.Delegated + c.UndeterminedDNS + c.Queued
}

// confirmed counts the names that stage two is done with.
func (m *meter) confirmed() uint64 {
	c := &m.now.Counts
	return c.Available + c.Registered + c.Reserved + c.Premium + c.Undetermined
}

// left estimates the time until total is reached at rate, 0 when nobody can tell.
func left(done, total uint64, rate float64) time.Duration {
	if rate <= 0 || total <= done {
		return 0
	}
	return time.Duration(float64(total-done) / rate * float64(time.Second)).Round(time.Second)
}
