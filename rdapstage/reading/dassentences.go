package reading

import (
	"strings"

	"vacant"
)

// sidnWords are what SIDN's "is" says of a name.
var sidnWords = closed{
	"free": vacant.Available, "active": vacant.Registered, "inactive": vacant.Registered, "inquarantine": vacant.Registered,
	"withdrawn": vacant.Reserved, "excluded": vacant.Reserved,
}

// arnesWords are what the service of .si says of a name.
var arnesWords = closed{"available": vacant.Available, "registered": vacant.Registered, "forbidden": vacant.Reserved}

var isSentence = patternOf(`(?i)^(\S+) is ([a-z ]+?)\.?$`)

// sentenceReader reads "NAME is WORD", the one line that is neither a remark nor
// a paragraph of terms.
func sentenceReader(words closed, whole bool) func(*whoisText, vacant.Name) Reading {
	return func(r *whoisText, name vacant.Name) Reading {
		lines := r.said()
		if len(lines) != 1 {
			return severalLines(lines)
		}
		m := isSentence.FindStringSubmatch(lines[0].text)
		if m == nil || whole && !lines[0].whole {
			return aside(lines[0])
		}
		if !sameName(m[1], name) {
			return undetermined(vacant.ReasonBadReply, "about "+m[1])
		}
		return words.read(m[2], lines[0].text)
	}
}

// severalLines is what a reply means that has not exactly the one line it should.
func severalLines(lines []textLine) Reading {
	for _, l := range lines {
		if reading := aside(l); reading.Reason != vacant.ReasonBadReply {
			return reading
		}
	}
	return undetermined(vacant.ReasonBadReply, "not one line")
}

// switchWords are SWITCH's codes; the words behind them may change, its manual says.
var switchWords = closed{"1": vacant.Available, "0": vacant.Registered}

// readSwitch reads a code and, behind it and on further lines, its meaning in
// words. The answer does not repeat the name.
func readSwitch(r *whoisText, _ vacant.Name) Reading {
	lines := r.said()
	if len(lines) == 0 {
		return undetermined(vacant.ReasonBadReply, "no answer")
	}
	m := returnCode.FindStringSubmatch(lines[0].text)
	if m == nil || strings.HasPrefix(strings.ToUpper(lines[0].text), "RC") || !lines[0].whole {
		return aside(lines[0])
	}
	for _, l := range lines[1:] {
		if returnCode.MatchString(l.text) || !l.whole {
			return undetermined(vacant.ReasonBadReply, "a second answer: "+l.text)
		}
	}
	switch m[1] {
	case "-95", "-99": // access is limited, the server is in trouble: both say to wait
		return Reading{Reason: vacant.ReasonRateLimited, Matched: Clip(lines[0].text), Code: m[1]}
	}
	return switchWords.read(m[1], lines[0].text)
}

// The sentences of Norid's service. Only the one that says free has to be whole:
// the others prove nothing that could be wrong the costly way.
var (
	noridFree   = patternOf(`(?i)^(?:(?:the )?domain(?: name)? )?(\S+) is available(?: for registration)?\.?$`)
	noridTaken  = patternOf(`(?i)^(?:(?:the )?domain(?: name)? )?(\S+) is (?:already )?(delegated|registered)\b`)
	noridKept   = patternOf(`(?i)^This domain can(?: currently)? ?not be registered\b`)
	noridRefuse = patternOf(`(?i)\b(?:quota exceeded|access denied|referral denied)\b`)
)

// readNorid reads the service of .no.
func readNorid(r *whoisText, name vacant.Name) Reading {
	for _, l := range r.lines {
		if noridRefuse.MatchString(l.text) {
			return Reading{Reason: vacant.ReasonRateLimited, Matched: Clip(l.text)}
		}
	}
	lines := r.said()
	if len(lines) != 1 || !lines[0].whole {
		return severalLines(lines)
	}
	text := lines[0].text
	if m := noridTaken.FindStringSubmatch(text); m != nil && sameName(m[1], name) {
		return Reading{Verdict: vacant.Registered, Lifecycle: vacant.Active, Matched: Clip(text), Code: strings.ToLower(m[2])}
	}
	if m := noridFree.FindStringSubmatch(text); m != nil && sameName(m[1], name) {
		return Reading{Verdict: vacant.Available, Matched: Clip(text), Code: "available"}
	}
	if noridKept.MatchString(text) {
		return Reading{Verdict: vacant.Reserved, Matched: Clip(text), Code: "prohibited"}
	}
	return aside(lines[0])
}

// iisWords are what Internetstiftelsen's service says before the name.
var iisWords = closed{"free": vacant.Available, "occupied": vacant.Registered, "notvalid": vacant.Undetermined}

// readIIS reads "free x.se", the whole body: HTTP says where it ends.
func readIIS(r *whoisText, name vacant.Name) Reading {
	lines := r.said()
	if len(lines) != 1 || len(r.lines) != 1 {
		return severalLines(lines)
	}
	word, about, _ := strings.Cut(lines[0].text, " ")
	if !sameName(about, name) {
		return aside(lines[0])
	}
	return iisWords.read(word, lines[0].text)
}
