package main

import (
	"fmt"
	"slices"
	"strings"

	"vacant"
)

// ledger shows everything that led to a verdict: what it means and does not
// say, the rule that decided, then a line for each question. Nothing from the
// network leaves it unescaped.
func ledger(r *vacant.Result) string {
	var b ledgerText
	e := explanationOf(r)
	b.line("means", e.Means)
	b.line("not known", e.NotKnown)
	for _, rule := range e.DecidedBy {
		b.line("decided by", rule)
	}
	b.line("controls", e.controlsLine())
	for _, source := range e.distrusted() {
		b.line("distrusted", source)
	}
	b.line("to do", e.ToDo)
	b.line("checked", stamp(r.CheckedAt))
	b.line("method", r.Method)
	b.line("registrar", r.Registrar)
	b.line("created", stamp(r.CreatedAt))
	b.line("expires", stamp(r.ExpiresAt))
	b.line("retry after", stamp(r.RetryAfter))
	b.line("asked again", e.againLine())
	b.line("run", r.RunID)
	for i := range r.Evidence {
		b.question(r, i)
	}
	return b.String()
}

// ledgerText is the text of a ledger.
type ledgerText struct{ strings.Builder }

func (b *ledgerText) line(key, value string) {
	if value != "" {
		fmt.Fprintf(b, "  %-11s %s\n", key, vacant.SafeText(oneLine(value)))
	}
}

// question adds one piece of evidence: whom, when, what came back, and of a
// control whether it held.
func (b *ledgerText) question(r *vacant.Result, i int) {
	e := &r.Evidence[i]
	key, tail := "asked", ""
	if role := roleOf(r, i); role != "" {
		key, tail = "control", "; "+role+", "+heldText(e)
	}
	b.line(key, evidenceLine(e)+tail)
	b.line("", e.Excerpt)
}

func heldText(e *vacant.Evidence) string {
	if held(e) {
		return "held"
	}
	return "FAILED"
}

func evidenceLine(e *vacant.Evidence) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s", stamp(e.At), e.Kind, e.Asked)
	if e.Server != "" && !strings.Contains(e.Asked, e.Server) {
		fmt.Fprintf(&b, " at %s", e.Server)
	}
	if e.Code != "" {
		fmt.Fprintf(&b, " code %s", e.Code)
	}
	fmt.Fprintf(&b, ": %s", e.Says)
	if e.Reason != "" {
		fmt.Fprintf(&b, " (%s)", e.Reason)
	}
	if e.Control != "" {
		fmt.Fprintf(&b, " [%s control]", e.Control)
	}
	if e.Via != "" {
		fmt.Fprintf(&b, " via %s", e.Via)
	}
	return b.String()
}

// The roles of a control.
const (
	controlFree   = "random label" // answered as not found
	controlBefore = "before"       // a registered name, answered as registered before the name was asked
	controlAfter  = "after"        // ... and after
)

// roleOf returns what evidence i of r is there for: "" for a question about the
// name itself, else the role of a control. Any record that a registry returns
// for the suffix counts as a registered control, so a question about another
// name is one.
func roleOf(r *vacant.Result, i int) string {
	e := &r.Evidence[i]
	switch {
	case e.Control == "free":
		return controlFree
	case e.Control == "" && aboutName(e, r.Name):
		return ""
	}
	for k := range r.Evidence[:i] {
		if o := &r.Evidence[k]; sameSource(o, e) && o.Control != "free" && !aboutName(o, r.Name) {
			return controlAfter // it stands behind the one before
		}
	}
	for k := range r.Evidence {
		if o := &r.Evidence[k]; sameSource(o, e) && o.Control == "" && aboutName(o, r.Name) && e.At.After(o.At) {
			return controlAfter
		}
	}
	return controlBefore
}

func sameSource(a, b *vacant.Evidence) bool { return a.Kind == b.Kind && a.Server == b.Server }

// aboutName reports whether a question was about name: what was asked is a name
// or a URL that ends in one.
func aboutName(e *vacant.Evidence, name vacant.Name) bool {
	return e.Control == "" && (e.Kind == vacant.KindDNS || strings.EqualFold(subject(e), string(name)))
}

// subject is the name that a question was about.
func subject(e *vacant.Evidence) string {
	asked := strings.TrimRight(e.Asked, "/")
	return asked[strings.LastIndexByte(asked, '/')+1:]
}

// held reports whether a control was answered as it must be.
func held(e *vacant.Evidence) bool {
	if e.Control == "free" {
		return e.Says == vacant.Available.String()
	}
	return e.Says == vacant.Registered.String()
}

// own returns the questions about the name itself that a registry answered.
func own(r *vacant.Result) []vacant.Evidence {
	return slices.DeleteFunc(slices.Clone(r.Evidence), func(e vacant.Evidence) bool {
		return e.Kind == vacant.KindDNS || !aboutName(&e, r.Name)
	})
}
