package reading

import (
	"regexp"
	"strings"

	"vacant"
)

// Parts of "not found" sentences. A sentence counts only as a whole line, so
// that "not found" inside another one never does.
const (
	reName  = `["'\x60\x{201c}\x{201e}\x{2018}\x{ab}\[<(]*([\p{L}\p{N}\p{M}_-]+(?:\.[\p{L}\p{N}\p{M}_-]+)+)\.?["'\x60\x{201d}\x{2019}\x{bb}\]>)]*`
	reThing = `(?:(?:the|this|that|your|queried|requested|specified|above|following|given|object|domain|domain-?name|name|query|record|string|label|search) ?)*`
	reNot   = `(?:could not be found|(?:(?:is|was|has|have|does) ?)?(?:not |n't )(?:(?:been|yet|currently|a) ?)*(?:found|registe?red|registred|exist(?:s|ing)?|allocated|delegated|assigned|known|in use|taken))`
	reGone  = `(?:` + reNot + `|unregistered|(?:is |was )?(?:free|vacant|unassigned)|(?:is )?available(?: for (?:registration|purchase))?|no match(?:es)?|no entries found|no such domain|(?:domain name )?does not exist)`
	reWhere = `(?: ?(?:in|on|from|by|with) (?:[\p{L}\p{N}.'\x{2019}"()/-]{1,20} ){0,7}(?:data ?base|registry|register|servers?|system|directory|zone|whois|tld|krnic|source(?:s|\(s\))?))?(?: (?:yet|at this time|currently))?`
	reLead  = `(?:(?:error|info|%error|notice|result|status)?:? ?\d{0,3}:? ?)?(?:(?:sorry|info|error|notice|ok)[,:!.]* (?:but )?)?`
)

// freeLines are the sentences in which registries say that nobody has a name.
// The name, where a sentence has one, is group 1.
var freeLines = compileAll(
	// No match for "X". No entries found for domain X in the database.
	`no (?:match(?:es|ing)?|entr(?:y|ies)|records?|data|objects?|information|results?)(?: (?:records?|objects?|entr(?:y|ies)|domains?))?(?: (?:is|was|were|have been|has been))?(?: (?:found|available|exists?))? (?:for|on|about|matching) `+reThing+`:? ?`+reName+reWhere,
	`no (?:records?|entr(?:y|ies)|objects?|data) (?:matching|for) `+reThing+reName+` (?:were |was )?found`,
	// Domain X not found. X is free. X - No Match. The domain X has not been registered.
	reLead+reThing+`:? ?`+reName+`,?:? ?(?:- )?`+reGone+reWhere,
	// Not found: X. No such domain X. The queried object does not exist: X.
	reLead+`(?:(?:domain |object )?not found|not registered|no such domain|no match|no object found|unknown domain|`+reThing+`does not exist)(?:[:!]| -)? ?(?:the domain you have requested )?`+reName+`(?: is not a registered [\w.-]+ domain name)?`,
	// No entries found for the selected source(s). No Data Found.
	reLead+`no (?:such (?:domain|object|name)s?|match(?:es|ing)?|entr(?:y|ies)|records?|data|objects?|information|results?|found|domain(?: names?)?)(?: (?:records?|objects?|entr(?:y|ies)|domains?(?: names?)?|data))?(?: (?:is|was|were|have been|has been))?(?: (?:found|available|exists?|located))?(?: (?:in|for|on|about|matching|from|to match|that match(?:es)?) (?:(?:the|this|your|our|specified|selected|requested|request|domain|consulted|search|query|criteria|nc|object|name) ?)*(?:source(?:\(s\)|s)?|[\p{L}.-]{0,20} ?database|criteria|registry|query|request(?: criteria)?|consulted|name)?)?`,
	// Domain not found. The queried object does not exist: DOMAIN NOT FOUND.
	reLead+reThing+`(?:not found|`+reNot+`|does not exist|(?:is )?available for (?:registration|purchase)|is available|is free)(?:: ?(?:domain not found|no matching objects found|object not found))?`+reWhere,
	reLead+`there is no (?:information|data|record|entry|match)(?: available)?(?: (?:on|for|about|of) `+reThing+`(?:consulted)?)?`,
	reLead+`nothing found(?: for this query)?`,
	reLead+`we (?:do not|don't) have an entry in our database matching your (?:query|request)`,
	reLead+`this domain is not available in our whois database`,
	`(?:no_se_encontro_el_objeto/)?object_not_found`,
	reThing+`name is not registered to krnic`,
	// Other languages.
	`(?:el )?dominio (?:`+reName+` )?no (?:existe|est[aá] registrado|se encuentra registrado|encontrado|registrado)(?: en [\p{L} .-]{0,40})?`,
	reName+`:? no existe`,
	`(?:o )?(?:dom[ií]nio|nome de dom[ií]nio) (?:`+reName+` )?(?:n[aã]o (?:existe|registrado|encontrado|est[aá] registrado)|inexistente|livre|dispon[ií]vel)`,
	`(?:le )?(?:nom de )?domaine (?:`+reName+` )?(?:n'existe pas|n'est pas enregistr[ée]|non trouv[ée]|inconnu|libre|est disponible)`,
	`(?:die |der )?domain(?:name)? (?:`+reName+` )?(?:ist )?(?:nicht (?:registriert|vergeben|gefunden)|frei)`,
	`(?:il )?dominio (?:`+reName+` )?(?:non (?:trovato|registrato|esiste)|disponibile|libero)`,
	`nincs tal[aá]lat|no match ?/ ?nincs tal[aá]lat`,
	`домен (?:`+reName+` )?(?:не (?:найден|зарегистрирован)|свободен)`,
)

func compileAll(patterns ...string) []*regexp.Regexp {
	compiled := make([]*regexp.Regexp, len(patterns))
	for i, p := range patterns {
		compiled[i] = regexp.MustCompile(`(?i)^(?:` + p + `)$`)
	}
	return compiled
}

// freeWords are words of which every sentence in freeLines has one: without
// them none is tried.
var freeWords = []string{"no", "n't", "free", "available", "exist", "vacant", "unassigned", "unregistered", "unknown", "livre", "libre", "libero", "dispon", "frei", "nincs", "\u043d\u0435 ", "\u0441\u0432\u043e\u0431\u043e\u0434"}

// butWords turn a "not found" into something else, wherever they stand in it.
var butWords = []string{"premium", "price", " fee", "auction", "backorder", "back-order", "cache", " copy", "of registrar", "this registrar", "our registrar", "reserved", "blocked", "restricted", "partner", "timeout", "offline"}

// freeMatch is a "not found" sentence: the name it repeats, "" if none.
type freeMatch struct{ name string }

// freeStatement reads a line as a "not found" sentence; nil if it is none.
func freeStatement(line string) *freeMatch {
	lower := strings.ToLower(line)
	if len(line) < 4 || len(line) > 300 || !hasAny(lower, freeWords...) || hasAny(withoutNames(lower), butWords...) {
		return nil
	}
	line = strings.Trim(strings.TrimRight(line, " .!\u2026"), "*> ")
	for _, re := range freeLines {
		if m := re.FindStringSubmatch(line); m != nil {
			f := &freeMatch{}
			for _, group := range m[1:] {
				if group != "" {
					f.name = group
				}
			}
			return f
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

var freeStatusLine = regexp.MustCompile(`(?i)^(?:220 )?(?:available|free|no object found|not registered|not found|no match|unregistered|unassigned|available for registration|not delegated and available|domain not found|object not found|disponible|livre|libre|does not exist)(?: \(no match for domain ` + reName + `\))?$`)
