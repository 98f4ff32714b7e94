package dnsstage

import "time"

// flight counts the queries in flight to one server, and those among them that
// are late: sent so long ago that no answer is likely any more, although they
// are waited for until their timeout. Behind a line that loses its share they
// are not on their way, and do not count against the window.
//
// Queries are counted by the tick in which they were sent. A tick's count is
// added to the late ones when it has grown old.
type flight struct {
	n, late int
	newest  int64 // the last tick that anything was sent in
	old     int64 // ticks up to this one are late
	byTick  [flightTicks]int32
}

const (
	flightTick  = 8 * time.Millisecond
	flightTicks = 64
	soonestLate = 32 * time.Millisecond
	latestLate  = (flightTicks - 4) * flightTick
)

// take counts queries that leave now and returns the tick that each is to bring
// back, which wraps long after any timeout.
func (f *flight) take(now time.Duration, n int) uint16 {
	f.n += n
	tick := tickOf(now)
	f.age(tick - flightTicks) // its count's place is free then
	f.newest = tick
	f.byTick[tick%flightTicks] += int32(n)
	return uint16(tick)
}

// tickOf counts from 1, for 0 is late from the start.
func tickOf(t time.Duration) int64 { return int64(t/flightTick) + 1 }

// age makes every tick up to the one given late.
func (f *flight) age(tick int64) {
	for t := max(f.old+1, f.newest-flightTicks+1); t <= min(tick, f.newest); t++ {
		f.late += int(f.byTick[t%flightTicks])
		f.byTick[t%flightTicks] = 0
	}
	f.old = max(f.old, tick)
}

// end counts a query out that brought tick back.
func (f *flight) end(tick uint16) {
	f.n--
	sent := f.newest - int64(uint16(f.newest)-tick) // the last tick that reads so
	if sent <= f.old {
		f.late--
		return
	}
	f.byTick[sent%flightTicks]--
}

// fresh returns how many are in flight that an answer may still come to.
func (f *flight) fresh(now, likely time.Duration) int {
	f.age(tickOf(now - min(max(likely, soonestLate), latestLate)))
	return f.n - f.late
}
