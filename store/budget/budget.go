package budget

import (
	"context"
	"errors"
	"fmt"
	"time"

	"vacant"
)

// MaxLockOut bounds a lockout, whatever a server asks for.
const MaxLockOut = 24 * time.Hour

const (
	// boxWait bounds the wait for the file's lock where the caller gives no context.
	boxWait = 10 * time.Second
	// lastingFrom is the length of lock-outs that are to survive a power cut: shorter
	// ones are over before the machine is up again.
	lastingFrom = 30 * time.Second
	// touchAfter is how old a kept value may become before reading it is noted.
	touchAfter = 24 * time.Hour
)

// Options of a Budgets. The zero value has the machine's clocks and talks to nobody.
type Options struct {
	Now    func() time.Time // the caller's clock; nil = time.Now
	Notice func(string)     // is told, in a line, of trouble with the file; nil = nobody is
	// OnlyNow says that there is no other clock than Now; else a file's times are on
	// the machine's own, where it has one that does not jump.
	OnlyNow bool
}

// fill gives the zero fields their defaults, and returns the machine's clock.
func (o *Options) fill() (m machine) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Notice == nil {
		o.Notice = func(string) {}
	}
	if !o.OnlyNow {
		m = theMachine()
	}
	return m
}

// Budgets keeps what all vacants of a user may still ask of each registry
// operator, the lock-outs, and small values such as calibrations. It is safe for
// concurrent use.
type Budgets struct {
	wall func() time.Time
	box  box
	note func(string)
	// turn holds one token: its holder may use all that follows. The file's lock is
	// per open file, so goroutines would not see each other's.
	turn    chan struct{}
	trouble trouble
}

// Open prepares the file at path; "" keeps budgets in memory. An error means
// that the file cannot be used; it says why.
func Open(path string, o Options) (*Budgets, error) {
	m := o.fill()
	return openWith(path, o, m)
}

func openWith(path string, o Options, m machine) (*Budgets, error) {
	b := &Budgets{wall: o.Now, note: o.Notice, turn: make(chan struct{}, 1)}
	if path == "" {
		b.box = newMemory(func() int64 { return o.Now().UnixNano() }, o.Now)
		return b, nil
	}
	f := newFile(path, o.Now, m)
	b.box, b.trouble.shadow = f, newMemory(f.clock, o.Now)
	anew, err := f.open()
	if err != nil {
		return nil, fmt.Errorf("open budgets: %w", errors.Join(err, f.close()))
	}
	if anew {
		o.Notice(path + " was of an earlier layout and is begun anew: what registries answered before, lock-outs among it, is forgotten")
	}
	if n := f.index.lost; n > 0 {
		o.Notice(fmt.Sprintf("%s: %d damaged entries are forgotten: registries may be asked sooner than they said", path, n))
	}
	return b, nil
}

// OpenApart keeps budgets in memory, beginning with what the file at path says, if
// that can be read: where a file may not be written, its lock-outs hold all the same.
func OpenApart(path string, o Options) *Budgets {
	m := o.fill()
	b, _ := openWith("", o, m) // in memory there is nothing to fail
	f := newFile(path, o.Now, m)
	f.readOnly = true
	mem := newMemory(f.clock, o.Now)
	_ = f.do(context.Background(), func(v values) error { // what cannot be read is not known
		for key, p := range f.index.places {
			if data, _, err := v.get(key); err == nil {
				mem.m[key] = memoryValue{data, p.put * int64(time.Second)}
			}
		}
		return nil
	})
	_ = f.close()
	b.box = mem
	return b
}

// in takes the turn and runs fn on the box, or on what is remembered of it.
func (b *Budgets) in(ctx context.Context, fn func(values) error) error {
	select {
	case b.turn <- struct{}{}:
		defer func() { <-b.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	return b.use(ctx, fn)
}

// account opens operator's account, brings it to now, lets fn change it, and keeps it.
func (b *Budgets) account(ctx context.Context, operator string, lasting bool, fn func(a *account, now int64, wall time.Time)) error {
	if operator == "" {
		return errors.New("budget: no operator named")
	}
	key := operatorKey + operator
	return b.in(ctx, func(v values) error {
		data, _, err := v.get(key)
		if err != nil {
			return err
		}
		now := v.now()
		a := accountAt(data, now)
		fn(&a, now, v.wall())
		data = a.append(nil)
		b.trouble.copy(key, data, now)
		return v.put(key, data, lasting)
	})
}

// accountAt reads an account and brings it to now; one that cannot be read is
// begun anew, as one whose entry is damaged.
func accountAt(data []byte, now int64) account {
	a, err := readAccount(data)
	if err != nil {
		a = account{}
	}
	a.advance(now)
	return a
}

// Lease grants up to want questions of operator under limit, to leave within
// [vacant.LeaseLife]; with none it says when asking again makes sense, and
// whether the operator locked this user out. arrived accounts for questions of earlier leases.
func (b *Budgets) Lease(ctx context.Context, operator string, limit vacant.Limit, want int, arrived []vacant.Arrival) (vacant.Lease, error) {
	if !limit.Limited() && len(arrived) == 0 {
		return b.leaseFree(ctx, operator, want)
	}
	var lease vacant.Lease
	err := b.account(ctx, operator, false, func(a *account, now int64, wall time.Time) {
		limit := b.trouble.modest(limit)
		a.settleAll(arrived, now, wall)
		lease = a.lease(want, limit, now, wall)
	})
	return lease, err
}

func (a *account) lease(want int, limit vacant.Limit, now int64, wall time.Time) (l vacant.Lease) {
	l.At = time.Unix(0, now)
	if a.locked(now) {
		l.LockedUntil = wall.Add(time.Duration(a.unlock() - now))
		l.Again = l.LockedUntil
		return l
	}
	if l.Got, l.Left = a.take(want, limit, now); l.Got == 0 {
		l.Again = wall.Add(time.Duration(a.again(limit, now) - now))
	}
	return l
}

// settleAll accounts for questions whose answers are there.
func (a *account) settleAll(arrived []vacant.Arrival, now int64, wall time.Time) {
	for _, q := range arrived {
		at := now - int64(max(wall.Sub(q.At), 0))
		a.settle(q.Lease.UnixNano(), at, q.N, q.At.IsZero())
	}
}

// leaseFree is Lease for an operator without limits: only a lockout matters, so
// that nothing is written.
func (b *Budgets) leaseFree(ctx context.Context, operator string, want int) (l vacant.Lease, err error) {
	err = b.in(ctx, func(v values) error {
		data, _, err := v.get(operatorKey + operator)
		if err != nil {
			return err
		}
		now := v.now()
		a := accountAt(data, now)
		l = a.lease(want, vacant.Limit{}, now, v.wall())
		return nil
	})
	return l, err
}

// Settle accounts for questions of earlier leases, as Lease does.
func (b *Budgets) Settle(operator string, arrived []vacant.Arrival) error {
	if len(arrived) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), boxWait)
	defer cancel()
	return b.account(ctx, operator, false, func(a *account, now int64, wall time.Time) { a.settleAll(arrived, now, wall) })
}

// LockOut records that operator must not be asked before until (Retry-After, a
// ban). It never shortens a lockout, and is bounded by [MaxLockOut].
func (b *Budgets) LockOut(operator string, until time.Time) error {
	ctx, cancel := context.WithTimeout(context.Background(), boxWait)
	defer cancel()
	length := until.Sub(b.wall())
	return b.account(ctx, operator, length >= lastingFrom, func(a *account, now int64, _ time.Time) { a.lock(now, int64(min(length, MaxLockOut))) })
}

// Recall returns a small value kept under key (a calibration), nil if there is
// none. A value that nobody recalls for 90 days is dropped; of a world other
// than "internet", which begins the key, for 7.
func (b *Budgets) Recall(key string) (value []byte, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), boxWait)
	defer cancel()
	err = b.in(ctx, func(v values) error {
		kept, put, err := v.get(keptKey + key)
		if err != nil || kept == nil {
			return err
		}
		value = append([]byte(nil), kept...)
		if v.now()-put > int64(touchAfter) {
			return v.put(keptKey+key, value, false)
		}
		return nil
	})
	return value, err
}

// Remember keeps a small value under key, at most some 60 KiB.
func (b *Budgets) Remember(key string, value []byte) error {
	ctx, cancel := context.WithTimeout(context.Background(), boxWait)
	defer cancel()
	return b.in(ctx, func(v values) error { return v.put(keptKey+key, append([]byte(nil), value...), false) })
}

// Close closes the file. It is not locked between calls. What was done while it
// could not be used is written to it now, if it can be.
func (b *Budgets) Close() error {
	b.turn <- struct{}{}
	defer func() { <-b.turn }()
	f, ok := b.box.(*file)
	if !ok {
		return nil
	}
	if b.trouble.err != nil {
		_ = f.do(context.Background(), b.rejoin) // its trouble was told
	}
	return f.close()
}
