package dnsstage

import (
	"bytes"

	"vacant"
	"vacant/dnsstage/wire"
)

// action is what is to be done with a name after a reply.
type action uint8

const (
	settle    action = iota // the answer is final
	elsewhere               // useless: ask another server
	overTCP                 // ask the same server over TCP
	learnCut                // the name lies below another cut: find its servers, ask there
)

// cause is why a reply was useless; a name that runs out of askings ends by what it met.
type cause uint8

const (
	causeTimeout cause = 1 << iota
	causeUnreachable
	causeServfail
	causeRefused
	causeNonsense // lame, upward referral, malformed, an SOA of somewhere else
)

// status is how a name ends that met only these causes.
func (c cause) status() vacant.Status {
	switch {
	case c&causeServfail != 0:
		return vacant.StatusServfail
	case c&causeRefused != 0:
		return vacant.StatusRefused
	case c&causeNonsense != 0:
		return vacant.StatusError
	case c&causeTimeout != 0:
		return vacant.StatusTimeout
	}
	return vacant.StatusError
}

// question is what a reply is judged against.
type question struct {
	name     []byte // the name asked, canonical
	origin   string // the zone that holds it, as far as is known; from a resolver, the SOA owner its controls taught
	resolver bool   // asked of a recursive resolver, RD=1
	wildcard bool   // random labels of this zone get NOERROR
	tcp      bool   // asked over TCP
}

// ruling is what a reply means.
type ruling struct {
	act    action
	status vacant.Status // for settle
	flags  uint8         // for settle
	cause  cause         // for elsewhere
}

func settled(status vacant.Status, flags uint8) ruling {
	return ruling{act: settle, status: status, flags: flags}
}

func useless(c cause) ruling { return ruling{act: elsewhere, cause: c} }

// judge says what to do after a reply. It knows no clock, no socket and no
// server, and is the only place where a name becomes delegated or absent.
func judge(q *question, r *wire.Reply) ruling {
	if v, ok := unreadable(r, q.tcp); !ok {
		return v
	}
	if q.resolver {
		return judgeResolver(q, &r.Message)
	}
	return judgeAuthority(q, &r.Message)
}

// unreadable rules on replies that say nothing about any name; ok means that
// the reply is to be read.
func unreadable(r *wire.Reply, tcp bool) (v ruling, ok bool) {
	switch r.Outcome {
	case wire.Replied:
	case wire.TimedOut:
		return useless(causeTimeout), false
	case wire.Truncated, wire.Suspicious:
		if tcp {
			return useless(causeNonsense), false
		}
		return ruling{act: overTCP}, false
	case wire.Unreachable:
		return useless(causeUnreachable), false
	default:
		return useless(causeNonsense), false
	}
	switch r.Rcode {
	case wire.RcodeSuccess, wire.RcodeNXDomain:
		return ruling{}, true
	case wire.RcodeServFail, wire.RcodeFormErr, wire.RcodeNotImp:
		return useless(causeServfail), false
	case wire.RcodeRefused, rcodeNotAuth:
		return useless(causeRefused), false
	}
	return useless(causeNonsense), false
}

const rcodeNotAuth uint8 = 9 // RFC 2136: "server not authoritative for zone"

// judgeAuthority reads a reply of one of the zone's own servers.
func judgeAuthority(q *question, m *wire.Message) ruling {
	if m.Answers > 0 {
		return authorityAnswer(q, m)
	}
	if !m.AA {
		return referral(q, m)
	}
	switch {
	case m.Rcode == wire.RcodeNXDomain && holds(q, m.SOAOwner):
		return absent(q, 0)
	case m.Rcode == wire.RcodeNXDomain:
		return useless(causeNonsense)
	case m.NSOwner != nil && bytes.Equal(m.NSOwner, q.name):
		return settled(vacant.StatusDelegated, 0)
	case m.SOAOwner != nil && bytes.Equal(m.SOAOwner, q.name):
		return settled(vacant.StatusDelegated, 0) // it serves the child zone too
	case holds(q, m.SOAOwner):
		return nodata(q)
	}
	return useless(causeNonsense)
}

func authorityAnswer(q *question, m *wire.Message) ruling {
	switch {
	case !m.AA:
		return useless(causeNonsense) // somebody's cache
	case m.AnswerNS && m.Rcode == wire.RcodeSuccess:
		return settled(vacant.StatusDelegated, 0) // a server of both parent and child
	case m.AnswerType != 0:
		return resolved(q, 0)
	}
	return useless(causeNonsense)
}

// referral reads a reply without AA and without an answer: it can only be a referral.
func referral(q *question, m *wire.Message) ruling {
	switch {
	case m.Rcode != wire.RcodeSuccess || m.NSOwner == nil || m.SOAOwner != nil:
		return useless(causeNonsense)
	case bytes.Equal(m.NSOwner, q.name):
		return settled(vacant.StatusDelegated, 0)
	case len(m.NSOwner) > len(q.origin) && within(m.NSOwner, q.origin) && within(q.name, m.NSOwner):
		return ruling{act: learnCut}
	}
	return useless(causeNonsense) // upward, sideways, lame
}

// judgeResolver reads a reply of a recursive resolver.
func judgeResolver(q *question, m *wire.Message) ruling {
	const by = vacant.FlagResolver
	switch {
	case !m.RA:
		return useless(causeNonsense)
	case m.Rcode == wire.RcodeSuccess && m.AnswerNS:
		return settled(vacant.StatusDelegated, by)
	case m.Answers > 0 && m.AnswerType != 0:
		return resolved(q, by)
	case m.Answers > 0:
		return useless(causeNonsense)
	case m.SOAOwner != nil && within(m.SOAOwner, q.name):
		// The SOA is the name's own: it is a zone, whatever its broken server says of it.
		return settled(vacant.StatusDelegated, by)
	case m.Rcode == wire.RcodeNXDomain && holds(q, m.SOAOwner):
		return absent(q, by)
	case m.Rcode == wire.RcodeNXDomain:
		return useless(causeNonsense)
	case m.NSOwner != nil && bytes.Equal(m.NSOwner, q.name):
		return settled(vacant.StatusDelegated, by)
	case holds(q, m.SOAOwner):
		if q.wildcard {
			return useless(causeNonsense) // wildcard or hijack: a resolver cannot tell
		}
		return settled(vacant.StatusNodata, by)
	}
	return useless(causeNonsense)
}

// absent is a proven NXDOMAIN; the loop takes the proof back where a resolver's controls do not hold.
func absent(q *question, flags uint8) ruling {
	if q.resolver && q.wildcard {
		return useless(causeNonsense) // random labels get NOERROR here, this one did not: nothing is proven
	}
	return settled(vacant.StatusNXDomain, flags|vacant.FlagProven)
}

// nodata is the zone's own word that the name exists and is not delegated; in
// a zone without NXDOMAIN it is all that an absent name ever gets.
func nodata(q *question) ruling {
	if q.wildcard {
		return settled(vacant.StatusNodata, vacant.FlagWildcard|vacant.FlagProven)
	}
	return settled(vacant.StatusNodata, 0)
}

// resolved is a name with data of its own (CNAME, A, ...) and no delegation.
func resolved(q *question, flags uint8) ruling {
	if q.wildcard && q.resolver {
		return useless(causeNonsense)
	}
	if q.wildcard {
		flags |= vacant.FlagWildcard
	}
	return settled(vacant.StatusNodata, flags|vacant.FlagResolved)
}

// holds reports whether soa can be the zone that holds the name: the one known,
// or one below it, and above the name.
func holds(q *question, soa []byte) bool {
	return soa != nil && len(soa) < len(q.name) && len(soa) >= len(q.origin) &&
		within(soa, q.origin) && within(q.name, soa)
}

// within reports whether name is zone or lies below it. The root is "".
func within[N, Z string | []byte](name N, zone Z) bool {
	switch d := len(name) - len(zone); {
	case len(zone) == 0:
		return true
	case d < 0:
		return false
	case d == 0:
		return string(name) == string(zone)
	default:
		return name[d-1] == '.' && string(name[d:]) == string(zone)
	}
}
