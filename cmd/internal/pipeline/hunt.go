package pipeline

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"vacant"
	"vacant/dnsstage"
	"vacant/generator"
	"vacant/rdapstage"
	"vacant/store"
	"vacant/store/budget"
)

// Internet is the world of everything that is not a lab.
const Internet = "internet"

// Config of a hunt. The rooms' configs are completed here where the rooms meet
// (Budget, Memory, Controls, KnownChunk, Hold, World).
type Config struct {
	Generator generator.Config
	DNS       dnsstage.Config
	RDAP      rdapstage.Config

	StorePath  string
	World      string // Internet or the lab's
	BudgetPath string // "" = in memory
	Command    string // the command line, secrets redacted
	Version    string // of the program, for the run's manifest
	LockWait   time.Duration
	Fresh      bool
	Freshness  store.Freshness  // zero = the defaults
	Limit      int              // stop after so many available; 0 = no limit
	Deadline   time.Duration    // 0 = none
	Trim       bool             // with Deadline: ask no more candidates than the registries have time for
	Grace      time.Duration    // to finish what is in flight after a stop; 0 = 8 s
	Verdicts   []vacant.Verdict // what Emit is told of; none = available

	// Emit is told of every name of the asked set that has one of the Verdicts now: those
	// proven in this run as soon as they are committed, those fresh in the store at the end. Each name comes once, from
	// one goroutine at a time. Its error ends the run.
	Emit func(vacant.Result) error
	// Notice is told, a line each, what a user should know (fallbacks, TLDs that cannot be confirmed). nil drops them.
	Notice func(line string)
	Log    *slog.Logger
	Now    func() time.Time

	anyClock bool // Now is not the caller's
}

// Hunt is one run of the main job.
type Hunt struct {
	cfg      Config
	gen      *generator.Generator
	store    *store.Store
	run      *store.Run
	budgets  *budget.Budgets
	dns      *dnsstage.Stage
	rdap     *rdapstage.Stage
	controls *controls

	id       string
	started  time.Time
	via      dnsstage.Via
	hopeless map[string]bool          // suffixes under which no name can become available
	recorded chan struct{}            // closed when all that stage one answered is committed
	emitted  map[vacant.Name]struct{} // only its goroutine at the time touches it
	hits     int                      // available ones emitted
	opened   time.Time                // Deadline counts from here
	trim     *trimmer                 // nil without Trim

	tally
}

// Open opens the store and makes the stages; nothing is asked yet.
func Open(ctx context.Context, cfg Config) (*Hunt, error) {
	cfg.setDefaults()
	h := &Hunt{cfg: cfg, opened: time.Now(), id: newRunID(cfg.Now()), recorded: make(chan struct{}), emitted: make(map[vacant.Name]struct{})}
	if err := h.open(ctx); err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return h, nil
}

func (c *Config) setDefaults() {
	if c.Now == nil {
		c.Now, c.anyClock = time.Now, true
	}
	if c.Notice == nil {
		c.Notice = func(string) {}
	}
	if c.Emit == nil {
		c.Emit = func(vacant.Result) error { return nil }
	}
	if c.Grace == 0 {
		c.Grace = defaultGrace
	}
	if c.World == "" {
		c.World = Internet
	}
	if len(c.Verdicts) == 0 {
		c.Verdicts = []vacant.Verdict{vacant.Available}
	}
	if c.Freshness == (store.Freshness{}) {
		c.Freshness = store.DefaultFreshness()
	}
	if c.DNS.Lookup == nil {
		c.DNS.Lookup = vacant.NewLookup(nil)
	}
}

func (h *Hunt) open(ctx context.Context) (err error) {
	c := &h.cfg
	// The generator asks before each chunk; by then the run exists.
	c.Generator.KnownChunk = func(lo, hi uint64) bool { return h.run.KnownChunk(lo, hi) }
	if h.gen, err = generator.New(c.Generator); err != nil {
		return err
	}
	if h.store, err = store.Open(c.StorePath, store.Options{World: c.World, LockWait: c.LockWait, Command: c.Command, Now: c.Now, Notice: c.Notice}); err != nil {
		return err
	}
	c.DNS.Hold = true
	c.DNS.Log, c.DNS.Now = c.Log, c.Now
	if h.dns, err = dnsstage.New(c.DNS); err != nil {
		return err
	}
	h.controls = newControls(h.dns.Ask, c.Now, h.recorded)
	h.budgets = openBudgets(c.BudgetPath, clock{c.Now, c.anyClock}, c.Notice)
	wireRDAP(&c.RDAP, h.budgets, h.controls, c.World, c.DNS.Lookup, c.Log, c.Now)
	if h.rdap, err = rdapstage.New(ctx, c.RDAP); err != nil {
		return err
	}
	return h.begin()
}

// begin starts the run in the store.
func (h *Hunt) begin() (err error) {
	info := h.cfg.runInfo(h.gen, h.id)
	info.Source = h.gen.Source
	info.Details = details(h.cfg.Version, &h.cfg.Generator, h.gen.Suffixes())
	info.Details.Recipe = recipeOf(&h.cfg.Generator, h.gen)
	h.started = info.Started
	h.run, err = h.store.Begin(info)
	if err == nil {
		h.sums.Carried = h.run.Carried()
	}
	return err
}

// newRunID returns an id that sorts by time: 20060102T150405Z-1a2b3c4d.
func newRunID(now time.Time) string {
	var tail [4]byte
	_, _ = rand.Read(tail[:]) // never fails (crypto/rand)
	return now.UTC().Format("20060102T150405Z") + "-" + hex.EncodeToString(tail[:])
}

// prepare finds the way to ask and tells the user what to expect.
func (h *Hunt) prepare(ctx context.Context) error {
	suffixes := h.gen.Suffixes()
	report, err := h.dns.Preflight(ctx, suffixes)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("%w: %w", ErrNoWay, err)
	}
	h.via = report.Via
	if report.Notice != "" {
		h.cfg.Notice(report.Notice)
	}
	forecast := h.rdap.Forecast(suffixes)
	h.hopeless = hopeless(forecast)
	for _, line := range forecastLines(forecast, h.gen) {
		h.cfg.Notice(line)
	}
	return h.foretellDeadline(ctx)
}

// refresh asks DNS about inquiries whose proof would not hold until the
// registry has answered: carried ones from an earlier day, or of a clock that was
// ahead, and those that a range of the zone denied, which were never asked
// themselves. Those that DNS settles go straight to settled.
func (h *Hunt) refresh(ctx context.Context, group []vacant.Inquiry, settled chan<- []vacant.Result) ([]vacant.Inquiry, error) {
	now := h.cfg.Now()
	stale := func(q vacant.Inquiry) bool {
		return tooOld(q.DNS.At, now) || q.DNS.Synthetic() && !h.hopeless[q.Name.Parent()]
	}
	if !slices.ContainsFunc(group, stale) {
		return group, nil
	}
	fresh, done, err := reask(ctx, h.dns.Ask, group, stale, now)
	if err != nil || len(done) == 0 {
		return fresh, err
	}
	select {
	case settled <- done:
		return fresh, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Close closes everything that Open opened. It may be called more than once.
func (h *Hunt) Close() error {
	var errs []error
	if h.rdap != nil {
		errs = append(errs, h.rdap.Close())
	}
	if h.dns != nil {
		errs = append(errs, h.dns.Close())
	}
	if h.budgets != nil {
		errs = append(errs, h.budgets.Close())
	}
	if h.store != nil {
		errs = append(errs, h.store.Close())
	}
	h.rdap, h.dns, h.budgets, h.store = nil, nil, nil, nil
	return errors.Join(errs...)
}
