package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"vacant"
)

type explain struct {
	*app
	from reading
}

func newExplain(a *app) *cobra.Command {
	e := &explain{app: a}
	cmd := &cobra.Command{
		Use:   "explain NAME",
		Short: "Print the evidence for what the store says of one name",
		Long: `Explain prints the verdict that the store holds for a name, and every question
that led to it: of whom, when, and what came back. It asks nobody; check
--explain asks afresh.`,
		Example: "  vacant explain example.com",
		Args:    wantArgs(1, 1, "one NAME"),
		RunE:    func(_ *cobra.Command, args []string) error { return e.start(args[0]) },
	}
	e.from.AddFlags(cmd.Flags())
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
	in := scope(name.Parent())
	r, ok, err := s.Get(in, name)
	waits, waiting, werr := s.Unconfirmed(in, name)
	if err = errors.Join(err, werr, s.Close()); err != nil {
		return err
	}
	switch {
	case ok:
	case waiting:
		return &hinted{fmt.Errorf("%s has no verdict yet: DNS said %s at %s, and it waits for its registry", name, waits.DNS.Status, stamp(waits.DNS.At)),
			"the next hunt goes on with it; check --explain " + string(name) + " asks at once"}
	default:
		return &hinted{fmt.Errorf("the store knows nothing of %s", name), "ask afresh with check --explain " + string(name)}
	}
	_, err = io.WriteString(e.stdout, verdictLine(&r)+ledger(&r))
	return ioFailure(err)
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
