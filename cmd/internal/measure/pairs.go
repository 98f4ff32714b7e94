//go:build linux

package main

import (
	"context"
	"fmt"
	"time"

	"vacant/cmd/internal/rig"
)

// contest runs every contender once a round, in an order that turns, so that
// what the machine does meanwhile falls on all of them, and prints medians;
// ratios to the peer are taken within each round first.
func (f *field) contest(ctx context.Context, title string, all []contender, peer int) error {
	samples := make([][]sample, len(all))
	for round := range f.pairs {
		for k := range all {
			i := (k + round) % len(all)
			s, err := all[i].run(ctx)
			if err != nil {
				return fmt.Errorf("%s: %w", all[i].name, err)
			}
			f.note("%s, round %d: %.0f answers/s, %s a query, %s", all[i].name, round+1, s.rate, s.cpu, mebibytes(s.peak))
			samples[i] = append(samples[i], s)
		}
	}
	t := &table{head: []string{"client", "answers/s", "CPU µs a query", "peak RSS", "lines", "answers/s to the peer's", "CPU to the peer's"}}
	for i, c := range all {
		t.row(append([]string{c.name}, f.cells(samples[i], peerOf(samples, peer))...)...)
	}
	f.print(fmt.Sprintf("%s: %s names, %d rounds, medians", title, count(f.names), f.pairs), "", t)
	for _, c := range all {
		f.say("- %s: `%s`", c.name, f.typed(c.command))
	}
	f.say("")
	return nil
}

func peerOf(samples [][]sample, peer int) []sample {
	if peer < 0 {
		return nil
	}
	return samples[peer]
}

// cells are one contender's medians.
func (f *field) cells(own, peer []sample) []string {
	var rates, faster, leaner []float64
	var cpus []time.Duration
	var peaks []int64
	lines := "none"
	for i, s := range own {
		rates, cpus, peaks = append(rates, s.rate), append(cpus, s.cpu), append(peaks, s.peak)
		if s.outcome != nil {
			lines = count(s.outcome.Names)
		}
		if peer != nil {
			faster = append(faster, s.rate/peer[i].rate)
			leaner = append(leaner, float64(s.cpu)/float64(peer[i].cpu))
		}
	}
	cells := []string{count(int(median(rates))), "-", mebibytes(median(peaks)), lines, "-", "-"}
	if peer != nil {
		cells[4] = fmt.Sprintf("%.2f", median(faster))
	}
	if cpu := median(cpus); cpu > 0 {
		cells[1] = fmt.Sprintf("%.2f", float64(cpu)/1e3)
		if peer != nil {
			cells[5] = fmt.Sprintf("%.2f", median(leaner))
		}
	}
	return cells
}

// field is the ground on which contenders meet.
func (b *bench) newField(server *rig.Namespace) *field {
	return &field{bench: b, names: b.names, in: server, limit: 2 * time.Minute}
}

// contenders are vacant in its modes, massdns at its best and dnsperf; peer is
// massdns' place among them, -1 without it.
func (f *field) contenders(ctx context.Context) (all []contender, peer int, err error) {
	all, peer = f.vacants(ctx), -1
	if f.massdns == "" {
		f.say("SKIPPED: needs massdns in PATH or by -massdns, for the comparison")
	} else {
		best, err := f.massdnsAtBest(ctx)
		if err != nil {
			return nil, 0, err
		}
		peer, all = len(all), append(all, best)
	}
	perf, err := f.dnsperf()
	if line := rig.SkippedFor(err); line != "" {
		f.say("%s", line)
		return all, peer, nil
	}
	return append(all, perf), peer, err
}

// engine is vacant's engine against a plain responder in another process.
func (b *bench) engine(ctx context.Context) (err error) {
	server, err := responder(b.addr, 0, nil)
	if err != nil {
		return err
	}
	defer ended(server, &err)
	f := b.newField(nil)
	f.server = server.Addr
	all, peer, err := f.contenders(ctx)
	if err != nil {
		return err
	}
	return f.contest(ctx, "engine, plain responder at "+b.addr, all, peer)
}
