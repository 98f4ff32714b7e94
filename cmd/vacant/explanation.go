package main

import (
	"fmt"
	"strings"
	"time"

	"vacant"
	"vacant/store"
)

// explanation is a verdict in words: for somebody who is about to spend money
// on it, and for somebody who wants to know how it came about.
type explanation struct {
	Means     string     `json:"means"`
	NotKnown  string     `json:"not_known,omitempty"`
	DecidedBy []string   `json:"decided_by,omitempty"`
	ToDo      string     `json:"to_do,omitempty"`
	Again     *time.Time `json:"asked_again_from,omitempty"` // by a hunt with the default --recheck-after; nil = at once
	Controls  []control  `json:"controls,omitempty"`
}

// control is one question about another name whose answer is known.
type control struct {
	Role   string    `json:"role"` // before, after, random label
	Name   string    `json:"name"`
	Kind   string    `json:"kind"`
	Server string    `json:"server"`
	At     time.Time `json:"at"`
	Held   bool      `json:"held"`
}

func explanationOf(r *vacant.Result) explanation {
	e := explanation{DecidedBy: decidedBy(r), ToDo: toDo(r)}
	e.Means, e.NotKnown = meaning(r)
	fresh := store.DefaultFreshness()
	if until := fresh.Until(r); !until.IsZero() {
		until = until.UTC()
		e.Again = &until
	}
	for i := range r.Evidence {
		if role := roleOf(r, i); role != "" {
			v := &r.Evidence[i]
			e.Controls = append(e.Controls, control{Role: role, Name: vacant.SafeText(subject(v)), Kind: string(v.Kind),
				Server: vacant.SafeText(v.Server), At: v.At, Held: held(v)})
		}
	}
	return e
}

// meaning says what a verdict means, and what it leaves open.
func meaning(r *vacant.Result) (means, notKnown string) {
	switch r.Verdict() {
	case vacant.Available:
		return "unregistered, and not withheld as far as its registry tells the public",
			"its price: premium prices are mostly invisible before purchase; and whether it was taken since"
	case vacant.Premium:
		return "free at a premium price, says its registry", "the price"
	case vacant.Reserved:
		if r.Reason() == vacant.ReasonClosedTLD {
			return "nobody can register names under " + r.Name.Parent() + ": it is closed, a brand's or infrastructure", ""
		}
		return "kept back by its registry: reserved, blocked or restricted", "whether and when it will be released"
	case vacant.Registered:
		return registeredMeaning(r)
	}
	return "nothing is proven: " + reasonWords(r.Reason()).what, "whether it is free"
}

func registeredMeaning(r *vacant.Result) (means, notKnown string) {
	if r.Method == string(vacant.KindDNS) {
		return "somebody has it: DNS delegates it", "since when, until when, and by which registrar: its registry was not asked"
	}
	means = "somebody has it: its registry has a record of it"
	switch r.Lifecycle {
	case vacant.Redemption:
		means += ", deleted by its registrar; for about a month only its last holder can have it back"
	case vacant.PendingDelete:
		means += ", about to be deleted within days"
	case vacant.Expired:
		means += ", expired; its holder can still renew it"
	case vacant.Hold:
		means += ", on hold: not in DNS, and not free"
	}
	return means, ""
}

// decidedBy says which rules made the verdict, a line each.
func decidedBy(r *vacant.Result) []string {
	var rules []string
	answers := own(r)
	switch v := r.Verdict(); {
	case r.Reason() == vacant.ReasonClosedTLD:
		return []string{"the table of TLDs in which nobody can register; no answer was needed"}
	case v == vacant.Undetermined:
		return nil
	default:
		for i := range answers {
			if answers[i].Says == v.String() {
				rules = append(rules, ruleOf(&answers[i]))
			}
		}
	}
	if dns := dnsRule(r); dns != "" && (r.Verdict() == vacant.Available || len(rules) == 0) {
		rules = append(rules, dns)
	}
	if r.DNS.Wildcard() && r.Verdict() == vacant.Available {
		rules = append(rules, "two registry sources that agree, since the zone has no NXDOMAIN")
	}
	return rules
}

// ruleOf says by which rule a registry's reply was read as it was.
func ruleOf(e *vacant.Evidence) string {
	words := ""
	if e.Excerpt != "" {
		words = fmt.Sprintf(": %q", e.Excerpt)
	}
	from := " (" + e.Server + ")"
	switch free := e.Says == vacant.Available.String(); {
	case e.Kind == vacant.KindRDAP && free && strings.Contains(e.Excerpt, "without a body"):
		return "RDAP status 404 without a body at the base of this suffix, as it answers a random label" + from
	case e.Kind == vacant.KindRDAP && free:
		return "RDAP status 404 with an error object at the base of this suffix" + from + words
	case e.Kind == vacant.KindRDAP && e.Says == vacant.Registered.String():
		return "an RDAP record of this very name" + from + words
	case e.Kind == vacant.KindWHOIS && free:
		return "the whole not-found line of this suffix's WHOIS server" + from + words
	case e.Kind == vacant.KindWHOIS && e.Says == vacant.Registered.String():
		return "a WHOIS record of this very name" + from + words
	case e.Kind == vacant.KindDAS:
		return "the word of this suffix's availability server, out of a closed set" + from + words
	}
	return "the registry's own words, over " + strings.ToUpper(string(e.Kind)) + from + words
}

// dnsRule says what the answer of DNS is worth.
func dnsRule(r *vacant.Result) string {
	d := &r.DNS
	by := "the zone's own server"
	if d.Flags&vacant.FlagResolver != 0 {
		by = "a resolver whose controls held"
	}
	from := ""
	if d.Server != "" {
		from = " (" + d.Server + ")"
	}
	switch {
	case d.Status == vacant.StatusDelegated && d.Server == "":
		return "a delegation in DNS; who showed it is not kept"
	case d.Status == vacant.StatusDelegated && d.Synthetic():
		return "the zone's own NSEC or NSEC3 record of this very name, with NS and without SOA" + from
	case d.Status == vacant.StatusDelegated:
		return "a delegation owned by exactly this name, by " + by + from
	case d.Status == vacant.StatusNXDomain && d.Flags&vacant.FlagProven != 0:
		return "a proven NXDOMAIN for this very name, by " + by + from
	case d.Status == vacant.StatusNodata && d.Wildcard():
		return "an authoritative NODATA in a zone that has no NXDOMAIN" + from
	}
	return ""
}

// toDo says what its reader can do about a verdict.
func toDo(r *vacant.Result) string {
	name := string(r.Name)
	switch r.Verdict() {
	case vacant.Available:
		return "before you pay: check " + name + " asks afresh, and a registrar names the price"
	case vacant.Premium:
		return "a registrar names the price"
	case vacant.Registered:
		if r.Method == string(vacant.KindDNS) {
			return "rdap " + name + " asks its registry for dates and registrar"
		}
		return ""
	case vacant.Undetermined:
		return reasonWords(r.Reason()).do
	}
	return ""
}

// againLine says when a hunt with the defaults asks again.
func (e *explanation) againLine() string {
	if e.Again == nil {
		return "by the next hunt that comes by it"
	}
	return "by a hunt from " + stamp(*e.Again) + " on (--recheck-after)"
}

// controlsLine sums up the controls that held, source by source.
func (e *explanation) controlsLine() string {
	bySource := make(map[string][]string)
	for _, c := range e.Controls {
		if c.Held {
			source := strings.ToUpper(c.Kind) + " (" + c.Server + ")"
			bySource[source] = append(bySource[source], c.Role+" "+c.Name)
		}
	}
	var parts []string
	for _, source := range sortedKeys(bySource) {
		parts = append(parts, source+" held: "+strings.Join(bySource[source], ", "))
	}
	return strings.Join(parts, "; ")
}

// distrusted says which sources failed a control, so that nothing they said counts.
func (e *explanation) distrusted() []string {
	var lines []string
	for _, c := range e.Controls {
		if !c.Held {
			lines = append(lines, fmt.Sprintf("%s at %s failed the control %s: nothing that it said then counts", strings.ToUpper(c.Kind), c.Server, c.Name))
		}
	}
	return lines
}
