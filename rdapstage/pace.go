package rdapstage

import (
	"context"
	"math"
	"time"

	"vacant"
)

// rateLocked returns the rate that holds now, 0 for none.
func (o *operator) rateLocked(now time.Time) float64 {
	limit := o.limit.Rate()
	if o.cut == 0 {
		return limit
	}
	rate := o.cut + max(now.Sub(o.cutAt).Seconds(), 0)*recovery*o.full
	switch {
	case limit > 0 && rate >= limit:
		o.cut = 0
		return limit
	case limit == 0 && rate > o.full:
		// Nobody set a ceiling, and full was only what we had come to: search
		// for the real one by doubling each second beyond it.
		return min(o.full*math.Exp2((rate-o.full)/(recovery*o.full)), searchMost)
	}
	return rate
}

// token takes the right to ask one question, or says when to try again. slow
// says that the rate is below the limit for now: the budget knows the limit's pace alone.
func (o *operator) token(ctx context.Context, now time.Time, rate float64, slow bool) (again time.Time, ok bool) {
	if slow && now.Before(o.tat) {
		return o.tat, false
	}
	o.lapse(now)
	if o.tokens <= 0 {
		if again, ok = o.lease(ctx, now, rate); !ok {
			return again, false
		}
	}
	o.tokens--
	if slow {
		o.spend(now, rate)
	}
	return time.Time{}, true
}

// spend moves the pace on by one question. A little lateness may be made up
// for, or a timer's coarseness would eat the rate.
func (o *operator) spend(now time.Time, rate float64) {
	from := later(o.tat, now.Add(-catchUp))
	o.tat = from.Add(time.Duration(float64(time.Second) / (rate * headroom)))
}

// lapse gives back what was leased too long ago, by either clock: the monotonic
// one stands still while the machine sleeps, the other may be set.
func (o *operator) lapse(now time.Time) {
	life := vacant.LeaseLife
	if !o.limit.Limited() {
		life = freeLease
	}
	wall := now.Round(0).Sub(o.leasedAt.Round(0))
	if o.tokens > 0 && (now.Sub(o.leasedAt) > life || wall > life || wall < 0) {
		o.unused()
	}
}

// unused accounts for what was leased and will not be asked.
func (o *operator) unused() {
	if o.tokens > 0 && o.limit.Limited() {
		o.stage.mu.Lock()
		o.arrived = append(o.arrived, vacant.Arrival{Lease: o.leased, N: o.tokens})
		o.stage.mu.Unlock()
	}
	o.tokens = 0
}

// lease asks the budget for the next questions, and accounts for those before.
func (o *operator) lease(ctx context.Context, now time.Time, rate float64) (again time.Time, ok bool) {
	s := o.stage
	arrived := o.takeArrived()
	if len(arrived) == 0 && now.Before(o.again) {
		return o.again, false
	}
	want := leaseUnlimited
	if o.limit.Limited() {
		want = max(1, int(rate*leaseFor))
	}
	l, err := s.cfg.Budget.Lease(ctx, s.key(o.name), o.limit, want, arrived)
	if err != nil {
		// Without its budget the process still keeps a pace of its own.
		o.unbudgeted(err)
		o.tokens, o.leased, o.leasedAt = 1, time.Time{}, now
		again = o.tat
		if rate > 0 && now.Before(again) {
			o.tokens = 0
			return again, false
		}
		o.spend(now, max(rate, 1))
		return time.Time{}, true
	}
	o.tokens, o.leased, o.leasedAt = l.Got, l.At, now
	s.mu.Lock()
	defer s.mu.Unlock()
	o.left, o.again = l.Left, l.Again
	if l.Got > 0 {
		return time.Time{}, true
	}
	o.again = later(l.Again, now.Add(leasePoll))
	o.emptyLocked(now, &l, rate)
	return o.again, false
}

// emptyLocked pauses an operator that must not be asked for a while: another
// process heard so, or the quota is used up.
func (o *operator) emptyLocked(now time.Time, l *vacant.Lease, rate float64) {
	wait := l.Again.Sub(now)
	switch {
	case l.LockedUntil.After(now):
		o.told = o.told || wait > lockOutAfter
		o.pauseLocked(now, l.LockedUntil)
	case wait > quotaAfter && (rate == 0 || wait.Seconds()*rate > 3):
		o.pauseLocked(now, l.Again)
	}
}

func (o *operator) unbudgeted(err error) {
	if !o.unleased {
		o.stage.warn(err, "lease from the budget", o.name)
	}
	o.unleased = true
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// arrivedLocked notes when a question had arrived, for the budget.
func (o *operator) arrivedLocked(now time.Time, q *question, silent bool) {
	at := q.lane.service.arrivalLocked(q.sentAt, now, silent)
	if o.limit.Limited() && !q.lease.IsZero() {
		o.arrived = append(o.arrived, vacant.Arrival{Lease: q.lease, N: 1, At: at})
	}
}

func (o *operator) takeArrived() (list []vacant.Arrival) {
	o.stage.mu.Lock()
	defer o.stage.mu.Unlock()
	list, o.arrived = o.arrived, nil
	return list
}

// settle accounts for questions while there are no others to ask.
func (o *operator) settle() {
	if list := o.takeArrived(); len(list) > 0 {
		o.stage.warn(o.stage.cfg.Budget.Settle(o.stage.key(o.name), list), "account for questions in the budget", o.name)
	}
}

// giveBack returns what was leased and not used, and accounts for the rest.
func (o *operator) giveBack() {
	o.unused()
	o.settle()
}
