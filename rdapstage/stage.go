// Package rdapstage is stage two: it asks the registries, at their rates, about
// the few names that DNS could not rule out, and gives a verdict only with proof.
package rdapstage

import (
	"context"
	"crypto/x509"
	"errors"
	"log/slog"
	"net/url"
	"time"

	"vacant"
)

// Budget keeps what may still be asked of each operator, over all processes of
// a user. store.Budgets implements it through a thin adapter in the pipeline.
type Budget interface {
	Lease(ctx context.Context, operator string, limit Limit, want int) (got int, again, lockedUntil time.Time, err error)
	Return(operator string, n int) error
	LockOut(operator string, until time.Time) error
}

// Memory keeps small values over processes: calibrations, learned templates.
type Memory interface {
	Recall(key string) ([]byte, error)
	Remember(key string, value []byte) error
}

// Limit is what an operator allows. Zero fields are no limit.
type Limit struct {
	PerSecond float64
	Burst     int
	PerDay    int
}

// Controls finds names that are known to be registered, for controls.
type Controls interface {
	// Registered returns up to n names under suffix that are delegated in DNS now.
	Registered(ctx context.Context, suffix string, n int) []vacant.Name
}

// Config of stage two. The zero value asks the real registries politely, without memory.
type Config struct {
	World           string             // key prefix for budgets and memory, so that worlds never mix
	Rates           map[string]float64 // --rdap-rate: by operator; "" = the default for all
	Bootstrap       string             // --rdap-bootstrap: URL or file, trusted as named by hand; "" = IANA's, embedded and refreshed
	RDAPServers     map[string]string  // --rdap-server: suffix -> base URL
	WHOISServers    map[string]string  // --whois-server: suffix -> host:port
	NoRDAP, NoWHOIS bool
	Proxy           *url.URL       // --registry-proxy
	Contact         string         // --contact, for the User-Agent
	Roots           *x509.CertPool // additional roots for hand-named hosts (tls_ca); nil = the system's
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
}

// Stage is stage two, ready to run.
type Stage struct{}

// New loads the registry facts and the bootstrap. Its errors are the user's.
func New(ctx context.Context, cfg Config) (*Stage, error) {
	return nil, errors.New("rdapstage: not built yet")
}

// Run judges the inquiries that come in and sends results in groups; every
// inquiry ends in exactly one result, "undetermined" with a reason where nothing is proven,
// unless ctx ends first: then those not settled get none (they still wait in
// the store) and Run returns ctx.Err(). It returns nil when in is closed and all is settled. It
// does not close out.
func (s *Stage) Run(ctx context.Context, in <-chan []vacant.Inquiry, out chan<- []vacant.Result) error {
	return nil
}

// Forecast says, for a suffix, whether stage two can confirm names in it and how fast.
type Forecast struct {
	Suffix    string
	Operator  string
	Rate      float64       // names/s that its operators allow, controls taken off; 0 = no limit
	Reason    vacant.Reason // why names cannot be confirmed; "" when they can
	ClosedTLD bool
}

// Forecast answers for each suffix.
func (s *Stage) Forecast(suffixes []string) []Forecast { return nil }

// Endpoint is one place that knows about a suffix, for "registry show".
type Endpoint struct {
	Kind        vacant.Kind
	Base        string // URL or host:port
	Operator    string
	Source      string // "bootstrap", "embedded", "hand"
	Limit       Limit
	NeedsSecond bool // its no counts only if another source agrees
	LastControl time.Time
	LastFree    time.Time
	LockedUntil time.Time
}

// Description is all that stage two knows about a suffix.
type Description struct {
	Suffix    string
	Policy    string // open, brand, closed, restricted, infrastructure, ""
	Denial    string // NSEC, NSEC3, "" (not known)
	Wildcard  bool
	Endpoints []Endpoint
	Notes     []string
}

// Describe returns what is known about a suffix.
func (s *Stage) Describe(suffix string) Description { return Description{} }

// Stats are stage two's counters.
type Stats struct {
	Asked, Controls, Retried, Limited uint64
	Inflight                          int
	ByOperator                        map[string]uint64
}

// Stats returns the counters; safe at any time.
func (s *Stage) Stats() Stats { return Stats{} }

// Close ends idle connections and gives back leased tokens.
func (s *Stage) Close() error { return nil }
