//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"vacant/cmd/internal/rig"
)

// generated is what a hunt says of its candidates in the end.
var generated = regexp.MustCompile(`generated ([0-9]+)`)

// memory is the anonymous memory of a whole hunt over all five-letter names.
func (b *bench) memory(ctx context.Context) error {
	l, err := b.startLab(ctx)
	if err != nil {
		return err
	}
	defer l.stop()
	db, csv := filepath.Join(b.dir, "hunt.db"), filepath.Join(b.dir, "hunt.csv")
	defer func() { _ = errors.Join(os.Remove(db), os.Remove(csv)) }()
	argv := []string{b.vacant, "hunt", "--config", l.config, "-p", "[a-z]{5}", "-t", "com", "--db", db, "--deadline", b.hunt.String(), "-o", csv}
	c := rig.Command{Argv: argv, Env: rig.HomeIn(b.dir), Limit: b.hunt + time.Minute}
	r, err := c.Run(ctx) // stopped by its deadline, it says so by its exit code
	if err != nil {
		return err
	}
	m := generated.FindAllStringSubmatch(r.Stderr, -1)
	if m == nil {
		return fmt.Errorf("hunt: exit %d\n%.1000s", r.Exit, r.Stderr)
	}
	t := &table{head: []string{"what", "RssAnon at most", "peak RSS", "candidates"}}
	t.row("hunt over 11,881,376 names", mebibytes(most(r.Anon)), mebibytes(r.PeakRSS), m[len(m)-1][1])
	b.print("memory", shell(argv), t)
	return nil
}
