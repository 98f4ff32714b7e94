//go:build linux

package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"vacant/cmd/internal/rig"
)

const startups = 20

// startup is the time of the shortest commands, of the whole process.
func (b *bench) startup(ctx context.Context) error {
	l, err := b.startLab(ctx)
	if err != nil {
		return err
	}
	defer l.stop()
	t := &table{head: []string{"command", "median", "slowest"}}
	for _, argv := range [][]string{
		{b.vacant, "version"},
		{b.vacant, "check", "--config", l.config, "aaaaa.com"},
	} {
		if err := b.startupRow(ctx, t, argv); err != nil {
			return err
		}
	}
	b.print(fmt.Sprintf("startup: %d runs", startups), "", t)
	return nil
}

func (b *bench) startupRow(ctx context.Context, t *table, argv []string) error {
	var walls []time.Duration
	for range startups {
		c := rig.Command{Argv: argv, Env: rig.HomeIn(b.dir), Limit: time.Minute}
		r, err := c.MustSucceed(ctx)
		if err != nil {
			return err
		}
		walls = append(walls, r.Wall)
	}
	middle := median(walls)
	t.row("`"+b.typed(strings.Join(argv, " "))+"`", middle.Round(100*time.Microsecond).String(), walls[len(walls)-1].Round(100*time.Microsecond).String())
	return nil
}
