package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/pflag"

	"vacant"
	"vacant/cmd/internal/lab"
	"vacant/cmd/internal/pipeline"
	"vacant/store"
)

// storeFlags are the flags that say which store, and how long to wait for it.
type storeFlags struct {
	db       string
	lockWait time.Duration
}

// AddFlags adds the flags.
func (s *storeFlags) AddFlags(fs *pflag.FlagSet) {
	fs.StringVar(&s.db, "db", "", "store `FILE` (default vacant.db in the state directory)")
	fs.DurationVar(&s.lockWait, "lock-wait", 0, "wait this long for another run to leave the store")
}

// reading are the flags of commands that only read the store: which one, and
// whose answers in it (what a server named by hand said is known only to those
// who name the same).
type reading struct {
	store storeFlags
	one   stageOne
	two   stageTwo
	lab   labFlags
}

// AddFlags adds the flags.
func (r *reading) AddFlags(fs *pflag.FlagSet) {
	r.store.AddFlags(fs)
	r.one.AddEndpoints(fs)
	r.two.AddEndpoints(fs)
	fs.BoolVar(&r.lab.on, "lab", false, "read the store of hunt --lab; --seed, --density and its -t (here --lab-tlds) name the world")
	fs.Uint64Var(&r.lab.seed, "seed", 0, "lab: the world's seed")
	fs.Float64Var(&r.lab.density, "density", 0.9, "lab: share of names that are registered")
	fs.StringSliceVar(&r.lab.tlds, "lab-tlds", nil, "lab: its TLDs (default com,dev,io)")
}

// scope tells, for a suffix, whose answers to read.
type scope = func(suffix string) string

// path returns where the store is that is meant.
func (r *reading) path(a *app) (string, error) {
	world, err := r.world(a)
	if err != nil {
		return "", err
	}
	return a.storePath(r.store.db, world)
}

// existing is path for commands that change a store and make none.
func (r *reading) existing(a *app) (string, error) {
	path, err := r.path(a)
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%w: %w", store.ErrNoStore, err)
	}
	return path, nil
}

// open opens the store for reading.
func (r *reading) open(a *app) (*store.Store, scope, error) {
	path, err := r.path(a)
	if err != nil {
		return nil, nil, err
	}
	w := &ways{}
	if err := errors.Join(r.one.fillEndpoints(&w.dns), r.two.fillEndpoints(&w.rdap)); err != nil {
		return nil, nil, err
	}
	s, err := store.Open(path, store.Options{ReadOnly: true, LockWait: r.store.lockWait, Command: a.command()})
	if err != nil {
		return nil, nil, err
	}
	return s, pipeline.Scopes(s.World(), w.dns, w.rdap), nil
}

// world returns the world whose store is meant.
func (r *reading) world(a *app) (string, error) {
	if !r.lab.on {
		return a.world(), nil
	}
	cfg, err := r.lab.config()
	if err != nil {
		return "", err
	}
	return lab.NewWorld(cfg).String(), nil
}

// sameWorld refuses a store of another world before anybody is asked. All else
// that is wrong with it [app.record] tells.
func (a *app) sameWorld(db, world string) error {
	path, err := a.storePath(db, world)
	if err != nil {
		return nil
	}
	s, err := store.Open(path, store.Options{World: world, ReadOnly: true, Command: a.command()})
	var other *store.WorldError
	switch {
	case errors.As(err, &other):
		return err
	case err != nil:
		return nil
	}
	return s.Close()
}

// record puts results into the store if it can be opened; check and rdap need
// no store and go on without.
func (a *app) record(db string, w *ways, results []vacant.Result) error {
	path, err := a.storePath(db, w.world)
	if err != nil {
		a.log.Info("not recorded", "why", err)
		return nil
	}
	s, err := store.Open(path, store.Options{World: w.world, Command: a.command(), Notice: a.notice})
	var other *store.WorldError
	switch {
	case errors.As(err, &other):
		return err
	case err != nil:
		a.say("not recorded: %v", err)
		return nil
	}
	return errors.Join(s.Put(pipeline.Scopes(w.world, w.dns, w.rdap), results), s.Close())
}
