package reading

import (
	"strings"

	"vacant"
)

// Parts of "not found" sentences. A sentence counts only as a whole line, so
// that "not found" inside another one never does.
const (
	reName  = `["'\x60\x{201c}\x{201e}\x{2018}\x{ab}\[<(]*([\p{L}\p{N}\p{M}_-]+(?:\.[\p{L}\p{N}\p{M}_-]+)+)\.?["'\x60\x{201d}\x{2019}\x{bb}\]>)]*(?: \((?:ascii|ace|idn|utf-?8)\))?:?`
	reWord  = `(?:the|this|that|your|queried|requested|specified|above|following|given|object|domain|domain-?name|name|query|record|string|label|search)`
	reThing = `(?:` + reWord + ` )*(?:` + reWord + `(?: ?[:"'\x60\x{201c}\x{201e}\x{2018}\x{ab}\[<(]|$))?` // names begin with such words, too
	reNot   = `(?:could not be found|(?:(?:is|was|has|have|does) ?)?(?:not |n't )(?:(?:been|yet|currently|a) ?)*(?:found|registe?red|registred|exist(?:s|ing)?|allocated|delegated|assigned|known|in use|taken|in (?:the |our )?(?:registry |whois )?data ?base))`
	reGone  = `(?:` + reNot + `|(?:is |was )?unregistered|(?:is |was )?(?:free|vacant|unassigned)|(?:is )?available(?: for (?:registration|purchase))?|no match(?:es)?|no entries found|no such domain|(?:domain name )?does not exist)`
	reWhere = `(?: ?(?:in|on|from|by|with) (?:[\p{L}\p{N}.'\x{2019}"()/-]{1,20} ){0,7}(?:data ?base|registry|register|servers?|system|directory|zone|whois|tld|krnic|source(?:s|\(s\))?))?(?: (?:yet|at this time|currently))?`
	reLead  = `(?:(?:error|info|notice|result|status):? ?(?:\d{1,3}:? ?)?|\d{1,3}: ?)?(?:(?:sorry|info|error|notice|ok)[,:!.]* (?:but )?)?`
	reNouns = `(?:entr(?:y|ies)|records?|data|objects?|information|results?|domains?(?: names?)?)`
	reQuery = `(?: (?:in|for|on|about|matching|from|to match|that match(?:es)?) (?:(?:the|this|that|your|our|specified|selected|requested|request|domain|consulted|search|query|criteria|nc|object|name) ?)*(?:source(?:\(s\)|s)?|[\p{L}.-]{0,20} ?(?:data ?base|registry)|criteria|query|request(?: criteria)?|consulted|name)?)?`
)

// freeLines are the sentences in which registries say that nobody has a name.
// The name, where a sentence has one, is the one group that matched.
var freeLines = compileAll(
	// No match for "X". No entries found for domain X in the database.
	`no (?:match(?:es|ing)?|`+reNouns+`)(?: (?:records?|objects?|entr(?:y|ies)|domains?))?(?: (?:is|was|were|have been|has been))?(?: (?:found|available|exists?))? (?:for|on|about|matching) `+reThing+`:? ?`+reName+reWhere,
	`no (?:records?|entr(?:y|ies)|objects?|data) (?:matching|for) `+reThing+reName+` (?:were |was )?found`,
	// Domain X not found. X is free. X - No Match. The domain X has not been registered.
	reLead+reThing+`:? ?`+reName+`,?:? ?(?:- )?`+reGone+reWhere,
	// Not found: X. No such domain X. The queried object does not exist: X.
	reLead+`(?:(?:domain |object )?not found|not registered|unregistered|unassigned|no such (?:domain|name)|no match|no object found|nothing found for|there is no domain|unknown domain|`+reThing+`does not exist)(?:[:!]| -)? ?(?:the domain you have requested )?(?:domain:? )?`+reName+`(?: is not a registered [\w.-]+ domain name)?`,
	// No match. No matches found.
	reLead+`no match(?:es|ing)?(?: `+reNouns+`)?(?: (?:is|was|were|have been|has been))?(?: (?:found|exists?))?`+reQuery,
	// No entries found for the selected source(s). No Data Found. But not "No data" and not
	// "No information available", which may be said of the server.
	reLead+`no `+reNouns+`(?: (?:is|was|were|have been|has been))? (?:found|exists?|located|returned)`+reQuery,
	reLead+`no such (?:domain|object|name|record|entry)(?: names?)?s?(?: (?:found|exists?))?`+reWhere,
	// Domain not found. The queried object does not exist: DOMAIN NOT FOUND.
	reLead+reThing+`(?:not found|data not found|`+reNot+`|unregistered|does not exist|(?:is )?available for (?:registration|purchase)|is available|is free)(?:: ?(?:domain not found|no matching objects found|object not found))?`+reWhere,
	reLead+`there is no (?:information|data|record|entry|match)(?: available)?(?: (?:on|for|about|of) `+reThing+`(?:consulted|`+reName+`)?)?`,
	reLead+`nothing found(?: for this query)?`,
	reLead+`(?:no (?:records?|entries|objects|domains?|data) (?:match(?:es|ed)?|found matching) (?:your|the|this|that) (?:query|request|search|criteria)|(?:your|the|this) (?:query|search|request) (?:returned|yielded|gave|found) (?:0|no|zero) (?:objects?|results?|records?|entries|matches)|query returned no (?:objects?|results?|records?|entries|matches))`,
	reLead+`we (?:do not|don't) have an entry in our database matching your (?:query|request)`,
	`(?:the |this )?domain (?:name )?available`,
)

// bareLines are words that say so only when they are all that the server says:
// elsewhere they may be the end of a wrapped sentence.
var bareLines = patternOf(`(?i)^(?:available|free|unregistered|disponible|libre|livre|dispon[ií]vel)$`)

func compileAll(patterns ...string) []*pattern {
	compiled := make([]*pattern, len(patterns))
	for i, p := range patterns {
		compiled[i] = patternOf(`(?i)^(?:` + p + `)$`)
	}
	return compiled
}

// freeWords are words of which every sentence in freeLines has one: without
// them none is tried, which saves most of the time that reading takes.
var freeWords = []string{"no ", "not", "n't", "nothing", "free", "available", "exist", "vacant", "unassigned", "unregistered", "unknown", "returned 0"}

// butWords turn a "not found" into something else, wherever they stand in it.
var butWords = []string{"premium", "price", " fee", "auction", "backorder", "back-order", "cache", " copy", "mirror", "replica", "archive", "history", "trademark", "of registrar", "this registrar", "our registrar", "reserved", "blocked", "blocklist", "block list", "restricted", "partner", "timeout", "offline"}

// freeMatch is a "not found" sentence: the name it repeats, "" if none.
type freeMatch struct {
	name string
	bare bool // one word, which counts only when nothing else is said
}

// freeStatement reads a line as one or more "not found" sentences; nil if it
// says anything else.
func freeStatement(line string) *freeMatch {
	lower := strings.ToLower(line)
	if len(line) < 4 || len(line) > 300 {
		return nil
	}
	tongues := tonguesOf(lower)
	if len(tongues) == 0 || hasAny(withoutNames(lower), butWords...) {
		return nil
	}
	if f := freeSentence(line, tongues); f != nil {
		return f
	}
	first, rest, two := strings.Cut(line, ". ")
	if !two {
		return nil
	}
	a, b := freeSentence(first, tongues), freeSentence(rest, tongues)
	if a == nil || b == nil || a.bare || b.bare || a.name != "" && b.name != "" && !strings.EqualFold(a.name, b.name) {
		return nil
	}
	return &freeMatch{name: a.name + b.name[min(len(a.name), len(b.name)):]}
}

// tonguesOf returns the sentences that a line may be one of, by its words.
func tonguesOf(lower string) (tongues [][]*pattern) {
	if hasAny(lower, freeWords...) {
		tongues = append(tongues, freeLines)
	}
	for _, l := range foreignLines {
		if hasAny(lower, l.words...) {
			tongues = append(tongues, l.lines)
		}
	}
	return tongues
}

// freeSentence reads one sentence.
func freeSentence(line string, tongues [][]*pattern) *freeMatch {
	line = strings.TrimSpace(strings.Trim(strings.TrimRight(line, " .!\u2026\u3002"), "*> "))
	if bareLines.MatchString(line) {
		return &freeMatch{bare: true}
	}
	for _, lines := range tongues {
		for _, re := range lines {
			if m := re.FindStringSubmatch(line); m != nil {
				return &freeMatch{name: strings.Join(m[1:], "")}
			}
		}
	}
	return nil
}

// sameName reports whether text, as a server wrote it, is name. With no name
// asked any well-formed one will do.
func sameName(text string, name vacant.Name) bool {
	parsed, err := vacant.ParseName(strings.Trim(text, `"'<>[]()`))
	return err == nil && (name == "" || parsed == name)
}

// freeStatus reports whether a status field says that nobody has the name.
func freeStatus(value string) (said *freeMatch, ok bool) {
	m := freeStatusLine.FindStringSubmatch(strings.TrimRight(value, " .!"))
	if m == nil {
		return nil, false
	}
	return &freeMatch{name: m[1]}, true
}

var freeStatusLine = patternOf(`(?i)^(?:220 )?(?:available|free|no object found|not registered|not found|no match|unregistered|unassigned|available for registration|not delegated and available|domain not found|object not found|does not exist|` + foreignFree + `)(?: \(no match for domain ` + reName + `\))?$`)
