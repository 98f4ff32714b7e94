//go:build linux

package main

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"vacant/cmd/internal/rig"
	"vacant/dnsstage/dnstest"
)

func TestMain(m *testing.M) {
	if dnstest.BePlain() {
		return
	}
	m.Run()
}

// scripted is a contender whose runs are known beforehand.
func scripted(name string, all ...sample) contender {
	return contender{name: name, command: "/x/bin/vacant " + name + " -r 127.0.0.1:4711 /x/dir/names.txt", run: func(context.Context) (sample, error) {
		if len(all) == 0 {
			return sample{}, errors.New("one round too many")
		}
		s := all[0]
		all = all[1:]
		return s, nil
	}}
}

func ran(rate float64, cpu time.Duration, peak int64) sample {
	return sample{rate: rate, cpu: cpu, peak: peak << 20, outcome: &rig.Outcome{Names: 7}}
}

// A ratio is taken within each round, and then the median: round two, when the
// machine was slow for both, must not tell against either.
func TestRatiosAreTakenWithinRounds(t *testing.T) {
	var out strings.Builder
	f := &field{bench: &bench{out: &out, pairs: 3, vacant: "/x/bin/vacant", dir: "/x/dir"}, names: 7}
	own := scripted("own", ran(200, 2000, 50), ran(20, 2000, 60), ran(300, 2200, 40))
	peer := scripted("peer", ran(100, 4000, 70), ran(10, 4000, 70), ran(100, 4000, 70))
	load := scripted("load", sample{rate: 400}, sample{rate: 40}, sample{rate: 400})
	if err := f.contest(t.Context(), "title", []contender{own, peer, load}, 1); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| own | 200 | 2.00 | 50 MiB | 7 | 2.00 | 0.50 |",
		"| peer | 100 | 4.00 | 70 MiB | 7 | 1.00 | 1.00 |",
		"| load | 400 | - | 0 MiB | none | 4.00 | - |",
		"- own: `vacant own -r 127.0.0.1:PORT names.txt`",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no line %q in\n%s", want, out.String())
		}
	}
}

func TestARunThatFailsEndsTheContest(t *testing.T) {
	f := &field{bench: &bench{out: io.Discard, pairs: 2, vacant: "vacant"}, names: 7}
	if err := f.contest(t.Context(), "title", []contender{scripted("own", ran(1, 1, 1))}, -1); err == nil {
		t.Error("a failed run was counted")
	}
}

func TestNumbersReadWell(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 11_881_376: "11,881,376"} {
		if got := count(n); got != want {
			t.Errorf("%d reads %s, want %s", n, got, want)
		}
	}
	if got := median([]float64{9, 1, 5, 7}); got != 5 {
		t.Errorf("median %v, want 5", got)
	}
	if got := shell([]string{"vacant", "-p", "[a-z]{5}"}); got != "vacant -p '[a-z]{5}'" {
		t.Errorf("a shell would read %s", got)
	}
}

func TestWhatIsAskedForIsKnown(t *testing.T) {
	for _, args := range [][]string{{"-pairs", "0"}, {"-names", "99999999"}, {"-no-such-flag"}, {"no-such-measurement"}} {
		if err := run(t.Context(), args, io.Discard, io.Discard); err == nil {
			t.Errorf("%q is taken", args)
		}
	}
	for _, m := range measurements {
		if got, err := choose([]string{m.name}); err != nil || len(got) != 1 {
			t.Errorf("%s is not found: %v", m.name, err)
		}
	}
}

// The rig must come out right with the real responder and a small field.
func TestTheResponderIsAPeerlessField(t *testing.T) {
	server, err := responder("127.0.0.1", 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = server.Stop() }()
	f := &field{bench: &bench{out: io.Discard, pairs: 1, dir: t.TempDir()}, names: 500, server: server.Addr, limit: time.Minute}
	c, err := f.dnsperf()
	if line := rig.SkippedFor(err); line != "" {
		t.Skip(line)
	}
	s, err := c.run(t.Context())
	if err != nil || s.rate <= 0 {
		t.Errorf("%+v, %v", s, err)
	}
}
