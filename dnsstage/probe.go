package dnsstage

import (
	"context"
	"fmt"
	"strings"

	"golang.org/x/sync/errgroup"

	"vacant"
	"vacant/dnsstage/wire"
)

const (
	probes      = 3  // random labels asked of a zone, or of a resolver for each suffix
	probeLength = 20 // letters: 36^20 labels, so none is registered
)

// probe asks a zone about random labels. Where all of them get NOERROR it has
// no NXDOMAIN: a wildcard zone, or one that says NOERROR to everything. The
// first is asked with DO where the zone's proofs are of interest.
func (f *finder) probe(ctx context.Context, w *search, c *cut) (wildcard bool, proof proofOfZone, err error) {
	var statuses [probes]vacant.Status
	g, inGroup := errgroup.WithContext(ctx)
	for i := range statuses {
		g.Go(func() (err error) {
			if i == 0 && w.denial {
				statuses[i], proof, err = f.probeProof(inGroup, w.suffix, c)
				return err
			}
			statuses[i], _, err = f.probeOnce(inGroup, w.suffix, c, false)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return false, proof, err
	}
	wildcard = true
	for _, s := range statuses {
		if s == vacant.StatusDelegated {
			return false, proof, &findError{suffix: w.suffix, why: fmt.Sprintf("the servers of %q delegate random labels", c.origin), met: causeNonsense}
		}
		wildcard = wildcard && s == vacant.StatusNodata
	}
	if wildcard {
		proof = proofOfZone{} // there is nothing to deny
	}
	return wildcard, proof, nil
}

func (f *finder) probeOnce(ctx context.Context, suffix string, c *cut, do bool) (vacant.Status, answer, error) {
	name := f.randomLabel() + "." + suffix
	var v ruling
	read := func(a *answer) ruling {
		q := question{name: []byte(name), origin: c.origin, tcp: a.OverTCP}
		v = judge(&q, &a.Reply)
		if v.act == learnCut {
			return useless(causeNonsense)
		}
		return v
	}
	a, met, err := f.ask(ctx, f.shuffled(c.servers), wire.Query{Name: []byte(name), Type: wire.TypeNS, DO: do}, read)
	if err == nil && met != 0 {
		err = &findError{suffix: suffix, why: fmt.Sprintf("no useful answer to a probe from the servers of %q: %s", c.origin, met), met: met}
	}
	return v.status, a, err
}

// randomLabel returns a label that nobody has registered.
func (f *finder) randomLabel() string {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789"
	f.mu.Lock()
	defer f.mu.Unlock()
	label := make([]byte, probeLength)
	for i := range label {
		label[i] = letters[f.rng.IntN(len(letters))]
	}
	return string(label)
}

// String names the causes, for errors.
func (c cause) String() string {
	var words []string
	for i, word := range []string{"silence", "no way there", "SERVFAIL", "REFUSED", "answers that make no sense"} {
		if c&(1<<i) != 0 {
			words = append(words, word)
		}
	}
	return strings.Join(words, ", ")
}
