package pipeline

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"time"

	"vacant"
	"vacant/dnsstage"
	"vacant/store"
)

// AuditConfig of [Audit].
type AuditConfig struct {
	CheckConfig // DNS.Via, if set, is the way by which DNS is asked, whatever the record says
	// Resolvers are asked where another way than the authority is wanted and DNS
	// names none; none of both means the system's.
	Resolvers []netip.AddrPort
	StorePath string
	Command   string
	LockWait  time.Duration
	Sample    store.SampleQuery // Per, Seed, Classes, TLDs and ages
}

// ErrNothingToAudit means that the store has no name of the kind asked for.
var ErrNothingToAudit = errors.New("the store has no such name to audit")

// Audit draws a random sample of what the store says, asks about each name again
// by a path that the record does not rest on, and counts who was right. It writes
// nothing. When ctx ends early, what is known by then is returned with ctx's error.
//
// The store is closed before the first question, so that a hunt need not wait
// for an audit that takes hours at the registries' rates.
func Audit(ctx context.Context, cfg AuditConfig) (*AuditReport, error) {
	a := &auditor{cfg: &cfg, started: time.Now()}
	cfg.setDefaults()
	if err := a.draw(ctx); err != nil {
		return nil, err
	}
	defer func() { _ = a.ask.close() }() // nothing is kept there
	if err := a.choosePaths(ctx); err != nil {
		return nil, err
	}
	for _, line := range a.costs() {
		cfg.Notice(line)
	}
	err := a.recheck(ctx)
	if err != nil && ctx.Err() == nil {
		return nil, err
	}
	return a.report(), ctx.Err()
}

func (c *AuditConfig) setDefaults() {
	c.CheckConfig.setDefaults()
	c.DNS.Hold, c.RDAP.MaxPause = true, maxCheckPause
}

// auditor is one audit.
type auditor struct {
	cfg     *AuditConfig
	started time.Time
	sample  store.Sample
	unnamed []UnnamedSpace
	cases   []*auditCase
	ask     askers
}

// auditCase is one name on its way through an audit.
type auditCase struct {
	store.Drawn
	class  store.SampleClass
	suffix string

	dns  dnsstage.Via // the way by which DNS is asked; "" = not at all
	path registryPath // which registry sources are asked
	none string       // why there is no independent path, "" if there is one

	proof *vacant.DNSProof // what DNS says now; nil = not asked
	now   *vacant.Result   // what the independent path says; nil = not asked
	own   *vacant.Result   // what the record's own source says now, after a disagreement
}

// draw opens the store for reading, draws, and closes it.
func (a *auditor) draw(ctx context.Context) (err error) {
	c := a.cfg
	s, err := store.Open(c.StorePath, store.Options{World: c.World, ReadOnly: true, LockWait: c.LockWait, Command: c.Command, Now: c.Now})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	runs, err := s.Runs()
	if err != nil {
		return err
	}
	c.Sample.Scope = scopes(c.World, &c.DNS, &c.RDAP)
	made := remakeSpaces(runs, c.Sample.Scope)
	c.Sample.Spaces = made.made
	if a.sample, err = s.Sample(ctx, c.Sample); err != nil {
		return err
	}
	a.unnamed = made.unnamed(a.sample.Unnamed)
	for _, st := range a.sample.Strata {
		for _, d := range st.Drawn {
			a.cases = append(a.cases, &auditCase{Drawn: d, class: st.Class, suffix: st.Suffix})
		}
	}
	if len(a.cases) == 0 {
		return a.nothing()
	}
	// Mixed, so that an audit that is stopped has something of every class.
	rand.New(rand.NewPCG(c.Sample.Seed, 0)).Shuffle(len(a.cases), func(i, k int) { a.cases[i], a.cases[k] = a.cases[k], a.cases[i] })
	return nil
}

func (a *auditor) nothing() error {
	if len(a.unnamed) > 0 {
		u := a.unnamed[0]
		return fmt.Errorf("%w: %d delegated names of space %s cannot be told: %s", ErrNothingToAudit, u.Delegated, u.Space, u.Why)
	}
	return ErrNothingToAudit
}

// recheck asks DNS about all cases, the registries about those that need them,
// and about disagreements whoever can say more.
func (a *auditor) recheck(ctx context.Context) error {
	for _, round := range []func(context.Context) error{a.askDNS, a.askRegistries, a.followUp} {
		if err := round(ctx); err != nil {
			return err
		}
	}
	return nil
}
