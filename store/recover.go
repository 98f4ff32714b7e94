package store

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"go.etcd.io/bbolt"
)

// Recovered says what Recover saved of a file, and what it could not.
type Recovered struct {
	Path    string  `json:"path"`
	Aside   string  `json:"aside,omitempty"` // where the damaged file is now; "" = nothing was wrong, and nothing was done
	World   string  `json:"world"`
	Given   bool    `json:"world_given"` // the world is the one that the caller named: the file's own cannot be read
	Tables  []Saved `json:"tables"`
	Earlier bool    `json:"earlier"` // it is as it was one commit ago: the last one cannot be read
	Pages   int     `json:"pages"`   // pages that could not be read, with all the records on them
	Orphans uint64  `json:"orphans"` // records found on pages that nothing led to any more; counted in Tables too
	Mended  uint64  `json:"mended"`  // records made anew from others, or dropped because others contradicted them
}

// Saved counts the records of one table.
type Saved struct {
	Table string `json:"table"`
	Kept  uint64 `json:"kept"`
	Lost  uint64 `json:"lost"` // could not be read
}

// Recover writes a store file anew from every record in it that can still be
// read and passes its sum, and makes the records agree with each other. The
// damaged file stays, beside the new one. What is lost is asked again by the next
// hunt that names it; nothing becomes known, or available, that was not so. A
// file that nothing is wrong with is left alone. opt.World is taken where the
// file's own cannot be read, and Recovered says so. [ErrDamaged] means that
// nothing could be saved, with [ErrNothingSaved] where there is nothing to read.
func Recover(path string, opt Options) (rec Recovered, err error) {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	in, err := openInspector(path)
	if err != nil {
		return rec, fmt.Errorf("recover store: %w", noStore(err))
	}
	defer func() { _ = in.f.Close() }()
	if in.size == 0 {
		return rec, damaged(path, fmt.Errorf("%w: %w", errEmpty, ErrNothingSaved))
	}
	db, err := openBolt(path, true, opt.LockWait) // for its lock: no writer is at work
	if err != nil && !errors.Is(err, ErrDamaged) {
		return rec, err
	}
	if db != nil {
		defer func() { _ = closeDB(db) }()
	}
	if err := in.again(path); err != nil {
		return rec, fmt.Errorf("recover store: %w", noStore(err))
	}
	if err := in.findMeta(); err != nil {
		return rec, damaged(path, fmt.Errorf("%w: %w", err, ErrNothingSaved))
	}
	w, err := newRewriter(path, false)
	if err != nil {
		return rec, wrapIO(path, err)
	}
	defer w.abort()
	s := &salvage{w: w, in: in, rec: &rec, counts: make(map[string]*Saved)}
	rec.Path = path
	if err := s.run(path, opt); err != nil {
		return rec, fmt.Errorf("recover store: %w", err)
	}
	if !s.wrong() {
		return rec, nil
	}
	return rec, wrapIO(path, s.replace(opt.Now()))
}

// salvage is one recovery.
type salvage struct {
	w      *rewriter
	in     *inspector
	rec    *Recovered
	counts map[string]*Saved
	meta   map[string][]byte
	names  *listWriter // names of lists that are being written; nil if none are
	held   int         // names given to it
	seq    uint32      // the greatest number of a run that a record bears
	failed error       // the first write that failed
}

func (s *salvage) fail(err error) { s.failed = firstError(s.failed, err) }

func (s *salvage) run(path string, opt Options) error {
	tables := append(slices.Clone(allBuckets), bucketLists)
	for _, name := range tables {
		s.counts[string(name)] = &Saved{Table: string(name)}
	}
	s.meta = make(map[string][]byte)
	s.stepBack()
	s.walk()
	if s.failed != nil {
		return wrapIO(path, s.failed)
	}
	if err := s.adopt(path, opt); err != nil {
		return err
	}
	err := firstFailed(
		s.closeListed,
		s.w.commit,
		s.relist,
		s.mend,
		s.counters)
	for _, name := range tables {
		s.rec.Tables = append(s.rec.Tables, *s.counts[string(name)])
	}
	return wrapIO(path, err)
}

// wrong reports whether there was anything to recover from.
func (s *salvage) wrong() bool {
	lost := uint64(0)
	for _, c := range s.counts {
		lost += c.Lost
	}
	return lost > 0 || s.rec.Pages > 0 || s.rec.Mended > 0 || s.rec.Orphans > 0 || s.rec.Earlier || s.in.headers < 2 || s.in.start() != nil
}

// stepBack takes the file as it was one commit ago where it cannot be read as it
// is: where the page that names the tables is lost.
func (s *salvage) stepBack() {
	readable := func(m boltMeta) bool {
		in := *s.in
		in.meta = m
		_, err := in.tree(m.root, nil)
		return err == nil
	}
	if s.in.headers == 2 && !readable(s.in.meta) && readable(s.in.older) {
		s.in.meta, s.rec.Earlier = s.in.older, true
	}
}

// walk takes what the trees still lead to, then what lies on pages that are
// neither reached nor free: those were below a page that cannot be read.
func (s *salvage) walk() {
	w := newWalker(s.in)
	w.problem = func(string) bool { s.rec.Pages++; return s.failed == nil }
	w.entry = func(table string, key, value []byte) {
		if !s.take(table, key, value) {
			s.lost(table)
		}
	}
	w.table = func(name string, sequence uint64) {
		if b := s.w.bucket([]byte(name)); b != nil {
			_ = b.SetSequence(sequence) // counters sees to it that it is enough
		}
	}
	w.run()
	if s.rec.Pages == 0 || s.failed != nil {
		return
	}
	free, err := s.in.freePages()
	if err != nil {
		return // without it a lost page cannot be told from one of an earlier time
	}
	for _, id := range free {
		w.met.add(id, 1)
	}
	for id := uint64(2); id < s.in.meta.high; id++ {
		if !w.met.has(id) {
			s.orphan(id)
		}
	}
}

func (s *salvage) lost(table string) {
	if c := s.counts[table]; c != nil {
		c.Lost++
	}
}

// orphan takes the records of a leaf page that nothing leads to. Which table
// they are of shows by the sum, which only one table's form makes right.
func (s *salvage) orphan(id uint64) {
	p, err := s.in.tree(id, nil)
	if err != nil || p.flags != flagLeaf {
		return
	}
	for i := range p.count {
		key, value, isBucket, err := p.element(i)
		if err != nil || isBucket {
			continue
		}
		for _, table := range [][]byte{bucketResults, bucketState, bucketQueue, bucketSorted, bucketProgress, bucketChanges, bucketShares} {
			if hasSum(table, key, value) && s.w.bucket(table).Get(key) == nil && s.take(string(table), key, value) {
				s.rec.Orphans++
				break
			}
		}
	}
}

// hasSum reports whether a record has the form that those of a table have with a sum.
func hasSum(table, key, value []byte) bool {
	if len(value) < sumLen+1 || len(key) == 0 {
		return false
	}
	switch {
	case bytes.Equal(table, bucketResults):
		return value[0] == formCompact
	case bytes.Equal(table, bucketState):
		return len(value) == stateLen && value[3] == stateSummed
	case bytes.Equal(table, bucketQueue):
		return value[0] == queueSummed
	case bytes.Equal(table, bucketProgress):
		return value[0] == progressSummed
	case bytes.Equal(table, bucketSorted): // the parts of sieves are made anew
		_, err := openBlock(key, value, true)
		return err == nil && len(key) == 8
	case bytes.Equal(table, bucketChanges): // a run's number begins with a zero, a suffix does not
		return value[0] == turnForm && key[0] == 0
	}
	return value[0] == shareForm && key[0] != 0
}

// take keeps a record if it can be read.
func (s *salvage) take(table string, key, value []byte) bool {
	switch {
	case table == string(bucketMeta):
		s.meta[string(key)] = bytes.Clone(value)
		return true
	case table == string(bucketLists):
		return s.takeListed(key, value)
	case s.counts[table] == nil || !readable([]byte(table), key, value):
		return false
	}
	s.counts[table].Kept++
	s.seq = max(s.seq, runIn([]byte(table), key, value))
	s.fail(firstFailed(
		s.closeListed,
		func() error { return s.w.put([]byte(table), bytes.Clone(key), bytes.Clone(value)) }))
	return true
}

// readable reports whether a record of a table can be read.
func readable(table, key, value []byte) bool {
	switch {
	case len(key) == 0 || len(key) > bbolt.MaxKeySize:
		return false
	case bytes.Equal(table, bucketRuns):
		var m manifest
		return len(key) == 4 && json.Unmarshal(value, &m) == nil
	case bytes.Equal(table, bucketQueue) && len(key) != 8, bytes.Equal(table, bucketProgress) && len(key) != chunkKeyLen:
		return false
	}
	return checkRecord(table, key, value) == nil
}

// adopt takes the file's world over, else the one given.
func (s *salvage) adopt(path string, opt Options) error {
	if v := s.meta[string(metaSchema)]; len(v) == 4 && binary.BigEndian.Uint32(v) > schemaVersion {
		return fmt.Errorf("%w: %s has schema %d, this program knows %d", ErrNewer, path, binary.BigEndian.Uint32(v), schemaVersion)
	}
	s.rec.World = string(s.meta[string(metaWorld)])
	if s.rec.World == "" {
		if s.rec.World = opt.World; opt.World == "" {
			return damaged(path, errors.New("its world cannot be read, nor is one given"))
		}
		s.rec.Given = true
		s.rec.Mended++
	}
	made := s.meta[string(metaMade)]
	if made == nil {
		made, _ = opt.Now().UTC().MarshalText()
	}
	meta := s.w.bucket(bucketMeta)
	return firstError(
		meta.Put(metaSchema, binary.BigEndian.AppendUint32(nil, schemaVersion)),
		meta.Put(metaWorld, []byte(s.rec.World)),
		meta.Put(metaMade, made))
}

// replace puts the new file in the damaged one's place, which stays under a name of its own.
func (s *salvage) replace(now time.Time) error {
	info, err := s.in.f.Stat()
	if err != nil {
		return err
	}
	return firstFailed(
		func() error { return s.w.finish(info) },
		func() (err error) {
			s.rec.Aside, err = setAside(s.w.target, s.w.target+".corrupt-"+now.UTC().Format(runStamp))
			return err
		},
		s.publish)
}

// publish closes the damaged file first, which Windows demands.
func (s *salvage) publish() error {
	_ = s.in.f.Close()
	if err := os.Rename(s.w.temp, s.w.target); err != nil {
		return err
	}
	s.w.temp = ""
	return syncParent(s.w.target)
}

// counters makes sure that no number of the queue or the runs is given twice.
func (s *salvage) counters() error {
	for _, name := range [][]byte{bucketQueue, bucketRuns} {
		b := s.w.bucket(name)
		k, _ := b.Cursor().Last()
		last := uint64(0)
		switch len(k) {
		case 4:
			last = uint64(binary.BigEndian.Uint32(k))
		case 8:
			last = binary.BigEndian.Uint64(k)
		}
		if bytes.Equal(name, bucketRuns) { // a name of a list that bears the number of a run to come would not be asked by it
			last = max(last, uint64(s.seq))
		}
		if last > b.Sequence() {
			s.rec.Mended++
			if err := b.SetSequence(last); err != nil {
				return err
			}
		}
	}
	return nil
}

// runIn returns the greatest number of a run that a record bears, which could be read.
func runIn(table, key, value []byte) uint32 {
	switch {
	case bytes.Equal(table, bucketState):
		st, _, _ := readState(key, value)
		return st.run
	case bytes.Equal(table, bucketChanges) && len(key) > runKeyLen:
		return binary.BigEndian.Uint32(key)
	case bytes.Equal(table, bucketSorted) && binary.BigEndian.Uint32(key[4:])&sieveParts == 0:
		b, _ := openBlock(key, value, false)
		return b.run
	}
	return 0
}

// mendStep is how many keys are looked at between two writes.
const mendStep = 4096

// mend makes states, results and queue agree: results are believed first, then
// the queue, then states.
func (s *salvage) mend() error {
	for after, more := []byte(nil), true; more; {
		var fixes []fix
		fixes, after, more = s.nameFixes(after)
		if err := s.apply(fixes); err != nil {
			return err
		}
	}
	for after, more := []byte(nil), true; more; {
		var fixes []fix
		fixes, after, more = s.queueFixes(after)
		if err := s.apply(fixes); err != nil {
			return err
		}
	}
	return nil
}

// fix is one record to be written, or removed (a nil value).
type fix struct{ table, key, value []byte }

func (s *salvage) apply(fixes []fix) error {
	for _, f := range fixes {
		s.rec.Mended++
		var err error
		if f.value == nil {
			err = s.w.bucket(f.table).Delete(f.key)
		} else {
			err = s.w.put(f.table, f.key, f.value)
		}
		if err != nil {
			return err
		}
	}
	if len(fixes) == 0 {
		return nil
	}
	return s.w.commit()
}

// nameFixes finds what is wrong with the next states and results.
func (s *salvage) nameFixes(after []byte) (fixes []fix, last []byte, more bool) {
	states, results := s.w.bucket(bucketState).Cursor(), s.w.bucket(bucketResults).Cursor()
	sk, sv := seekAfter(states, after)
	rk, rv := seekAfter(results, after)
	for n := 0; sk != nil || rk != nil; n++ {
		if n == mendStep {
			return fixes, last, true
		}
		order := compareKeys(sk, rk)
		key, state, result := sk, sv, rv
		if order > 0 {
			key, state = rk, nil
		} else if order < 0 {
			result = nil
		}
		if want := s.stateFor(key, state, result); !bytes.Equal(want, state) {
			fixes = append(fixes, fix{bucketState, bytes.Clone(key), want})
		}
		last = bytes.Clone(key)
		if order <= 0 {
			sk, sv = states.Next()
		}
		if order >= 0 {
			rk, rv = results.Next()
		}
	}
	return fixes, last, false
}

// stateFor returns the state that a name must have, nil for none: the one it
// has where that agrees with the rest, else one made from its result.
func (s *salvage) stateFor(key, value, result []byte) []byte {
	st, found, _ := readState(key, value)
	waits := false
	if found && st.kind == kindWaiting {
		place := u64Key(uint64(st.aux))
		q, err := readQueued(place, s.w.bucket(bucketQueue).Get(place))
		waits = err == nil && bytes.Equal(nameKey(q.name, q.scope), key)
	}
	if result == nil {
		if waits && st.verdict != noVerdict {
			st.verdict = noVerdict
			return st.append(nil, key)
		}
		if waits {
			return value
		}
		return nil
	}
	r, err := readResult(key, result)
	switch {
	case err != nil: // take has read it; it cannot be
		return value
	case found && st.verdict == uint8(r.Verdict()) && (waits || st.kind == kindSettled):
		return value
	case waits:
		st.verdict = uint8(r.Verdict())
		return st.append(nil, key)
	}
	return settledState(&r, st.run).append(nil, key)
}

// queueFixes finds names in the queue that do not wait there. One whose state
// is lost waits again.
func (s *salvage) queueFixes(after []byte) (fixes []fix, last []byte, more bool) {
	c := s.w.bucket(bucketQueue).Cursor()
	states := s.w.bucket(bucketState)
	n := 0
	for k, v := seekAfter(c, after); k != nil; k, v = c.Next() {
		if n == mendStep {
			return fixes, last, true
		}
		n++
		last = bytes.Clone(k)
		q, _ := readQueued(k, v)
		key := nameKey(q.name, q.scope)
		place := int64(binary.BigEndian.Uint64(k))
		st, found, _ := readState(key, states.Get(key))
		switch {
		case !found:
			st = state{kind: kindWaiting, verdict: noVerdict, at: unix(q.proof.At), aux: place}
			fixes = append(fixes, fix{bucketState, key, st.append(nil, key)})
		case st.kind != kindWaiting || st.aux != place:
			fixes = append(fixes, fix{bucketQueue, bytes.Clone(k), nil})
		}
	}
	return fixes, last, false
}

// seekAfter returns the first record behind key, or the very first for nil.
func seekAfter(c *bbolt.Cursor, key []byte) (k, v []byte) {
	if key == nil {
		return c.First()
	}
	if k, v = c.Seek(key); bytes.Equal(k, key) {
		return c.Next()
	}
	return k, v
}
