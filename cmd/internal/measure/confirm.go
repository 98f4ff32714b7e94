//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"time"

	"vacant/cmd/internal/rig"
)

// confirmed is what a hunt says of the names that went through stage two.
var confirmed = regexp.MustCompile(`queued ([0-9]+) = available ([0-9]+) \+ registered ([0-9]+)`)

// confirm is how many names a second registries confirm, the way of a hunt as a
// whole, where nobody limits it: a new store, nearly all names free, a lab in
// another process that answers whatever comes.
func (b *bench) confirm(ctx context.Context) error {
	l, err := b.startLab(ctx, "--density", "0.05", "--registry-limit", "1000000/1s")
	if err != nil {
		return err
	}
	defer l.stop()
	db, csv := filepath.Join(b.dir, "confirm.db"), filepath.Join(b.dir, "confirm.csv")
	defer func() { _ = errors.Join(os.Remove(db), os.Remove(csv)) }()
	argv := []string{b.vacant, "hunt", "--config", l.config, "-p", "[a-z]{4}", "--shard", "1/10", "-t", "com", "--db", db, "-o", csv}
	var rates []float64
	var cpus []time.Duration
	var names int
	for range b.pairs {
		_ = os.Remove(db) // each hunt begins anew; there may be none
		c := rig.Command{Argv: argv, Env: rig.HomeIn(b.dir), Limit: 5 * time.Minute}
		r, err := c.Run(ctx)
		if err != nil {
			return err
		}
		if names, err = confirmedBy(r.Stderr); err != nil || r.Exit != 0 {
			return fmt.Errorf("hunt: exit %d, %w\n%.1000s", r.Exit, err, r.Stderr)
		}
		rates, cpus = append(rates, float64(names)/r.Wall.Seconds()), append(cpus, r.CPU/time.Duration(names))
	}
	t := &table{head: []string{"what", "confirmations/s", "slowest", "CPU µs a name"}}
	t.row("hunt, RDAP without a limit", fmt.Sprintf("%.0f", median(rates)), fmt.Sprintf("%.0f", slices.Min(rates)), fmt.Sprint(median(cpus).Microseconds()))
	b.print(fmt.Sprintf("confirm: %s names, %d runs, medians", count(names), b.pairs), shell(argv), t)
	return nil
}

// confirmedBy returns how many names a hunt had its registries settle.
func confirmedBy(summary string) (int, error) {
	m := confirmed.FindStringSubmatch(summary)
	if m == nil {
		return 0, errors.New("no summary")
	}
	available, err := strconv.Atoi(m[2])
	registered, err2 := strconv.Atoi(m[3])
	if err = errors.Join(err, err2); err == nil && available < 1000 {
		err = fmt.Errorf("only %d names were available", available)
	}
	return available + registered, err
}
