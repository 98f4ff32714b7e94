package store

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"vacant"
)

// model is a store as plain maps, and the machine that does the same to both.
// A run has either a space or lists; the names are the same for both kinds.
type model struct {
	t    tester
	path string
	c    *clock
	s    *Store
	r    *Run
	runs int

	space    bool // the run has one
	fresh    bool
	inFlight []uint64           // admitted, not answered
	marked   map[uint64]int     // run that named it in a list
	byList   map[uint64]int64   // delegated, as a name of a list, at
	bySpace  map[uint64]int64   // delegated, as an index, at
	waits    []uint64           // oldest first
	handed   map[uint64]bool    // by this run
	settled  map[uint64]verdict // absent while it waits
	results  map[uint64]vacant.Verdict
}

type verdict struct {
	v     vacant.Verdict
	until time.Time
	run   int
}

const modelNames = 40

func (m *model) open() {
	s, err := Open(m.path, Options{World: "model", Now: m.c.now})
	if err != nil {
		m.t.Fatal(err)
	}
	s.db.NoSync = true // power cuts are not what this test is about
	m.s = s
}

func (m *model) begin(space, fresh bool) {
	m.runs++
	m.space, m.fresh, m.handed = space, fresh, map[uint64]bool{}
	info := RunInfo{ID: fmt.Sprint(m.runs), Fresh: fresh}
	if space {
		info.Space, info.SpaceSize = [16]byte{7}, modelNames
	}
	m.r = begin(m.t, m.s, info)
	if m.r.Carried() != uint64(len(m.waits)) {
		m.t.Fatalf("%d carried, want %d", m.r.Carried(), len(m.waits))
	}
}

// end finishes the run, or leaves it without an end as a kill does, and opens the file anew.
func (m *model) end(finished bool, after func()) {
	if finished {
		finish(m.t, m.r)
	}
	if err := m.s.Check(); err != nil && finished {
		m.t.Fatal(err)
	}
	if err := m.s.Close(); err != nil {
		m.t.Fatal(err)
	}
	m.inFlight = nil
	after()
	m.open()
}

// compact, join and recover write the file anew; nothing in it may change.
func (m *model) compact() {
	if _, err := Compact(m.path, Options{Now: m.c.now}); err != nil {
		m.t.Fatal(err)
	}
}

// join joins the file with itself.
func (m *model) join() {
	if _, err := Join(m.path+".joined", []string{m.path, m.path}, Options{Now: m.c.now}); err != nil {
		m.t.Fatal(err)
	}
	if err := os.Rename(m.path+".joined", m.path); err != nil {
		m.t.Fatal(err)
	}
}

func (m *model) recover() {
	if rec, err := Recover(m.path, Options{Now: m.c.now}); err != nil || rec.Aside != "" {
		m.t.Fatalf("a sound file is recovered: %+v, %v", rec, err)
	}
}

func name(i uint64) string { return string(spaceName(nil, i)) }

// fate is what the design says about a name that comes now.
func (m *model) fate(i uint64) fate {
	if !m.space {
		again := m.marked[i] == m.runs
		m.marked[i] = m.runs
		if again {
			return fateDuplicate
		}
	}
	delegated := m.byList
	if m.space {
		delegated = m.bySpace
	}
	if at, ok := delegated[i]; ok && !m.fresh && m.c.t.Sub(time.Unix(at, 0)) < 20*time.Hour {
		return fateKnown
	}
	if slices.Contains(m.waits, i) {
		return fateKnown
	}
	if v, ok := m.settled[i]; ok && m.c.t.Before(v.until) && (!m.fresh || v.run == m.runs) {
		return fateKnown
	}
	return fateAsk
}

func (m *model) admit(indexes []uint64) {
	b := new(vacant.Pool).Get()
	var want Admission
	var ask []string
	for _, i := range indexes {
		index := vacant.NoIndex
		if m.space {
			index = i
		}
		b.Append([]byte(name(i)), index)
		switch m.fate(i) {
		case fateKnown:
			want.Known++
		case fateDuplicate:
			want.Duplicate++
		default:
			ask = append(ask, name(i))
			m.inFlight = append(m.inFlight, i)
		}
	}
	if got := admit(m.t, m.r, b, want); !slices.Equal(got, ask) && len(got)+len(ask) > 0 {
		m.t.Fatalf("asks %v, want %v", got, ask)
	}
}

func (m *model) answer(statuses []vacant.Status) {
	b := new(vacant.Pool).Get()
	b.Servers = vacant.NewServers()
	for _, i := range m.inFlight {
		index := vacant.NoIndex
		if m.space {
			index = i
		}
		b.Append([]byte(name(i)), index)
	}
	status := func(k int) vacant.Status { return statuses[k%len(statuses)] }
	for k, i := range m.inFlight {
		m.answerOne(i, status(k))
	}
	answered(m.t, m.r, b, m.c.t, status)
	m.inFlight = nil
}

func (m *model) answerOne(i uint64, st vacant.Status) {
	delegated := m.byList
	if m.space {
		delegated = m.bySpace
	}
	switch st {
	case vacant.StatusUnasked:
		return
	case vacant.StatusDelegated:
		delegated[i] = m.c.t.Unix()
		if _, known := m.settled[i]; known {
			m.settled[i] = verdict{vacant.Registered, m.c.t.Add(20 * time.Hour), m.runs}
			m.results[i] = vacant.Registered
		}
	case vacant.StatusNXDomain, vacant.StatusNodata:
		delete(delegated, i)
		delete(m.settled, i)
		m.waits = append(m.waits, i)
	default:
		delete(delegated, i)
		m.settled[i] = verdict{vacant.Undetermined, m.c.t, m.runs}
		m.results[i] = vacant.Undetermined
	}
}

// drain takes up to n waiting names and settles all but every third.
func (m *model) drain(n int, v vacant.Verdict) {
	flush(m.t, m.r)
	var want []string
	for _, i := range m.waits {
		if !m.handed[i] && len(want) < n {
			want = append(want, name(i))
		}
	}
	got := next(m.t, m.r, n)
	if !slices.Equal(got, want) && len(got)+len(want) > 0 {
		m.t.Fatalf("next %v, want %v", got, want)
	}
	var results []vacant.Result
	for k, text := range got {
		i := m.waits[slices.IndexFunc(m.waits, func(i uint64) bool { return name(i) == text })]
		m.handed[i] = true
		if k%3 == 2 {
			continue
		}
		results = append(results, m.result(i, v))
	}
	settle(m.t, m.r, results...)
	waiting(m.t, m.r, uint64(len(m.waits)))
}

func (m *model) result(i uint64, v vacant.Verdict) vacant.Result {
	m.waits = slices.DeleteFunc(m.waits, func(w uint64) bool { return w == i })
	delete(m.handed, i)
	r, until := available(m.t, name(i), m.c.t), m.c.t.Add(20*time.Hour)
	switch v {
	case vacant.Registered:
		r, until = registered(name(i), m.c.t, time.Time{}), m.c.t.Add(30*day)
	case vacant.Undetermined:
		until = m.c.t.Add(time.Hour)
		r = undetermined(name(i), vacant.ReasonRateLimited, m.c.t, until)
	}
	m.settled[i], m.results[i] = verdict{v, until, m.runs}, v
	return r
}

// compare holds every result against the model.
func (m *model) compare() {
	flush(m.t, m.r)
	got := map[string]vacant.Verdict{}
	for r, err := range m.s.Results(Query{}) {
		if err != nil {
			m.t.Fatal(err)
		}
		got[string(r.Name)] = r.Verdict()
	}
	for i, v := range m.results {
		if got[name(i)] != v {
			m.t.Fatalf("%s is %s, want %s", name(i), got[name(i)], v)
		}
	}
	if len(got) != len(m.results) {
		m.t.Fatalf("%d results, want %d", len(got), len(m.results))
	}
}

// Whatever is done to a store in whatever order, over runs, restarts and days,
// it answers as a map would.
func TestStoreAgreesWithItsModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := &model{t: rt, path: filepath.Join(t.TempDir(), "vacant.db"), c: &clock{t0}, marked: map[uint64]int{}, byList: map[uint64]int64{},
			bySpace: map[uint64]int64{}, settled: map[uint64]verdict{}, results: map[uint64]vacant.Verdict{}}
		m.open()
		defer func() { _ = m.s.Close() }()
		m.begin(false, false)
		statuses := []vacant.Status{vacant.StatusUnasked, vacant.StatusDelegated, vacant.StatusDelegated, vacant.StatusNXDomain, vacant.StatusNXDomain, vacant.StatusNodata, vacant.StatusTimeout}
		rt.Repeat(map[string]func(*rapid.T){
			"admit": func(rt *rapid.T) {
				indexes := rapid.SliceOfN(rapid.Uint64Range(0, modelNames-1), 1, 12).Draw(rt, "indexes")
				if m.space { // a space names each name once a run
					indexes = slices.Compact(slices.Sorted(slices.Values(indexes)))
					indexes = slices.DeleteFunc(indexes, func(i uint64) bool { again := m.marked[i] == m.runs; m.marked[i] = m.runs; return again })
				}
				m.admit(indexes)
			},
			"answer": func(rt *rapid.T) {
				m.answer(rapid.SliceOfN(rapid.SampledFrom(statuses), 1, 5).Draw(rt, "statuses"))
			},
			"drain": func(rt *rapid.T) {
				m.drain(rapid.IntRange(1, 8).Draw(rt, "n"), rapid.SampledFrom([]vacant.Verdict{vacant.Available, vacant.Registered, vacant.Undetermined}).Draw(rt, "verdict"))
			},
			"wait": func(rt *rapid.T) {
				m.c.t = m.c.t.Add(rapid.SampledFrom([]time.Duration{0, 5 * time.Hour, 15 * time.Hour, 40 * time.Hour}).Draw(rt, "how long"))
			},
			"next run": func(rt *rapid.T) {
				anew := func() {}
				if n := rapid.IntRange(0, 11).Draw(rt, "written anew"); n < 3 {
					anew = []func(){m.compact, m.join, m.recover}[n]
				}
				m.end(rapid.Bool().Draw(rt, "finished"), anew)
				m.begin(rapid.Bool().Draw(rt, "space"), rapid.IntRange(0, 4).Draw(rt, "fresh") == 0)
			},
			"": func(*rapid.T) { m.compare() },
		})
	})
}
