package pipeline

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"vacant"
)

// maxCarriedAge is how old the DNS proof of a waiting name may be when it goes
// to stage two: two hours short of the 24 h at which it would no longer stand
// under "available", for the registry's queue.
const maxCarriedAge = vacant.MaxProofAge - 2*time.Hour

// tooOld reports whether a proof of then is to be renewed. How old one from the
// future is nobody knows, since its clock was ahead; a minute may be a small correction.
func tooOld(then, now time.Time) bool {
	return now.Sub(then) > maxCarriedAge || then.Sub(now) > time.Minute
}

// reaskWidth is how many carried names are asked about at once.
const reaskWidth = 64

type asker func(ctx context.Context, name vacant.Name) (vacant.DNSProof, error)

// reask renews the proofs in group that stale picks out. It returns what
// still has to go to the registry, and results for what DNS settled.
func reask(ctx context.Context, ask asker, group []vacant.Inquiry, stale func(vacant.Inquiry) bool, now time.Time) ([]vacant.Inquiry, []vacant.Result, error) {
	var g errgroup.Group
	g.SetLimit(reaskWidth)
	for i := range group {
		if !stale(group[i]) {
			continue
		}
		g.Go(func() error {
			proof, err := ask(ctx, group[i].Name)
			if err == nil {
				group[i].DNS = proof
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, nil, err
	}
	var open []vacant.Inquiry
	var done []vacant.Result
	for _, q := range group {
		if q.DNS.Status.ForStageTwo() {
			open = append(open, q)
			continue
		}
		done = append(done, dnsResult(q.Name, q.DNS, q.Source, now))
	}
	return open, done, nil
}

// dnsRetry is when a name that DNS could not settle may be asked about again.
const dnsRetry = time.Hour

// dnsResult is the verdict that DNS alone gives: registered for a delegated name, else undetermined.
func dnsResult(name vacant.Name, proof vacant.DNSProof, source string, now time.Time) vacant.Result {
	r := vacant.NewUndetermined(name, proof.Status.Reason(), now.Add(dnsRetry))
	if proof.Status == vacant.StatusDelegated {
		r = vacant.NewRegistered(name, "")
	}
	r.CheckedAt, r.Method, r.DNS, r.Source = now, string(vacant.KindDNS), proof, source
	r.Evidence = []vacant.Evidence{proof.Evidence(name)}
	return r
}
