//go:build linux

package main

import (
	"context"
	"fmt"
	"strconv"
)

// proxiedRow is so many connections through 50 proxies to servers 100 ms away.
type proxiedRow struct {
	connections int
	single      bool // the servers take one query at a time on a connection: what pipelining is held against
	share       int  // of the names: one in so many
}

// proxied measures stage one through proxies, pipelined and not.
func (b *bench) proxied(ctx context.Context) error {
	t := &table{head: []string{"connections", "answers/s", "CPU µs a query", "peak RSS"}}
	for _, r := range []proxiedRow{{1500, false, 2}, {1500, true, 25}, {250, false, 8}, {250, true, 100}} {
		if err := b.proxiedRow(ctx, t, r); err != nil {
			return err
		}
	}
	b.print(fmt.Sprintf("50 proxies, 100 ms, %d runs, medians", min(b.pairs, 3)),
		"vacant lab --tlds com --rtt 100ms --proxies 50 [--fault dns-tcp-single] ... ; vacant dns --config lab.toml --proxy URL ... -c N -l names.txt -o out.jsonl", t)
	return nil
}

func (b *bench) proxiedRow(ctx context.Context, t *table, r proxiedRow) error {
	flags, what := []string{"--rtt", "100ms", "--proxies", "50"}, count(r.connections)
	if r.single {
		flags, what = append(flags, "--fault", "dns-tcp-single"), what+", one query at a time"
	}
	l, err := b.startLab(ctx, flags...)
	if err != nil {
		return err
	}
	defer l.stop()
	ask := []string{"-c", strconv.Itoa(r.connections)}
	for _, url := range l.commented("proxy") {
		ask = append(ask, "--proxy", url)
	}
	return b.labRow(ctx, t, l, what, max(b.names/r.share, 1), ask...)
}
