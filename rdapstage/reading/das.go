package reading

import (
	"regexp"
	"strings"

	"vacant"
	"vacant/rdapstage/facts"
)

// dasKinds says which closed set of answers a host speaks, by host and port or
// by host alone where nothing else runs there.
var dasKinds = map[string]string{
	"das.eu": "get", "das.dns.be": "get", "das.domreg.lt": "get",
	"whois.nic.ch:4343": "code", "whois.nic.li:4343": "code",
}

// DASKind returns the closed set that host speaks, "" if it is no DAS.
func DASKind(host string) string {
	if kind := dasKinds[strings.ToLower(host)]; kind != "" {
		return kind
	}
	return dasKinds[facts.BareHost(host)]
}

// classifyDAS reads a reply out of a closed set; whatever is not in it proves nothing.
func classifyDAS(kind string, name vacant.Name, text []byte) Reading {
	r := parseWHOIS(text)
	if r.odd || r.html {
		return undetermined(vacant.ReasonBadReply, "not a DAS answer")
	}
	if kind == "code" {
		return classifyDASCode(r)
	}
	return classifyDASStatus(r, name)
}

var dasCode = regexp.MustCompile(`^(-?\d{1,3})(?::? .*|:)?$`)

// classifyDASCode reads SWITCH's answer: a number, and its meaning in words.
// The answer does not repeat the name.
func classifyDASCode(r *whoisText) Reading {
	lines := r.said()
	if len(lines) != 1 {
		return undetermined(vacant.ReasonBadReply, "not one line")
	}
	m := dasCode.FindStringSubmatch(lines[0].text)
	if m == nil {
		return undetermined(vacant.ReasonBadReply, lines[0].text)
	}
	switch m[1] {
	case "1":
		return Reading{Verdict: vacant.Available, Matched: Clip(lines[0].text)}
	case "0":
		return Reading{Verdict: vacant.Registered, Matched: Clip(lines[0].text)}
	case "-95", "-99":
		return Reading{Reason: vacant.ReasonRateLimited, Matched: Clip(lines[0].text)}
	}
	return undetermined(vacant.ReasonBadReply, lines[0].text)
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

// dasStatuses are the words of the "get" services (EURid, DNS Belgium, DOMREG).
var dasStatuses = map[string]vacant.Verdict{
	"available": vacant.Available, "free": vacant.Available,
	"registered": vacant.Registered, "notavailable": vacant.Registered, "inuse": vacant.Registered, "quarantine": vacant.Registered,
	"stopped": vacant.Registered, "redemption": vacant.Registered, "pendingdelete": vacant.Registered, "pendingcreate": vacant.Registered, "pendingrelease": vacant.Registered,
	"reserved": vacant.Reserved, "blocked": vacant.Reserved, "restricted": vacant.Reserved, "restrictedrights": vacant.Reserved, "withdrawn": vacant.Reserved, "notallowed": vacant.Reserved,
}

// classifyDASStatus reads "Domain: x" and "Status: WORD". The domain line may
// repeat the whole name or, where the service knows one TLD, its label.
func classifyDASStatus(r *whoisText, name vacant.Name) Reading {
	var domain, status string
	for _, l := range r.said() {
		key, value, found := strings.Cut(l.text, ":")
		value = strings.TrimSpace(value)
		switch strings.ToLower(key) {
		case "domain":
			domain = strings.ToLower(value)
		case "status":
			status = value
		default:
			if reading, denied := denyAnywhere(l.text); denied {
				return reading
			}
			return undetermined(vacant.ReasonBadReply, l.text)
		}
		if !found || value == "" {
			return undetermined(vacant.ReasonBadReply, l.text)
		}
	}
	if domain == "" || name != "" && domain != name.Label() && !sameName(domain, name) {
		return undetermined(vacant.ReasonBadReply, "about "+domain)
	}
	verdict, known := dasStatuses[squash(status)]
	if !known {
		return undetermined(vacant.ReasonBadReply, "status "+status)
	}
	life := vacant.Lifecycle("")
	if verdict == vacant.Registered {
		life, _ = lifecycleOf([]string{status})
	}
	return Reading{Verdict: verdict, Lifecycle: life, Matched: Clip("Status: " + status)}
}
