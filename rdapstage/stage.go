// Package rdapstage is stage two: it asks the registries, at their rates, about
// the few names that DNS could not rule out, and gives a verdict only with proof.
package rdapstage

import (
	"cmp"
	"context"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"vacant"
	"vacant/rdapstage/ask"
	"vacant/rdapstage/facts"
)

// Budget keeps what may still be asked of each operator, over all processes of
// a user. budget.Budgets of the store implements it.
type Budget interface {
	// Lease asks for up to want questions, which must leave within
	// [vacant.LeaseLife], and accounts for those of earlier leases.
	Lease(ctx context.Context, operator string, limit Limit, want int, arrived []vacant.Arrival) (vacant.Lease, error)
	// Settle accounts for questions of earlier leases.
	Settle(operator string, arrived []vacant.Arrival) error
	// LockOut notes that an operator must not be asked before until.
	LockOut(operator string, until time.Time) error
}

// Limit is what an operator allows.
type Limit = facts.Limit

// Memory keeps small values over processes: calibrations, learned templates.
type Memory interface {
	Recall(key string) ([]byte, error)
	Remember(key string, value []byte) error
}

// Controls finds names that are known to be registered, for controls.
type Controls interface {
	// Registered returns up to n names under suffix that are delegated in DNS now.
	Registered(ctx context.Context, suffix string, n int) []vacant.Name
}

// Config of stage two. The zero value asks the real registries politely, without memory.
type Config struct {
	World           string             // key prefix for budgets and memory, so that worlds never mix
	Rates           map[string]float64 // --rdap-rate: a second, by operator or budget; "" = the default for all
	Limits          map[string]Limit   // ... limits with spans, by operator or budget
	Bootstrap       string             // --rdap-bootstrap: URL or file, trusted as named by hand; "" = IANA's, embedded and refreshed
	BootstrapURL    string             // where IANA's bootstrap is fetched from; "" = [IANABootstrap]. Another is trusted as named by hand
	RDAPServers     map[string]string  // --rdap-server: suffix -> base URL
	WHOISServers    map[string]string  // --whois-server: suffix -> [HOST@]host:port, several parted by spaces in the order in which they are asked; see port43ByHand
	SecondSource    []string           // --second-source: suffixes whose RDAP counts only with a second source that agrees
	NoRDAP, NoWHOIS bool
	Proxy           *url.URL       // --registry-proxy
	Contact         string         // --contact, for the User-Agent
	Roots           *x509.CertPool // the roots for hand-named hosts, the system's among them if wanted (tls_ca); nil = the system's
	CacheDir        string         // for the refreshed bootstrap; "" = keep it in memory
	Version         string         // for the User-Agent

	Budget   Budget   // nil = in memory
	Memory   Memory   // nil = in memory
	Controls Controls // nil = no registered control can be found, so nothing becomes available
	Lookup   *vacant.Lookup
	Log      *slog.Logger
	Now      func() time.Time
	Timing   Timing

	// MaxPause is how long a name may wait for a paused operator or its closing
	// control inside this run: check 60 s, hunt as long as the run goes on (0).
	MaxPause time.Duration
}

// Timing holds the periods of controls; zero fields take the defaults given.
type Timing struct {
	BatchNames  int           // names between two registered controls: 64
	BatchAge    time.Duration // time between them: 60 s
	BatchIdle   time.Duration // ... when nothing else waits: 10 s
	FreeControl time.Duration // between free controls of an endpoint and suffix: 24 h
	LearnGap    time.Duration // between the two labels that teach a template: 10 min
	Query       time.Duration // deadline of one RDAP or WHOIS question: 10 s
	Quarantine  time.Duration // for which an endpoint that failed a control is not asked: 1 h
	Proof       int           // controls of a host that must hold after an answer: 32; twice that for a week after one failed
	Spacing     int           // bound of the names between two controls on one connection, drawn from a third of it upwards: 36
}

// Stage is stage two, ready to run. One Run at a time.
type Stage struct {
	cfg       Config
	unit      time.Duration                          // the first pause where the server names none; doubles
	put       func(context.Context, *question) reply // exchange, or a test's registry
	asker     *ask.Asker
	handTable *bootstrapTable                // of Config.Bootstrap, nil for IANA's
	table     atomic.Pointer[bootstrapTable] // IANA's, embedded or refreshed
	refreshed atomic.Bool                    // table is, in this process
	cached    atomic.Bool                    // ... and the copy on disk is whole
	damaged   string                         // what was wrong with that copy when the stage was made
	ianaURL   string

	nudged chan struct{} // results wait, or all is settled; holds one
	room   chan struct{} // results were taken; holds one
	tasks  sync.WaitGroup
	plans  map[string]*plan // of the intake alone

	mu sync.Mutex
	// Everything below is guarded by mu, and so is every lane and operator.
	ctx       context.Context // of the current Run
	events    int64           // clock of questions and answers
	operators map[string]*operator
	pools     map[string]*pool
	askers    []*ask.Asker // by line; the first is asker
	closing   bool         // no more names will come
	winding   bool         // ... and those not asked about yet are let go
	pending   int          // names admitted and not settled
	outbox    []vacant.Result
	memos     map[string]any  // to be remembered, by key
	coldHosts map[string]bool // WHOIS servers that could not be connected to
	port43OK  bool
	stats     Stats
}

// New loads the registry facts and the bootstrap. Its errors are the user's.
func New(ctx context.Context, cfg Config) (*Stage, error) {
	cfg.fill()
	s := &Stage{cfg: cfg, unit: minPause, ianaURL: cmp.Or(cfg.BootstrapURL, IANABootstrap),
		nudged: make(chan struct{}, 1), room: make(chan struct{}, 1), plans: make(map[string]*plan),
		operators: make(map[string]*operator), pools: make(map[string]*pool), memos: make(map[string]any), coldHosts: make(map[string]bool)}
	var err error
	if s.asker, err = s.newAsker(); err != nil {
		return nil, fmt.Errorf("registry proxy: %w", err)
	}
	s.askers, s.put = []*ask.Asker{s.asker}, s.exchange
	if err := s.checkHandNamed(); err != nil {
		return nil, err
	}
	if err := s.loadBootstrap(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// fill gives the zero fields their defaults.
func (c *Config) fill() {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Lookup == nil {
		c.Lookup = vacant.NewLookup(nil)
	}
	if c.Budget == nil {
		c.Budget = newMemoryBudget(c.Now)
	}
	if c.Memory == nil {
		c.Memory = &memoryMemory{}
	}
	c.Timing = c.Timing.withDefaults()
}

// checkHandNamed refuses endpoints that cannot be asked.
func (s *Stage) checkHandNamed() error {
	for suffix, base := range s.cfg.RDAPServers {
		if _, ok := rdapEndpoint(base, sourceHand); !ok {
			return fmt.Errorf("RDAP server of %s: %q is no http or https URL", suffix, base)
		}
	}
	for suffix, addrs := range s.cfg.WHOISServers {
		if err := checkPort43ByHand(addrs); err != nil {
			return fmt.Errorf("WHOIS server of %s: %w", suffix, err)
		}
	}
	return nil
}

func (s *Stage) now() time.Time { return s.cfg.Now() }

// key puts a name into this world's part of the budgets and memory.
func (s *Stage) key(name string) string {
	world := s.cfg.World
	if world == "" {
		world = "internet"
	}
	return world + "/" + name
}

// warn logs an error that costs the run nothing but politeness or memory.
func (s *Stage) warn(err error, doing, about string) {
	if err != nil {
		s.cfg.Log.Warn("cannot "+doing, "about", about, "error", err)
	}
}

// Stats are stage two's counters.
type Stats struct {
	Asked, Controls, Retried, Limited uint64
	Inflight                          int
	ByOperator                        map[string]uint64
}

// Stats returns the counters; safe at any time.
func (s *Stage) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.stats
	st.ByOperator = make(map[string]uint64, len(s.operators))
	for name, o := range s.operators {
		st.ByOperator[name] = o.asked
	}
	return st
}

// Close ends idle connections. Leased tokens went back when Run ended.
func (s *Stage) Close() error {
	s.idle()
	return nil
}
