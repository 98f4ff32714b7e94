package pipeline

import (
	"context"
	"errors"
	"sync"

	"golang.org/x/sync/errgroup"

	"vacant"
	"vacant/rdapstage"
	"vacant/store"
)

// askDNS asks DNS about every case that wants it.
func (a *auditor) askDNS(ctx context.Context) error {
	var g errgroup.Group
	g.SetLimit(reaskWidth)
	for _, c := range a.cases {
		if c.dns == "" {
			continue
		}
		g.Go(func() error { return a.ask.askOne(ctx, c) })
	}
	return g.Wait()
}

// askOne asks about one case by its way, and where that says nothing and DNS is
// not what is audited, by another.
func (k *askers) askOne(ctx context.Context, c *auditCase) error {
	proof, err := k.ways[c.dns].stage.Ask(ctx, c.Name)
	if err != nil {
		return err
	}
	if c.path != askNone && !useful(proof) {
		for _, via := range sortedKeys(k.ways) {
			if k.ways[via].err != nil || via == c.dns {
				continue
			}
			if proof, err = k.ways[via].stage.Ask(ctx, c.Name); err != nil {
				return err
			}
		}
	}
	if proof.Status == vacant.StatusDelegated {
		k.controls.add(c.Name, proof.At)
	}
	c.proof = &proof
	return nil
}

// useful reports whether an answer can stand under a registry's.
func useful(p vacant.DNSProof) bool {
	return p.Status == vacant.StatusDelegated || p.Supports(p.At) == nil
}

// askRegistries asks about the cases whose path leads to a registry.
func (a *auditor) askRegistries(ctx context.Context) error {
	var by [registryPaths][]*auditCase
	for _, c := range a.cases {
		if c.path != askNone {
			by[c.path] = append(by[c.path], c)
		}
	}
	return a.ask.askAll(ctx, by, func(c *auditCase, r *vacant.Result) { c.now = r })
}

// followUp asks about disagreements: the registry about names that another
// server no longer delegates, and the record's own source about those that another source contradicts.
func (a *auditor) followUp(ctx context.Context) error {
	var registry, own [registryPaths][]*auditCase
	for _, c := range a.cases {
		switch {
		case c.class == store.SampleDelegated && c.path == askNone && c.proof != nil && c.proof.Status.ForStageTwo():
			if able, err := a.ask.canConfirm(ctx, askBoth, c.suffix); err != nil {
				return err
			} else if able {
				registry[askBoth] = append(registry[askBoth], c)
			}
		case c.contradicted():
			path := ownPath(&c.Result)
			if able, err := a.ask.canConfirm(ctx, path, c.suffix); err != nil {
				return err
			} else if able {
				own[path] = append(own[path], c)
			}
		}
	}
	if err := a.ask.askAll(ctx, registry, func(c *auditCase, r *vacant.Result) { c.now = r }); err != nil {
		return err
	}
	return a.ask.askAll(ctx, own, func(c *auditCase, r *vacant.Result) { c.own = r })
}

// contradicted reports whether a registry source says something else than the record.
func (c *auditCase) contradicted() bool {
	return c.Recorded && c.class != store.SampleDelegated && c.now != nil &&
		c.now.Verdict() != vacant.Undetermined && c.now.Verdict() != c.Result.Verdict()
}

// ownPath is the path on which a record rests.
func ownPath(r *vacant.Result) registryPath {
	if path, _ := pathOf(r); path == askPort43 {
		return askRDAP
	}
	return askPort43
}

// askAll asks each path's registries about its cases, all paths at once. A case
// that was not reached when ctx ended gets nothing.
func (k *askers) askAll(ctx context.Context, by [registryPaths][]*auditCase, give func(*auditCase, *vacant.Result)) error {
	var g errgroup.Group
	var mu sync.Mutex // of give
	for path, cases := range by {
		if len(cases) == 0 {
			continue
		}
		stage, err := k.stage(ctx, registryPath(path))
		if err != nil {
			return err
		}
		byName := make(map[vacant.Name]*auditCase, len(cases))
		for _, c := range cases {
			byName[c.Name] = c
		}
		g.Go(func() error {
			return askStage(ctx, stage, inquiries(cases), func(r vacant.Result) {
				mu.Lock()
				defer mu.Unlock()
				give(byName[r.Name], &r)
			})
		})
	}
	return errors.Join(g.Wait(), ctx.Err())
}

func inquiries(cases []*auditCase) []vacant.Inquiry {
	list := make([]vacant.Inquiry, len(cases))
	for i, c := range cases {
		list[i] = vacant.Inquiry{Name: c.Name, Source: "audit"}
		if c.proof != nil {
			list[i].DNS = *c.proof
		}
	}
	return list
}

// askStage runs stage two over list. When ctx ends, what is in flight may finish
// within the grace that a hunt has.
func askStage(ctx context.Context, stage *rdapstage.Stage, list []vacant.Inquiry, give func(vacant.Result)) error {
	confirming, cancel := graceAfter(ctx, defaultGrace)
	defer cancel()
	defer context.AfterFunc(ctx, stage.WindUp)()
	in := make(chan []vacant.Inquiry, 1)
	out := make(chan []vacant.Result, resultsCap)
	in <- list
	close(in)
	var g errgroup.Group
	g.Go(func() error { defer close(out); return stage.Run(confirming, in, out) })
	for group := range out {
		for _, r := range group {
			give(r)
		}
	}
	return g.Wait()
}
