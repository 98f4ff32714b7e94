package reading

import (
	"slices"
	"strings"

	"vacant"
	"vacant/rdapstage/facts"
)

// speaksFor reports whether the sender is the registry of the name that its
// "not found" repeats, where it repeats one.
func (r *whoisText) speaksFor(found string) bool {
	if found == "" || r.trusted {
		return true
	}
	_, ours := facts.WHOISAuthority(r.host, vacant.Name(strings.ToLower(found)).Parent())
	return ours
}

// classifyFree reads what is left: a "not found", or nothing.
func classifyFree(r *whoisText, rec *record, name vacant.Name) Reading {
	found, line := r.notFound(rec, name)
	switch {
	case found == nil:
		return undetermined(vacant.ReasonBadReply, line)
	case rec.domain != "" && !rec.onlyAbout(name):
		return undetermined(vacant.ReasonBadReply, "a record of another name beside the \"not found\": "+rec.domain)
	case r.html || r.odd:
		return undetermined(vacant.ReasonBadReply, "not a plain text")
	case found.name == "" && r.row.repeats:
		return undetermined(vacant.ReasonBadReply, "does not repeat the name: "+line)
	case !r.speaksFor(found.name):
		return undetermined(vacant.ReasonBadReply, "about a name of another registry: "+line)
	}
	if why := r.torn(rec, found); why != "" {
		return undetermined(vacant.ReasonBadReply, why+": "+line)
	}
	if why := r.beside(rec); why != "" {
		return undetermined(vacant.ReasonBadReply, why)
	}
	return Reading{Verdict: vacant.Available, Matched: Clip(line)}
}

// notFound finds the "not found" of a reply, in a sentence or a status field;
// every one there is must be about name. line is the one that decided, or the
// reason why there is none.
func (r *whoisText) notFound(rec *record, name vacant.Name) (found *freeMatch, line string) {
	for i, l := range r.lines {
		f := r.freeAt(i, rec)
		if f == nil {
			continue
		}
		if f.name != "" && !sameName(f.name, name) && (name != "" || !strings.Contains(f.name, ".")) {
			return nil, "about another name: " + l.text
		}
		if found != nil && found.name != "" && f.name != "" && !strings.EqualFold(found.name, f.name) {
			return nil, "about two names: " + l.text
		}
		if found == nil || found.name == "" && f.name != "" {
			found, line = f, l.text
		}
	}
	if found == nil {
		return nil, "no line that is known"
	}
	if other := r.askedFor(name, found.name == ""); other != "" {
		return nil, "about another name: " + other
	}
	return found, line
}

// askedLine is how servers repeat the question among their remarks.
var askedLine = patternOf(`(?i)^(?:whois|query|queried|information related to|.{0,60} request\] ?>*)[ :]+` + reName + `$`)

// askedFor returns a line that is about another name; "" if there is none.
// anywhere looks for one in every line, for a "not found" that has no name.
func (r *whoisText) askedFor(name vacant.Name, anywhere bool) string {
	if name == "" {
		return ""
	}
	for _, l := range r.lines {
		m := askedLine.FindStringSubmatch(l.text)
		if m != nil && !sameName(m[1], name) || aloneIs(l.text, name) || anywhere && l.kind != legal && l.kind != furniture && names(l.text, name) {
			return l.text
		}
	}
	return ""
}

// aloneIs reports whether a line, or what stands behind a key of whatever
// language, is a name and nothing else, another one under the suffix of name.
func aloneIs(line string, name vacant.Name) bool {
	if i := strings.LastIndexAny(line, ":="); i >= 0 {
		line = line[i+1:]
	}
	return isOther(strings.Trim(line, " \"'<>[]()"), name)
}

// names reports whether a line has another name under the suffix of name
// somewhere, and not the registry's own site or an address of mail.
func names(line string, name vacant.Name) bool {
	for _, at := range anyHost.compiled().FindAllStringIndex(line, -1) {
		word := line[at[0]:at[1]]
		if isOther(word, name) && (at[0] == 0 || line[at[0]-1] != '@') && !slices.Contains(siteLabels, vacant.Name(strings.ToLower(word)).Label()) {
			return true
		}
	}
	return false
}

// siteLabels are labels of registries' own names, which stand in banners.
var siteLabels = []string{"cctld", "dns", "domain", "domains", "hostmaster", "internet", "nic", "register", "registry", "tld", "whois"}

// isOther reports whether word is a name under the suffix of name, and not name.
func isOther(word string, name vacant.Name) bool {
	said, err := vacant.ParseName(word)
	return err == nil && said != name && said.Parent() == name.Parent()
}

// freeAt reads line i as a "not found": a sentence, or a status of the record.
func (r *whoisText) freeAt(i int, rec *record) *freeMatch {
	l := r.lines[i]
	if l.text == "" || l.kind == furniture || l.kind == legal {
		return nil
	}
	for n, at := range rec.statusAt {
		if at != i {
			continue
		}
		said, ok := freeStatus(rec.statuses[n])
		if !ok {
			return nil
		}
		if said.name == "" {
			said.name = rec.domain
		}
		return said
	}
	if own := r.ownLine(l.text); own != nil {
		return own
	}
	if l.free != nil && l.free.bare && !r.onlyLine(i) {
		return nil
	}
	return l.free
}

// ownLine reads a line by the sentences of this server alone.
func (r *whoisText) ownLine(line string) *freeMatch {
	for _, re := range r.row.lines {
		if m := re.FindStringSubmatch(strings.TrimRight(line, " .!")); m != nil {
			if len(m) > 1 && m[1] != "" {
				return &freeMatch{name: m[1] + r.row.ending}
			}
			return &freeMatch{}
		}
	}
	return nil
}

// onlyLine reports whether line i is all that the reply says.
func (r *whoisText) onlyLine(i int) bool {
	for n, l := range r.lines {
		if n != i && l.text != "" {
			return false
		}
	}
	return true
}
