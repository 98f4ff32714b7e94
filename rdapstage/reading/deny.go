package reading

import (
	"strconv"
	"strings"
	"time"

	"vacant"
)

// undetermined is the reading of whatever proves nothing.
func undetermined(why vacant.Reason, matched string) Reading {
	return Reading{Reason: why, Matched: Clip(matched)}
}

// harmless are sentences of ordinary terms that use the words of limit texts.
// They are taken out before the deny-list has the last word; lower case.
var harmless = patternOf(`queries to the whois services? are throttled|(?:if|when|should|where) (?:\w+ ){0,3}too many (?:queries|requests)|(?:for|make|of|any|avoid|against|making|to) excessive (?:quer\w+|use|usage|access)|` +
	`failure to locate a record in the whois database is not indicative|domains? (?:names? )?up to \d+ (?:letters|characters) are premium domains?|detecting and limiting bulk|` +
	`access to the (?:whois|rdap|whois and rdap) services? (?:is|are) rate[- ]limited|` +
	`(?:result|resulting) in (?:you )?being (?:permanently |temporarily )?(?:blacklisted|blocked|banned)|` +
	`(?:will|may|can) (?:be|result in|have your|lead to) (?:being )?(?:your )?[\w ]{0,40}(?:blacklisted|blocked|banned|throttled|limited|restricted|denied)|` +
	`queries? (?:to|from|by|that|which|for)[\w ,]{0,80}(?:may|will) be (?:throttled|limited|blocked)|(?:may|can|will|reserves? the right to) (?:restrict|limit|terminate|block|throttle|deny|refuse)|` +
	`(?:all|restricted|and|other) rights? (?:are |is )?reserved|rights reserved|reserves? (?:all|the|its) rights?|\bit is (?:\w+ )?(?:prohibited|forbidden)|(?:is|are|be) (?:strictly|expressly|explicitly|absolutely|hereby|also) (?:prohibited|forbidden)|` +
	`a maximum of \d+ queries per minute can be made`)

// phrase is a text of the deny-list: a pattern, and a word without which it
// cannot match, asked first because that is a hundred times faster. Texts are
// in lower case.
type phrase struct {
	word    string
	pattern *pattern
}

func phrases(pairs ...string) []phrase {
	list := make([]phrase, 0, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		list = append(list, phrase{word: pairs[i], pattern: patternOf(pairs[i+1])})
	}
	return list
}

// find returns what the first phrase that matches matched, "" if none does.
func find(list []phrase, lower string) string {
	for _, p := range list {
		if strings.Contains(lower, p.word) {
			if hit := p.pattern.FindString(lower); hit != "" {
				return hit
			}
		}
	}
	return ""
}

const reLimitThing = `(?:quotas?|(?:rate|query|request|connection|whois|lookup|daily|hourly|access|queries|requests|usage)[- ]?(?:control )?limits?|maximum (?:daily )?(?:\w+ )?(?:limit|rate|number|connections?|queries)[\w ]{0,30}|allowance|limits?)`

// limitPhrases and errorPhrases make replies that say nothing of the name. They
// hold anywhere in a WHOIS text, terms included.
var limitPhrases = phrases(
	"too many", `too many (?:\w+ )?(?:requests?|query|queries|connections?|lookups?|attempts)`,
	"exceed", reLimitThing+`[\w ]{0,25} exceeded|exceed(?:ed|s|ing)? (?:of )?(?:(?:the|your|our|its|a|an) )?(?:[\w-]+ ){0,3}(?:quota|limits?|allowance|maximum|rate)\b|exceeded your|\blimit[- ]?exceeded\b|(?:quer(?:y|ies)|requests?|connections?|lookups?)[\w ]{0,20} exceeded`,
	"reached", reLimitThing+`[\w ]{0,25} reached|reached (?:the|your|our|its|a|an) (?:[\w-]+ ){0,3}(?:quota|limits?|allowance|maximum)\b`,
	"exhausted", reLimitThing+`[\w ]{0,25} exhausted`,
	"surpassed", reLimitThing+`[\w ]{0,25} surpassed|surpassed (?:the|your) `,
	"over ", `\bover (?:the|your|our|its) (?:\w+ ){0,3}(?:quota|limit|allowance)\b|\bover quota\b`,
	"hit", reLimitThing+` (?:was |has been |is )?hit\b|\bhit (?:the|your|our) (?:\w+ ){0,2}limit`,
	"rate", `rate[- ]limit(?:ing)? (?:exceeded|reached|active|in effect|applied|:)|rate[- ]limit:|\brate[- ]limited\b|quer(?:y|ies) rate`,
	"you ", `\byou (?:are|have been|were) (?:being )?(?:rate[- ]?limited|throttled|blocked|banned|blacklisted|denied|temporarily)`,
	"please", `please (?:slow down|wait|go away|try (?:again|later)|retry)`,
	"slow down", `slow down`,
	"later", `(?:try|retry|query|connect|come back)(?: your (?:query|request))? (?:again )?later`,
	"again", `\btry again\b|\bquery again\b|(?:retry|connect|come back|query) (?:again )?(?:in (?:a few|\d+) (?:seconds?|minutes?|hours?)|after:?)`,
	"wait", `\bwait \d+ ?s`,
	"grace period", `\bin grace period|excessive \w+, grace period`,
	"excessive", `excessive (?:quer\w+|usage|use|access|requests)`,
	"only ", `\bonly \d+ (?:requests?|quer\w+|connections?) (?:per|a|every)`,
	" per ", `(?:requests?|queries|connections?) per (?:second|minute|hour|day)(?: \w+)? (?:allowed|permitted)`,
	"request denied", `request denied`,
	"throttl", `\bthrottled\b|\bthrottling\b`,
	"access control", `access control limit`,
	"of this client", `requests of this client`,
	"limit", `\blimit (?:was |has been |is )?(?:exceeded|reached)`,
	"information", `reduced information`,
	"locked", `(?:ip|ip address|address|client|host|network|server|you|your|access|account|request|query|connection)[\w :./\[\]-]{0,45} (?:is|are|was|were|has been|have been|been) (?:\w+ )?blocked|access blocked|ip address blocked`,
	"list", `\b(?:black|block)-?list(?:ed)?\b|black-listed`,
	"banned", `\b(?:ip|address|client|host|network|you|access|account)\b[\w :./\[\]-]{0,45} (?:is|are|was|were|has been|have been|been) (?:\w+ )?banned`,
	"denied", `(?:access|permission|request|query|connection)[\w :./-]{0,30} denied|denied access`,
	"refused", `(?:access|request|query|connection)[\w :./-]{0,30} refused`,
	"rejected", `(?:access|request|query|connection)[\w :./-]{0,30} (?:is |was |been )?rejected`,
	"suspended", `(?:your )?(?:access|account|ip|address)[\w :./-]{0,30} (?:is|has been|was) suspended`,
	"access forbidden", `access forbidden`,
	"connection", `connection (?:limit|closed|reset|attempt failed|timed? ?out)`,
	"ok! you win", `ok! you win`,
)

var errorPhrases = phrases(
	"can", `\bcan(?:no|')t (?:be )?(?:temporarily )?(?:process|answer|handle|perform|complete|connect|serve)\w*|\bcan ?not (?:temporarily )?be (?:answered|processed|performed|completed|served)|\bcan(?:not)? (?:temporarily )?not be (?:answered|processed|performed|completed|executed|served)|cannot (?:process|answer|handle|perform|complete|connect|serve)`,
	"could", `could (?:temporarily )?not (?:be )?(?:answered|processed|performed|completed|executed|served|process|answer|connect|perform)`,
	"unable to", `unable to (?:process|connect|answer|query|complete|perform|resolve|contact|look|serv)`,
	"temporar", `temporar(?:y|ily) (?:unavailable|out of|failure|error|down|not)`,
	"unavailable", `(?:service|server|database|system|whois) (?:is |are |currently |temporarily )*unavailable`,
	"down", `(?:service|server|database|system|whois) (?:is |are |currently |temporarily )*down\b`,
	"busy", `(?:service|server|database|system|whois) (?:is |are |currently |temporarily )*(?:too )?busy`,
	"overloaded", `(?:service|server|database|system) (?:is |are |currently |temporarily )*overloaded`,
	"offline", `(?:service|server|database|system) (?:is |are |currently |temporarily )*offline`,
	"not ", `(?:service|server|database|system) (?:is |are |currently |temporarily )*not (?:available|responding)\b`,
	"error", `internal (?:server )?error|system error|fatal error|database error|syntax error`,
	"failed", `query failed|lookup failed|request failed`,
	"out", `\btimed? ?out\b`,
	"maintenance", `under maintenance|maintenance (?:mode|window)`,
	"supported", `not supported|unsupported`,
	"unknown", `unknown (?:tld|command|query|host|error|zone|top)`,
	"invalid", `invalid (?:quer\w*|input|domain|request|characters?|object|name|syntax|tld|parameter|argument|string|search)`,
	"illegal", `illegal (?:quer\w*|input|domain|request|characters?|syntax|name|format)`,
	"malformed", `malformed (?:quer\w*|input|domain|request|name)`,
	"incorrect", `incorrect (?:quer\w*|input|domain|request|syntax|name|format)`,
	"bad ", `\bbad (?:quer\w*|input|domain|request|syntax|name|format)`,
	"valid", `not a valid|is not valid`,
	"records for that zone", `does not have any records for that zone`,
	"iana", `not found in iana boot`,
	"rdap service", `no rdap service`,
	"in cache", `\bin (?:the )?cache\b`,
	"no whois server", `no whois server`,
	"non bijective", `non bijective`,
	"authori", `authori[sz]ation required|not (?:permitted|authori[sz]ed|allowed) to (?:access|query|use) (?:this|the|our) (?:whois )?(?:server|service)\.? ?$`,
	"not permitted", `not permitted\. `,
)

// withheldPhrases say that the registry keeps the name back although nobody owns it.
var withheldPhrases = phrases(
	"reserved", reKept("reserved")+`|in the reserved list|reserved list|registry reserved`,
	"restricted", reKept("restricted"),
	"prohibited", reKept("prohibited"),
	"blocked", reKept("blocked")+`|blocked by`,
	"forbidden", reKept("forbidden"),
	"banned", reKept("banned"),
	"withheld", reKept("withheld"),
	"regist", `not registe?rable|unregistrable|\b(?:cannot|can not|may not) be registered|not open for registration|not (?:be )?(?:currently )?(?:available|eligible|open|allowed|permitted|possible|offered)(?: \w+){0,2} (?:for|to|as|due)\b (?:\w+ ){0,4}regist\w+`,
	"ineligible", `\bineligible\b`,
	"available", `not (?:be )?(?:currently )?available (?:for|to|as|due)\b|domain (?:name )?(?:is )?not available$|currently available for application|available-on-waiting-list`,
	"waiting", `waiting[- ]list`,
	"globalblock", `globalblock`, "bsa", `\bbsa\b`, "dpml", `\bdpml\b`,
	"collision", `name collision`, "clearinghouse", `trademark clearinghouse`,
	"auction", `auction`, "drop", `drop ?zone`, "sunrise", `sunrise`, "landrush", `landrush`,
	"release", `release process|(?:pending|to be|being|will be) release`, "will be", `will be (?:available|deleted|free|dropped) `,
	"quarantine", `in quarantine|quarantined`, "redemption", `redemption`, "delete", `pending ?delete`,
	"premium", `\bpremium\b`,
)

// reKept matches the ways of saying that a name is kept back, by their word.
func reKept(word string) string {
	return `\b` + word + ` (?:name|domain|by|for|from|string|list|word|label|term)|\b(?:is|are|been|has been|registry|status:?|name|domain|label|string) (?:\w+ ){0,3}` + word + `\b|^` + word + `\b`
}

var premiumOffer = patternOf(`\bpremium\b.*\b(?:available|price|priced|fee|cost|purchase|usd|eur|gbp|buy)\b|\b(?:available|price|priced|fee|purchase|buy|for sale)\b.*\bpremium\b`)

// denyAnywhere finds a limit, block or error text, which must be without the
// name asked: "too-many-requests.com" is a name like any other.
func denyAnywhere(text string) (Reading, bool) {
	text = strings.ToLower(text)
	if find(limitPhrases, text) == "" && find(errorPhrases, text) == "" {
		return Reading{}, false
	}
	text = harmless.ReplaceAllString(text, " ")
	if hit := find(limitPhrases, text); hit != "" {
		return Reading{Reason: vacant.ReasonRateLimited, Matched: Clip(hit), Pause: pauseIn(text)}, true
	}
	if hit := find(errorPhrases, text); hit != "" {
		return undetermined(vacant.ReasonBadReply, hit), true
	}
	return Reading{}, false
}

// withheldIn finds a text that says the name is kept back.
func withheldIn(text string) (Reading, bool) {
	lower := strings.ToLower(text)
	if find(withheldPhrases, lower) == "" {
		return Reading{}, false
	}
	lower = strings.TrimSpace(harmless.ReplaceAllString(lower, " "))
	if premiumOffer.MatchString(lower) && !strings.Contains(lower, "not available") {
		return Reading{Verdict: vacant.Premium, Matched: Clip(text)}, true
	}
	if find(withheldPhrases, lower) == "" {
		return Reading{}, false
	}
	return Reading{Verdict: vacant.Reserved, Matched: Clip(text)}, true
}

var pauseText = patternOf(`(?i)(?:wait|in|after|for|again after:?)\s+(\d{1,7})\s*(s|sec\w*|m|min\w*|h|hours?)\b|after: (\d+h\d+m\d+s)`)

// pauseIn returns the waiting time that a limit text names, at most a day, 0 if none.
func pauseIn(text string) time.Duration {
	m := pauseText.FindStringSubmatch(text)
	if m == nil {
		return 0
	}
	if d, err := time.ParseDuration(m[3]); m[3] != "" && err == nil {
		return min(d, 24*time.Hour)
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		return 0
	}
	unit := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour}[m[2][0]|0x20]
	return min(time.Duration(n)*unit, 24*time.Hour)
}

var anyHost = patternOf(`(?i)https?://\S+|[\p{L}\p{N}_-]+(?:\.[\p{L}\p{N}_-]+)+`)

// denyRDAP asks the deny-list about the texts of an RDAP error, wherever they stand in its body.
func denyRDAP(name vacant.Name, body []byte) (Reading, bool) {
	for _, text := range saidIn(body) {
		text = anyHost.ReplaceAllString(text, " ")
		if name != "" {
			text = strings.ReplaceAll(text, string(name), " ")
		}
		text = strings.Join(strings.Fields(text), " ")
		if r, ok := denyAnywhere(text); ok {
			return r, true
		}
		if hit := rdapRefusal.FindString(text); hit != "" && len(text) <= maxNotice {
			return undetermined(vacant.ReasonBadReply, text), true
		}
		if r, ok := withheldIn(text); ok {
			return r, true
		}
	}
	return Reading{}, false
}

// rdapRefusal are words that no plain "not found" has.
var rdapRefusal = patternOf(`(?i)\b(?:quota|throttl\w+|retry|temporar\w+|overload\w*|busy|maintenance|unavailable|forbidden|unauthori[sz]ed|time[d-]? ?out|upstream|backend|gateway|degraded)\b`)

// maxNotice is the length in octets up to which a notice is taken as said about
// this name; terms of use are longer.
const maxNotice = 250

// isTerms reports whether a notice is terms of use, which stand in every reply.
func isTerms(text string) bool { return len(text) > maxNotice && isLegalese(text) }
