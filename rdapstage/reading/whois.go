package reading

import (
	"slices"
	"strings"
	"time"

	"vacant"
	"vacant/rdapstage/facts"
)

// Reading is how one reply text reads, taken alone.
type Reading struct {
	Verdict          vacant.Verdict
	Reason           vacant.Reason
	Lifecycle        vacant.Lifecycle
	Matched          string // the line or field that decided
	Code             string // a DAS's own word or number for it
	Registrar        string
	Created, Expires time.Time
	Pause            time.Duration // a limit text's own waiting time, 0 if none
}

// WHOIS reads a WHOIS or DAS reply from host about name ("" leaves out
// the check that it is about that name). trusted says that host was named by
// hand for this suffix. text must be as it was read, not trimmed: a last line
// without its line break may have been cut.
//
// The order is the safety: a record with the name asked; then the deny-list;
// then the names that a registry keeps back; and only what passed all these,
// from a registry's own server and with nothing beside it that speaks of
// something else, can be a "not found".
func WHOIS(host string, name vacant.Name, trusted bool, text []byte) Reading {
	return readWHOIS(rowOf(facts.BareHost(host)), host, name, trusted, text)
}

// readWHOIS is [WHOIS] with what is known of the server alone given.
func readWHOIS(known row, host string, name vacant.Name, trusted bool, text []byte) Reading {
	_, ours := facts.WHOISAuthority(host, suffixOf(name))
	ours = ours || trusted
	// A WHOIS server that is a DAS to those who ask it as such is read as what it was asked as.
	if set := facts.DASSet(host); set != "" && !strings.HasSuffix(host, ":43") {
		return DAS(set, host, name, trusted, text)
	}
	r := parseWHOIS(text)
	r.host, r.row, r.trusted = facts.BareHost(host), known, trusted
	if r.size == 0 {
		return undetermined(vacant.ReasonBadReply, "empty reply")
	}
	rec := r.record()
	if reading, ok := registeredIn(r, rec, name); ok {
		return reading
	}
	if r.row.ending != "" {
		r.dropEchoes(name)
	}
	if reading, denied := r.refused(); denied {
		return reading
	}
	if reading, kept := r.withheld(rec, name); kept {
		return guard(ours, reading)
	}
	return guard(ours, classifyFree(r, rec, name))
}

// maxStatement is the length in octets up to which a line may be a message by
// itself; sentences of terms are longer, or wrapped.
const maxStatement = 90

// refused asks the deny-list about the whole text, in which sentences may be
// wrapped, and then about short lines alone: what the line before makes
// harmless ("... for" "Excessive querying") may be two texts, not one.
func (r *whoisText) refused() (Reading, bool) {
	if reading, denied := denyAnywhere(withoutNames(r.flat)); denied {
		return reading, true
	}
	for _, l := range r.lines {
		if l.text == "" || l.echo || len(l.text) > maxStatement || !startsSentence(l.text) || isLegalese(l.text) {
			continue
		}
		if reading, denied := denyAnywhere(withoutNames(l.text)); denied {
			return reading, true
		}
	}
	return Reading{}, false
}

// suffixOf returns the suffix that a name stands directly under.
func suffixOf(name vacant.Name) string { return name.Parent() }

// guard lets only the registry's own server say that nobody has a name, or
// that it keeps it back: registrars repeat Verisign's texts word for word.
func guard(ours bool, r Reading) Reading {
	if ours || r.Verdict == vacant.Registered || r.Verdict == vacant.Undetermined {
		return r
	}
	return undetermined(vacant.ReasonBadReply, "not the registry's own server: "+r.Matched)
}

// withoutNames takes host names and URLs out of a text, so that a name like
// "my404-limit-exceeded.com" is not taken for what it spells.
func withoutNames(text string) string {
	if !strings.ContainsAny(text, ".:") {
		return text // no name and no URL
	}
	return anyHost.ReplaceAllString(text, " ")
}

// registeredIn finds the record of name: a domain field that names it and at
// least one field that only registrations have, with no status that says free
// or kept back.
func registeredIn(r *whoisText, rec *record, name vacant.Name) (Reading, bool) {
	if rec.domain == "" && len(rec.evidence) >= 2 {
		rec.takeName(r.headline(), false)
	}
	if r.odd || !rec.about(name) && (name != "" || rec.domain != "" || len(rec.evidence) < 3) {
		return registeredSentence(r, name)
	}
	for _, s := range rec.statuses {
		if _, free := freeStatus(s); free || invalidStatus(s) || keptBack(s) && !rec.owned() {
			return registeredSentence(r, name)
		}
	}
	if len(rec.evidence) == 0 && !slices.ContainsFunc(rec.statuses, takenStatus) {
		return registeredSentence(r, name)
	}
	life, matched := lifecycleOf(rec.statuses)
	return Reading{Verdict: vacant.Registered, Lifecycle: life, Matched: Clip("domain: " + rec.domain + matched),
		Registrar: rec.registrar, Created: rec.created, Expires: rec.expires}, true
}

// withheld finds what the registry says about keeping the name back: in a
// status of its record, or in a line of its own.
func (r *whoisText) withheld(rec *record, name vacant.Name) (Reading, bool) {
	if rec.domain != "" && !rec.about(name) {
		return Reading{}, false
	}
	for _, l := range r.lines {
		if l.text == "" || l.echo || l.kind == furniture || l.kind == legal && !statement(l.text) || l.free != nil {
			continue
		}
		if reading, kept := withheldIn(withoutNames(l.text)); kept {
			return reading, true
		}
	}
	return Reading{}, false
}

// dropEchoes takes the lines out of what the deny-list is asked about in which
// a server that leaves the suffix out repeats the label asked, and nothing else:
// in "Domain: dropzone" about dropzone.eu that is no word of the registry.
func (r *whoisText) dropEchoes(name vacant.Name) {
	dropped := false
	for i := range r.lines {
		l := &r.lines[i]
		if name != "" && isEcho(l.text, name) {
			l.echo, dropped = true, true
		}
	}
	if dropped {
		r.flatten()
	}
}

// isEcho reports whether a line is the label of name as a domain field's value.
func isEcho(line string, name vacant.Name) bool {
	key, value, _ := strings.Cut(line, ":")
	return strings.EqualFold(strings.TrimSpace(key), "domain") && strings.EqualFold(strings.TrimSpace(value), name.Label())
}

// statement reports whether a line amid terms may be a sentence about the name
// that stands there by itself: short, with a beginning, and no lawyer's word.
func statement(line string) bool {
	return len(line) <= 80 && statementStart.MatchString(line) && !isLegalese(line)
}

var statementStart = patternOf(`^(?:[Ss]orry,? )?(?:This is|(?:This|The|Your|Requested) (?:\w+ ){0,2}(?:[Nn]ame|[Dd]omain|[Ss]tring|[Ll]abel)|Domain|Name|Status|Reserved|Restricted|Blocked|Prohibited|Premium|Auction|Registry [Rr]eserved|[A-Z ]+$|[A-Z]+ -)\b?`)

// keptBack reports whether a status says reserved, blocked or the like.
func keptBack(status string) bool {
	_, kept := withheldIn(withoutNames(status))
	return kept && !releaseStatus(status)
}

// releaseStatus reports whether a status is of a registered name on its way out.
func releaseStatus(status string) bool {
	rank, _ := statusRank(squash(status))
	return rank >= 2 || strings.Contains(strings.ToLower(status), "prohibited")
}

// Refuses reports whether a WHOIS text cannot be a "not found", whatever its
// words: it is no plain text, or speaks of limits, errors or names kept back.
func Refuses(text []byte) bool {
	r := parseWHOIS(text)
	if r.odd || r.html {
		return true
	}
	said := withoutNames(r.flat)
	_, denied := denyAnywhere(said)
	_, kept := withheldIn(said)
	return denied || kept
}
