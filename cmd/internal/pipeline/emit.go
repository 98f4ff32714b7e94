package pipeline

import (
	"slices"

	"vacant"
	"vacant/store"
)

// emit shows a committed result if it is asked for and its name was.
func (h *Hunt) emit(r vacant.Result) error {
	if !slices.Contains(h.cfg.Verdicts, r.Verdict()) {
		return nil
	}
	if _, again := h.emitted[r.Name]; again {
		return nil
	}
	asked, err := h.asked(r.Name)
	if err != nil || !asked {
		return err
	}
	h.emitted[r.Name] = struct{}{}
	return h.show(r)
}

func (h *Hunt) show(r vacant.Result) error {
	if r.Verdict() == vacant.Available {
		if h.cfg.Limit > 0 && h.hits >= h.cfg.Limit {
			return nil // proven while the stop was under way; the store has it
		}
		h.hits++
	}
	if err := h.cfg.Emit(r); err != nil {
		return err
	}
	if h.cfg.Limit > 0 && h.hits == h.cfg.Limit {
		h.stop(errLimit)
	}
	return nil
}

// asked reports whether name belongs to what this hunt was asked about; a name
// carried over from another hunt does not.
func (h *Hunt) asked(name vacant.Name) (bool, error) {
	if h.gen.Contains([]byte(name)) {
		return true, nil
	}
	return h.run.InLists(name)
}

// emitKnown shows what earlier runs proved about the asked set and is still
// fresh. The store has each name once, so nothing is remembered of them.
func (h *Hunt) emitKnown() error {
	return h.Asked(store.Query{Verdicts: h.cfg.Verdicts}, func(r vacant.Result) error {
		if _, again := h.emitted[r.Name]; again || (h.cfg.Limit > 0 && h.hits >= h.cfg.Limit) {
			return nil
		}
		return h.show(r)
	})
}

// Asked gives each the state of the asked set, sorted by name: the results q
// selects among the names that this hunt's sources named, leaving out those
// whose "available" is no longer fresh. To be called after Run and before Close.
func (h *Hunt) Asked(q store.Query, each func(vacant.Result) error) error {
	q.Scope = scopes(h.cfg.World, &h.cfg.DNS, &h.cfg.RDAP)
	oldest := h.started.Add(-h.cfg.Freshness.Available)
	var failed error
	q.Match = func(name vacant.Name) bool {
		asked, err := h.asked(name)
		if err != nil && failed == nil {
			failed = err
		}
		return asked
	}
	for r, err := range h.store.Results(q) {
		if err != nil {
			return err
		}
		if r.Verdict() == vacant.Available && r.CheckedAt.Before(oldest) {
			continue
		}
		if err := each(r); err != nil {
			return err
		}
	}
	return failed
}

// keepDelegated records names that DNS shows to be delegated, when the user asked
// to see registered names too; otherwise a delegated name is worth two bits, not a record.
func (h *Hunt) keepDelegated(b *vacant.Batch) error {
	if !slices.Contains(h.cfg.Verdicts, vacant.Registered) {
		return nil
	}
	var keep []vacant.Result
	now := h.cfg.Now()
	for i, a := range b.Answers {
		if a.Status != vacant.StatusDelegated {
			continue
		}
		r := dnsResult(vacant.Name(b.Name(i)), b.Proof(i), h.gen.Source(b.Index[i]), now)
		r.RunID = h.id
		keep = append(keep, r)
	}
	if len(keep) == 0 {
		return nil
	}
	return h.run.Settle(keep)
}
