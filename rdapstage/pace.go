package rdapstage

import (
	"context"
	"math"
	"time"

	"vacant"
)

// rateLocked returns the rate that holds now, 0 for none.
func (o *operator) rateLocked(now time.Time) float64 {
	if o.cut == 0 {
		return o.limit.PerSecond
	}
	rate := o.cut + max(now.Sub(o.cutAt).Seconds(), 0)*recovery*o.full
	switch {
	case o.limit.PerSecond > 0 && rate >= o.limit.PerSecond:
		o.cut = 0
		return o.limit.PerSecond
	case o.limit.PerSecond == 0 && rate > o.full:
		// Nobody set a ceiling, and full was only what we had come to: search
		// for the real one by doubling each second beyond it.
		return min(o.full*math.Exp2((rate-o.full)/(recovery*o.full)), searchMost)
	}
	return rate
}

// token takes the right to ask one question, or says when to try again.
func (o *operator) token(ctx context.Context, now time.Time, rate float64) (again time.Time, ok bool) {
	if rate > 0 && now.Before(o.tat) {
		return o.tat, false
	}
	if o.tokens <= 0 {
		if again, ok = o.lease(ctx, now, rate); !ok {
			return again, false
		}
	}
	o.tokens--
	o.spend(now, rate)
	return time.Time{}, true
}

// spend moves the pace on by one question. A little lateness may be made up
// for, or a timer's coarseness would eat the rate.
func (o *operator) spend(now time.Time, rate float64) {
	if rate <= 0 {
		return
	}
	from := now.Add(-catchUp)
	if o.tat.After(from) {
		from = o.tat
	}
	o.tat = from.Add(time.Duration(float64(time.Second) / (rate * headroom)))
}

func (o *operator) lease(ctx context.Context, now time.Time, rate float64) (again time.Time, ok bool) {
	s := o.stage
	want := max(1, int(rate*leaseFor))
	if rate == 0 {
		want = leaseUnlimited
	}
	got, again, locked, err := s.cfg.Budget.Lease(ctx, s.key(o.name), o.limit, want)
	if err != nil {
		if !o.unleased {
			s.warn(err, "lease from the budget", o.name)
		}
		o.unleased = true
		// Without its budget file the process still keeps its own pace.
		o.tokens = 1
		return time.Time{}, true
	}
	if got > 0 {
		o.tokens = got
		return time.Time{}, true
	}
	if locked.After(now) {
		again = locked
	}
	again = later(again, now.Add(100*time.Microsecond))
	if locked.After(now) || again.Sub(now) > quotaAfter && again.Sub(now).Seconds()*rate > 3 {
		// Locked out by what another process heard, or the day's quota is used up.
		s.mu.Lock()
		s.pauseLocked(o, again, vacant.ReasonRateLimited)
		o.persist = time.Time{}
		s.mu.Unlock()
	}
	return again, false
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// giveBack returns what was leased and not used.
func (o *operator) giveBack() {
	if o.tokens > 0 && o.limit != (Limit{}) {
		s := o.stage
		s.warn(s.cfg.Budget.Return(s.key(o.name), o.tokens), "return tokens to the budget", o.name)
	}
	o.tokens = 0
}
