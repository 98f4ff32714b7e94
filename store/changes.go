package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"vacant"
)

// Standing is what the store says of a name at one time.
type Standing struct {
	Known     bool // false: nothing was known of it, and the rest is empty
	Verdict   vacant.Verdict
	Lifecycle vacant.Lifecycle
	Reason    vacant.Reason
}

// delegated is how a name stands that only progress or a list tells of.
var delegated = Standing{Known: true, Verdict: vacant.Registered}

func standingOf(r *vacant.Result) Standing {
	return Standing{Known: true, Verdict: r.Verdict(), Lifecycle: r.Lifecycle, Reason: r.Reason()}
}

// turn is a record of what changed: how a name stood before a run, how that run
// left it, and when that was found.
type turn struct {
	before, after Standing
	at            time.Time // to the second
}

// turnForm is the first octet of a record of changes.
const turnForm = 1

func (t turn) append(dst, key []byte) []byte {
	start := len(dst)
	p := packer{buf: append(dst, turnForm), base: epoch}
	for _, s := range []Standing{t.before, t.after} {
		v := byte(noVerdict)
		if s.Known {
			v = byte(s.Verdict)
		}
		p.buf = append(p.buf, v)
		p.text(string(s.Lifecycle))
		p.text(string(s.Reason))
	}
	p.time(t.at)
	return appendSum(p.buf, start, key)
}

// readTurn decodes the value v under key; ok is false for nil.
func readTurn(key, v []byte) (t turn, ok bool, err error) { return new(memo).turn(key, v) }

func (m *memo) turn(key, v []byte) (t turn, ok bool, err error) {
	m.said = m.said[:0]
	if v == nil {
		return t, false, nil
	}
	body, ok := cutSum(key, v)
	if !ok || body[0] != turnForm || len(key) <= runKeyLen {
		return t, false, errRecord
	}
	u := unpacker{decoder: decoder{buf: body[1:]}, base: epoch, memo: m}
	t.before, t.after, t.at = u.standing(), u.standing(), u.time()
	return t, true, u.err()
}

func (u *unpacker) standing() Standing {
	v := u.octet()
	s := Standing{Known: v != noVerdict, Lifecycle: vacant.Lifecycle(u.text()), Reason: vacant.Reason(u.text())}
	switch {
	case !s.Known && s != Standing{}, s.Known && v > byte(vacant.Premium):
		u.fail()
	case s.Known:
		s.Verdict = vacant.Verdict(v)
	}
	return s
}

const runKeyLen = 4

// changeKey is the key of what run found about the name under key.
func changeKey(run uint32, key []byte) []byte {
	return append(binary.BigEndian.AppendUint32(make([]byte, 0, runKeyLen+len(key)), run), key...)
}

// recall tells of each record whether its name was delegated when it was asked
// before: dropped are the indexes that were, and are no more. Of most names of
// lists it is known since they were admitted; of the rest it looks at what the
// file says before this commit.
func (p *pending) recall(tx *bbolt.Tx, dropped []uint64) error {
	var qs []query
	var l *lists
	for i := range p.records {
		rec := &p.records[i]
		switch {
		case rec.index != vacant.NoIndex:
			_, rec.was = slices.BinarySearch(dropped, rec.index)
		case rec.unseen:
			if l == nil {
				var err error
				if l, err = openLists(tx); err != nil {
					return err
				}
			}
			q := query{name: i}
			q.text, q.tail, q.hash = l.place([]byte(rec.key[:rec.name]), rec.scope)
			qs = append(qs, q)
		}
	}
	if len(qs) == 0 {
		return nil
	}
	if err := l.find(tx, qs); err != nil {
		return err
	}
	for i := range qs {
		p.records[qs[i].name].was = qs[i].mark.delegated
	}
	return nil
}

// note records what a new result changes. A run that finds two things about a
// name leaves one record of both, and none if the name stands as it did before.
func (w *writer) note(key []byte, c *write) error {
	before := Standing{}
	switch {
	case c.had:
		old, err := w.reader.result(key, w.results.Get(key))
		if err != nil {
			return fmt.Errorf("result of %q: %w", key, err)
		}
		before = standingOf(&old)
	case c.was:
		before = delegated
	}
	if before == c.standing {
		return nil
	}
	run, err := w.number()
	if err != nil {
		return err
	}
	place := changeKey(run, key)
	if c.had {
		earlier, found, err := readTurn(place, w.changes.Get(place))
		if err != nil {
			return fmt.Errorf("change of %q: %w", key, err)
		}
		if found && earlier.before == c.standing {
			return w.changes.Delete(place)
		}
		if found {
			before = earlier.before
		}
	}
	return w.changes.Put(place, turn{before, c.standing, c.at}.append(nil, place))
}

// number is the run's, or for what is found outside of runs one between those
// of the run before and the run after.
func (w *writer) number() (uint32, error) {
	if w.changeRun != 0 {
		return w.changeRun, nil
	}
	seq, err := w.runs.NextSequence()
	w.changeRun = uint32(seq)
	return w.changeRun, err
}

// Change is what became of one name between two runs.
type Change struct {
	Name          vacant.Name
	Before, After Standing
	At            time.Time // when After was found, to the second
}

// Kind of a change, as words.
type Kind string

// The kinds of changes, in the order in which people want to hear of them.
const (
	NowAvailable Kind = "available"      // it is available and was not
	NowTaken     Kind = "taken"          // it is registered and was known to be something else
	NowDropping  Kind = "pending-delete" // it entered pending-delete or redemption
	NowOther     Kind = "other"          // anything else about a name that was known
	NowKnown     Kind = "new"            // nothing was known of it before, and it is none of the first three
)

// Kinds returns all kinds, in that order.
func Kinds() []Kind { return []Kind{NowAvailable, NowTaken, NowDropping, NowOther, NowKnown} }

// Kind returns which kind of change c is.
func (c *Change) Kind() Kind {
	switch {
	case c.After.Verdict == vacant.Available && c.Before.Verdict != vacant.Available:
		return NowAvailable
	case c.After.dropping() && c.Before.Lifecycle != c.After.Lifecycle:
		return NowDropping
	case !c.Before.Known:
		return NowKnown
	case c.After.Verdict == vacant.Registered && c.Before.Verdict != vacant.Registered:
		return NowTaken
	}
	return NowOther
}

func (s Standing) dropping() bool {
	return s.Lifecycle == vacant.Redemption || s.Lifecycle == vacant.PendingDelete
}

// nextChanged returns the first run at or after run that found a change.
func nextChanged(c *bbolt.Cursor, run uint32) (uint32, bool) {
	k, _ := c.Seek(binary.BigEndian.AppendUint32(nil, run))
	if len(k) < runKeyLen {
		return 0, false
	}
	return binary.BigEndian.Uint32(k), true
}

// changed is a place in the list of changes of one run.
type changed struct {
	run  uint32
	at   *bbolt.Cursor
	key  []byte // of the record, its name key behind the run; nil at the end
	turn []byte
}

func (c *changed) set(k, v []byte) {
	c.key, c.turn = nil, nil
	if len(k) > runKeyLen && binary.BigEndian.Uint32(k) == c.run {
		c.key, c.turn = k, v
	}
}

func (c *changed) name() []byte { return c.key[runKeyLen:] }

// byName is a heap of places: by name, then by run.
type byName []*changed

func (h byName) Len() int      { return len(h) }
func (h byName) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h byName) Less(i, j int) bool {
	if d := bytes.Compare(h[i].name(), h[j].name()); d != 0 {
		return d < 0
	}
	return h[i].run < h[j].run
}
func (h *byName) Push(x any) { *h = append(*h, x.(*changed)) }
func (h *byName) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}
