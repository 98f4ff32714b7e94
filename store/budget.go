package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Budgets keeps, in one small file per user, what all vacants of that user may
// still ask of each registry operator: tokens, day quotas, lockouts, and the
// last calibration of each endpoint. The file is locked only for the moment of
// a lease, so any number of processes share it. A process that dies takes at
// most its leases with it. It is safe for concurrent use.
type Budgets struct {
	now func() time.Time
	box box
	// turn holds one token: its holder may use the box and visits. The file's lock
	// is per open file, so two goroutines would wait for each other's by polling.
	turn   chan struct{}
	visits map[string]visit
}

// visit is when this process last saw an account, by a clock that does not jump.
type visit struct {
	at     time.Time
	writes uint64 // the account's count of writes as we left it
}

// Limit is what an operator allows. Zero fields are no limit.
type Limit struct {
	PerSecond float64 // sustained rate
	Burst     int     // tokens that may gather; at least 1 when PerSecond is set
	PerDay    int     // in a rolling 24 h
}

// MaxLockOut bounds a lockout, whatever a server asks for.
const MaxLockOut = 24 * time.Hour

// boxWait bounds the wait for the file's lock where the caller gives no context.
const boxWait = 10 * time.Second

// OpenBudgets prepares the file at path; "" keeps budgets in memory. An error
// means that the file cannot be used; it says why.
func OpenBudgets(path string, now func() time.Time) (*Budgets, error) {
	if now == nil {
		now = time.Now
	}
	b := &Budgets{now: now, turn: make(chan struct{}, 1), visits: make(map[string]visit)}
	if path == "" {
		b.box = make(memoryBox)
		return b, nil
	}
	box, err := openFileBox(path)
	if err != nil {
		return nil, fmt.Errorf("open budgets: %w", err)
	}
	b.box = box
	return b, nil
}

// in takes the turn and runs fn on the box.
func (b *Budgets) in(ctx context.Context, write bool, fn func(values) error) error {
	select {
	case b.turn <- struct{}{}:
		defer func() { <-b.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	return b.box.do(ctx, write, fn)
}

// account opens operator's account, brings it to now, lets fn change it, and keeps it.
func (b *Budgets) account(ctx context.Context, operator string, limit Limit, fn func(a *account, now time.Time)) error {
	if operator == "" {
		return errors.New("budget: no operator named")
	}
	key := accountKey(operator)
	return b.in(ctx, true, func(v values) error {
		now := b.now()
		a, err := readAccount(v.get(key))
		if err != nil {
			return fmt.Errorf("budget of %s: %w", operator, err)
		}
		a.advance(now, b.elapsed(operator, a, now), limit)
		fn(&a, now)
		if limit.PerSecond > 0 { // else the account was not brought up to date
			a.writes++
			b.visits[operator] = visit{now, a.writes}
		}
		return v.put(key, a.append(nil))
	})
}

// elapsed is the time since a was last brought up to date, as far as it can be
// trusted. The wall clock may have jumped; the time since this process's own
// last visit has not. If nobody came in between, that is the very answer; else
// it is a bound. A first visit has the wall clock alone, never less than zero.
func (b *Budgets) elapsed(operator string, a account, now time.Time) time.Duration {
	wall := now.Sub(time.Unix(0, a.updated))
	v, ok := b.visits[operator]
	if !ok {
		return max(wall, 0)
	}
	own := max(now.Sub(v.at), 0)
	if v.writes == a.writes {
		return own
	}
	return max(min(wall, own), 0)
}

// Lease takes up to want tokens of operator under limit, to be used within the
// next few seconds. It returns how many it got (0 to want) and, when none, the
// earliest time at which asking again makes sense. lockedUntil is set when the
// operator locked this user out.
func (b *Budgets) Lease(ctx context.Context, operator string, limit Limit, want int) (got int, again, lockedUntil time.Time, err error) {
	if limit.PerSecond <= 0 && limit.PerDay <= 0 {
		return b.leaseFree(ctx, operator, want)
	}
	err = b.account(ctx, operator, limit, func(a *account, now time.Time) {
		if a.locked(now) {
			lockedUntil = a.unlock()
			again = lockedUntil
			return
		}
		got = a.take(want, limit, now)
		if got == 0 {
			again = a.again(limit, now)
		}
	})
	return got, again, lockedUntil, err
}

// leaseFree is Lease for an operator without limits: only a lockout matters.
func (b *Budgets) leaseFree(ctx context.Context, operator string, want int) (got int, again, lockedUntil time.Time, err error) {
	err = b.in(ctx, false, func(v values) error {
		a, err := readAccount(v.get(accountKey(operator)))
		if err != nil {
			return fmt.Errorf("budget of %s: %w", operator, err)
		}
		now := b.now()
		a.advance(now, 0, Limit{})
		if a.locked(now) {
			again, lockedUntil = a.unlock(), a.unlock()
			return nil
		}
		got = max(want, 0)
		return nil
	})
	return got, again, lockedUntil, err
}

func accountKey(operator string) string { return "operator\x00" + operator }

// Return gives back tokens that were leased and not used.
func (b *Budgets) Return(operator string, n int) error {
	if n <= 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), boxWait)
	defer cancel()
	return b.account(ctx, operator, Limit{}, func(a *account, _ time.Time) { a.giveBack(n) })
}

// LockOut records that operator must not be asked before until (Retry-After, a
// ban). It never shortens a lockout, and is bounded by [MaxLockOut].
func (b *Budgets) LockOut(operator string, until time.Time) error {
	ctx, cancel := context.WithTimeout(context.Background(), boxWait)
	defer cancel()
	return b.account(ctx, operator, Limit{}, func(a *account, now time.Time) { a.lock(now, until) })
}

// Recall returns a small value kept under key (a calibration), nil if there is none.
func (b *Budgets) Recall(key string) (value []byte, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), boxWait)
	defer cancel()
	err = b.in(ctx, false, func(v values) error {
		value = append([]byte(nil), v.get("kept\x00"+key)...)
		return nil
	})
	return value, err
}

// Remember keeps a small value under key.
func (b *Budgets) Remember(key string, value []byte) error {
	ctx, cancel := context.WithTimeout(context.Background(), boxWait)
	defer cancel()
	return b.in(ctx, true, func(v values) error { return v.put("kept\x00"+key, append([]byte(nil), value...)) })
}

// Close releases what is held. The file is not held between calls.
func (b *Budgets) Close() error { return nil }
