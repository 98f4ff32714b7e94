package rdapstage

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"vacant"
)

// undetermined is the reading of whatever proves nothing.
func undetermined(why vacant.Reason, matched string) Reading {
	return Reading{Reason: why, Matched: clip(matched)}
}

// harmless are sentences of ordinary terms that use the words of limit texts.
// They are taken out before the deny-list is asked.
var harmless = regexp.MustCompile(`(?i)queries to the whois services? are throttled|(?:if|when|should|where) (?:\w+ ){0,3}too many (?:queries|requests)[^.]*|(?:for|make|of|any|avoid|against|making|to) excessive (?:quer\w+|use|usage|access)|` +
	`failure to locate a record in the whois database is not indicative|domains? (?:names? )?up to \d+ (?:letters|characters) are premium domains?[^.]*|detecting and limiting bulk|` +
	`access to the (?:whois|rdap|whois and rdap) services? (?:is|are) rate[- ]limited|` +
	`(?:result|resulting) in (?:you )?being (?:permanently |temporarily )?(?:blacklisted|blocked|banned)|` +
	`(?:will|may|can) (?:be|result in|have your|lead to) (?:being )?(?:your )?[\w ]{0,40}(?:blacklisted|blocked|banned|throttled|limited|restricted|denied)|` +
	`queries? (?:to|from|by|that|which|for)[\w ,]{0,80}(?:may|will) be (?:throttled|limited|blocked)|(?:may|can|will|reserves? the right to) (?:restrict|limit|terminate|block|throttle|deny|refuse)|` +
	`(?:all|restricted|and|other) rights? (?:are |is )?reserved|rights reserved|reserves? (?:all|the|its) rights?|(?:is|are) (?:strictly |expressly |explicitly |absolutely )?(?:prohibited|forbidden)|` +
	`a maximum of \d+ queries per minute can be made`)

// deny is one kind of text that never supports "available", wherever it stands.
type deny struct {
	why     vacant.Reason
	verdict vacant.Verdict
	phrase  *regexp.Regexp
}

// limitPhrases, blockPhrases and errorPhrases make replies that say nothing of
// the name; they hold anywhere in a WHOIS text, terms included.
var hardDeny = []deny{
	{why: vacant.ReasonRateLimited, phrase: regexp.MustCompile(`(?i)too many (?:requests?|queries|connections?|lookups?|attempts)|(?:quota|(?:rate|query|request|connection|whois|lookup|daily|hourly|access)[- ]?(?:control )?limits?|maximum (?:daily )?(?:\w+ )?(?:limit|rate|number|connections?|queries)[\w ]{0,30}|allowance)[\w ]{0,25} (?:exceeded|reached|exhausted|surpassed|hit)|` +
		`(?:exceed(?:ed|s|ing)?|reached|surpassed|over|hit) (?:of )?(?:(?:the|your|our|its|a|an) )?(?:\w+ ){0,3}(?:quota|limit|allowance|maximum|rate)\b|rate[- ]limit(?:ing)? (?:exceeded|reached|active|in effect|applied|:)|rate[- ]limit:|you (?:are|have been|were) (?:being )?(?:rate[- ]?limited|throttled|blocked|banned|blacklisted|denied|temporarily)|` +
		`please (?:slow down|wait|go away|try (?:again|later)|retry)|slow down|(?:try|retry|query|connect|come back)(?: your (?:query|request))? (?:again )?(?:later|in (?:a few|\d+) (?:seconds?|minutes?|hours?)|after:?)|try again\b|wait \d+ ?s|(?:still )?in grace period|excessive (?:quer\w+|usage|use|access|requests)|only \d+ (?:requests?|quer\w+|connections?) (?:per|a|every)|` +
		`quer(?:y|ies) rate|request denied|(?:has been|is|been|was) throttled|\bthrottled\b|throttling|\brate[- ]limited\b|access control limit|(?:requests?|queries|connections?) per (?:second|minute|hour|day)(?: \w+)? (?:allowed|permitted)|requests of this client|limit (?:was |has been |is )?(?:exceeded|reached)|exceeded your|\blimit[- ]?exceeded\b|reduced information|reducted information`)},
	{why: vacant.ReasonRateLimited, phrase: regexp.MustCompile(`(?i)(?:ip|ip address|address|client|host|network|server|you|access|account|request|query|connection)[\w :./\[\]-]{0,45} (?:is|are|was|were|has been|have been|been) (?:\w+ )?(?:blocked|blacklisted|banned|denied|refused|rejected|suspended|black-listed|barred)|access (?:denied|refused|forbidden|blocked)|permission denied|connection (?:refused|limit|closed|reset|attempt failed|timed? ?out)|ip address blocked|\b(?:black|block)-?listed\b|\bblacklist\b|not (?:permitted|authori[sz]ed|allowed) to (?:access|query|use) (?:this|the|our) (?:whois )?(?:server|service)\.?$|ok! you win`)},
	{why: vacant.ReasonBadReply, phrase: regexp.MustCompile(`(?i)can(?:no|')t (?:be )?(?:temporarily )?(?:process|answer|handle|perform|complete|connect|serve)\w*|can ?not (?:temporarily )?be (?:answered|processed|performed|completed|served)|(?:could|can) (?:temporarily )?not be (?:answered|processed|performed|completed|executed|served)|unable to (?:process|connect|answer|query|complete|perform|resolve|contact|look)|(?:temporar(?:y|ily)) (?:unavailable|out of|failure|error|down|not)|` +
		`(?:service|server|database|system|whois) (?:is |are |currently |temporarily )*(?:unavailable|down|too busy|busy|overloaded|offline|not available|under maintenance|not responding)|server too busy|internal (?:server )?error|system error|fatal error|database error|query failed|timed? ?out\b|under maintenance|maintenance (?:mode|window)|tld (?:is )?not supported|(?:is|are) not supported|unsupported|unknown (?:tld|command|query|host|error|zone|top)|invalid (?:quer\w*|input|domain|request|characters?|object|name|syntax|tld|parameter|argument|string|search)|(?:illegal|malformed|bad|incorrect|wrong) (?:quer\w*|input|domain|request|characters?|syntax|name|format)|` +
		`syntax error|not a valid|is not valid|does not have any records for that zone|not found in iana boot|no rdap service|not found in cache|\bin cache\b|not authoritative|no whois server|database is currently|non bijective|authori[sz]ation required|not (?:a )?responsib`)},
}

// withheldPhrases say that the registry keeps the name back although nobody owns it.
var withheldPhrases = []deny{
	{verdict: vacant.Reserved, phrase: regexp.MustCompile(`(?i)\b(?:reserved|restricted|prohibited|blocked|forbidden|banned) (?:name|domain|by|for|from|string|list|word|label|term)|(?:is|are|been|has been|registry|status:?|name|domain|label|string) (?:\w+ ){0,3}(?:reserved|restricted|prohibited|blocked|forbidden|withheld|not registrable|unregistrable|not registerable|ineligible)\b|` +
		`not (?:be )?(?:currently )?(?:available|eligible|open|allowed|permitted|possible|offered)(?: \w+){0,2} (?:for|to|as|due)\b (?:\w+ ){0,4}(?:regist\w+|purchase|sale|delegation|be registered)|cannot be registered|can not be registered|may not be registered|not available for|domain (?:name )?(?:is )?not available$|` +
		`in the reserved list|reserved list|globalblock|blocked by|blocked domain|\bdpml\b|\bbsa\b|trademark clearinghouse|name collision|prohibited string|auction|dropzone|drop zone|currently available for application|sunrise|landrush|in quarantine|quarantined|redemption|pending delete|pendingdelete|not open for registration|premium name|premium domain|^reserved|^restricted|^blocked|^prohibited|^registry reserved|available-on-waiting-list|waiting list`)},
}

var premiumOffer = regexp.MustCompile(`(?i)\bpremium\b.*\b(?:available|price|priced|fee|cost|purchase|usd|eur|gbp|buy)\b|\b(?:available|price|priced|fee|purchase|buy|for sale)\b.*\bpremium\b`)

var premiumWord = regexp.MustCompile(`(?i)\bpremium\b`)

// denyAnywhere finds a limit, block or error text in flat, which must be without
// the name asked: "too-many-requests.com" is a name like any other.
func denyAnywhere(flat string) (Reading, bool) {
	flat = harmless.ReplaceAllString(flat, " ")
	for _, d := range hardDeny {
		if hit := d.phrase.FindString(flat); hit != "" {
			return Reading{Reason: d.why, Matched: clip(hit), Pause: pauseIn(flat)}, true
		}
	}
	return Reading{}, false
}

// withheldIn finds a text that says the name is kept back.
func withheldIn(text string) (Reading, bool) {
	text = strings.TrimSpace(harmless.ReplaceAllString(text, " "))
	if premiumOffer.MatchString(text) && !strings.Contains(strings.ToLower(text), "not available") {
		return Reading{Verdict: vacant.Premium, Matched: clip(text)}, true
	}
	for _, d := range withheldPhrases {
		if hit := d.phrase.FindString(text); hit != "" {
			return Reading{Verdict: d.verdict, Matched: clip(text)}, true
		}
	}
	if premiumWord.MatchString(text) {
		return Reading{Verdict: vacant.Reserved, Matched: clip(text)}, true
	}
	return Reading{}, false
}

var pauseText = regexp.MustCompile(`(?i)(?:wait|in|after|for|again after:?)\s+(\d{1,7})\s*(s|sec\w*|m|min\w*|h|hours?)\b|after: (\d+h\d+m\d+s)`)

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

var anyHost = regexp.MustCompile(`(?i)https?://\S+|[\p{L}\p{N}_-]+(?:\.[\p{L}\p{N}_-]+)+`)

// denyRDAP asks the deny-list about the texts of an RDAP error.
func denyRDAP(name vacant.Name, d *rdapDomain) (Reading, bool) {
	said := append([]string{d.Title}, d.Description...)
	for _, n := range append(append([]notice{}, d.Notices...), d.Remarks...) {
		if text := n.Title + ". " + strings.Join(n.Description, " "); !isTerms(text) {
			said = append(said, text)
		}
	}
	for _, text := range said {
		text = anyHost.ReplaceAllString(text, " ")
		if name != "" {
			text = strings.ReplaceAll(text, string(name), " ")
		}
		text = strings.Join(strings.Fields(text), " ")
		if r, ok := denyAnywhere(text); ok {
			return r, true
		}
		if r, ok := withheldIn(text); ok {
			return r, true
		}
	}
	return Reading{}, false
}

// maxNotice is the length in octets up to which a notice is taken as said about
// this name; terms of use are longer.
const maxNotice = 250

// isTerms reports whether a notice is terms of use, which stand in every reply.
func isTerms(text string) bool { return len(text) > maxNotice && legalMark.MatchString(text) }
