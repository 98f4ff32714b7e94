package pipeline

import (
	"context"

	"vacant"
)

// dropFull takes the names out of b whose operator is full, and returns how many.
func (t *trimmer) dropFull(b *vacant.Batch) uint64 {
	if t == nil {
		return 0
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.drop(b, func(d *drain) bool { return d.full })
}

// drop takes the names out of b for whose operator out says yes.
func (t *trimmer) drop(b *vacant.Batch, out func(d *drain) bool) uint64 {
	before := b.Len()
	b.Keep(func(i int) bool {
		suffix := parentOf(b.Name(i))
		d := t.drainOf(suffix)
		if d == nil || !out(d) {
			return true
		}
		t.cut[suffix] = true
		return false
	})
	n := uint64(before - b.Len())
	t.dropped += n
	return n
}

func parentOf(name []byte) string { return vacant.Name(name).Parent() }

// fit splits b by what the operators have time for: part is to be asked now;
// rest is to be brought again, since the answers about what is in flight will
// tell whether there is room for it; and so many were dropped. It waits for
// answers as long as nothing can be said. part and rest may be nil, and part may be b.
func (t *trimmer) fit(ctx context.Context, b *vacant.Batch) (part, rest *vacant.Batch, dropped uint64) {
	if t == nil {
		return b, nil, 0
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for {
		allowed, later := t.allow(b)
		if len(later) == 0 {
			return b, nil, t.take(b, allowed)
		}
		if rest = t.split(b, allowed, later); b.Len() > 0 {
			return b, rest, t.take(b, allowed)
		}
		if !t.waitLocked(ctx) {
			t.dropped += uint64(rest.Len())
			return nil, nil, uint64(rest.Len())
		}
		b = rest
	}
}

// allow says how many names of b each operator may be given now, and which
// operators can say more when answers have come. The others with too little room are full.
func (t *trimmer) allow(b *vacant.Batch) (allowed map[*drain]int, later map[*drain]bool) {
	allowed, later = make(map[*drain]int), make(map[*drain]bool)
	for i := range b.Len() {
		if d := t.drainOf(parentOf(b.Name(i))); d != nil && !d.full {
			allowed[d]++
		}
	}
	left := t.left()
	for d, n := range allowed {
		room := int(max(d.room(left), 0))
		switch {
		case room >= n:
			continue
		case d.inflight == 0 && room == 0:
			d.full = true
		case d.inflight > 0 && room < min(n, leastPart):
			room = 0
			fallthrough
		default:
			later[d] = true
		}
		allowed[d] = room
	}
	return allowed, later
}

// leastPart is how few names are sent on their own while more answers are on their way.
const leastPart = 32

// split takes the names out of b that are to be brought again and returns them.
func (t *trimmer) split(b *vacant.Batch, allowed map[*drain]int, later map[*drain]bool) (rest *vacant.Batch) {
	rest = new(vacant.Batch)
	taken := make(map[*drain]int)
	b.Keep(func(i int) bool {
		d := t.drainOf(parentOf(b.Name(i)))
		if !later[d] {
			return true
		}
		if taken[d]++; taken[d] <= allowed[d] {
			return true
		}
		rest.Append(b.Name(i), b.Index[i])
		return false
	})
	return rest
}

// take lets b through, but for the names of operators that are full.
func (t *trimmer) take(b *vacant.Batch, allowed map[*drain]int) (dropped uint64) {
	dropped = t.drop(b, func(d *drain) bool { return d.full })
	for i := range b.Len() {
		if d := t.drainOf(parentOf(b.Name(i))); d != nil {
			d.inflight++
		}
	}
	for d := range allowed {
		if d.full {
			t.checkAllFull()
			break
		}
	}
	return dropped
}

// waitLocked waits for answers; false means that ctx has ended. mu is held again when it returns.
func (t *trimmer) waitLocked(ctx context.Context) bool {
	if t.changed == nil {
		t.changed = make(chan struct{})
	}
	changed := t.changed
	t.mu.Unlock()
	defer t.mu.Lock()
	select {
	case <-changed:
		return true
	case <-ctx.Done():
		return false
	}
}

// checkAllFull ends the making of candidates when nobody has time for any.
func (t *trimmer) checkAllFull() {
	for _, suffix := range t.expected {
		if d := t.drainOf(suffix); d == nil || !d.full {
			return
		}
	}
	t.enough()
}
