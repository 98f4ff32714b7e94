//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"vacant/cmd/internal/rig"
	"vacant/dnsstage/dnstest"
)

// sweepLimit bounds one run over all five-letter names.
const sweepLimit = 10 * time.Minute

// sweep is what the whole way costs beside stage one alone: all five-letter
// names against the plain responder, the store on a disk. No registry is known,
// so that each of the names that do not exist is queued, taken and settled too.
func (b *bench) sweep(ctx context.Context) (err error) {
	server, err := responder(b.addr, 0, nil)
	if err != nil {
		return err
	}
	defer ended(server, &err)
	dir, err := os.MkdirTemp("", "vacant-sweep-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	s := &sweep{bench: b, disk: dir, way: []string{"-r", server.Addr.String()}}
	for i := range labelsOfFive {
		if !dnstest.Taken(rig.Label(i, 5)) {
			s.free++
		}
	}
	if err := rig.WriteShuffled(filepath.Join(b.dir, "shuffled.txt"), labelsOfFive); err != nil {
		return err
	}
	for round := range b.pairs {
		if err := s.round(ctx, round); err != nil {
			return err
		}
	}
	s.tell()
	return nil
}

const labelsOfFive = 26 * 26 * 26 * 26 * 26

// sweep is the measurement of that name.
type sweep struct {
	*bench
	disk string
	way  []string
	free int // names that the responder denies
	rows []*sweepRow
}

// sweepRow is one kind of run.
type sweepRow struct {
	what, command string
	ratios, rates []float64
	cpus          []time.Duration
	anon, octets  int64
}

// sweepKinds are the runs of a round: stage one alone, and right behind it the
// hunts that are held against it. The second hunt in a store finds all known.
var sweepKinds = []struct {
	what    string
	hunt    bool
	again   bool
	sources []string
}{
	{what: "stage one alone, pattern", sources: []string{"-p", "[a-z]{5}"}},
	{what: "hunt, in order", hunt: true, sources: []string{"-p", "[a-z]{5}"}},
	{what: "the same again, all known", hunt: true, again: true, sources: []string{"-p", "[a-z]{5}"}},
	{what: "hunt, --order random", hunt: true, sources: []string{"-p", "[a-z]{5}", "--order", "random"}},
	{what: "stage one alone, shuffled list", sources: []string{"-l", "shuffled.txt"}},
	{what: "hunt, shuffled list", hunt: true, sources: []string{"-l", "shuffled.txt"}},
	{what: "the same again, all known", hunt: true, again: true, sources: []string{"-l", "shuffled.txt"}},
}

// round runs each kind once.
func (s *sweep) round(ctx context.Context, round int) error {
	alone := 0.0
	for i, kind := range sweepKinds {
		if round == 0 {
			s.rows = append(s.rows, &sweepRow{what: kind.what})
		}
		row := s.rows[i]
		argv, db := s.argv(kind.hunt, kind.sources)
		if !kind.again {
			if err := os.RemoveAll(db); err != nil {
				return err
			}
		}
		r, err := s.run(ctx, argv, kind.hunt, kind.again)
		if err != nil {
			return fmt.Errorf("%s: %w", kind.what, err)
		}
		rate := labelsOfFive / r.Wall.Seconds()
		if !kind.hunt {
			alone = rate
		}
		s.note("%s, round %d: %.0f names/s, CPU %s", kind.what, round+1, rate, r.CPU)
		row.command = shell(argv)
		row.rates, row.ratios, row.cpus = append(row.rates, rate), append(row.ratios, rate/alone), append(row.cpus, r.CPU)
		row.anon = max(row.anon, most(r.Anon))
		if info, err := os.Stat(db); kind.hunt && err == nil {
			row.octets = info.Size()
		}
	}
	return nil
}

func (s *sweep) argv(hunt bool, sources []string) (argv []string, db string) {
	db = filepath.Join(s.disk, "vacant.db")
	for i, word := range sources {
		if strings.HasSuffix(word, ".txt") {
			sources = append([]string{}, sources...)
			sources[i] = filepath.Join(s.dir, word)
		}
	}
	if !hunt {
		return append(append([]string{s.vacant, "dns"}, s.way...), append(sources, "-o", "/dev/null")...), db
	}
	argv = append(append([]string{s.vacant, "hunt"}, s.way...), sources...)
	return append(argv, "--no-rdap", "--no-whois", "--db", db, "-o", filepath.Join(s.dir, "hunt.csv")), db
}

// accounted is a hunt's first equation.
var accounted = regexp.MustCompile(`generated (\d+) = invalid (\d+) \+ duplicate (\d+) \+ known (\d+) \+ delegated (\d+) \+ undetermined\(dns\) (\d+) \+ queued (\d+) \+ unasked (\d+)`)

// run runs one and holds its counts against the truth.
func (s *sweep) run(ctx context.Context, argv []string, hunt, again bool) (*rig.Run, error) {
	c := rig.Command{Argv: argv, Env: rig.HomeIn(s.dir), Limit: sweepLimit}
	r, err := c.MustSucceed(ctx)
	if err != nil || !hunt {
		return r, err
	}
	m := accounted.FindStringSubmatch(r.Stderr)
	if m == nil {
		return r, fmt.Errorf("no account of the names:\n%.1000s", r.Stderr)
	}
	want := []int{labelsOfFive, 0, 0, 0, labelsOfFive - s.free, 0, s.free, 0}
	if again {
		want = []int{labelsOfFive, 0, 0, labelsOfFive, 0, 0, 0, 0}
	}
	for i, w := range want {
		if n, _ := strconv.Atoi(m[i+1]); n != w {
			return r, fmt.Errorf("%s: want %d", m[0], w)
		}
	}
	return r, nil
}

// tell prints the table.
func (s *sweep) tell() {
	t := &table{head: []string{"what", "names/s", "to stage one alone", "CPU µs a name", "RssAnon at most", "store, octets a name"}}
	for _, row := range s.rows {
		store := "-"
		if row.octets > 0 {
			store = fmt.Sprintf("%.1f", float64(row.octets)/labelsOfFive)
		}
		t.row(row.what, count(int(median(row.rates))), fmt.Sprintf("%.2f", median(row.ratios)),
			fmt.Sprintf("%.2f", float64(median(row.cpus))/labelsOfFive/1e3), mebibytes(row.anon), store)
	}
	s.print(fmt.Sprintf("sweep: %s names, %s of them free, %d rounds, medians", count(labelsOfFive), count(s.free), s.pairs), "", t)
	for _, row := range s.rows {
		s.say("- %s: `%s`", row.what, s.typed(strings.ReplaceAll(row.command, s.disk+"/", "")))
	}
	s.say("")
}
