//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"vacant/cmd/internal/rig"
)

// simulated is a running vacant lab.
type simulated struct {
	config string // the file that makes vacant use it
	text   string // what is in it
	stop   func()
}

// startLab starts a lab for com in another process.
func (b *bench) startLab(ctx context.Context, flags ...string) (*simulated, error) {
	l := &simulated{config: filepath.Join(b.dir, "lab.toml")}
	_ = os.Remove(l.config)
	c := rig.Command{Argv: append([]string{b.vacant, "lab", "--tlds", "com", "--write-config", l.config}, flags...), Env: rig.HomeIn(b.dir)}
	var err error
	if l.stop, err = c.Daemon(ctx); err != nil {
		return nil, err
	}
	for range 200 {
		if text, err := os.ReadFile(l.config); err == nil && len(text) > 0 {
			l.text = string(text)
			return l, nil
		}
		select {
		case <-ctx.Done():
			l.stop()
			return nil, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	l.stop()
	return nil, errors.New("the lab does not start")
}

// commented returns the list that the lab's settings hold as a comment.
func (l *simulated) commented(key string) []string {
	m := regexp.MustCompile(`(?m)^# ` + key + ` = \[(.*)\]`).FindStringSubmatch(l.text)
	if m == nil {
		return nil
	}
	return strings.Split(strings.NewReplacer(`"`, "", " ", "").Replace(m[1]), ",")
}

// lab measures stage one in the simulated internet, directly and through resolvers.
func (b *bench) lab(ctx context.Context) error {
	t := &table{head: []string{"what", "answers/s", "CPU µs a query", "peak RSS"}}
	direct, err := b.startLab(ctx)
	if err != nil {
		return err
	}
	defer direct.stop()
	err = b.labRow(ctx, t, direct, "authority mode", b.names)
	if err == nil {
		err = b.labRow(ctx, t, direct, "recursive resolvers", b.names, "-r", strings.Join(direct.commented("resolvers"), ","))
	}
	if err != nil {
		return err
	}
	direct.stop()
	b.print(fmt.Sprintf("lab: %s names, %d runs, medians", count(b.names), min(b.pairs, 3)),
		"vacant dns --config lab.toml [-r RESOLVERS] -l names.txt -o out.jsonl", t)
	return nil
}

// labRow is one way: the lab's truth is its own tests' matter, here the lines are counted.
func (b *bench) labRow(ctx context.Context, t *table, l *simulated, what string, names int, flags ...string) error {
	list, out := filepath.Join(b.dir, "names.txt"), filepath.Join(b.dir, "out.jsonl")
	if err := rig.WriteNames(list, names, ""); err != nil {
		return err
	}
	defer func() { _ = os.Remove(out) }()
	c := rig.Command{Argv: append([]string{b.vacant, "dns", "--config", l.config, "-l", list, "-o", out}, flags...), Env: rig.HomeIn(b.dir)}
	var rates []float64
	var cpus []time.Duration
	var peaks []int64
	for range min(b.pairs, 3) {
		r, err := c.MustSucceed(ctx)
		if err != nil {
			return err
		}
		o, err := rig.ReadAnswers(out, rig.Expect{Names: names, Taken: func([]byte) bool { return true }})
		if err != nil {
			return err
		}
		if o.Names != names || o.Lines != names {
			return fmt.Errorf("%s: %d lines for %d names", what, o.Lines, names)
		}
		s := samplePer(r, names, o)
		b.note("lab, %s: %.0f answers/s", what, s.rate)
		rates, cpus, peaks = append(rates, s.rate), append(cpus, s.cpu), append(peaks, s.peak)
	}
	t.row(what, count(int(median(rates))), fmt.Sprintf("%.2f", float64(median(cpus))/1e3), mebibytes(median(peaks)))
	return nil
}
