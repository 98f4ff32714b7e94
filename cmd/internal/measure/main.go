//go:build linux

// Command measure measures the built binary: whole processes on loopback or in
// network namespaces of their own, with peers beside it where they are
// installed. Each subcommand prints a table in Markdown; docs/performance.md
// holds them. Without one, all run in turn.
//
//	go run ./cmd/internal/measure [flags] [engine|knot|denial|loss|forge|linear|wire|lab|confirm|proxied|memory|sweep|startup|respond ...]
//
// Every run is bounded in names and time, and what it starts ends with it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"vacant/cmd/internal/rig"
	"vacant/dnsstage/dnstest"
)

func main() {
	if dnstest.BePlain() {
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "measure:", err)
		os.Exit(1)
	}
}

// measurement is one subcommand.
type measurement struct {
	name string
	run  func(*bench, context.Context) error
}

// measurements are all that run without a word, in this order: the short ones first.
var measurements = []measurement{
	{"startup", (*bench).startup},
	{"engine", (*bench).engine},
	{"knot", (*bench).knot},
	{"wire", (*bench).wire},
	{"denial", (*bench).denial},
	{"loss", (*bench).loss},
	{"forge", (*bench).forge},
	{"lab", (*bench).lab},
	{"confirm", (*bench).confirm},
	{"proxied", (*bench).proxied},
	{"linear", (*bench).linear},
	{"memory", (*bench).memory},
	{"sweep", (*bench).sweep},
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	b := &bench{out: stdout}
	words, err := b.parse(args, stderr)
	if err != nil {
		return err
	}
	if len(words) == 1 && words[0] == "respond" {
		return b.respond(ctx)
	}
	chosen, err := choose(words)
	if err != nil {
		return err
	}
	if err := b.open(); err != nil {
		return err
	}
	defer b.close()
	b.introduce()
	var failed error
	for _, m := range chosen {
		err := m.run(b, ctx)
		if line := rig.SkippedFor(err); line != "" {
			b.say("%s: %s", m.name, line)
		} else if err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s: %w", m.name, err))
		}
		if ctx.Err() != nil {
			break
		}
	}
	return failed
}

// choose finds the measurements named; all of them without names.
func choose(words []string) ([]measurement, error) {
	if len(words) == 0 {
		return measurements, nil
	}
	var chosen []measurement
	for _, w := range words {
		before := len(chosen)
		for _, m := range measurements {
			if m.name == w {
				chosen = append(chosen, m)
			}
		}
		if len(chosen) == before {
			return nil, fmt.Errorf("no measurement is called %q", w)
		}
	}
	return chosen, nil
}

// parse reads the flags and returns the words behind them.
func (b *bench) parse(args []string, stderr io.Writer) ([]string, error) {
	fs := flag.NewFlagSet("measure", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.StringVar(&b.vacant, "vacant", "./vacant", "the `binary` to measure")
	fs.StringVar(&b.massdns, "massdns", os.Getenv("MASSDNS"), "massdns, a peer for comparison; default $MASSDNS, else from PATH")
	fs.IntVar(&b.pairs, "pairs", 5, "runs of each contender, alternating")
	fs.IntVar(&b.names, "names", 1_000_000, "names a run, at most 11,881,376")
	fs.IntVar(&b.forgeries, "forgeries", 10_000_000, "forged replies")
	fs.IntVar(&b.most, "most", 30_000_000, "names of the longest run of linear")
	fs.DurationVar(&b.hunt, "hunt", defaultHunt, "deadline of memory's hunt")
	fs.StringVar(&b.addr, "addr", "127.0.0.1", "loopback `address` of engine's and respond's responder")
	fs.UintVar(&b.port, "port", 5300, "respond's port")
	fs.BoolVar(&b.verbose, "v", false, "print every run to stderr")
	if err := fs.Parse(args); err != nil {
		return nil, err
	}
	if b.pairs < 1 || b.names < 1 || b.names > 11_881_376 || b.forgeries < 1 || b.most < 10_000 {
		return nil, errors.New("too few pairs, or names out of range")
	}
	return fs.Args(), nil
}
