package main

import "vacant"

// reasonText says of a reason what happened and what can be done.
type reasonText struct{ what, do string }

// reasonTexts has every reason that an undetermined name may have.
var reasonTexts = map[vacant.Reason]reasonText{
	vacant.ReasonDNSTimeout:       {"no name server answered in time", askAfresh},
	vacant.ReasonDNSServfail:      {"every name server that was asked failed (SERVFAIL)", askAfresh},
	vacant.ReasonDNSRefused:       {"every name server that was asked refused", askAfresh + "; --resolvers asks others"},
	vacant.ReasonDNSError:         {"no name server could be asked, or the answers made no sense", askAfresh},
	vacant.ReasonDNSUnproven:      {"its registry says no, and there is no NXDOMAIN at most 24 hours old to prove it", askAfresh},
	vacant.ReasonNoRegistry:       {"its suffix has no registry service that could confirm it", "ask its registry or a registrar by hand"},
	vacant.ReasonPort43Blocked:    {"WHOIS (port 43) cannot be reached from this network", "ask from another network; registry doctor shows what is reached"},
	vacant.ReasonRateLimited:      {"its registry asked to be asked more slowly", "run again after the time below; nothing is lost"},
	vacant.ReasonLockedOut:        {"its registry has shut this address out for a while", "run again after the time below; asking sooner makes it longer"},
	vacant.ReasonControlFailed:    {"its registry's server answered a question wrongly whose answer is known, so nothing it said counts", "run again later; registry doctor shows the server"},
	vacant.ReasonControlPending:   {"the control behind it was still to come", "run again; the name is asked once more"},
	vacant.ReasonTemplateLearning: {"it is not known yet how this WHOIS server says \"not found\"", "run again after the time below: by then it is learned"},
	vacant.ReasonSourceConflict:   {"two sources contradict each other", "read both answers below, and ask a registrar"},
	vacant.ReasonLikelyReserved:   {"its label is one that registries commonly keep back, and no second source says in words that it is free", "ask a registrar"},
	vacant.ReasonIDNTable:         {"it is not known which letters its registry takes, and no second source says in words that it is free", "ask a registrar"},
	vacant.ReasonBadReply:         {"the answer proves nothing either way", "read it below; run again later"},
	vacant.ReasonUnreachable:      {"its registry's server did not answer", "run again later; registry doctor shows what is reached"},
}

const askAfresh = "run again: the name is asked afresh"

// reasonWords returns the words of a reason; those of a newer version have none.
func reasonWords(r vacant.Reason) reasonText {
	if text, ok := reasonTexts[r]; ok {
		return text
	}
	return reasonText{string(r), askAfresh}
}
