package reading

import (
	"strings"

	"vacant"
)

var takenWords = patternOf(`(?i)^(?:\d{3} )?(?:ok|active|connect(?:ed)?|registered|registrado|not available|in use|taken|delegated|published|paid|granted|verified|aktivn\w*|activo|enregistr[ée]|unavailable|not free)\b`)

// takenStatus reports whether a status is one that only registered names have.
func takenStatus(status string) bool {
	rank, _ := statusRank(squash(status))
	return rank > 0 || takenWords.MatchString(status) || eppStatus.MatchString(status)
}

var eppStatus = patternOf(`(?i)\b(?:client|server)(?:transfer|update|delete|renew)prohibited\b|\btransfer ?prohibited\b`)

// invalidStatus reports whether a status says that the question was no good.
func invalidStatus(status string) bool {
	return badStatus.MatchString(status)
}

var badStatus = patternOf(`(?i)\b(?:invalid|error|denied|does not have any records|not supported|unknown)\b|^(?:4|5)\d\d `)

// takenLines are whole sentences in which servers without records say that a
// name is registered.
var takenLines = compileAll(
	reThing+`:? ?`+reName+`:? (?:is |has |was )?(?:already |been |currently )*(?:registered|taken|in use|delegated|active|not free)(?: (?:by|in|at|on) .{1,60})?`,
	reName+` (?:is )?(?:active|in quarantine|inactive)`,
)

// labelServer is the whole record of Tonic's servers: a label and a name server.
var labelServer = patternOf(`(?i)^([a-z0-9-]+) (?:[a-z0-9-]+\.){1,8}[a-z]{2,}$`)

// registeredSentence finds such a sentence about name.
func registeredSentence(r *whoisText, name vacant.Name) (Reading, bool) {
	if r.odd || r.html {
		return Reading{}, false
	}
	for _, l := range r.lines {
		if l.kind == legal || l.kind == furniture || len(l.text) < 8 || len(l.text) > 200 {
			continue
		}
		if m := labelServer.FindStringSubmatch(l.text); m != nil && r.row.ending == ".to" && sameName(m[1]+".to", name) {
			return Reading{Verdict: vacant.Registered, Lifecycle: vacant.Active, Matched: Clip(l.text)}, true
		}
		line := strings.TrimRight(l.text, " .!")
		for _, re := range takenLines {
			if m := re.FindStringSubmatch(line); m != nil && sameName(m[1], name) {
				life, matched := lifecycleOf([]string{line})
				return Reading{Verdict: vacant.Registered, Lifecycle: life, Matched: Clip(line + matched)}, true
			}
		}
	}
	return Reading{}, false
}
