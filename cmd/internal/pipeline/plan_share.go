package pipeline

import (
	"context"
	"math"

	"vacant/store"
)

// Share is the part of the names that DNS is expected not to find delegated, so
// that a registry has to be asked about them.
type Share struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"` // the 95 % interval; 0 to 1 where nothing is known
	High  float64 `json:"high"`
	Basis string  `json:"basis"` // ShareSampled, ShareLearned or ShareAssumed
	Of    uint64  `json:"of"`    // names that it rests on
}

// What a [Share] rests on.
const (
	ShareSampled = "sampled" // names of this hunt, asked now
	ShareLearned = "learned" // what earlier runs were answered, by suffix and length of the label
	ShareAssumed = "assumed" // nothing: one name in ten
)

func assumed() Share { return Share{Value: assumedShare, High: 1, Basis: ShareAssumed} }

// shareOf returns the share of hits of n, with its Wilson interval.
func shareOf(hits, n uint64, basis string) Share {
	if n == 0 {
		return assumed()
	}
	low, high := wilson(float64(hits), float64(n))
	return Share{Value: float64(hits) / float64(n), Low: low, High: high, Basis: basis, Of: n}
}

// z95 is the quantile of the normal distribution that leaves 2.5 % on either side.
const z95 = 1.959964

// wilson returns the 95 % score interval of a share of which hits of n were seen
// (E. B. Wilson, 1927). Unlike the textbook one it stays within 0 and 1 and has a
// width where no hit was seen.
func wilson(hits, n float64) (low, high float64) {
	p, z2 := hits/n, z95*z95
	mid := (p + z2/(2*n)) / (1 + z2/n)
	half := z95 / (1 + z2/n) * math.Sqrt(p*(1-p)/n+z2/(4*n*n))
	return max(mid-half, 0), min(mid+half, 1)
}

// learnedFrom is from how many names on what was learned of a length counts for
// that length; below it the suffix's other lengths stand in.
const learnedFrom = 50

// learned is what a store knows of a suffix: names asked and not delegated, by
// length of the label.
type learned struct{ asked, open [64]uint64 }

// share applies what was learned to names of the lengths given.
func (l *learned) share(lengths *[64]float64) Share {
	var asked, open uint64
	for i := range l.asked {
		asked += l.asked[i]
		open += l.open[i]
	}
	if asked < learnedFrom {
		return assumed()
	}
	whole := shareOf(open, asked, ShareLearned)
	var value, low, high, names float64
	var of uint64
	for i, n := range lengths {
		if n == 0 {
			continue
		}
		s := whole
		if l.asked[i] >= learnedFrom {
			s = shareOf(l.open[i], l.asked[i], ShareLearned)
			of += l.asked[i]
		}
		value, low, high, names = value+n*s.Value, low+n*s.Low, high+n*s.High, names+n
	}
	if names == 0 {
		return whole
	}
	if of == 0 {
		of = asked
	}
	return Share{Value: value / names, Low: low / names, High: high / names, Basis: ShareLearned, Of: of}
}

// estimate gives every suffix the share that the store learned, or the assumed one.
func (p *planner) estimate(context.Context) error {
	known, err := p.learn()
	if err != nil {
		return err
	}
	for suffix, r := range p.rows {
		if l := known[suffix]; l != nil {
			r.Share = l.share(&r.lengths)
		} else {
			r.Share = assumed()
		}
	}
	return p.planStageOne()
}

// learn reads what the store learned of the suffixes.
func (p *planner) learn() (map[string]*learned, error) {
	if p.store == nil {
		return nil, nil
	}
	return learnedOf(p.store, scopes(p.cfg.World, &p.cfg.DNS, &p.cfg.RDAP))
}

func learnedOf(s *store.Store, scope func(string) string) (map[string]*learned, error) {
	shares, err := s.Shares(scope)
	if err != nil {
		return nil, err
	}
	all := make(map[string]*learned)
	for _, sh := range shares {
		l := all[sh.Suffix]
		if l == nil {
			l = new(learned)
			all[sh.Suffix] = l
		}
		if sh.Length < len(l.asked) {
			open := sh.NXDomain + sh.Nodata
			l.asked[sh.Length] += sh.Delegated + open
			l.open[sh.Length] += open
		}
	}
	return all, nil
}
