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

// maxBeside is how many lines a "not found" may have beside it that are
// neither remarks nor terms. Banners have a few; more is another text.
const maxBeside = 14

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

// beside says what stands beside the "not found" that should not: parts of a
// record, words of refusal, or simply too much text. "" if nothing does.
func (r *whoisText) beside(rec *record) string {
	if len(rec.evidence) > 0 || !rec.created.IsZero() {
		return "a record beside the \"not found\""
	}
	for _, status := range rec.statuses {
		if _, free := freeStatus(status); !free {
			return "another status beside the \"not found\": " + status
		}
	}
	count := 0
	for i, l := range r.lines {
		if l.text == "" || l.echo || l.kind == legal || l.kind == furniture || r.freeAt(i, rec) != nil {
			continue
		}
		if f, ok := splitField(l); ok && l.kind == operative && f.value != "" && recordKeys.MatchString(f.key) {
			return "part of a record beside the \"not found\": " + l.text
		}
		plain := harmless.ReplaceAllString(strings.ToLower(withoutNames(l.text)), " ")
		word := softDeny.FindString(plain)
		if word == "" && len(plain) <= maxStatement && (startsSentence(l.text) || !isASCII(l.text)) {
			word = foreignDeny.FindString(plain)
		}
		if word != "" {
			return "\"" + word + "\" beside the \"not found\": " + l.text
		}
		if l.kind == operative {
			count++
		}
	}
	if count > maxBeside {
		return "too much text beside the \"not found\""
	}
	return r.stranger(rec)
}

// recordKeys are fields that prove no registration, but stand in records only:
// beside a "not found" they are what is left of one, a registrar's or a reseller's.
var recordKeys = patternOf(`^(?:whoisserver|referr?al(?:url|server)?|refer|registrydomainid|domainid|roid|dnssec|reseller)$`)

// stranger finds, directly before or after a "not found", a short line that
// has nothing of a banner or a pointer to more: some other message, of a kind
// nobody wrote a rule for. "" if there is none.
func (r *whoisText) stranger(rec *record) string {
	before := -1
	for i, l := range r.lines {
		if l.text == "" {
			continue
		}
		if before >= 0 && (r.freeAt(i, rec) != nil) != (r.freeAt(before, rec) != nil) {
			for _, n := range []int{before, i} {
				if r.freeAt(n, rec) == nil && r.lines[n].strange() && !strings.EqualFold(r.lines[n].text, rec.domain) {
					return "a message beside the \"not found\": " + r.lines[n].text
				}
			}
		}
		before = i
	}
	return ""
}

// bannerWords are in the lines that stand beside a "not found" for good.
var bannerWords = []string{"whois", "domain", "www.", "http", "visit", "regist", "internet", "information", "tld", "nic", "name", "server", "copyright", "database", "script: ", "@", "query", "updated", ">>"}

// strange reports whether the line is a short message without a banner's word.
func (l textLine) strange() bool {
	if takenWords.MatchString(l.text) && len(l.text) <= 30 {
		return true
	}
	return l.kind == operative && !isField(l) && len(l.text) <= 70 && isASCII(l.text) && !strings.HasPrefix(l.text, "[") && !hasAny(strings.ToLower(l.text), bannerWords...) && !isLegalese(l.text)
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= 0x80 })
}

// softDeny are words that no banner needs and refusals use.
var softDeny = patternOf(`\b(?:exceed(?:s|ed)?|quotas?|too many|denied|refus(?:ed|al)|reject(?:ed)?|block(?:ed|list(?:ed)?)?|blacklist(?:ed)?|bann?ed|throttl(?:e|ed|ing)|slow|later|retry|wait|temporar(?:y|ily)|overload(?:ed)?|busy|maintenance|unavailable|cannot|can't|unable|fail(?:ed|ure|s)?|errors?|invalid|illegal|malformed|unsupported|supported|unauthori[sz]ed|reserved|premium|restricted|auction|dropzone|sunrise|landrush|quarantine|redemption|pending|not available|unknown|prohibited|only accepts?|solo acepta|time[d-]? ?out)\b`)

// torn says why a "not found" may be the beginning of something longer, ""
// if it is whole. A line that no line break ends may go on in what was lost
// ("available-on-waiting-list"). And a reply without anything after its one
// sentence may have lost what takes it back: from a gTLD's server it has, since
// terms and the time of the last update must follow (ICANN's RDDS
// specification); country-code servers do say no more than that.
func (r *whoisText) torn(rec *record, found *freeMatch) string {
	if r.knownWhole(found) {
		return ""
	}
	last, others := -1, 0
	for i, l := range r.lines {
		switch {
		case l.text == "":
		case r.freeAt(i, rec) != nil:
			last = i
			if !l.whole {
				return "the line may go on"
			}
		case !headOfRecord(l):
			others++
		}
	}
	if last < 0 || others == 0 && !facts.CountryHost(r.host) {
		return "too short to be whole"
	}
	return ""
}

// headOfRecord reports whether a line is the name or the status of a record, as
// one about a free name has too.
func headOfRecord(l textLine) bool {
	f, ok := splitField(l)
	class := classOf(f.key)
	return ok && (class == keyDomain || class == keyQuery || class == keyStatus)
}

// knownWhole reports whether the reply is, word for word, one that this very
// server is known to give.
func (r *whoisText) knownWhole(found *freeMatch) bool {
	var said []string
	ended := false
	for _, l := range r.lines {
		if l.text != "" {
			said, ended = append(said, l.text), l.whole
		}
	}
	text := strings.ToLower(strings.TrimRight(strings.Join(said, "|"), ".!"))
	if found.name != "" {
		name := strings.ToLower(found.name)
		text = strings.ReplaceAll(text, name, "{name}")
		text = strings.ReplaceAll(text, strings.TrimSuffix(name, r.row.ending), "{label}")
	}
	return ended && slices.Contains(r.row.whole, text) || slices.Contains(r.row.unended, text)
}
