package reading

import (
	"strings"

	"vacant"
)

// euridWords are EURid's: three in its manual of today, the rest in that of 2006
// and in its WHOIS.
var euridWords = closed{
	"available": vacant.Available, "free": vacant.Available,
	"notavailable": vacant.Registered, "registered": vacant.Registered, "quarantine": vacant.Registered, "suspended": vacant.Registered,
	"onhold": vacant.Registered, "applicationpending": vacant.Registered, "outofservice": vacant.Registered,
	"reserved": vacant.Reserved, "blocked": vacant.Reserved, "withdrawn": vacant.Reserved,
	"notallowed": vacant.Undetermined,
}

// dnsBelgiumWords are DNS Belgium's: three in its manual, quarantine in its WHOIS.
var dnsBelgiumWords = closed{
	"available": vacant.Available, "notavailable": vacant.Registered, "quarantine": vacant.Registered, "notallowed": vacant.Undetermined,
}

// domregWords are DOMREG's eleven. Only two of them keep a name from everybody.
var domregWords = closed{
	"available":  vacant.Available,
	"registered": vacant.Registered, "restricteddisposal": vacant.Registered, "restrictedrights": vacant.Registered, "stopped": vacant.Registered,
	"pendingcreate": vacant.Registered, "pendingdelete": vacant.Registered, "pendingrelease": vacant.Registered, "outofservice": vacant.Registered,
	"blocked": vacant.Reserved, "reserved": vacant.Reserved,
}

// fieldReader reads "Domain: x" and "Status: WORD", with a return code and an
// A-label where there are such. byLabel lets the domain line have the label alone.
func fieldReader(words closed, byLabel bool) func(*whoisText, vacant.Name) Reading {
	return func(r *whoisText, name vacant.Name) Reading {
		f, bad := fieldsOf(r)
		if bad != nil {
			return *bad
		}
		about := f["a-label"]
		if about == "" {
			about = f["domain"]
		}
		if !sameName(about, name) && (!byLabel || !strings.EqualFold(about, name.Label())) && (name != "" || about == "") {
			return undetermined(vacant.ReasonBadReply, "about "+about)
		}
		return words.read(f["status"], "Status: "+f["status"])
	}
}

var remarkedCode = patternOf(`^RC ?[=:] ?-?\d{1,3}$`)

// fieldsOf takes the reply apart, or says what it means instead of an answer.
func fieldsOf(r *whoisText) (map[string]string, *Reading) {
	fields := map[string]string{}
	for _, l := range r.lines {
		if l.text == "" || l.kind != operative && !remarkedCode.MatchString(l.text) {
			continue
		}
		if reading, failed := dasCode(l); failed {
			return nil, &reading
		}
		key, value, _ := strings.Cut(l.text, ":")
		key, value = strings.ToLower(strings.TrimSpace(key)), strings.TrimSpace(value)
		switch {
		case remarkedCode.MatchString(l.text): // 0: the query succeeded
		case key != "domain" && key != "a-label" && key != "status" || fields[key] != "" || value == "" || !l.whole:
			reading := aside(l)
			return nil, &reading
		default:
			fields[key] = value
		}
	}
	return fields, nil
}
