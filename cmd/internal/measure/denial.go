//go:build linux

package main

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"vacant/cmd/internal/rig"
)

// denialNames is how many five-letter names there are: all are asked about.
const denialNames = 26 * 26 * 26 * 26 * 26

// denialShare is one in how many of them is delegated: about 20,000.
const denialShare = 594

// denied says which names the signed zones delegate.
func denied[S ~string | ~[]byte](label S) bool {
	h := uint64(14695981039346656037) // FNV-1a, mixed because its low bits are weak
	for i := range len(label) {
		h = (h ^ uint64(label[i])) * 1099511628211
	}
	return (h^h>>32)*0x9e3779b97f4a7c15>>20%denialShare == 0
}

// denial asks zones that Knot has signed about every name of five letters, and
// then about a part of them one by one: that is what the engine itself can do.
func (b *bench) denial(ctx context.Context) error {
	delegations := 0
	t := &table{head: []string{"zone", "names", "queries", "a delegation", "settled without one", "names/s, answers in a file", "thrown away", "the same with --no-denial", "ratio"}}
	command := ""
	for _, kind := range []string{"nsec", "nsec3", "optout"} {
		dir, err := b.sub("denial")
		if err != nil {
			return err
		}
		zone := rig.Knot{Names: denialNames, Taken: denied[string], Signed: kind}
		at, stop, err := zone.Start(ctx, dir, netip.MustParseAddrPort("127.0.0.1:0"))
		if err != nil {
			return err
		}
		row, n, err := b.denialRow(ctx, at, kind)
		stop()
		if err != nil {
			return err
		}
		t.row(row.cells...)
		command, delegations = row.command, n
	}
	b.print(fmt.Sprintf("denial: %s delegations, all five-letter names, zones signed and served by Knot", count(delegations)), command, t)
	return nil
}

// denialLine is a row of the table.
type denialLine struct {
	cells   []string
	command string
}

func (b *bench) denialRow(ctx context.Context, at netip.AddrPort, kind string) (row denialLine, delegations int, err error) {
	argv := []string{b.vacant, "dns", "--authority", "com=" + at.String(), "-p", "[a-z]{5}", "-t", "com", "--stats", "1h", "-o", filepath.Join(b.dir, "denial.jsonl")}
	whole, all, err := b.denialSweep(ctx, argv)
	if err != nil {
		return row, 0, err
	}
	part, err := b.denialRate(ctx, append(argv, "--no-denial", "--shard", "1/12"), denialNames/12)
	if err != nil {
		return row, 0, err
	}
	thrown, err := b.denialRate(ctx, argv, denialNames)
	if err != nil {
		return row, 0, err
	}
	queries, spared := figure(whole.Stderr, `queries sent ([\d,]+)`), figure(whole.Stderr, `([\d,]+) names settled without a query`)
	delegations = all.Statuses["taken"]
	rate := float64(all.Lines) / whole.Wall.Seconds()
	b.note("denial, %s: %s", kind, whole.Stderr)
	row.command = shell(argv)
	row.cells = []string{kind, count(all.Lines), count(queries), fmt.Sprintf("%.2f", float64(queries)/float64(delegations+1)), count(spared),
		count(int(rate)), count(int(thrown)), count(int(part)), fmt.Sprintf("%.1f", thrown/part)}
	return row, delegations, nil
}

// denialSweep runs one and holds every line against the zone.
func (b *bench) denialSweep(ctx context.Context, argv []string) (*rig.Run, *rig.Outcome, error) {
	out := argv[len(argv)-1]
	defer func() { _ = os.Remove(out) }()
	r, err := b.denialRun(ctx, argv)
	if err != nil {
		return nil, nil, err
	}
	e := rig.Expect{Names: denialNames, Taken: denied[[]byte]}
	o, err := rig.ReadAnswers(out, e)
	if err != nil {
		return nil, nil, err
	}
	return r, o, o.Problem(e)
}

// denialRate returns the median of names a second with the answers thrown away,
// so that writing them is not what is measured.
func (b *bench) denialRate(ctx context.Context, argv []string, names int) (float64, error) {
	var walls []time.Duration
	for range min(b.pairs, 3) {
		r, err := b.denialRun(ctx, append(argv, "-o", os.DevNull))
		if err != nil {
			return 0, err
		}
		walls = append(walls, r.Wall)
	}
	return float64(names) / median(walls).Seconds(), nil
}

func (b *bench) denialRun(ctx context.Context, argv []string) (*rig.Run, error) {
	c := rig.Command{Argv: argv, Env: rig.HomeIn(b.dir), Limit: 5 * time.Minute}
	return c.MustSucceed(ctx)
}

// figure finds a number with thousands' commas in what vacant says, 0 without it.
func figure(text, pattern string) int {
	m := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if m == nil {
		return 0
	}
	n, _ := strconv.Atoi(strings.ReplaceAll(m[1], ",", ""))
	return n
}
