package budget

import (
	"context"
	"strings"
	"time"
)

// values are small values by key, as they are within one call of do.
type values interface {
	// now is the clock that the values' times are on, in ns.
	now() int64
	// wall is the caller's clock, read just before that: never later, so that what
	// is reckoned back from it is never too early.
	wall() time.Time
	// get returns a value and when it was put; nil if there is none.
	get(key string) (value []byte, put int64, err error)
	// put keeps a value; lasting asks for it to outlive a power cut too.
	put(key string, value []byte, lasting bool) error
}

// box holds values. do runs fn alone: no other process changes them in between.
type box interface {
	do(ctx context.Context, fn func(values) error) error
}

// Keys begin with what they are about.
const (
	operatorKey = "operator\x00"
	keptKey     = "kept\x00"
)

// How long a value may go unused until its place is given away.
const (
	accountAge = 3 * 24 * time.Hour // nothing in an account lasts longer than a day
	keptAge    = 90 * 24 * time.Hour
	labKeptAge = 7 * 24 * time.Hour // a lab's ports are others at each start
)

// expired reports whether a value that was put so long ago has no use any more.
func expired(key string, age time.Duration) bool {
	kept, is := strings.CutPrefix(key, keptKey)
	switch {
	case !is:
		return age > accountAge
	case strings.HasPrefix(kept, "internet/"):
		return age > keptAge
	}
	return age > labKeptAge
}

// memory is the box of one process. Budgets' turn guards it.
type memory struct {
	clock  func() int64
	caller func() time.Time
	m      map[string]memoryValue
	at     int64
	read   time.Time
}

type memoryValue struct {
	value []byte
	put   int64
}

func newMemory(clock func() int64, caller func() time.Time) *memory {
	return &memory{clock: clock, caller: caller, m: make(map[string]memoryValue)}
}

func (m *memory) do(_ context.Context, fn func(values) error) error {
	m.read = m.caller()
	m.at = m.clock()
	return fn(m)
}

func (m *memory) now() int64 { return m.at }

func (m *memory) wall() time.Time { return m.read }

func (m *memory) get(key string) ([]byte, int64, error) {
	v := m.m[key]
	return v.value, v.put, nil
}

func (m *memory) put(key string, value []byte, _ bool) error {
	m.m[key] = memoryValue{value, m.at}
	return nil
}
