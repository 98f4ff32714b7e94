// Package store remembers: which candidates were asked, which wait for stage
// two, what was proven about each, and which runs there were. One bbolt file, one world.
package store

import (
	"context"
	"errors"
	"io"
	"iter"
	"time"

	"vacant"
)

// Options opens a store.
type Options struct {
	World    string        // the world the names live in: "internet", or the lab's seed, density and TLDs; "" takes the file's own (read commands)
	ReadOnly bool          // shared lock; the file must exist
	LockWait time.Duration // how long to wait for another process's lock; 0 = not at all
	Command  string        // this process's command line, shown to whoever finds the store locked
	Now      func() time.Time
}

// Store is an open store file.
type Store struct{}

// Open opens or creates the store at path. Its errors are in errors.go.
func Open(path string, opt Options) (*Store, error) { return nil, errors.New("store: not built yet") }

// Close waits for what is being committed and closes the file.
func (s *Store) Close() error { return nil }

// World returns the world the store was made for.
func (s *Store) World() string { return "" }

// Freshness is how long an answer of each class holds before it is asked again.
type Freshness struct {
	Delegated, Nodata, Registered, RegisteredBeforeExpiry, Redemption, Available, Reserved, NoRegistry time.Duration
}

// DefaultFreshness returns the defaults of the design: 20 h for delegated,
// nodata, available, redemption and pending-delete; a registered record until 7
// days before expiry but at most 30 days; reserved and no-registry 30 days.
func DefaultFreshness() Freshness { return Freshness{} }

// RunInfo describes a run as it begins.
type RunInfo struct {
	ID        string // unique
	Command   string // the command line, secrets redacted
	Started   time.Time
	Space     [16]byte // of the generator; used for progress by index
	SpaceSize uint64   // 0 = the run has no space
	Fresh     bool     // --fresh: everything is asked again, nothing is known from before this run
	Freshness Freshness
	// Scope returns the fingerprint of the endpoints named by hand for a suffix,
	// "" for none: what they said is known only to runs that name the same.
	Scope func(suffix string) string
}

// Run is one run's hold on the store.
type Run struct{}

// Begin starts a run.
func (s *Store) Begin(info RunInfo) (*Run, error) { return nil, errors.New("store: not built yet") }

// Admission says where the names of a batch went when Admit took some out.
type Admission struct{ Known, Duplicate int }

// Admit drops from b every name that needs no asking: known and fresh, queued
// for stage two, or (lists) named before in this run. What stays is to be asked.
func (r *Run) Admit(b *vacant.Batch) (Admission, error) { return Admission{}, nil }

// KnownChunk reports whether every index in [lo, hi) of the run's space is
// known and fresh, so that none of its names need be made.
func (r *Run) KnownChunk(lo, hi uint64) bool { return false }

// Answered records stage one's answers: progress, NXDOMAIN and NODATA as
// waiting for stage two, the rest as undetermined. Unasked names leave no trace.
// It groups batches into commits of its own; Flush waits for them. It does not
// keep b.
func (r *Run) Answered(b *vacant.Batch) error { return nil }

// Flush commits what Answered still holds.
func (r *Run) Flush() error { return nil }

// Waiting returns the number of names that wait for stage two.
func (r *Run) Waiting() (uint64, error) { return 0, nil }

// Next returns up to n names that wait for stage two and were not returned by
// this Run before, oldest first; only committed ones. fill is false when fewer
// than n wait now.
func (r *Run) Next(ctx context.Context, n int) ([]vacant.Inquiry, error) { return nil, nil }

// Settle commits results; when it returns nil they are in the file and may be
// shown. Names with a result of any verdict no longer wait.
func (r *Run) Settle(results []vacant.Result) error { return nil }

// Finish records the run's end with its counts and why it ended ("done",
// "signal", "deadline", "limit"), and commits.
func (r *Run) Finish(c vacant.Counts, why string) error { return nil }

// AskedBefore reports whether name was in this run's lists (not its space).
func (r *Run) InLists(name vacant.Name) (bool, error) { return false, nil }

// Query selects results. The zero value selects all.
type Query struct {
	Verdicts             []vacant.Verdict
	TLDs                 []string // suffixes
	MinAge, MaxAge       time.Duration
	MinLength, MaxLength int    // of the label
	Pattern              string // RE2 on the whole name
	Run                  string
	Scope                func(suffix string) string // as RunInfo.Scope; nil selects names nobody named an endpoint for
	Match                func(vacant.Name) bool     // nil = all
}

// Results yields the results that q selects, sorted by name, in constant memory.
func (s *Store) Results(q Query) iter.Seq2[vacant.Result, error] {
	return func(func(vacant.Result, error) bool) {}
}

// Get returns the result of one name, ok false if there is none. scope is as in RunInfo.
func (s *Store) Get(scope string, name vacant.Name) (r vacant.Result, ok bool, err error) {
	return r, false, nil
}

// Put records results outside a hunt (check, rdap), and commits.
func (s *Store) Put(scope func(suffix string) string, results []vacant.Result) error { return nil }

// Stats is what "store stats" shows.
type Stats struct {
	Path, World string
	Schema      int
	FileBytes   int64
	Verdicts    map[string]uint64 // by verdict word
	Waiting     uint64
	Buckets     []BucketStats
	Runs        []RunSummary // newest last
}

// BucketStats is one top-level bucket's share of the file.
type BucketStats struct {
	Name                   string
	Keys, Bytes, PageBytes int64
}

// RunSummary is one run as the store remembers it.
type RunSummary struct {
	ID, Command, End string
	Started, Ended   time.Time
	Counts           vacant.Counts
}

// Stats counts.
func (s *Store) Stats() (Stats, error) { return Stats{}, nil }

// Format is an export format.
type Format string

// The export formats.
const (
	Text  Format = "text"
	CSV   Format = "csv"
	JSONL Format = "jsonl"
)

// Encoder writes results in one format. Free text is made safe for a
// spreadsheet cell and a terminal. Close writes what is still due (CSV's header if nothing came).
type Encoder interface {
	Encode(r vacant.Result) error
	Close() error
}

// NewEncoder returns an encoder of format f on w; stable leaves out what
// differs between runs (checked_at, dns_server, registry_server, run_id).
func NewEncoder(w io.Writer, f Format, stable bool) (Encoder, error) {
	return nil, errors.New("store: not built yet")
}

// Sink is an output file that appears whole or not at all: a regular or new
// file is written beside its place and renamed on Commit (symlinks resolved
// first); a device, FIFO, socket or "-" (stdout) is written in place.
type Sink struct{}

// CreateSink opens path for writing.
func CreateSink(path string, stdout io.Writer) (*Sink, error) {
	return nil, errors.New("store: not built yet")
}

func (k *Sink) Write(p []byte) (int, error) { return 0, nil }

// Commit makes the file appear under its name.
func (k *Sink) Commit() error { return nil }

// Abort removes the unfinished file; after Commit it does nothing.
func (k *Sink) Abort() {}
