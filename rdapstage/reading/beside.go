package reading

import (
	"slices"
	"strings"

	"vacant/rdapstage/facts"
)

// maxBeside is how many lines a "not found" may have beside it that are
// neither remarks nor terms. Banners have a few; more is another text.
const maxBeside = 14

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
