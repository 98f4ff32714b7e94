package store

import (
	"encoding/binary"
	"math"
	"time"
)

// account is what is left of one operator's budget. Its times are wall-clock,
// since processes share it; every rule below bounds what a wrong clock can do.
type account struct {
	writes  uint64  // counts how often updated was set, so that a process knows whether others came
	updated int64   // Unix nanoseconds; 0 = never
	tokens  float64 // gathered at updated
	burst   float64 // the greatest that tokens may be, by the last limit seen; 0 = no rate limit
	lockAt  int64   // Unix nanoseconds at which the lockout was made
	lockFor int64   // its length in nanoseconds; 0 = none
	hours   []hour  // what was taken, by hour, oldest first
}

// hour is how many tokens were taken in one hour since the epoch.
type hour struct {
	hour  int64
	taken int64
}

// dayHours is how many hourly counts a rolling day can touch: 24 whole ones and
// the part of a 25th, which is counted in full. So no 24 hours exceed a quota.
const dayHours = 25

const accountForm = 1

func (a *account) append(dst []byte) []byte {
	dst = append(dst, accountForm)
	for _, v := range []uint64{a.writes, uint64(a.updated), math.Float64bits(a.tokens), math.Float64bits(a.burst), uint64(a.lockAt), uint64(a.lockFor)} {
		dst = binary.BigEndian.AppendUint64(dst, v)
	}
	dst = append(dst, byte(len(a.hours)))
	for _, h := range a.hours {
		dst = binary.AppendUvarint(binary.AppendUvarint(dst, uint64(h.hour)), uint64(h.taken))
	}
	return dst
}

func readAccount(v []byte) (a account, err error) {
	if v == nil {
		return a, nil
	}
	d := decoder{buf: v}
	form := d.octet()
	fixed := d.bytes(6 * 8)
	if form != accountForm || d.bad {
		return a, errRecord
	}
	n := func(i int) uint64 { return binary.BigEndian.Uint64(fixed[8*i:]) }
	a = account{writes: n(0), updated: int64(n(1)), tokens: math.Float64frombits(n(2)), burst: math.Float64frombits(n(3)),
		lockAt: int64(n(4)), lockFor: int64(n(5))}
	for i := d.octet(); i > 0 && !d.bad; i-- {
		a.hours = append(a.hours, hour{int64(d.uvarint()), int64(d.uvarint())})
	}
	if !a.plausible() {
		return account{}, errRecord
	}
	return a, d.err()
}

// maxCount is more than any operator is ever asked; a greater number in a file is damage.
const maxCount = 1 << 48

// plausible is false for numbers that no run of the program could have written.
func (a *account) plausible() bool {
	for _, h := range a.hours {
		if h.hour < 0 || h.hour > maxCount || h.taken < 0 || h.taken > maxCount {
			return false
		}
	}
	// Written so that NaN is not plausible.
	return a.tokens >= 0 && a.tokens <= maxCount && a.burst >= 0 && a.burst <= maxCount && a.lockFor >= 0 && a.lockFor <= int64(MaxLockOut)
}

// advance adds the tokens of the time elapsed. A limit without a rate leaves
// the bucket as it is, so that Return and LockOut need not know it.
func (a *account) advance(now time.Time, elapsed time.Duration, limit Limit) {
	if limit.PerSecond > 0 {
		burst := float64(max(limit.Burst, 1))
		if a.updated == 0 {
			a.tokens = burst
		} else {
			a.tokens += elapsed.Seconds() * limit.PerSecond
		}
		a.tokens, a.burst = min(a.tokens, burst), burst
		a.updated = now.UnixNano()
	}
	if t := now.UnixNano(); a.lockAt > t {
		a.lockAt = t // the clock went back: the lockout is not longer for it
	}
	a.age(now)
}

// age drops the counts of hours that left the day and brings those of a clock
// that was ahead back to now, where they still count and end.
func (a *account) age(now time.Time) {
	this := now.Unix() / 3600
	var kept []hour
	for _, h := range a.hours {
		h.hour = min(h.hour, this)
		switch n := len(kept); {
		case h.hour <= this-dayHours || h.taken <= 0:
		case n > 0 && kept[n-1].hour == h.hour:
			kept[n-1].taken += h.taken
		default:
			kept = append(kept, h)
		}
	}
	a.hours = kept
}

func (a *account) usedToday() (n int64) {
	for _, h := range a.hours {
		n += h.taken
	}
	return n
}

// take takes up to want tokens and returns how many.
func (a *account) take(want int, limit Limit, now time.Time) int {
	got := max(want, 0)
	if limit.PerSecond > 0 {
		got = min(got, int(a.tokens))
	}
	if limit.PerDay > 0 {
		got = min(got, max(int(int64(limit.PerDay)-a.usedToday()), 0))
	}
	if got == 0 {
		return 0
	}
	if limit.PerSecond > 0 {
		a.tokens -= float64(got)
	}
	a.count(int64(got), now)
	return got
}

func (a *account) count(n int64, now time.Time) {
	this := now.Unix() / 3600
	if last := len(a.hours) - 1; last >= 0 && a.hours[last].hour == this {
		a.hours[last].taken += n
		return
	}
	a.hours = append(a.hours, hour{this, n})
}

// again is when at least one token can be had.
func (a *account) again(limit Limit, now time.Time) time.Time {
	at := now
	if limit.PerSecond > 0 && a.tokens < 1 {
		at = now.Add(time.Duration(math.Ceil((1 - a.tokens) / limit.PerSecond * float64(time.Second))))
	}
	if limit.PerDay > 0 && a.usedToday() >= int64(limit.PerDay) && len(a.hours) > 0 {
		if leaves := time.Unix((a.hours[0].hour+dayHours)*3600, 0); leaves.After(at) {
			at = leaves
		}
	}
	return at
}

// giveBack puts unused tokens back; they never exceed what may gather.
func (a *account) giveBack(n int) {
	a.tokens = min(a.tokens+float64(n), a.burst)
	for i := len(a.hours) - 1; i >= 0 && n > 0; i-- {
		back := min(int64(n), a.hours[i].taken)
		a.hours[i].taken -= back
		n -= int(back)
	}
}

func (a *account) unlock() time.Time { return time.Unix(0, a.lockAt+a.lockFor) }

func (a *account) locked(now time.Time) bool { return a.lockFor > 0 && now.Before(a.unlock()) }

// lock locks until then, unless a lockout that still holds is longer.
func (a *account) lock(now, until time.Time) {
	length := min(until.Sub(now), MaxLockOut)
	if length <= 0 || (a.locked(now) && !a.unlock().Before(now.Add(length))) {
		return
	}
	a.lockAt, a.lockFor = now.UnixNano(), int64(length)
}
