package main

import (
	"strings"

	"vacant"
	"vacant/rdapstage"
)

// descriptionRecord is a suffix under "registry show -j".
type descriptionRecord struct {
	Schema      int            `json:"schema"`
	Suffix      string         `json:"suffix"`
	Policy      string         `json:"policy"`
	Denial      string         `json:"denial"`
	Wildcard    bool           `json:"wildcard"`
	Closed      bool           `json:"closed"`
	Confirmable bool           `json:"confirmable"`
	Sources     int            `json:"sources"` // that a free name takes
	Questions   int            `json:"questions_per_check"`
	Endpoints   []sourceRecord `json:"endpoints"`
	Notes       []string       `json:"notes"`
}

// sourceRecord is one of its endpoints.
type sourceRecord struct {
	Kind        vacant.Kind      `json:"kind"`
	Base        string           `json:"base"`
	Operator    string           `json:"operator"`
	Budget      string           `json:"budget"`
	Source      string           `json:"source"`
	ReadAs      string           `json:"read_as,omitempty"`
	Set         string           `json:"answer_set,omitempty"`
	Limit       string           `json:"limit"`
	PerSecond   float64          `json:"per_second"` // 0 = no limit, here and below
	PerDay      int              `json:"per_day"`
	LimitSource string           `json:"limit_source,omitempty"`
	UsedToday   *int64           `json:"used_today,omitempty"`
	LockedUntil string           `json:"locked_until,omitempty"`
	No          string           `json:"no"`
	NeedsSecond bool             `json:"needs_second"`
	Second      rdapstage.Second `json:"second_because,omitempty"`
	NotFound    []string         `json:"not_found,omitempty"`
	Control     string           `json:"last_control_name,omitempty"`
	ControlAt   string           `json:"last_control_at,omitempty"`
	FreeAt      string           `json:"last_free_control_at,omitempty"`
	Quarantined string           `json:"quarantined_until,omitempty"`
	Watched     string           `json:"watched_until,omitempty"`
	Questions   int              `json:"questions_per_check"`
}

func descriptionRecordOf(d *rdapstage.Description) descriptionRecord {
	r := descriptionRecord{Schema: 1, Suffix: d.Suffix, Policy: d.Policy, Denial: d.Denial, Wildcard: d.Wildcard, Closed: d.Closed,
		Confirmable: d.Uses > 0 && !d.Closed, Sources: d.Uses, Questions: d.Questions, Endpoints: []sourceRecord{}, Notes: orNone(d.Notes)}
	if d.Closed {
		r.Sources, r.Questions = 0, 0
	}
	for i := range d.Endpoints {
		r.Endpoints = append(r.Endpoints, sourceRecordOf(&d.Endpoints[i]))
	}
	return r
}

func sourceRecordOf(e *rdapstage.Endpoint) sourceRecord {
	k := &e.Known
	r := sourceRecord{Kind: e.Kind, Base: e.Base, Operator: e.Operator, Budget: e.Budget, Source: e.Source, ReadAs: k.Speaks, Set: k.Set,
		Limit: limitText(e.Limit), PerSecond: e.Limit.PerSecond, PerDay: e.Limit.PerDay, LimitSource: k.LimitSource,
		LockedUntil: stamp(e.LockedUntil), No: strings.TrimSpace(proofWords(e)), NeedsSecond: e.NeedsSecond, Second: k.Second,
		Control: string(k.Control), ControlAt: stamp(e.LastControl), FreeAt: stamp(e.LastFree),
		Quarantined: stamp(k.Quarantined), Watched: stamp(k.Watched), Questions: k.Questions}
	if k.UsedToday >= 0 && e.Limit.PerDay > 0 {
		r.UsedToday = &k.UsedToday
	}
	for _, text := range templateWords(e) {
		r.NotFound = append(r.NotFound, vacant.SafeText(text))
	}
	return r
}
