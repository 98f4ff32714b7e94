package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/pflag"

	"vacant"
	"vacant/cmd/internal/lab"
	"vacant/dnsstage"
	"vacant/rdapstage"
)

// asking are the flags of every command that asks somebody: both stages', and
// the lab's that can stand in for the world.
type asking struct {
	one stageOne
	two stageTwo
	lab labFlags
}

// AddFlags adds the flags.
func (q *asking) AddFlags(fs *pflag.FlagSet) {
	q.one.AddFlags(fs)
	q.two.AddFlags(fs)
	q.lab.AddFlags(fs)
}

// ways is whom the stages will ask.
type ways struct {
	dns      dnsstage.Config
	rdap     rdapstage.Config
	world    string
	suffixes *vacant.Suffixes
	lab      *lab.Lab // nil without --lab
}

// open fills the stages' Configs from the flags and starts the lab if asked to.
func (q *asking) open(ctx context.Context, a *app, fs *pflag.FlagSet) (*ways, error) {
	if err := q.lab.check(a, fs); err != nil {
		return nil, err
	}
	w := &ways{world: a.world()}
	if err := q.one.fill(a, fs.Changed, &w.dns); err != nil {
		return nil, err
	}
	if err := q.two.fill(a, w.world, &w.rdap); err != nil {
		return nil, err
	}
	if err := w.openLab(ctx, &q.lab); err != nil {
		return nil, err
	}
	return w, w.knowSuffixes(ctx)
}

// knowSuffixes sets the suffixes that exist: the public list's and those that
// have an endpoint named by hand.
func (w *ways) knowSuffixes(ctx context.Context) error {
	named, err := rdapstage.HandNamed(ctx, w.rdap)
	named = slices.AppendSeq(named, maps.Keys(w.dns.Authority))
	w.suffixes = vacant.NewSuffixes(named...)
	if err == nil {
		err = w.checkSecondSource()
	}
	if err != nil {
		w.close()
	}
	if ctx.Err() != nil {
		return ctx.Err() // nobody's mistake: the user stopped us
	}
	if errors.Is(err, rdapstage.ErrUnreachable) {
		return &hinted{err, w.unreachedHint()} // the network's or its server's
	}
	return usage(err, "")
}

// checkSecondSource refuses a suffix that is none: misspelt, the one that was
// meant would go without its second source, and nobody would know.
func (w *ways) checkSecondSource() error {
	for _, suffix := range w.rdap.SecondSource {
		if err := w.suffixes.Known(suffix); err != nil {
			return fmt.Errorf("--second-source %.80q: %w", suffix, err)
		}
	}
	return nil
}

// unreachedHint says what to do when the bootstrap file's server is not reached.
func (w *ways) unreachedHint() string {
	switch _, isLab := tldsOfWorld(w.world); {
	case w.lab != nil:
		return "a lab needs this machine's loopback interface; ip link set lo up brings it up"
	case isLab:
		return labGone
	}
	return "see whether the server that --rdap-bootstrap names is up; without that flag IANA's own table is used"
}

// labGone is the hint where the servers of a lab's settings file do not answer.
const labGone = "these settings are of a lab that does not run any more: vacant lab --write-config FILE starts one and writes its file"

func (w *ways) openLab(ctx context.Context, flags *labFlags) error {
	if !flags.on {
		return nil
	}
	if len(w.dns.Roots)+len(w.dns.Authority)+len(w.rdap.RDAPServers)+len(w.rdap.WHOISServers) > 0 || w.rdap.Bootstrap != "" {
		return usage(errors.New("--lab brings its own servers"), "leave out --lab, or the servers named by hand")
	}
	running, err := flags.start(ctx, &w.dns, &w.rdap)
	if err != nil {
		return err
	}
	w.lab, w.world = running, running.World()
	return nil
}

// close stops the lab.
func (w *ways) close() {
	if w.lab != nil {
		_ = w.lab.Close() // nothing is lost with it
	}
}

// world returns the world that the settings name, else the real one.
func (a *app) world() string {
	if w := a.conf.text(keyWorld); w != "" {
		return w
	}
	return internet
}
