package main

import (
	"strings"

	"vacant"
	"vacant/cmd/internal/pipeline"
	"vacant/rdapstage"
)

// suffixRecord is a suffix under "registry doctor -j".
type suffixRecord struct {
	Schema      int              `json:"schema"`
	Suffix      string           `json:"suffix"`
	Level       string           `json:"level"`
	Confirmable bool             `json:"confirmable"`
	Reason      vacant.Reason    `json:"reason"`
	Text        string           `json:"text"`
	Advice      string           `json:"advice,omitempty"`
	DNS         *vacant.DNSProof `json:"dns,omitempty"`
	DNSText     string           `json:"dns_text,omitempty"`
	Endpoints   []endpointRecord `json:"endpoints"`
}

// endpointRecord is one of its endpoints.
type endpointRecord struct {
	Kind      vacant.Kind       `json:"kind"`
	Base      string            `json:"base"`
	Operator  string            `json:"operator"`
	Source    string            `json:"source"`
	Level     string            `json:"level"`
	Fault     rdapstage.Fault   `json:"fault"`
	Reason    vacant.Reason     `json:"reason"`
	Text      string            `json:"text"`
	Advice    string            `json:"advice,omitempty"`
	Asked     int               `json:"asked"`
	Failed    int               `json:"failed,omitempty"`
	ConnectMS int64             `json:"connect_ms,omitempty"`
	AnswerMS  int64             `json:"answer_ms,omitempty"`
	Address   string            `json:"address,omitempty"`
	Proxy     string            `json:"proxy,omitempty"`
	ExpiresAt string            `json:"certificate_expires_at,omitempty"`
	Until     string            `json:"until,omitempty"`
	SkewMS    *int64            `json:"clock_skew_ms,omitempty"`
	Second    bool              `json:"needs_second,omitempty"`
	Controls  []vacant.Evidence `json:"controls,omitempty"`
}

func suffixRecordOf(e *pipeline.SuffixExam, end *remark) suffixRecord {
	r := suffixRecord{Schema: 1, Suffix: e.Suffix, Level: strings.ToLower(end.level.String()), Confirmable: end.level != pipeline.LevelFail && e.Reason != vacant.ReasonClosedTLD,
		Reason: e.Reason, Text: vacant.SafeText(end.text), Advice: vacant.SafeText(end.advice), Endpoints: []endpointRecord{}}
	if dns := dnsFinding(e); dns.text != "" {
		r.DNSText = vacant.SafeText(dns.text)
		if e.DNSError == nil {
			r.DNS = &e.DNS
		}
	}
	for i := range e.Findings {
		r.Endpoints = append(r.Endpoints, endpointRecordOf(e, i))
	}
	return r
}

func endpointRecordOf(e *pipeline.SuffixExam, i int) endpointRecord {
	f := &e.Findings[i]
	text, advice := endpointWords(f)
	r := endpointRecord{Kind: f.Kind, Base: f.Base, Operator: f.Operator, Source: f.Source, Level: strings.ToLower(endpointLevel(e, i).String()),
		Fault: f.Fault, Reason: f.Reason, Text: vacant.SafeText(text), Advice: vacant.SafeText(advice), Asked: f.Asked, Failed: f.Failed,
		ConnectMS: f.Connect.Milliseconds(), AnswerMS: f.Answer.Milliseconds(), Address: f.Address, Proxy: f.Proxy,
		ExpiresAt: stamp(f.Expires), Until: stamp(f.Until), Second: f.NeedsSecond}
	if f.Dated {
		skew := f.Skew.Milliseconds()
		r.SkewMS = &skew
	}
	for _, ev := range f.Controls {
		ev.Excerpt = vacant.SafeText(ev.Excerpt)
		r.Controls = append(r.Controls, ev)
	}
	return r
}
