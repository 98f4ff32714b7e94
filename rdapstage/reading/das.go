package reading

import (
	"strings"
	"time"

	"vacant"
	"vacant/rdapstage/facts"
)

// DAS reads a reply out of a closed set ([facts.DAS]) from host about name (""
// leaves out the check that it is about that name). Whatever is not in the set,
// whole and about that name, proves nothing. trusted and text are as in [WHOIS].
//
// What a service calls not available is registered: it does not say whether it is
// held back instead. What it does not take as a name ("not allowed", which one of
// them says of every IDN in ASCII) is undetermined, not reserved.
func DAS(set, host string, name vacant.Name, trusted bool, text []byte) Reading {
	_, ours := facts.WHOISAuthority(host, suffixOf(name))
	return guard(ours || trusted, classifyDAS(set, name, text))
}

func classifyDAS(set string, name vacant.Name, text []byte) Reading {
	r := parseWHOIS(text)
	switch {
	case r.size == 0:
		return undetermined(vacant.ReasonBadReply, "empty reply")
	case r.odd || r.html || dasReaders[set] == nil:
		return undetermined(vacant.ReasonBadReply, "not a DAS answer")
	}
	said := dasReaders[set](r, name)
	if said.Verdict == vacant.Available {
		r.dropEchoes(name)
		// The answer is in the set, but something beside it may say why it is none.
		if denied, is := r.refused(); is {
			return denied
		}
		if kept, is := withheldIn(withoutNames(r.flat)); is {
			return kept
		}
	}
	return said
}

// dasReaders read the sets; one that is not here reads nothing.
var dasReaders = map[string]func(*whoisText, vacant.Name) Reading{
	"eurid":      fieldReader(euridWords, true),
	"dnsbelgium": fieldReader(dnsBelgiumWords, false),
	"domreg":     fieldReader(domregWords, false),
	"switch":     readSwitch,
	"sidn":       sentenceReader(sidnWords, true),
	"arnes":      sentenceReader(arnesWords, true),
	"norid":      readNorid,
	"iis":        readIIS,
}

// closed is the set of answers of one service, in lower case and without spaces
// and underscores, with their verdicts. A sign stays: "-1" is not "1". The zero
// verdict is an answer that proves nothing.
type closed map[string]vacant.Verdict

var unspaced = strings.NewReplacer(" ", "", "_", "")

// read returns what an answer means; text is the line that has it.
func (c closed) read(answer, text string) Reading {
	verdict, known := c[unspaced.Replace(strings.ToLower(answer))]
	if !known || verdict == vacant.Undetermined {
		return undetermined(vacant.ReasonBadReply, text)
	}
	life := vacant.Lifecycle("")
	if verdict == vacant.Registered {
		life, _ = lifecycleOf([]string{answer})
	}
	return Reading{Verdict: verdict, Lifecycle: life, Matched: Clip(text), Code: Clip(answer)}
}

// said returns the lines that are neither empty nor remarks.
func (r *whoisText) said() []textLine {
	var lines []textLine
	for _, l := range r.lines {
		if l.text != "" && l.kind == operative {
			lines = append(lines, l)
		}
	}
	return lines
}

// aside is what a line that is no answer means: a limit where it says so.
func aside(l textLine) Reading {
	if reading, denied := denyAnywhere(withoutNames(l.text)); denied {
		return reading
	}
	return undetermined(vacant.ReasonBadReply, l.text)
}

// minuteLimit is how long DNS Belgium's and EURid's services want to be left
// alone: both count by the minute.
const minuteLimit = time.Minute

var returnCode = patternOf(`(?i)^(?:RC ?[=:] ?)?(-?\d{1,3})(?:[: ].*)?$`)

// dasCode reads a return code other than success. -1 is an error of theirs, with
// EURid a grace period too; -2 is too many questions, -3 an address that is blocked.
func dasCode(l textLine) (Reading, bool) {
	m := returnCode.FindStringSubmatch(l.text)
	if m == nil || m[1] == "0" {
		return Reading{}, false
	}
	r := Reading{Reason: vacant.ReasonBadReply, Matched: Clip(l.text), Code: m[1]}
	if denied, is := denyAnywhere(l.text); is {
		r.Reason, r.Pause = denied.Reason, denied.Pause
	}
	switch m[1] {
	case "-2":
		r.Reason = vacant.ReasonRateLimited
		if r.Pause == 0 {
			r.Pause = minuteLimit
		}
	case "-3":
		r.Reason = vacant.ReasonLockedOut
	}
	return r, true
}
