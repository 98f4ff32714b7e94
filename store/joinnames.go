package store

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"

	"go.etcd.io/bbolt"

	"vacant"
)

// order gives the runs their numbers.
func (j *join) order(byID map[string]*joinedRun) {
	for _, r := range slices.SortedFunc(maps.Values(byID), func(a, b *joinedRun) int {
		return cmp.Or(a.started.Compare(b.started), cmp.Compare(a.id, b.id), cmp.Compare(a.after, b.after))
	}) {
		j.runs = append(j.runs, *r)
	}
	j.seq = make(map[runOf]uint32)
	for n := range j.runs {
		for _, from := range j.runs[n].from {
			j.seq[from] = uint32(n + 1)
		}
	}
}

// joinedName is what all inputs together say of one name.
type joinedName struct {
	result []byte // the youngest, nil for none
	state  state  // without its place, if it waits
	place  int    // waiting: the input where it waits longest; else -1
	proof  queued // waiting: the youngest proof
}

// name decides what becomes of a name. All inputs are asked; it depends on what
// they say and not on their order.
func (j *join) name(key []byte) (n joinedName, err error) {
	n.place = -1
	var best, waits candidate
	oldest := int64(0)
	all := make([]candidate, len(j.in))
	for i := range j.in {
		if all[i], err = j.candidate(i, key); err != nil {
			return n, err
		}
		c := all[i]
		if c.value != nil && (best.value == nil || c.younger(&best)) {
			best = c
		}
		if !c.found || c.state.kind != kindWaiting {
			continue
		}
		if n.place < 0 || c.state.at < oldest {
			n.place, oldest = i, c.state.at
		}
		if waits.value == nil && !waits.found || c.youngerProof(&waits) {
			waits = c
		}
	}
	n.result = best.value
	if n.place >= 0 && waits.after(&best, all) {
		n.state, n.proof = waits.state, waits.queued
		n.state.verdict = noVerdict
		if best.value != nil {
			n.state.verdict = uint8(best.result.Verdict())
		}
		return n, j.delegatedSince(key, waits.state.at, &n)
	}
	n.place = -1
	if best.value == nil {
		return n, fmt.Errorf("%q neither waits nor has a result: %w", key, errRecord)
	}
	n.state = settledState(&best.result, best.state.run)
	return n, j.delegatedSince(key, best.checked, &n)
}

// after reports whether a name waits since it had its youngest result. Of one
// second only an input that has both knows.
func (c *candidate) after(best *candidate, all []candidate) bool {
	if best.value == nil || c.state.at != best.checked {
		return best.value == nil || c.state.at > best.checked
	}
	return slices.ContainsFunc(all, func(o candidate) bool {
		return o.found && o.state.kind == kindWaiting && o.state.at == best.checked && bytes.Equal(o.value, best.value)
	})
}

// candidate is what one input says of a name.
type candidate struct {
	found   bool // a state
	state   state
	value   []byte // the result as it is stored, nil for none
	result  vacant.Result
	checked int64
	queued  queued
	raw     []byte // of the queue
}

func (j *join) candidate(i int, key []byte) (c candidate, err error) {
	tx := j.in[i].tx
	if c.state, c.found, err = readState(key, tx.Bucket(bucketState).Get(key)); err != nil {
		return c, fmt.Errorf("state of %q: %w", key, err)
	}
	c.state.run = j.seq[runOf{i, c.state.run}]
	if v := tx.Bucket(bucketResults).Get(key); v != nil {
		if c.result, err = readResult(key, v); err != nil {
			return c, fmt.Errorf("result of %q: %w", key, err)
		}
		c.value, c.checked = v, unix(c.result.CheckedAt)
	}
	if c.found && c.state.kind == kindWaiting {
		place := u64Key(uint64(c.state.aux))
		c.raw = tx.Bucket(bucketQueue).Get(place)
		if c.queued, err = readQueued(place, c.raw); err != nil {
			return c, fmt.Errorf("%q in the queue: %w", key, err)
		}
	}
	return c, nil
}

// younger reports whether c's result stands against o's. Where both are of one
// second the octets decide, so that it does not matter which comes first.
func (c *candidate) younger(o *candidate) bool {
	return cmp.Or(cmp.Compare(c.checked, o.checked), bytes.Compare(c.value, o.value)) > 0
}

func (c *candidate) youngerProof(o *candidate) bool {
	return cmp.Or(cmp.Compare(c.state.at, o.state.at), cmp.Compare(c.queued.source, o.queued.source), cmp.Compare(c.queued.proof.Server, o.queued.proof.Server)) > 0
}

// delegatedSince makes a name registered if the list of an input has it as
// delegated at a time after since: it was then not for its own records to say.
func (j *join) delegatedSince(key []byte, since int64, n *joinedName) error {
	name, scope := splitKey(key)
	var last mark
	for i := range j.in {
		m, ok, err := j.in[i].listed(name, scope)
		if err != nil {
			return err
		}
		if ok && m.delegated && m.at > since && m.at > last.at {
			last = m
			last.run = j.seq[runOf{i, m.run}]
		}
	}
	if !last.delegated {
		return nil
	}
	proof := vacant.DNSProof{At: timeOf(last.at), Status: vacant.StatusDelegated}
	result := dnsResult(string(name), proof, "list", j.runID(last.run))
	n.result, n.place = appendDNSResult(nil, key, string(name), proof, "list", result.RunID), -1
	n.state = settledState(&result, last.run)
	return nil
}

func (j *join) runID(seq uint32) string {
	if seq == 0 || int(seq) > len(j.runs) {
		return ""
	}
	return j.runs[seq-1].id
}

// listed looks a name up in the input's lists.
func (in *input) listed(name []byte, scope string) (mark, bool, error) {
	var q [1]query
	q[0].text, q[0].tail, q[0].hash = in.lists.place(name, scope)
	err := in.lists.find(in.tx, q[:])
	return q[0].mark, q[0].found, err
}

// joinQueues writes one queue of all names that wait, the oldest first, with
// their states.
func (j *join) joinQueues() error {
	heads := make([]queueHead, len(j.in))
	for i := range heads {
		heads[i].c = j.in[i].tx.Bucket(bucketQueue).Cursor()
		if err := heads[i].next(); err != nil {
			return err
		}
	}
	for {
		i := oldestHead(heads)
		if i < 0 {
			return nil
		}
		key := heads[i].key
		n, err := j.name(key)
		if err != nil {
			return err
		}
		if n.place == i {
			if err := j.enqueue(key, &n); err != nil {
				return err
			}
		}
		if err := heads[i].next(); err != nil {
			return err
		}
	}
}

// enqueue gives a name the next place of the queue.
func (j *join) enqueue(key []byte, n *joinedName) error {
	j.done.Waiting++
	n.state.aux = int64(j.done.Waiting)
	place := u64Key(j.done.Waiting)
	return firstFailed(
		func() error { return j.w.bucket(bucketQueue).SetSequence(j.done.Waiting) },
		func() error { return j.w.put(bucketState, key, n.state.append(nil, key)) },
		func() error { return j.w.put(bucketQueue, place, n.proof.append(nil, place)) })
}

// queueHead is the next name of an input's queue.
type queueHead struct {
	c   *bbolt.Cursor
	key []byte // of the name, nil at the end
	at  int64
	on  bool
}

func (h *queueHead) next() error {
	var k, v []byte
	if h.on {
		k, v = h.c.Next()
	} else {
		k, v = h.c.First()
	}
	h.on, h.key = true, nil
	if k == nil {
		return nil
	}
	q, err := readQueued(k, v)
	if err != nil {
		return fmt.Errorf("place %x of the queue: %w", k, err)
	}
	h.key, h.at = nameKey(q.name, q.scope), unix(q.proof.At)
	return nil
}

// oldestHead returns which queue is to be read next, -1 at the end of all.
func oldestHead(heads []queueHead) int {
	oldest := -1
	for i := range heads {
		if heads[i].key == nil {
			continue
		}
		if oldest < 0 || cmp.Or(cmp.Compare(heads[i].at, heads[oldest].at), bytes.Compare(heads[i].key, heads[oldest].key)) < 0 {
			oldest = i
		}
	}
	return oldest
}

// joinNames writes all results, and the states of names that do not wait.
func (j *join) joinNames() error {
	return j.eachKey(bucketState, func(key []byte) error {
		n, err := j.name(key)
		if err != nil {
			return err
		}
		if n.place < 0 {
			if err := j.w.put(bucketState, key, n.state.append(nil, key)); err != nil {
				return err
			}
		}
		if n.result == nil {
			return nil
		}
		j.done.Results++
		return j.w.put(bucketResults, key, n.result)
	})
}

// eachKey gives out each key that a table has in any input, once, in order.
func (j *join) eachKey(table []byte, fn func(key []byte) error) error {
	cursors, keys := make([]*bbolt.Cursor, len(j.in)), make([][]byte, len(j.in))
	for i := range j.in {
		cursors[i] = j.in[i].tx.Bucket(table).Cursor()
		keys[i], _ = cursors[i].First()
	}
	for {
		var least []byte
		for _, k := range keys {
			if compareKeys(k, least) < 0 {
				least = k
			}
		}
		if least == nil {
			return nil
		}
		if err := fn(least); err != nil {
			return err
		}
		for i, k := range keys {
			if bytes.Equal(k, least) {
				keys[i], _ = cursors[i].Next()
			}
		}
	}
}
