package main

import (
	"cmp"
	"fmt"
	"strings"

	"vacant"
	"vacant/rdapstage"
)

// suffixHint says what to do about a suffix that nobody knows.
func suffixHint(tld string) string {
	if i := strings.LastIndexByte(tld, '.'); i > 0 {
		return fmt.Sprintf("give the suffix that names are registered under, for instance %s; one of your own exists with a server named by hand (--rdap-server, --whois-server)", tld[i+1:])
	}
	return "it is in no public list; one of your own exists with a server named by hand (--rdap-server, --whois-server)"
}

// lines writes "key value" lines, those without a value left out.
type lines struct {
	strings.Builder
	indent string
}

func (l *lines) add(key, format string, args ...any) {
	if value := fmt.Sprintf(format, args...); value != "" {
		fmt.Fprintf(l, "%s%-9s %s\n", l.indent, key, vacant.SafeText(value))
	}
}

// policies says who may register.
var policies = map[string]string{
	"open": "open: anybody may register", "brand": "brand: its owner alone registers", "closed": "closed: nobody may register",
	"restricted": "restricted: only some may register", "infrastructure": "infrastructure: nobody may register",
}

// descriptionText is all that is known of a suffix.
func descriptionText(d *rdapstage.Description) string {
	b := &lines{indent: "  "}
	fmt.Fprintf(b, "%s\n", d.Suffix)
	b.add("policy", "%s", cmp.Or(policies[d.Policy], d.Policy, "not known"))
	b.add("denial", "%s", cmp.Or(d.Denial, "not known, or its zone is not signed"))
	if d.Wildcard {
		b.add("wildcard", "yes: it has no NXDOMAIN, so two registry sources must agree")
	}
	b.add("confirm", "%s", confirmWords(d))
	for i := range d.Endpoints {
		addEndpoint(b, i+1, &d.Endpoints[i])
	}
	for _, note := range d.Notes {
		b.add("note", "%s", note)
	}
	return b.String()
}

// confirmWords says by which sources a free name would be confirmed, and at what cost.
func confirmWords(d *rdapstage.Description) string {
	switch {
	case d.Closed:
		return "nothing to confirm: every name is reserved"
	case len(d.Endpoints) == 0:
		return "not possible: there is nobody to ask"
	case d.Uses == 0:
		return "not possible, as things stand"
	}
	var kinds []string
	for _, e := range d.Endpoints[:d.Uses] {
		kinds = append(kinds, strings.ToUpper(string(e.Kind)))
	}
	return fmt.Sprintf("by %s; one check costs %s, controls included", strings.Join(kinds, " and "), countOf(d.Questions, "question", "questions"))
}

// addEndpoint describes one endpoint.
func addEndpoint(b *lines, n int, e *rdapstage.Endpoint) {
	b.indent = "  "
	b.add(fmt.Sprintf("%d. %s", n, e.Kind), "%s", e.Base)
	b.indent = "     "
	b.add("known", "%s", knownFrom(e))
	b.add("operator", "%s", operatorWords(e))
	b.add("limit", "%s", limitWords(e))
	b.add("used", "%s", usedWords(e))
	b.add("no", "%s", proofWords(e))
	for _, text := range templateWords(e) {
		b.add("not found", "%s", text)
	}
	b.add("controls", "%s", controlWords(e))
	b.add("state", "%s", stateWords(e))
	b.indent = "  "
}

// knownFrom says where an endpoint is known from.
func knownFrom(e *rdapstage.Endpoint) string {
	from := e.Source
	switch e.Source {
	case "bootstrap":
		from = "from IANA's table (bootstrap)"
	case "embedded":
		from = "from the tables in this program (embedded)"
	case "hand":
		from = "named by hand"
	}
	if e.Known.Speaks != "" {
		from += "; it is asked and read as " + e.Known.Speaks
	}
	return from
}

// operatorWords names the operator, and the budget where it is one of several.
func operatorWords(e *rdapstage.Endpoint) string {
	if e.Budget == "" || e.Budget == e.Operator {
		return e.Operator
	}
	return e.Operator + ", counted by itself as " + e.Budget
}

func limitWords(e *rdapstage.Endpoint) string {
	text := limitText(e.Limit)
	if e.Known.LimitSource != "" {
		text += " (" + e.Known.LimitSource + ")"
	}
	return text
}

// usedWords says what of a day's quota is used.
func usedWords(e *rdapstage.Endpoint) string {
	switch {
	case !e.LockedUntil.IsZero():
		return "locked out until " + stamp(e.LockedUntil) + ": nothing is asked before"
	case e.Limit.PerDay > 0 && e.Known.UsedToday >= 0:
		return fmt.Sprintf("%d of %d questions of the last 24 h; %d are left", e.Known.UsedToday, e.Limit.PerDay, max(int64(e.Limit.PerDay)-e.Known.UsedToday, 0))
	}
	return ""
}

// proofWords says what a no of the endpoint proves.
func proofWords(e *rdapstage.Endpoint) string {
	words := ""
	switch e.Kind {
	case vacant.KindRDAP:
		words = "a 404 with an RDAP error, or without a body if a random label gets that too"
		if e.Known.Empty {
			words = "a 404 without a body, as it answers a random label"
		}
	case vacant.KindDAS:
		words = "the answer for free out of its closed set (" + e.Known.Set + ")"
	default:
		words = "its whole \"not found\" line, alone"
		if e.Known.Rules.Repeats {
			words = "its whole \"not found\" line with the name in it, alone"
		}
	}
	return words + secondWords(e)
}

// secondWords says why that is not enough.
func secondWords(e *rdapstage.Endpoint) string {
	const wants = ", and only with a second source that agrees: "
	switch e.Known.Second {
	case rdapstage.SecondUnlisted:
		return wants + "IANA does not list this server for the suffix, or it gave false ones"
	case rdapstage.SecondAsked:
		return wants + "--second-source says so"
	case rdapstage.SecondWeak:
		return wants + "its registry does not publish what it answers, or it answers over plain http"
	case rdapstage.SecondWatch:
		return wants + "it failed a control in the last 7 days"
	}
	return ""
}

// templateWords are the "not found" texts that are known of a server alone.
func templateWords(e *rdapstage.Endpoint) []string {
	var out []string
	rules := e.Known.Rules
	for _, whole := range rules.Whole {
		out = append(out, fmt.Sprintf("%q (embedded, the whole reply)", strings.ReplaceAll(whole, "|", " / ")))
	}
	for _, line := range rules.Lines {
		out = append(out, fmt.Sprintf("/%s/ (embedded, its own line)", line))
	}
	if e.Kind == vacant.KindWHOIS {
		out = append(out, "the lines that hold for every registry (embedded)")
	}
	out = append(out, learnedWords("learned", e.Known.Learned)...)
	out = append(out, learnedWords("given once, to be learned when it is given again", e.Known.Learning)...)
	for _, old := range e.Known.Replaced {
		out = append(out, learnedWords("replaced "+stamp(old.Replaced), old)...)
	}
	return out
}

func learnedWords(how string, t rdapstage.Template) []string {
	if t.Text == "" {
		return nil
	}
	since := "first given " + stamp(t.Since)
	if !t.Learned.IsZero() {
		since += ", counts since " + stamp(t.Learned)
	}
	text := clip(strings.Join(strings.Fields(t.Text), " "), 120)
	return []string{fmt.Sprintf("%q (%s; %s)", text, how, since)}
}

// controlWords says what the last calibrations found.
func controlWords(e *rdapstage.Endpoint) string {
	words := "none remembered: a check makes them first"
	if !e.LastControl.IsZero() {
		words = "registered: good at " + stamp(e.LastControl)
		if e.Known.Control != "" {
			words = fmt.Sprintf("registered: %s, good at %s", e.Known.Control, stamp(e.LastControl))
		}
	}
	if !e.LastFree.IsZero() {
		if e.LastControl.IsZero() {
			words = ""
		} else {
			words += "; "
		}
		words += "free: good at " + stamp(e.LastFree)
	}
	return words
}

// stateWords says that an endpoint is not asked, or not believed alone, for some time.
func stateWords(e *rdapstage.Endpoint) string {
	switch {
	case !e.Known.Quarantined.IsZero():
		return "quarantined: it failed a control, and is not asked before " + stamp(e.Known.Quarantined)
	case !e.Known.Watched.IsZero():
		return "on watch until " + stamp(e.Known.Watched) + ": it failed a control"
	}
	return ""
}
