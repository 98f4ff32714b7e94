package store

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cespare/xxhash/v2"
	"go.etcd.io/bbolt"

	"vacant"
)

// RunInfo describes a run as it begins.
type RunInfo struct {
	ID        string // unique
	Command   string // the command line, secrets redacted
	Started   time.Time
	Space     [16]byte // of the generator, with the scopes of all its suffixes folded in; used for progress by index
	SpaceSize uint64   // 0 = the run has no space
	Details   RunDetails
	Fresh     bool      // --fresh: everything is asked again, nothing is known from before this run
	Freshness Freshness // the zero value means DefaultFreshness; a single zero field means that class is asked every time
	// Scope returns the fingerprint of the endpoints named by hand for a suffix,
	// "" for none: what they said is known only to runs that name the same.
	Scope func(suffix string) string
	// Source names the source of a candidate by its index, for the results'
	// source column; nil says "list" for [vacant.NoIndex] and "pattern" for the rest.
	Source func(index uint64) string
}

// Group commit. An answer is in the file at the latest groupDelay after it was
// given, and the time of a commit later; a process killed before asks again what
// was not. While commits are quick it is there much sooner, since a name waits
// for stage two only once it is committed: the next commit is begun when commitRest
// times the length of the last one has passed, looked at every groupTick. At most
// groupNames are gathered before a commit is begun, and maxPending before Answered
// waits for one.
const (
	groupDelay = time.Second
	groupTick  = 50 * time.Millisecond
	commitRest = 10
	groupNames = 50_000
	maxPending = 4 * groupNames
)

// maxAsked is how many names of lists may wait for their answers in memory
// alone. Beyond it they are written before they are answered, and once more then.
const maxAsked = 200_000

// maxRecent is how many names of lists are held in memory at all, those among
// them of which the file knows that this run has named them: a list may name
// every one of its names many times. It is more than may wait or be written, so
// that a new group always has room.
const maxRecent = 800_000

// Run is one run's hold on the store. A store has one at a time.
type Run struct {
	s    *Store
	info RunInfo
	seq  uint32 // the run's number in the store, greater than any before

	carried uint64
	asking  atomic.Int64 // nanoseconds: how long stage one took
	perName atomic.Int64 // nanoseconds: what a name of the last commit took

	full chan struct{} // told that a group is full
	quit chan struct{}
	done chan struct{} // closed when the committing goroutine has ended

	// committing is held for the length of a commit of a group. It guards what
	// follows; the times are by the process's own clock.
	committing sync.Mutex
	lastEnd    time.Time
	lastTook   time.Duration
	sorted     []listed // scratch
	mem        arena    // of the values of a commit
	steps      steps

	// mu guards what follows. It may be held while a read transaction is begun,
	// never within a write transaction.
	mu       sync.Mutex
	swapped  *sync.Cond // cur was taken for a commit, or err was set
	cur      *pending   // gathers
	flushing *pending   // is being committed; nil if none
	err      error      // the first commit that failed; nothing is accepted after it
	over     bool
	filter   filter // the keys of all state records
	waiting  uint64
	chunks   chunkCache
	scopes   scopeMemo
	lists    *lists
	spare    *recent // memory of an earlier group
	key      []byte  // scratch
	fates    []fate  // scratch
	queries  []query // scratch

	// next guards cursor: the queue is handed out up to and including it.
	next   sync.Mutex
	cursor uint64
}

// manifest is a run as the store keeps it.
type manifest struct {
	ID        string        `json:"id"`
	Command   string        `json:"command"`
	Started   time.Time     `json:"started"`
	Ended     time.Time     `json:"ended,omitzero"`
	End       string        `json:"end,omitempty"`
	Space     string        `json:"space,omitempty"`
	SpaceSize uint64        `json:"space_size,omitempty"`
	Fresh     bool          `json:"fresh,omitempty"`
	Details   RunDetails    `json:"details,omitzero"`
	Freshness Freshness     `json:"freshness,omitzero"`
	Asking    time.Duration `json:"asking_ns,omitempty"`
	Counts    vacant.Counts `json:"counts"`
}

// Begin starts a run. Names that wait from earlier runs are counted: [Run.Carried].
func (s *Store) Begin(info RunInfo) (*Run, error) {
	info.fill()
	r := &Run{s: s, info: info, cur: newPending(), scopes: scopeMemo{of: info.Scope},
		full: make(chan struct{}, 1), quit: make(chan struct{}), done: make(chan struct{})}
	r.swapped = sync.NewCond(&r.mu)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.run != nil {
		return nil, ErrRunGoesOn
	}
	if err := s.foldSteps(); err != nil {
		return nil, fmt.Errorf("begin run: %w", err)
	}
	if err := r.begin(); err != nil {
		return nil, fmt.Errorf("begin run: %w", err)
	}
	s.run = r
	go r.commitLoop()
	return r, nil
}

// fill sets what was left open.
func (info *RunInfo) fill() {
	if info.Freshness == (Freshness{}) {
		info.Freshness = DefaultFreshness()
	}
	if info.Scope == nil {
		info.Scope = func(string) string { return "" }
	}
	if info.Source == nil {
		info.Source = sourceByIndex
	}
}

func sourceByIndex(index uint64) string {
	if index == vacant.NoIndex {
		return "list"
	}
	return "pattern"
}

func (r *Run) begin() error {
	err := r.s.update(func(tx *bbolt.Tx) error {
		seq, err := tx.Bucket(bucketRuns).NextSequence()
		if err != nil {
			return err
		}
		r.seq = uint32(seq)
		return r.putManifest(tx, manifest{})
	})
	if err != nil {
		return err
	}
	return r.s.view(r.load)
}

// load fills the filter and counts who waits, in one pass over the states.
func (r *Run) load(tx *bbolt.Tx) error {
	var err error
	if r.lists, err = openLists(tx); err != nil {
		return err
	}
	r.chunks.none = !hasPrefix(tx.Bucket(bucketProgress), r.info.Space[:])
	return tx.Bucket(bucketState).ForEach(func(k, v []byte) error {
		st, _, err := readState(k, v)
		if err != nil {
			return fmt.Errorf("state of %q: %w", k, err)
		}
		name, scope := splitKey(k)
		r.filter.add(hashKey(name, scope))
		if st.kind == kindWaiting && r.scopes.get(suffixOf(name)).id == scope {
			r.carried++
			r.waiting++
		}
		return nil
	})
}

func hasPrefix(b *bbolt.Bucket, prefix []byte) bool {
	k, _ := b.Cursor().Seek(prefix)
	return bytes.HasPrefix(k, prefix)
}

// putManifest writes the run's manifest with the end, counts and time of m.
func (r *Run) putManifest(tx *bbolt.Tx, m manifest) error {
	m.ID, m.Command, m.Started = r.info.ID, r.info.Command, r.info.Started.UTC()
	m.SpaceSize, m.Fresh = r.info.SpaceSize, r.info.Fresh
	m.Details, m.Freshness = r.info.Details, r.info.Freshness
	m.Asking = time.Duration(r.asking.Load())
	if r.info.SpaceSize > 0 {
		m.Space = hex.EncodeToString(r.info.Space[:])
	}
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return tx.Bucket(bucketRuns).Put(binary.BigEndian.AppendUint32(nil, r.seq), text)
}

// Carried returns how many names waited for stage two when the run began, of
// those that this run may see.
func (r *Run) Carried() uint64 { return r.carried }

// Asking notes how long stage one took, for the run's manifest.
func (r *Run) Asking(d time.Duration) { r.asking.Store(int64(d)) }

// Finish records the run's end with its counts and why it ended ("done",
// "signal", "deadline", "limit"), and commits.
func (r *Run) Finish(c vacant.Counts, why string) error {
	if err := r.stop(); err != nil {
		return err
	}
	r.s.mu.Lock()
	if r.s.run == r {
		r.s.run = nil
	}
	r.s.mu.Unlock()
	return r.s.update(func(tx *bbolt.Tx) error {
		return r.putManifest(tx, manifest{Ended: r.s.now().UTC(), End: why, Counts: c})
	})
}

// stop commits what is pending and ends the committing goroutine.
func (r *Run) stop() error {
	r.mu.Lock()
	if r.over {
		r.mu.Unlock()
		return ErrRunOver
	}
	r.over = true
	r.swapped.Broadcast()
	r.mu.Unlock()
	close(r.quit)
	<-r.done
	if err := r.flush(); err != nil {
		return err
	}
	return r.foldRest()
}

// scopeMemo remembers the scope of each suffix. Callers hold the run's mu, or
// own the memo.
type scopeMemo struct {
	of   func(suffix string) string
	seen map[string]scope
	last []byte // the suffix asked for last: names come in runs of one
	lsc  scope
}

// scope is a fingerprint as keys have it, and its part of a key's hash.
type scope struct {
	id  string
	mix uint64
}

func (m *scopeMemo) get(suffix []byte) scope {
	if m.seen != nil && string(m.last) == string(suffix) {
		return m.lsc
	}
	sc, ok := m.seen[string(suffix)]
	if !ok {
		sc = newScope(scopeID(m.of(string(suffix))))
		if m.seen == nil {
			m.seen = make(map[string]scope)
		}
		m.seen[string(suffix)] = sc
	}
	m.last, m.lsc = append(m.last[:0], suffix...), sc
	return sc
}

func newScope(id string) scope {
	if id == "" {
		return scope{}
	}
	return scope{id: id, mix: xxhash.Sum64String(id)}
}

func (sc scope) hash(name []byte) uint64 { return xxhash.Sum64(name) ^ sc.mix }

// hashKey is the filter's hash of a key.
func hashKey(name []byte, id string) uint64 { return newScope(id).hash(name) }
