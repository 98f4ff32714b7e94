package dnsstage

import (
	"context"
	crand "crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"

	"vacant"
	"vacant/dnsstage/wire"
)

// Stage is stage one, ready to run. One Run at a time; Ask, Stats and Preflight
// may be called at any time, from any goroutine, until Close.
type Stage struct {
	cfg        Config
	loop       *loop
	transports []wire.Transport
	closeOnce  sync.Once
	closeErr   error

	gate    chan struct{} // holds one: whoever has it may make the preflight
	settled bool          // by holders of the gate: the preflight has been made
}

// ErrRunning is returned by a second Run while the first has not returned.
var ErrRunning = errors.New("dnsstage: already running")

// New checks cfg and opens sockets. Its errors are the user's.
func New(cfg Config) (*Stage, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	udp, tcp, err := openTransports(&cfg)
	if err != nil {
		return nil, err
	}
	return newStage(cfg, udp, tcp), nil
}

// newStage starts the loop over transports that are open; udp is nil when every
// query goes through proxies. cfg has its defaults.
func newStage(cfg Config, udp, tcp wire.Transport) *Stage {
	stream := &swappable{now: tcp}
	s := &Stage{cfg: cfg, transports: []wire.Transport{stream}, gate: make(chan struct{}, 1)}
	if udp != nil {
		s.transports = append(s.transports, udp)
	}
	s.loop = newLoop(&s.cfg, udp, stream, vacant.NewServers(), rand.New(rand.NewPCG(seed(cfg.Seed), 0)))
	go s.loop.serve()
	return s
}

// seed returns the one given, or one from the system.
func seed(given uint64) uint64 {
	if given != 0 {
		return given
	}
	var b [8]byte
	_, _ = crand.Read(b[:]) // never fails, see crypto/rand
	return binary.LittleEndian.Uint64(b[:])
}

// Run answers the names of in's batches. Batches are sent to out with Answers
// and Servers filled in, in any order, whole: a batch leaves when its last name
// is settled. When in is closed, Run finishes what it has and returns nil. When
// ctx ends, it stops asking at once, sends what it holds to out with the names in flight left
// StatusUnasked (out must be read until Run returns), and returns ctx.Err().
// It does not close out. An error means that the sweep cannot go on.
func (s *Stage) Run(ctx context.Context, in <-chan *vacant.Batch, out chan<- *vacant.Batch) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	done := make(chan error, 1)
	begin := func() {
		if s.loop.run != nil {
			done <- ErrRunning
			return
		}
		s.loop.run = &run{ctx: ctx, in: in, out: out, done: done}
	}
	if err := s.loop.post(context.WithoutCancel(ctx), begin); err != nil {
		return err
	}
	select {
	case err := <-done:
		return err
	case <-s.loop.ended:
		return errClosed
	}
}

// Ask answers one name at once, for check, controls and explain.
func (s *Stage) Ask(ctx context.Context, name vacant.Name) (vacant.DNSProof, error) {
	if err := s.ready(ctx, name.Parent()); err != nil {
		return vacant.DNSProof{}, err
	}
	done := make(chan *vacant.Batch, 1)
	b := &vacant.Batch{Servers: s.loop.names}
	b.AppendName(name, vacant.NoIndex)
	j := &job{batch: b, open: 1, done: done}
	if err := s.loop.post(ctx, func() { s.loop.singles = append(s.loop.singles, j) }); err != nil {
		return vacant.DNSProof{}, err
	}
	select {
	case b := <-done:
		return b.Proof(0), nil
	case <-ctx.Done():
		// A loop that has ended takes no mail and has nothing to drop.
		_ = s.loop.post(context.WithoutCancel(ctx), func() { s.loop.forget(j) })
		return vacant.DNSProof{}, ctx.Err()
	case <-s.loop.ended:
		return vacant.DNSProof{}, errClosed
	}
}

// Close frees sockets and connections, and waits for every goroutine of the
// stage. A Run that has not returned by then fails.
func (s *Stage) Close() error {
	s.closeOnce.Do(func() {
		s.loop.close()
		var errs []error
		for _, t := range s.transports {
			errs = append(errs, t.Close())
		}
		if err := errors.Join(errs...); err != nil {
			s.closeErr = fmt.Errorf("close transport: %w", err)
		}
	})
	return s.closeErr
}
