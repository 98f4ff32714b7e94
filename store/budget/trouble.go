package budget

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"vacant"
)

// retryFile is how long a file that could not be used is left alone.
const retryFile = 5 * time.Second

// trouble is what a process does while its file cannot be used: it goes on with
// what it last saw there, in memory, and says so once.
type trouble struct {
	err    error     // why the file is not used; nil = it is
	until  time.Time // ... before then
	shadow *memory   // what this process last saw, and did meanwhile
	used   map[string]bool
}

// copy remembers an account as it is written to the file.
func (t *trouble) copy(key string, data []byte, now int64) {
	if t.err == nil && t.shadow != nil {
		t.shadow.m[key] = memoryValue{data, now}
	}
}

// modest is the part of a limit that is used while the file is held by a process
// that does not go on: others may be in the same position.
func (t *trouble) modest(l vacant.Limit) vacant.Limit {
	if !errors.As(t.err, new(*BusyError)) {
		return l
	}
	const part = 4
	l.PerSecond /= part
	l.Burst = min(l.Burst, 1)
	for _, n := range []*int{&l.Count, &l.PerDay} {
		if *n > 0 {
			*n = max(*n/part, 1)
		}
	}
	return l
}

// use runs fn on the file, or while that cannot be used in memory.
func (b *Budgets) use(ctx context.Context, fn func(values) error) error {
	t := &b.trouble
	f, is := b.box.(*file)
	if !is {
		return b.box.do(ctx, fn)
	}
	if t.err != nil && b.wall().Before(t.until) {
		return b.apart(ctx, fn)
	}
	err := f.do(ctx, func(v values) error {
		if t.err != nil {
			if err := b.rejoin(v); err != nil {
				return err
			}
		}
		return fn(v)
	})
	if err == nil || ctx.Err() != nil {
		return err
	}
	if t.err == nil {
		t.used = make(map[string]bool)
		b.note(fmt.Sprintf("registry budgets are not shared for now, this run keeps a pace of its own: %v", err))
	}
	t.err, t.until = err, b.wall().Add(retryFile)
	return b.apart(ctx, fn)
}

// apart runs fn in memory.
func (b *Budgets) apart(ctx context.Context, fn func(values) error) error {
	return b.trouble.shadow.do(ctx, func(v values) error { return fn(&recorder{v, b.trouble.used}) })
}

// rejoin writes to the file what was done apart.
func (b *Budgets) rejoin(v values) error {
	t := &b.trouble
	for key := range t.used {
		if err := t.merge(v, key); err != nil {
			return err
		}
	}
	t.err, t.used = nil, nil
	return nil
}

func (t *trouble) merge(v values, key string) error {
	data, _, err := v.get(key)
	if err != nil {
		return err
	}
	apart := t.shadow.m[key].value
	if !strings.HasPrefix(key, operatorKey) {
		return v.put(key, apart, false)
	}
	ours, err1 := readAccount(apart)
	a, err2 := readAccount(data)
	if err1 != nil || err2 != nil {
		return v.put(key, apart, true)
	}
	a.advance(v.now())
	ours.advance(v.now())
	a.merge(&ours, v.now())
	return v.put(key, a.append(nil), true)
}

// recorder notes which keys are put.
type recorder struct {
	values
	puts map[string]bool
}

func (r *recorder) put(key string, value []byte, lasting bool) error {
	r.puts[key] = true
	return r.values.put(key, value, lasting)
}
