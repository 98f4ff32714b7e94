// Package wire builds DNS queries and judges replies at line rate: templates
// patched in place, a reply checker that believes nothing it did not ask for,
// and a parser of just what stage one needs. It opens no socket and is fuzzed.
package wire

import (
	"net/netip"
	"time"
)

// DNS types that stage one asks for (RFC 1035, RFC 4034).
const (
	TypeA    uint16 = 1
	TypeNS   uint16 = 2
	TypeSOA  uint16 = 6
	TypeAAAA uint16 = 28
)

// Rcodes that stage one tells apart (RFC 6895).
const (
	RcodeSuccess  uint8 = 0
	RcodeFormErr  uint8 = 1
	RcodeServFail uint8 = 2
	RcodeNXDomain uint8 = 3
	RcodeNotImp   uint8 = 4
	RcodeRefused  uint8 = 5
)

// Query is one question for one server. A transport picks the id, the source
// port and the case of the letters (0x20), and hands the reply that matches all
// of them back under the same Token.
type Query struct {
	Token   uint64 // the asker's; comes back in Reply
	Name    []byte // canonical, no trailing dot; "" is the root. The transport copies it before Submit returns
	Type    uint16
	RD      bool // recursion desired: for resolvers only
	DO      bool // DNSSEC OK (RFC 3225), with EDNS and a buffer of 1,232 octets
	TCP     bool // ask over TCP
	Server  netip.AddrPort
	Timeout time.Duration // from the moment it is sent; required
}

// Outcome says how a query ended.
type Outcome uint8

// The outcomes.
const (
	Replied     Outcome = iota // Reply holds the answer
	TimedOut                   // no valid reply in time
	Unreachable                // the system or the proxy said there is no way; Reply.Err says more
	Truncated                  // TC=1: ask again over TCP
	Suspicious                 // too many mismatching replies came for this query: ask again over TCP
	Malformed                  // the reply matched the question and then made no sense
)

// Reply is the end of one query. Its byte slices are views into the transport's
// memory, good until the next Poll.
type Reply struct {
	Token    uint64
	Outcome  Outcome
	Server   netip.AddrPort
	RTT      time.Duration
	CaseLost bool // the server did not keep the case of the question; TCP confirmed it
	OverTCP  bool
	Err      error // for Unreachable; may be nil

	Message
}

// Read parses raw, whose question section has passed [Packet.Check], into r, as
// [Message.Parse] does. What it says can turn the outcome Replied into Truncated
// or Malformed. It returns names, grown by what r shows of it.
func (r *Reply) Read(raw, names []byte) []byte {
	names, err := r.Parse(raw, names)
	switch {
	case r.Outcome != Replied:
	case err != nil || r.TC && r.OverTCP:
		r.Outcome, r.Err = Malformed, err
	case r.TC:
		r.Outcome = Truncated
	}
	return names
}

// Message is what stage one reads of a reply whose question section was ours.
type Message struct {
	Rcode              uint8
	AA, TC, RD, RA, AD bool
	Answers            uint16 // records in the answer section
	AnswerType         uint16 // type of the first answer record owned by the name asked, 0 if none
	NSOwner            []byte // owner of the first NS record in the authority section, canonical, nil if none
	AnswerNS           bool   // the answer section holds an NS record owned by the name asked
	SOAOwner           []byte // owner of the SOA record in the authority section, canonical, nil if none
	Raw                []byte // the whole message, for the rarer needs (glue, NSEC)
}

// Transport carries queries and gives back checked replies. One goroutine calls
// Submit and Poll in turn; Close may come from any.
type Transport interface {
	// Submit takes as many of qs as there is room for, in order, and returns how
	// many; it does not block. Those not taken were not sent.
	Submit(qs []Query) (n int, err error)
	// Poll waits until wait has passed or at least one query has ended, then
	// fills dst and returns how many. Every query taken by Submit ends exactly
	// once, at the latest when its timeout has passed (plus connection set-up for TCP).
	Poll(dst []Reply, wait time.Duration) (n int, err error)
	// Stats returns counters; safe from any goroutine.
	Stats() Stats
	// Close ends all queries without a reply and frees everything. After it,
	// Submit and Poll return net.ErrClosed.
	Close() error
}

// Stats are a transport's counters since its start.
type Stats struct {
	Sent, Answered, TimedOut uint64
	Mismatched               uint64 // replies that failed the checker, ignored
	Malformed                uint64
	LostByUs                 uint64 // dropped by our own socket buffers, where the system tells
	Reconnects               uint64 // connections made anew after an error
}

// Count counts the end of one query.
func (s *Stats) Count(o Outcome) {
	switch o {
	case Replied, Truncated:
		s.Answered++
	case TimedOut:
		s.TimedOut++
	case Malformed:
		s.Malformed++
	}
}
