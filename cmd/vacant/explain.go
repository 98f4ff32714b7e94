package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"vacant"
	"vacant/cmd/internal/pipeline"
	"vacant/store"
)

type explain struct {
	*app
	from reading
	json bool
}

func newExplain(a *app) *cobra.Command {
	e := &explain{app: a}
	cmd := &cobra.Command{
		Use:   "explain NAME",
		Short: "Print the evidence for what the store says of one name",
		Long: `Explain prints the verdict that the store holds for a name: what it means and
what it leaves open, the rule that decided, every question that led to it (of
whom, when, what came back), the controls around it and whether they held, and
when a hunt asks again. Of a name that is not settled it says why, what to do,
and when. It asks nobody; check --explain asks afresh and prints the same.

Of most names that DNS shows delegated a store keeps no more than that, and when
they were asked.`,
		Example: "  vacant explain example.com\n  vacant explain -j example.com",
		Args:    wantArgs(1, 1, "one NAME"),
		RunE:    func(_ *cobra.Command, args []string) error { return e.start(args[0]) },
	}
	e.from.AddFlags(cmd.Flags())
	cmd.Flags().BoolVarP(&e.json, "json", "j", false, "print the record as export -j does, with the explanation")
	return describe(cmd, exitDone, exitFailed, exitUsage, exitLocked, exitStore, exitIO, exitInterrupted)
}

func (e *explain) start(text string) error {
	name, err := vacant.ParseName(text)
	if err != nil {
		return usage(err, nameHint(err))
	}
	s, scope, err := e.from.open(e.app)
	if err != nil {
		return err
	}
	known, err := look(s, scope, name)
	if err = errors.Join(err, s.Close()); err != nil {
		return err
	}
	if known.result == nil {
		return known.nothing(name, e.check())
	}
	if e.json {
		return e.printJSON(known)
	}
	_, err = io.WriteString(e.stdout, verdictLine(known.result)+known.text(time.Now()))
	return ioFailure(err)
}

// check is the command that asks about a name afresh, in the same world.
func (e *explain) check() string {
	if e.from.lab.on {
		return "check --lab --explain "
	}
	return "check --explain "
}

// inStore is all that a store knows of a name.
type inStore struct {
	result *vacant.Result
	wait   *vacant.Inquiry // it waits for its registry, with a result of before or without
	mark   *pipeline.KnownDelegated
	blind  int // spaces that may have it, and cannot be made again
}

// look finds what a store knows of a name: a result, a place in the queue, or no
// more than that it was delegated.
func look(s *store.Store, scope scope, name vacant.Name) (known inStore, err error) {
	in := scope(name.Parent())
	r, ok, err := s.Get(in, name)
	if err != nil {
		return known, err
	}
	if ok {
		known.result = &r
	}
	waits, waiting, err := s.Unconfirmed(in, name)
	if waiting {
		known.wait = &waits
	}
	if err != nil || ok || waiting {
		return known, err
	}
	mark, found, blind, err := pipeline.Delegated(s, scope, name)
	known.blind = blind
	if found {
		known.mark, known.result = &mark, markedResult(name, &mark)
	}
	return known, err
}

// markedResult is a result of what is known of a name without a record.
func markedResult(name vacant.Name, m *pipeline.KnownDelegated) *vacant.Result {
	r := vacant.NewRegistered(name, "")
	r.CheckedAt, r.Method, r.RunID = m.At, string(vacant.KindDNS), m.Run
	r.DNS = vacant.DNSProof{At: m.At, Status: vacant.StatusDelegated, Rcode: vacant.RcodeNone}
	return &r
}

// nothing is the error of a name of which there is no verdict; check is the
// command that asks about one.
func (k *inStore) nothing(name vacant.Name, check string) error {
	if k.wait != nil {
		return &hinted{fmt.Errorf("%s has no verdict yet: DNS said %s at %s, and it waits for its registry", name, k.wait.DNS.Status, stamp(k.wait.DNS.At)),
			"the next hunt goes on with it; " + check + string(name) + " asks at once"}
	}
	err := fmt.Errorf("the store knows nothing of %s", name)
	if k.blind > 0 {
		err = fmt.Errorf("%w, unless it is among the delegated names of %d spaces that cannot be made again (vacant audit says why)", err, k.blind)
	}
	return &hinted{err, "ask afresh with " + check + string(name)}
}

// stale reports whether a hunt would no longer believe what is known.
func (k *inStore) stale(now time.Time) bool {
	fresh := store.DefaultFreshness()
	return !fresh.Until(k.result).After(now)
}

// text is the ledger, and what there is to say besides.
func (k *inStore) text(now time.Time) string {
	var b ledgerText
	if k.stale(now) {
		b.line("stale", "a hunt would ask again by now: check "+string(k.result.Name)+" tells how it stands")
	}
	if k.wait != nil {
		b.line("waits", fmt.Sprintf("DNS said %s at %s: it goes to its registry with the next hunt, and what follows is from before", k.wait.DNS.Status, stamp(k.wait.DNS.At)))
	}
	if m := k.mark; m != nil {
		where, late := "a list", "five minutes"
		if m.Space != "" {
			where, late = "progress in space "+m.Space[:8], "an hour"
		}
		b.line("known from", fmt.Sprintf("%s: that DNS delegated it, at the time below or up to %s later; by which server is not kept", where, late))
	}
	return b.String() + ledger(k.result)
}

// printJSON prints the record with the explanation as one line.
func (e *explain) printJSON(k inStore) error {
	record, err := resultJSON(k.result)
	if err != nil {
		return err
	}
	more := struct {
		explanation
		Stale     bool       `json:"stale"`      // a hunt would ask again by now
		KnownFrom string     `json:"known_from"` // record, list or progress
		Waits     *waitsJSON `json:"waits,omitempty"`
	}{explanation: explanationOf(k.result), Stale: k.stale(time.Now()), KnownFrom: "record"}
	if k.mark != nil {
		more.KnownFrom = "list"
		if k.mark.Space != "" {
			more.KnownFrom = "progress"
		}
	}
	if k.wait != nil {
		more.Waits = &waitsJSON{DNS: k.wait.DNS.Status.String(), At: stamp(k.wait.DNS.At)}
	}
	text, err := json.Marshal(more)
	if err != nil {
		return err
	}
	record = append(bytes.TrimSuffix(record, []byte("}")), `,"explain":`...)
	_, err = fmt.Fprintf(e.stdout, "%s%s}\n", record, text)
	return ioFailure(err)
}

// waitsJSON tells of a name that waits for its registry.
type waitsJSON struct {
	DNS string `json:"dns"`
	At  string `json:"at"`
}

// hinted is a failure (exit 1) with something to do about it.
type hinted struct {
	err  error
	hint string
}

func (h *hinted) Error() string { return h.err.Error() }
func (h *hinted) Unwrap() error { return h.err }

// Hint says what can be done.
func (h *hinted) Hint() string { return h.hint }
