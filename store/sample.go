package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"vacant"
)

// SampleClass is what a store says of a name, as [Store.Sample] parts names.
type SampleClass string

// The classes. What is undetermined claims nothing, so there is nothing in it to
// be wrong and it has no class.
const (
	SampleAvailable  SampleClass = "available"
	SampleRegistered SampleClass = "registered" // by its registry's record
	SampleDelegated  SampleClass = "delegated"  // registered by DNS alone: a record, progress in a space, or a list
	SampleReserved   SampleClass = "reserved"
	SamplePremium    SampleClass = "premium"
)

// SampleClasses returns all classes, in the order in which samples are sorted.
func SampleClasses() []SampleClass {
	return []SampleClass{SampleAvailable, SampleRegistered, SampleDelegated, SampleReserved, SamplePremium}
}

// SampleQuery says what to draw.
type SampleQuery struct {
	Per            int           // names of each class and suffix, fewer where there are no more
	Seed           uint64        // the same store and seed give the same sample
	Classes        []SampleClass // none = all
	TLDs           []string      // suffixes; none = all
	MinAge, MaxAge time.Duration // as in Query
	Scope          func(suffix string) string
	Spaces         []SampleSpace // the spaces whose names can be made
}

// SampleSpace makes the names of a space of which the store has progress.
type SampleSpace struct {
	ID        [16]byte  // as the store has it, with scopes folded in
	Stretches []Stretch // all its indexes
	Name      func(dst []byte, index uint64) (name []byte, ok bool)
	Rank      func(name []byte) (index uint64, ok bool)
}

// Sample is a random sample of each class and suffix.
type Sample struct {
	Strata  []Stratum      // sorted by suffix and class
	Unnamed []UnnamedSpace // whose delegated names could not be drawn from
}

// Stratum is the sample of one class under one suffix.
type Stratum struct {
	Class  SampleClass
	Suffix string
	Names  uint64 // of the class and suffix in the store; where more are there than were drawn, a name known in two ways may count twice
	Drawn  []Drawn
}

// Drawn is one name of a sample.
type Drawn struct {
	Name vacant.Name
	At   time.Time // of the answer; of progress and lists the earliest that it can be from
	// Result is the record, Recorded whether there is one: of most delegated names
	// the store knows no more than that they are, and when they were asked.
	Result   vacant.Result
	Recorded bool
}

// UnnamedSpace is a space whose definition is not known.
type UnnamedSpace struct {
	ID        [16]byte
	Delegated uint64 // names known to be delegated
}

// sampler draws a sample within one transaction. Its memory is that of the
// sample and of one chunk of progress, however many names the store has.
type sampler struct {
	q       SampleQuery
	ctx     context.Context
	tx      *bbolt.Tx
	now     time.Time
	scopes  scopeMemo
	reader  reader
	strata  map[stratumKey]*stratum
	steps   []unfolded // of each space of the query
	lists   *lists     // nil until a name of a list is looked up
	looked  int        // records, for a look at ctx now and then
	key     []byte     // scratch
	unnamed []UnnamedSpace
}

type stratumKey struct {
	class  SampleClass
	suffix string
}

// stratum draws from several sources: records, lists, and each space.
type stratum struct {
	stratumKey
	sources []*reservoir // by source; nil for one that had nothing
}

// Sources of a stratum. A name that two of them have belongs to the first.
const (
	sourceRecords = iota
	sourceLists
	sourceSpaces // the first of them
)

// Each source gives more names than are wanted, since some turn out to belong to
// another source: spareTimes as many and spareMore.
const (
	spareTimes = 2
	spareMore  = 64
)

// Sample draws names of each class and suffix, every one of them with the same
// chance, in bounded memory and one pass over the file.
func (s *Store) Sample(ctx context.Context, q SampleQuery) (out Sample, err error) {
	if q.Per <= 0 {
		return out, fmt.Errorf("sample of %d names", q.Per)
	}
	if q.Scope == nil {
		q.Scope = func(string) string { return "" }
	}
	p := &sampler{q: q, ctx: ctx, now: s.now(), scopes: scopeMemo{of: q.Scope}, strata: make(map[stratumKey]*stratum)}
	err = s.view(func(tx *bbolt.Tx) (err error) {
		p.tx = tx
		out, err = p.sample()
		return err
	})
	if err != nil {
		return Sample{}, fmt.Errorf("sample: %w", err)
	}
	return out, nil
}

func (p *sampler) sample() (out Sample, err error) {
	for _, scan := range []func() error{p.scanRecords, p.scanLists, p.scanSpaces} {
		if err := scan(); err != nil {
			return out, err
		}
	}
	for _, st := range p.strata {
		drawn, twice, err := p.choose(st)
		if err != nil {
			return out, err
		}
		out.Strata = append(out.Strata, Stratum{Class: st.class, Suffix: st.suffix, Names: st.names() - twice, Drawn: drawn})
	}
	classes := SampleClasses()
	slices.SortFunc(out.Strata, func(a, b Stratum) int {
		return cmp.Or(cmp.Compare(a.Suffix, b.Suffix), cmp.Compare(slices.Index(classes, a.Class), slices.Index(classes, b.Class)))
	})
	out.Unnamed = p.unnamed
	return out, nil
}

// wants reports whether names of a class under a suffix are drawn.
func (p *sampler) wants(class SampleClass, suffix []byte) bool {
	return (len(p.q.Classes) == 0 || slices.Contains(p.q.Classes, class)) &&
		(len(p.q.TLDs) == 0 || slices.Contains(p.q.TLDs, string(suffix)))
}

// wantsAge reports whether an answer of Unix second at is of an age that is drawn.
func (p *sampler) wantsAge(at int64) bool {
	age := p.now.Sub(time.Unix(at, 0))
	return (p.q.MinAge <= 0 || age >= p.q.MinAge) && (p.q.MaxAge <= 0 || age <= p.q.MaxAge)
}

// from returns the reservoir of a class, suffix and source.
func (p *sampler) from(class SampleClass, suffix []byte, source int) *reservoir {
	k := stratumKey{class, string(suffix)}
	st := p.strata[k]
	if st == nil {
		st = &stratum{stratumKey: k}
		p.strata[k] = st
	}
	for len(st.sources) <= source {
		st.sources = append(st.sources, nil)
	}
	if st.sources[source] == nil {
		st.sources[source] = newReservoir(spareTimes*p.q.Per+spareMore, p.q.Seed, class, suffix, source)
	}
	return st.sources[source]
}

// breathe ends a long pass when ctx has ended.
func (p *sampler) breathe() error {
	if p.looked++; p.looked%recordsPerTx == 0 {
		return p.ctx.Err()
	}
	return nil
}

func (st *stratum) names() (n uint64) {
	for _, r := range st.sources {
		if r != nil {
			n += r.seen
		}
	}
	return n
}
