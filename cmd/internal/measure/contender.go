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
	"vacant/dnsstage/dnstest"
)

// sample is what one run came to.
type sample struct {
	rate    float64 // answers/s
	cpu     time.Duration
	peak    int64 // octets
	outcome *rig.Outcome
}

// contender is a program that is measured.
type contender struct {
	name    string
	command string // as a reader would type it
	run     func(ctx context.Context) (sample, error)
}

// field is where contenders meet: a server and a number of names.
type field struct {
	*bench
	server    netip.AddrPort
	authority bool
	names     int
	in        *rig.Namespace
	limit     time.Duration
}

// samplePer turns a run into rates, per name.
func samplePer(r *rig.Run, names int, o *rig.Outcome) sample {
	return sample{rate: float64(names) / r.Wall.Seconds(), cpu: r.CPU / time.Duration(names), peak: r.PeakRSS, outcome: o}
}

// vacants are the ways to run vacant: with and without GSO where it can be told.
func (f *field) vacants(ctx context.Context, flags ...string) []contender {
	if !f.accepts(ctx, "--gso", "off") {
		return []contender{f.vacantWith("vacant", flags...)}
	}
	return []contender{
		f.vacantWith("vacant, GSO off", append(flags, "--gso", "off")...),
		f.vacantWith("vacant, GSO on", append(flags, "--gso", "on")...),
	}
}

// accepts reports whether vacant dns knows flags.
func (b *bench) accepts(ctx context.Context, flags ...string) bool {
	help := rig.Command{Argv: append(append([]string{b.vacant, "dns"}, flags...), "--help")}
	r, err := help.Run(ctx)
	return err == nil && r.Exit == 0
}

func (f *field) vacantWith(name string, flags ...string) contender {
	s := rig.Sweep{Vacant: f.vacant, Dir: f.dir, Names: f.names, Server: f.server, Authority: f.authority, Flags: flags, In: f.in, Limit: f.limit}
	return contender{name: name, command: strings.Join(s.Argv(), " "), run: func(ctx context.Context) (sample, error) {
		r, o, err := s.Run(ctx)
		if err != nil {
			return sample{}, err
		}
		return samplePer(r, f.names, o), o.Problem(s.Expect())
	}}
}

// massdnsWith is the peer with a number of concurrent look-ups.
func (f *field) massdnsWith(concurrent int) contender {
	names, resolvers, out := filepath.Join(f.dir, "names.txt"), filepath.Join(f.dir, "resolvers.txt"), filepath.Join(f.dir, "out.ndjson")
	argv := []string{f.massdns, "-q", "-r", resolvers, "-t", "NS", "-o", "J", "-s", strconv.Itoa(concurrent), "-w", out, names}
	if os.Getuid() == 0 {
		argv = append(argv, "--root") // else it gives up its rights to the files
	}
	command := strings.ReplaceAll(strings.Join(argv, " "), f.massdns, "massdns")
	return contender{name: fmt.Sprintf("massdns, -s %d", concurrent), command: command, run: func(ctx context.Context) (sample, error) {
		err := os.WriteFile(resolvers, []byte(f.server.String()+"\n"), 0o644)
		if err == nil {
			err = rig.WriteNames(names, f.names, "")
		}
		if err != nil {
			return sample{}, err
		}
		defer func() { _ = os.Remove(out) }()
		c := rig.Command{Argv: argv, In: f.in, Limit: f.limit}
		r, err := c.MustSucceed(ctx)
		if err != nil {
			return sample{}, err
		}
		o, err := rig.ReadNDJSON(out, rig.Expect{Names: f.names, Taken: dnstest.Taken[[]byte]})
		if err != nil {
			return sample{}, err
		}
		return samplePer(r, f.names, o), nil // what it leaves out shows in the table
	}}
}

// massdnsAtBest tries a few concurrencies over fewer names and keeps the fastest.
func (f *field) massdnsAtBest(ctx context.Context) (contender, error) {
	few := *f
	few.names = max(f.names/3, 1)
	best, fastest := 0, 0.0
	for _, concurrent := range []int{250, 500, 1000} {
		c := few.massdnsWith(concurrent)
		s, err := c.run(ctx)
		if err != nil {
			return contender{}, err
		}
		f.note("%s: %.0f answers/s", c.name, s.rate)
		if s.rate > fastest {
			best, fastest = concurrent, s.rate
		}
	}
	return f.massdnsWith(best), nil
}

// queriesPerSecond is a line of dnsperf's report.
var queriesPerSecond = regexp.MustCompile(`Queries per second:\s+([0-9.]+)`)

// dnsperf is a load generator: it writes no results, and its rate is its own report's.
func (f *field) dnsperf() (contender, error) {
	program, err := rig.Program("dnsperf")
	if err != nil {
		return contender{}, err
	}
	file := filepath.Join(f.dir, "dnsperf.txt")
	argv := []string{program, "-s", f.server.Addr().String(), "-p", strconv.Itoa(int(f.server.Port())), "-d", file, "-n", "1", "-q", "500", "-c", "4"}
	return contender{name: "dnsperf (no results)", command: strings.ReplaceAll(strings.Join(argv, " "), program, "dnsperf"), run: func(ctx context.Context) (sample, error) {
		if err := rig.WriteNames(file, f.names, " NS"); err != nil {
			return sample{}, err
		}
		c := rig.Command{Argv: argv, In: f.in, Limit: f.limit}
		r, err := c.MustSucceed(ctx)
		if err != nil {
			return sample{}, err
		}
		s := sample{peak: r.PeakRSS} // it spins while it waits: its CPU tells nothing
		m := queriesPerSecond.FindStringSubmatch(r.Stdout)
		if m == nil {
			return sample{}, fmt.Errorf("dnsperf reports no rate:\n%.500s", r.Stdout)
		}
		s.rate, err = strconv.ParseFloat(m[1], 64)
		return s, err
	}}, nil
}
