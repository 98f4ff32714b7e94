//go:build linux

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"vacant/cmd/internal/rig"
	"vacant/dnsstage/dnstest"
)

// linearRuns are the lengths of a run, as shares of the longest, and how often
// each is run: a short one is more at the mercy of the moment.
var linearRuns = []struct{ share, times int }{{30, 3}, {1, 1}}

// sixLetters is how many names '[a-z]{6}' has.
const sixLetters = 26 * 26 * 26 * 26 * 26 * 26

// linear asks about ever more names of one pattern: time a name and memory must stay as they are.
func (b *bench) linear(ctx context.Context) (err error) {
	server, err := responder(b.addr, 0, nil)
	if err != nil {
		return err
	}
	defer ended(server, &err)
	t := &table{head: []string{"names", "ns a name", "CPU µs a name", "RssAnon at most", "in the first third", "in the last third"}}
	command := ""
	for _, l := range linearRuns {
		parts := sixLetters * l.share / b.most
		argv := []string{b.vacant, "dns", "-r", server.Addr.String(), "-p", "[a-z]{6}", "-t", "com", "--shard", fmt.Sprintf("1/%d", parts), "-o", filepath.Join(b.dir, "linear.jsonl")}
		var runs []*rig.Run
		names := 0
		for range l.times {
			r, n, err := b.linearRun(ctx, argv)
			if err != nil {
				return err
			}
			b.note("linear: %d names in %s", n, r.Wall)
			runs, names, command = append(runs, r), n, shell(argv)
		}
		t.row(linearCells(runs, names)...)
	}
	b.print("linear: '[a-z]{6}', 1 part of so many", command, t)
	return nil
}

// linearRun runs one and checks that every name had its line.
func (b *bench) linearRun(ctx context.Context, argv []string) (*rig.Run, int, error) {
	out := argv[len(argv)-1]
	defer func() { _ = os.Remove(out) }()
	c := rig.Command{Argv: argv, Env: rig.HomeIn(b.dir), Limit: 10 * time.Minute}
	r, err := c.MustSucceed(ctx)
	if err != nil {
		return nil, 0, err
	}
	e := rig.Expect{Length: 6, Any: true, Taken: dnstest.Taken[[]byte]}
	o, err := rig.ReadAnswers(out, e)
	if err != nil {
		return nil, 0, err
	}
	e.Names = o.Lines
	return r, o.Lines, o.Problem(e)
}

func linearCells(runs []*rig.Run, names int) []string {
	var walls, cpus []time.Duration
	for _, r := range runs {
		walls, cpus = append(walls, r.Wall), append(cpus, r.CPU)
	}
	anon := runs[len(runs)-1].Anon
	third := len(anon) / 3
	return []string{count(names), fmt.Sprintf("%.0f", float64(median(walls))/float64(names)), fmt.Sprintf("%.2f", float64(median(cpus))/float64(names)/1e3),
		mebibytes(most(anon)), mebibytes(most(anon[:third])), mebibytes(most(anon[len(anon)-third:]))}
}

func most(all []int64) int64 {
	if len(all) == 0 {
		return 0
	}
	return slices.Max(all)
}
