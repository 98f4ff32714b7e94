package pipeline

import (
	"math"
	"sort"
)

// Fit says whether a hunt is done by its deadline, and what would make it so.
type Fit struct {
	Deadline float64   `json:"seconds"`
	Fits     bool      `json:"fits"`
	Late     []LateOne `json:"late,omitempty"` // operators that would not be done, the slowest first

	// Ways out, none where that alone does not help.
	Shards int      `json:"shards,omitempty"` // --shard 1/Shards would fit: the least number
	Drop   []string `json:"drop,omitempty"`   // without these suffixes it would fit
	Most   uint64   `json:"most,omitempty"`   // so many of the names left would fit
}

// LateOne is an operator that would not be done.
type LateOne struct {
	Operator string   `json:"operator"`
	Suffixes []string `json:"suffixes"`
	Done     float64  `json:"done"`    // names it would have been asked about
	Waiting  float64  `json:"waiting"` // ... and would not
}

func (p *Plan) fit(deadline float64) *Fit {
	f := &Fit{Deadline: deadline, Fits: p.Seconds <= deadline}
	if f.Fits {
		return f
	}
	late := make(map[string]bool)
	for i := range p.Operators {
		o := &p.Operators[i]
		if o.Seconds <= deadline {
			continue
		}
		all := o.Names + float64(o.Carried)
		done := p.within(o, deadline)
		f.Late = append(f.Late, LateOne{Operator: o.Operator, Suffixes: o.Suffixes, Done: done, Waiting: all - done})
		late[o.Operator] = true
	}
	f.Shards = p.leastShards(deadline)
	f.Drop = p.drop(late, deadline)
	f.Most = p.most(deadline)
	return f
}

// within is how many names the operator can be asked about by then.
func (p *Plan) within(o *OperatorPlan, deadline float64) float64 {
	all := int(o.Names) + int(o.Carried)
	first := sort.Search(all, func(n int) bool { return o.seconds(float64(n+1), p.Made) > deadline })
	return float64(first)
}

// secondsOf is how long the hunt takes with a part of the candidates. The names
// that wait from earlier runs stay.
func (p *Plan) secondsOf(part float64) float64 {
	worst := p.StageOne.Seconds * part
	for i := range p.Operators {
		o := &p.Operators[i]
		worst = max(worst, o.seconds(o.Names*part+float64(o.Carried), p.Made))
	}
	return worst
}

// mostShards bounds the advice: beyond it, it is no advice any more.
const mostShards = 100_000

func (p *Plan) leastShards(deadline float64) int {
	k := sort.Search(mostShards, func(k int) bool { return p.secondsOf(1/float64(k+1)) <= deadline }) + 1
	if k > mostShards {
		return 0
	}
	return k
}

// drop returns the suffixes of the late operators, if the rest would be in time.
func (p *Plan) drop(late map[string]bool, deadline float64) []string {
	var suffixes []string
	dropped, kept := uint64(0), false
	for i := range p.Operators {
		o := &p.Operators[i]
		if !late[o.Operator] {
			kept = true
			continue
		}
		if o.seconds(float64(o.Carried), p.Made) > deadline {
			return nil // those that wait alone take longer
		}
		suffixes = append(suffixes, o.Suffixes...)
		dropped += o.Left
	}
	if !kept || p.StageOne.Seconds*(1-float64(dropped)/float64(max(p.Left, 1))) > deadline {
		return nil
	}
	return suffixes
}

// most is how many of the names left would be done by then.
func (p *Plan) most(deadline float64) uint64 {
	if p.secondsOf(0) > deadline {
		return 0
	}
	low, high := 0.0, 1.0
	for range 60 {
		if mid := (low + high) / 2; p.secondsOf(mid) <= deadline {
			low = mid
		} else {
			high = mid
		}
	}
	return uint64(math.Floor(low * float64(p.Left)))
}
