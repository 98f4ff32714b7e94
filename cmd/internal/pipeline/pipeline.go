// Package pipeline wires the rooms: generator, store, stage one, stage two. No
// flags, no sockets, no exit codes of its own.
package pipeline

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"vacant"
	"vacant/dnsstage"
	"vacant/generator"
	"vacant/rdapstage"
	"vacant/store"
)

// Config of a hunt. The room's configs are completed by the pipeline where they meet
// (Suffixes, Budget, Memory, Controls, KnownChunk, Hold).
type Config struct {
	Generator generator.Config
	DNS       dnsstage.Config
	RDAP      rdapstage.Config

	StorePath  string
	World      string // "internet" or the lab's
	BudgetPath string // "" = in memory
	Command    string // the command line, secrets redacted
	LockWait   time.Duration
	Fresh      bool
	Freshness  store.Freshness
	Limit      int           // stop after so many available; 0 = no limit
	Deadline   time.Duration // 0 = none
	Grace      time.Duration // to drain after a stop; 0 = 10 s

	// Emit is told of every result of stage two once it is committed, and of every name that is
	// available now and fresh in the store, each name once. From one goroutine. Its error ends the run.
	Emit func(vacant.Result) error
	// Notice is told, in one line each, what a user should know (fallbacks, TLDs that cannot be confirmed).
	Notice func(line string)
	Log    *slog.Logger
	Now    func() time.Time
}

// Why a run ended.
const (
	EndDone     = "done"
	EndSignal   = "signal"
	EndDeadline = "deadline"
	EndLimit    = "limit"
)

// ErrNoWay means that neither authority servers nor resolvers can be asked. Exit 1.
var ErrNoWay = errors.New("DNS cannot be asked from here")

// ErrInvariant wraps a broken invariant. Exit 70.
var ErrInvariant = errors.New("an invariant broke")

// Summary is what a finished hunt says of itself.
type Summary struct {
	RunID      string
	World      string
	Started    time.Time
	Elapsed    time.Duration
	End        string // EndDone, ...
	Counts     vacant.Counts
	NoRegistry uint64 // undetermined because their suffix has no registry service
	Via        dnsstage.Via
	DNS        dnsstage.Stats
	RDAP       rdapstage.Stats
}

// Progress is a hunt as it runs.
type Progress struct {
	Counts     vacant.Counts
	Total      uint64 // candidates to come in all, 0 = not known
	TotalExact bool
	Elapsed    time.Duration
	DNS        dnsstage.Stats
	RDAP       rdapstage.Stats
	Draining   bool // stopped, finishing
}

// Hunt is one run of the main job.
type Hunt struct{}

// Open opens the store and makes the stages; nothing is asked yet.
func Open(ctx context.Context, cfg Config) (*Hunt, error) {
	return nil, errors.New("pipeline: not built yet")
}

// Run hunts until done, ctx is cancelled, the deadline or the limit. A stopped run is no error: Summary.End tells.
func (h *Hunt) Run(ctx context.Context) (Summary, error) { return Summary{}, nil }

// Progress may be called at any time, from any goroutine.
func (h *Hunt) Progress() Progress { return Progress{} }

// Asked yields, sorted, the state of the asked set: the results q selects among the
// names that this hunt's sources name. To be called after Run.
func (h *Hunt) Asked(q store.Query, each func(vacant.Result) error) error { return nil }

// Close closes everything that Open opened.
func (h *Hunt) Close() error { return nil }

// CheckConfig of Check.
type CheckConfig struct {
	DNS        dnsstage.Config
	RDAP       rdapstage.Config
	BudgetPath string
	Suffixes   *vacant.Suffixes
	// AskRegistry asks the registry about delegated names too (the rdap command).
	AskRegistry bool
	Notice      func(line string)
	Now         func() time.Time
}

// Check asks both stages afresh about a few names and gives each verdict to emit, in the
// order of names, from one goroutine. Names the registry cannot sell (wrong suffix) are the caller's to refuse.
func Check(ctx context.Context, cfg CheckConfig, names []vacant.Name, emit func(vacant.Result) error) error {
	return errors.New("pipeline: not built yet")
}

// DNSConfig of DNS.
type DNSConfig struct {
	Generator generator.Config
	DNS       dnsstage.Config
	Notice    func(line string)
}

// DNSOnly runs stage one alone: every candidate's batch is given to emit once answered, from
// one goroutine; emit does not keep it.
func DNSOnly(ctx context.Context, cfg DNSConfig, emit func(*vacant.Batch) error) (vacant.Counts, error) {
	return vacant.Counts{}, errors.New("pipeline: not built yet")
}
