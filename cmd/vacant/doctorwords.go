package main

import (
	"fmt"
	"strings"
	"time"

	"vacant"
	"vacant/cmd/internal/pipeline"
	"vacant/rdapstage"
)

// certificateSoon is how long before its end a certificate is worth a warning.
const certificateSoon = 3 * 24 * time.Hour

func expiresSoon(f *rdapstage.Finding) bool {
	return !f.Expires.IsZero() && time.Until(f.Expires) < certificateSoon
}

// endpointWords says how an endpoint stands, and what to do about it.
func endpointWords(f *rdapstage.Finding) (text, advice string) {
	text = f.Base + ": " + problem(f)
	if f.Fault == rdapstage.FaultNone {
		text = f.Base + ": " + goodWords(f)
	}
	if f.Asked > 0 {
		text += "; " + countOf(f.Asked, "question", "questions")
	}
	switch {
	case !f.Good():
		return text, remedy(f)
	case f.Failed > 0:
		return text, "names are asked again, which costs time; if it stays so, lower --rdap-rate " + f.Operator + "=N"
	case expiresSoon(f):
		return text, "nothing here; from then on its answers count no more"
	}
	return text, ""
}

// goodWords says what a good endpoint answered.
func goodWords(f *rdapstage.Finding) string {
	words := "a random label is not found"
	for _, ev := range f.Controls {
		if ev.Control == "registered" && ev.Says == vacant.Registered.String() {
			words = controlName(&ev) + " is registered, " + words
		}
	}
	if f.Failed > 0 {
		words += fmt.Sprintf("; before that, %s brought nothing: %s", countOf(f.Failed, "question", "questions"), lastNothing(f))
	}
	if expiresSoon(f) {
		words += "; its certificate ends at " + stamp(f.Expires)
	}
	if f.NeedsSecond {
		words += "; needs a second source that agrees"
	}
	return words
}

// controlName returns the name that a control was about.
func controlName(ev *vacant.Evidence) string {
	return ev.Asked[strings.LastIndexByte(ev.Asked, '/')+1:]
}

// lastNothing says what came instead of an answer.
func lastNothing(f *rdapstage.Finding) string {
	words := "silence"
	for _, ev := range f.Controls {
		if ev.Says == vacant.Undetermined.String() {
			words = strings.TrimSpace("HTTP " + ev.Code)
			if ev.Code == "" {
				words = ev.Excerpt
			}
		}
	}
	return words
}

// problem says what is wrong with an endpoint.
func problem(f *rdapstage.Finding) string {
	until := ""
	if !f.Until.IsZero() {
		until = " until " + stamp(f.Until)
	}
	switch f.Fault {
	case rdapstage.FaultLookup:
		return "its host name has no address: " + f.Detail
	case rdapstage.FaultAddress:
		return "its host name leads to an address that no registry can have: " + f.Detail
	case rdapstage.FaultConnect:
		return "no connection: " + f.Detail
	case rdapstage.FaultProxy:
		return "the proxy " + f.Proxy + " gives no connection: " + f.Detail
	case rdapstage.FaultTLS:
		return "its TLS proves nothing: " + f.Detail
	case rdapstage.FaultSilent:
		return "no answer: " + f.Detail
	case rdapstage.FaultLimited:
		return "it asks us to slow down" + until + detail(f)
	case rdapstage.FaultLockedOut:
		return "it has locked us out" + until + detail(f)
	case rdapstage.FaultQuota:
		return "its budget has no question left" + until
	case rdapstage.FaultBroken:
		return "it refuses to answer: " + f.Detail
	}
	return falsehood(f)
}

// falsehood says what is wrong with what an endpoint says.
func falsehood(f *rdapstage.Finding) string {
	switch f.Fault {
	case rdapstage.FaultUnreadable:
		return "what it says of a name that is delegated cannot be read: " + f.Detail
	case rdapstage.FaultDenies:
		return "it denies names that DNS shows to be delegated (" + f.Detail + "): its no proves nothing"
	case rdapstage.FaultNoControl:
		return "it answers, but no name is known to be registered there, so nothing holds its no"
	case rdapstage.FaultFreeRegistered:
		return "it says that a random label is registered: " + f.Detail
	case rdapstage.FaultFreeUnreadable:
		return "what it says of a random label is no \"not found\" that is known: " + f.Detail
	case rdapstage.FaultLearning:
		return "its \"not found\" is not known yet, but can be learned: " + f.Detail
	case rdapstage.FaultQuarantined:
		return "it answers as it should, but failed a control lately: no hunt asks it before " + stamp(f.Until)
	case rdapstage.FaultUnasked:
		return unaskedWords(f)
	}
	return string(f.Fault) + detail(f)
}

func detail(f *rdapstage.Finding) string {
	if f.Detail == "" {
		return ""
	}
	return ": " + f.Detail
}

// remedy says what to do about a fault.
func remedy(f *rdapstage.Finding) string {
	port43 := f.Kind != vacant.KindRDAP
	switch f.Fault {
	case rdapstage.FaultLookup:
		return "see whether this machine's resolver works (getent hosts " + hostOf(f.Base) + "); if only this host is missing, its registry has moved: registry update, or name its server by hand"
	case rdapstage.FaultAddress:
		return "something in the network answers for it; a server of your own is named by hand (--rdap-server, --whois-server)"
	case rdapstage.FaultConnect:
		if port43 {
			return "open its TCP port outwards, which many networks block, or go through --registry-proxy; --no-whois asks none"
		}
		return "open its TCP port outwards, or go through a proxy (HTTPS_PROXY, --registry-proxy); if the server is down, wait"
	case rdapstage.FaultProxy:
		return "mend the proxy, or leave it out: HTTPS_PROXY, NO_PROXY, --registry-proxy"
	case rdapstage.FaultTLS:
		return tlsRemedy(f)
	case rdapstage.FaultSilent:
		return "silence is how many registries throttle: wait some minutes, then lower --rdap-rate " + f.Operator + "=N; names meanwhile stay undetermined and are asked again"
	case rdapstage.FaultLimited, rdapstage.FaultLockedOut, rdapstage.FaultQuota:
		return "wait; every run of yours honours it. Others behind the same address count too; --rdap-rate " + f.Operator + "=N asks less from then on"
	case rdapstage.FaultBroken:
		if strings.Contains(f.Detail, "HTTP 403") {
			return "a wall refuses this network or client: say who asks with --contact; addresses of data centres are often refused"
		}
		return "its server is broken: wait; names stay undetermined and are asked again"
	}
	return falsehoodRemedy(f)
}

func tlsRemedy(f *rdapstage.Finding) string {
	switch {
	case strings.Contains(f.Detail, "expired or is not yet valid"):
		return "look at this machine's clock first; if it is right, the registry must renew its certificate"
	case f.Source == "hand":
		return "name the authority that signed it: tls_ca = \"FILE.pem\" in the settings"
	}
	return "somebody on the way ends TLS (a company's proxy, a hotel's portal), or the certificate is bad: nothing it says counts until that is over"
}

func falsehoodRemedy(f *rdapstage.Finding) string {
	switch f.Fault {
	case rdapstage.FaultDenies, rdapstage.FaultFreeRegistered:
		return "a hunt does not believe it and asks the next source; see that the server is the right one: registry show"
	case rdapstage.FaultUnreadable, rdapstage.FaultFreeUnreadable:
		return "names stay undetermined there; save a reply and see how it reads: registry classify"
	case rdapstage.FaultNoControl:
		return "a hunt finds one as soon as DNS shows it a delegated name there; until then a no waits (control-pending)"
	case rdapstage.FaultQuarantined:
		return "nothing: names there wait, and are asked about when that is over"
	case rdapstage.FaultLearning:
		return "nothing: a hunt learns it from two random labels, at least ten minutes apart"
	case rdapstage.FaultUnasked:
		if f.Detail == rdapstage.DetailStopped {
			return ""
		}
		return "examine its suffix alone"
	}
	return ""
}

// hostOf returns the host of a URL or host:port.
func hostOf(base string) string {
	_, rest, found := strings.Cut(base, "://")
	if !found {
		rest = base
	}
	rest, _, _ = strings.Cut(rest, "/")
	host, _, _ := strings.Cut(rest, ":")
	return host
}

// remark is a finding in words.
type remark struct {
	level        pipeline.Level
	text, advice string
}

// dnsFinding says whether DNS can prove a free name absent; empty where it was not asked.
func dnsFinding(e *pipeline.SuffixExam) remark {
	fault := e.DNSFault(time.Now())
	switch {
	case e.Reason == vacant.ReasonClosedTLD:
		return remark{}
	case e.DNSError != nil:
		return remark{pipeline.LevelFail, "not asked: DNS cannot be asked from here", ""}
	case fault != nil:
		return remark{pipeline.LevelFail, fmt.Sprintf("a random label is not proven absent: %v%s", fault, byServer(e.DNS.Server)),
			"what the lines about dns above say; a hunt leaves such names undetermined"}
	case e.DNS.Wildcard():
		return remark{pipeline.LevelWarn, "the zone has no NXDOMAIN, says " + e.DNS.Server, "nothing: two registry sources must agree there"}
	}
	return remark{pipeline.LevelOK, fmt.Sprintf("a random label is proven absent by %s", e.DNS.Server), ""}
}

// byServer names the server that said so, where one answer decided.
func byServer(server string) string {
	if server == "" {
		return ""
	}
	return " (says " + server + ")"
}

// verdictOn says what a hunt could do in a suffix.
func verdictOn(e *pipeline.SuffixExam) remark {
	switch {
	case e.Reason == vacant.ReasonClosedTLD:
		return remark{pipeline.LevelOK, "closed: nobody can register there, every name is reserved (closed-tld); nothing was asked", ""}
	case e.DNSFault(time.Now()) != nil:
		return remark{pipeline.LevelFail, "nothing can be confirmed available: DNS proves no name absent", "mend DNS first"}
	case unfinished(e):
		return remark{pipeline.LevelFail, "not known: what it rests on was not examined to the end", ""}
	case e.Reason == vacant.ReasonNone:
		return remark{pipeline.LevelOK, "names can be confirmed, by " + sources(e), ""}
	}
	text, advice := cannotBecause(e)
	return remark{pipeline.LevelFail, "nothing can be confirmed available (" + string(e.Reason) + "): " + text, advice}
}

// sources names what a free name would be confirmed by.
func sources(e *pipeline.SuffixExam) string {
	var good, spare []string
	for i := range e.Findings {
		f := &e.Findings[i]
		switch {
		case !f.Good():
		case i < e.Uses:
			good = append(good, strings.ToUpper(string(f.Kind)))
		default:
			spare = append(spare, strings.ToUpper(string(f.Kind)))
		}
	}
	text := strings.Join(good, " and ")
	if len(spare) > 0 {
		text += "; " + strings.Join(spare, " and ") + " stands by"
	}
	return text
}

// cannotBecause says why a suffix cannot be confirmed.
func cannotBecause(e *pipeline.SuffixExam) (text, advice string) {
	switch {
	case len(e.Findings) == 0:
		return "no registry service there answers the public, or all were left out (--no-rdap, --no-whois)", "a server that you know of is named with --rdap-server or --whois-server"
	case e.Reason == vacant.ReasonLikelyReserved:
		return "it sells to some only, so that a second source must say free in words", ""
	case e.Reason == vacant.ReasonNoRegistry:
		return "two sources must agree there, and only one is there", "a second one that you know of is named with --rdap-server or --whois-server"
	}
	return "its sources do not stand, as said above", "do what the lines above say, or leave the suffix out"
}
