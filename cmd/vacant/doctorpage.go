package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"vacant"
	"vacant/cmd/internal/pipeline"
	"vacant/rdapstage"
)

// doctorPage prints an examination as it comes: text, or a JSON object a line.
// It keeps the first error of its writer.
type doctorPage struct {
	w    io.Writer
	json bool
	err  error

	suffixes, confirmable, closed, failed int
	cannot                                []string
	endpoints                             []rdapstage.Finding
}

func newDoctorPage(w io.Writer, asJSON bool) *doctorPage { return &doctorPage{w: w, json: asJSON} }

// record writes one JSON object.
func (p *doctorPage) record(v any) {
	if p.err == nil {
		encode := json.NewEncoder(p.w)
		encode.SetEscapeHTML(false)
		p.err = encode.Encode(v)
	}
}

// line writes one line of text, and a second one with the advice.
func (p *doctorPage) line(level pipeline.Level, what, text, advice string, took time.Duration) {
	if p.err != nil {
		return
	}
	if took >= time.Millisecond {
		text += " (" + took.Round(time.Millisecond).String() + ")"
	}
	_, p.err = fmt.Fprintf(p.w, "  %-4s  %-8s  %s\n", level, what, vacant.SafeText(text))
	if advice != "" && p.err == nil {
		_, p.err = fmt.Fprintf(p.w, "  %4s  %-8s  do: %s\n", "", "", vacant.SafeText(advice))
	}
}

// found prints a finding about the machine.
func (p *doctorPage) found(c pipeline.Condition) {
	if c.Level == pipeline.LevelFail {
		p.failed++
	}
	if p.json {
		p.record(conditionRecord{1, c.What, strings.ToLower(c.Level.String()), vacant.SafeText(c.Text), vacant.SafeText(c.Advice), c.Took.Milliseconds()})
		return
	}
	p.line(c.Level, c.What, c.Text, c.Advice, c.Took)
}

type conditionRecord struct {
	Schema int    `json:"schema"`
	Check  string `json:"check"`
	Level  string `json:"level"`
	Text   string `json:"text"`
	Advice string `json:"advice,omitempty"`
	TookMS int64  `json:"took_ms,omitempty"`
}

// examined prints a suffix.
func (p *doctorPage) examined(e pipeline.SuffixExam) {
	p.suffixes++
	p.endpoints = append(p.endpoints, e.Findings...)
	end := verdictOn(&e)
	switch {
	case end.level == pipeline.LevelFail:
		p.cannot = append(p.cannot, e.Suffix)
	case e.Reason == vacant.ReasonClosedTLD:
		p.closed++
	default:
		p.confirmable++
	}
	if p.json {
		p.record(suffixRecordOf(&e, &end))
		return
	}
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, "%s\n", e.Suffix)
	}
	if dns := dnsFinding(&e); dns.text != "" {
		p.line(dns.level, "dns", dns.text, dns.advice, 0)
	}
	for i := range e.Findings {
		f := &e.Findings[i]
		text, advice := endpointWords(f)
		p.line(endpointLevel(&e, i), string(f.Kind), text, advice, f.Answer)
	}
	p.line(end.level, "so", end.text, end.advice, 0)
}

// finish prints what can be said only in the end.
func (p *doctorPage) finish(sum pipeline.DoctorSummary) {
	if !p.json && p.err == nil {
		_, p.err = fmt.Fprintln(p.w, "all")
	}
	for _, c := range overall(p.endpoints, time.Now()) {
		p.found(c)
	}
	if p.json {
		p.record(struct {
			Schema  int           `json:"schema"`
			Summary doctorSummary `json:"summary"`
		}{1, doctorSummary{p.judge() == nil, p.suffixes, p.confirmable, orNone(p.cannot), sum.Questions, sum.Operators, sum.Queries, sum.Elapsed.Seconds()}})
		return
	}
	level, text := pipeline.LevelOK, fmt.Sprintf("%d of %s can be confirmed", p.confirmable, countOf(p.suffixes, "suffix", "suffixes"))
	if p.closed > 0 {
		text += fmt.Sprintf(", %d closed", p.closed)
	}
	if len(p.cannot) > 0 {
		level, text = pipeline.LevelFail, text+"; not: "+strings.Join(p.cannot, " ")
	}
	p.line(level, "suffixes", text, "", 0)
	p.line(pipeline.LevelOK, "asked", fmt.Sprintf("%s of %s, %s to DNS servers, in %s", countOf(int(sum.Questions), "question", "questions"),
		countOf(sum.Operators, "registry operator", "registry operators"), countOf(int(sum.Queries), "query", "queries"),
		sum.Elapsed.Round(10*time.Millisecond)), "", 0)
}

type doctorSummary struct {
	OK          bool     `json:"ok"`
	Suffixes    int      `json:"suffixes"`
	Confirmable int      `json:"confirmable"`
	Cannot      []string `json:"cannot"`
	Questions   uint64   `json:"questions"`
	Operators   int      `json:"operators"`
	DNSQueries  uint64   `json:"dns_queries"`
	Seconds     float64  `json:"seconds"`
}

// orNone is an empty list rather than null.
func orNone(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
