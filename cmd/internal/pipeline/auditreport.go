package pipeline

import (
	"cmp"
	"slices"
	"time"

	"vacant"
	"vacant/store"
)

// AuditReport is what an audit found.
type AuditReport struct {
	Made    time.Time      `json:"made"`
	World   string         `json:"world"`
	Store   string         `json:"store"`
	Per     int            `json:"sample"`
	Seed    uint64         `json:"seed"`
	Seconds float64        `json:"seconds"`
	Rows    []AuditRow     `json:"rows"`    // by suffix and class
	Classes []AuditRow     `json:"classes"` // over all suffixes
	Total   AuditRow       `json:"total"`
	Unnamed []UnnamedSpace `json:"unnamed,omitempty"`
	// Unverified are the TLDs of which nothing is shown, or nothing of some classes, those without a name last.
	Unverified []Unverified `json:"unverified,omitempty"`
	// NoPath counts, by reason, the names that have no independent path; Doubts, by reason, those that stayed undecided.
	NoPath map[string]int `json:"no_path,omitempty"`
	Doubts map[string]int `json:"doubts,omitempty"`
	// Disagreements are the names that changed or are wrong, with the evidence of both sides.
	Disagreements []Disagreement `json:"-"`
}

// AuditRow counts the names of one class under one suffix, or of several.
type AuditRow struct {
	Suffix     string            `json:"tld,omitempty"`   // "" = all
	Class      store.SampleClass `json:"class,omitempty"` // "" = all
	Names      uint64            `json:"names"`           // in the store; one that is known in two ways counts twice
	Sampled    int               `json:"sampled"`
	Agreed     int               `json:"agreed"`
	Changed    int               `json:"changed"`
	Wrong      int               `json:"wrong"`
	Undecided  int               `json:"undecided"`
	NotAudited int               `json:"not_audited"`
	NotReached int               `json:"not_reached"`
	// Rate is the wrong ones' part of the decided ones, nil where none is decided;
	// Low and High are its 95 % score interval (Wilson).
	Rate *float64 `json:"rate"`
	Low  *float64 `json:"low"`
	High *float64 `json:"high"`
}

// Decided is how many names the rate is of.
func (r *AuditRow) Decided() int { return r.Agreed + r.Changed + r.Wrong }

// Disagreement is a name of which the independent path says something else.
type Disagreement struct {
	Name     vacant.Name
	Suffix   string
	Class    store.SampleClass
	Outcome  Outcome
	Why      string
	At       time.Time      // of what the store has
	Recorded *vacant.Result // nil: the store knows only that the name was delegated
	Now      *vacant.Result // what the independent path says
	Own      *vacant.Result // what the record's own source says now; nil = not asked
}

func (a *auditor) report() *AuditReport {
	r := &AuditReport{Made: a.cfg.Now().UTC(), World: a.cfg.World, Store: a.cfg.StorePath, Per: a.cfg.Sample.Per, Seed: a.cfg.Sample.Seed,
		Seconds: time.Since(a.started).Seconds(), Unnamed: a.unnamed, NoPath: make(map[string]int), Doubts: make(map[string]int)}
	rows := make(map[stratumOf]*AuditRow)
	for _, st := range a.sample.Strata {
		if st.Names == 0 {
			continue // a space of which no index is delegated
		}
		rows[stratumOf{st.Suffix, st.Class}] = &AuditRow{Suffix: st.Suffix, Class: st.Class, Names: st.Names}
	}
	for _, c := range a.cases {
		outcome, why := c.judge()
		rows[stratumOf{c.suffix, c.class}].count(outcome)
		switch outcome {
		case NotAudited:
			r.NoPath[why]++
		case Undecided:
			r.Doubts[why]++
		case Changed, Wrong:
			r.Disagreements = append(r.Disagreements, c.disagreement(outcome, why))
		}
	}
	slices.SortFunc(r.Disagreements, func(a, b Disagreement) int { return cmp.Compare(a.Name, b.Name) })
	r.sum(rows)
	r.Unverified = unverified(r.Rows, a.cfg.Sample.TLDs)
	return r
}

type stratumOf struct {
	suffix string
	class  store.SampleClass
}

// sum sorts the rows, adds them up and rates them.
func (r *AuditReport) sum(rows map[stratumOf]*AuditRow) {
	classes := store.SampleClasses()
	byClass := make([]AuditRow, len(classes))
	for _, row := range rows {
		i := slices.Index(classes, row.Class)
		byClass[i].Class = row.Class
		byClass[i].add(row)
		r.Total.add(row)
		row.rate()
		r.Rows = append(r.Rows, *row)
	}
	slices.SortFunc(r.Rows, func(a, b AuditRow) int {
		return cmp.Or(cmp.Compare(a.Suffix, b.Suffix), slices.Index(classes, a.Class)-slices.Index(classes, b.Class))
	})
	for i := range byClass {
		if byClass[i].Sampled > 0 {
			byClass[i].rate()
			r.Classes = append(r.Classes, byClass[i])
		}
	}
	r.Total.rate()
}

func (r *AuditRow) count(o Outcome) {
	r.Sampled++
	switch o {
	case Agreed:
		r.Agreed++
	case Changed:
		r.Changed++
	case Wrong:
		r.Wrong++
	case NotAudited:
		r.NotAudited++
	case NotReached:
		r.NotReached++
	default:
		r.Undecided++
	}
}

func (r *AuditRow) add(o *AuditRow) {
	r.Names += o.Names
	r.Sampled += o.Sampled
	r.Agreed += o.Agreed
	r.Changed += o.Changed
	r.Wrong += o.Wrong
	r.Undecided += o.Undecided
	r.NotAudited += o.NotAudited
	r.NotReached += o.NotReached
}

func (r *AuditRow) rate() {
	n := float64(r.Decided())
	if n == 0 {
		return
	}
	rate := float64(r.Wrong) / n
	low, high := wilson(float64(r.Wrong), n)
	if r.Wrong == 0 {
		low = 0 // as it is; rounding leaves a trace
	}
	r.Rate, r.Low, r.High = &rate, &low, &high
}

// disagreement gathers what both sides say.
func (c *auditCase) disagreement(outcome Outcome, why string) Disagreement {
	d := Disagreement{Name: c.Name, Suffix: c.suffix, Class: c.class, Outcome: outcome, Why: why, At: c.At, Now: c.now, Own: c.own}
	if c.Recorded {
		d.Recorded = &c.Result
	}
	return d
}
